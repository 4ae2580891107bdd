import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom, UnicaError } from '#base';
import { concordanceIndex } from './concordance-index.ts';
import { exportOnnx } from './export-onnx.ts';
import { initialParameters } from './initial-parameters.ts';
import { networkOf } from './model.ts';
import { checkedSpec, type LinearCoxSpec } from './model-spec.ts';
import { OnnxSession } from './onnx-session.ts';
import { parameterTable } from './parameter-table.ts';
import { train } from './train.ts';

const SPEC: LinearCoxSpec = { architecture: 'linear-cox', covariates: 3 };
const TRUE_HAZARD = [1, -2, 0.5];

/** People whose times follow a proportional hazard; one in four is lost from sight first. */
function people(count: number) {
  const random = new SeededRandom('people');
  const covariates = Float32Array.from({ length: 3 * count }, () => random.normal());
  const hazards = Array.from({ length: count }, (_, one) =>
    TRUE_HAZARD.reduce((sum, weight, at) => sum + weight * (covariates[3 * one + at] ?? 0), 0),
  );
  const time = Float32Array.from(hazards, (hazard) => -Math.log(1 - random.uniform()) / Math.exp(hazard));
  const event = Float32Array.from({ length: count }, () => (random.below(4) === 0 ? 0 : 1));
  return { count, inputs: { covariates }, targets: { time, event } };
}

test('a linear Cox model finds the direction of the hazard, and its ONNX file answers with it', async () => {
  const data = people(400);
  const before = initialParameters(SPEC, 1);
  const { parameters } = await train({
    ...{ model: SPEC, parameters: before, data, epochs: 30, batchSize: 50, learningRate: 0.05, seed: 1 },
    ...{ optimiser: { kind: 'adam' }, workers: 1 },
  });
  const weights = [...parameters.subarray(0, 3)];
  // Within a batch the likelihood is that of its people alone: the weights come near and not to the bit.
  for (const [at, weight] of TRUE_HAZARD.entries())
    assert.ok(Math.abs((weights[at] ?? 0) - weight) < 0.35, weights.join());

  const session = await OnnxSession.open(exportOnnx(SPEC, parameters));
  const { logHazard } = await session.run({ covariates: { data: data.inputs.covariates, shape: [data.count, 3] } });
  await session.close();
  const risks = [...(logHazard?.data ?? [])].map(Number);
  assert.ok((concordanceIndex(risks, data.targets.time, data.targets.event) ?? 0) > 0.8);
});

test('its parameters are one weight for each fact and an offset, and begin within ±1/√facts', () => {
  const { entries, total } = parameterTable(SPEC);
  assert.deepEqual([entries.map(({ name }) => name), total], [['fc.weight', 'fc.bias'], 4]);
  assert.deepEqual(
    networkOf(SPEC).outputs.map(({ name }) => name),
    ['logHazard'],
  );
  for (const value of initialParameters(SPEC, 7)) assert.ok(Math.abs(value) <= 1 / Math.sqrt(3));
});

for (const covariates of [0, 1025, 2.5])
  test(`${covariates} facts are refused`, () => {
    assert.throws(
      () => checkedSpec({ ...SPEC, covariates }),
      (error: unknown) => error instanceof UnicaError && error.code === 'engine.spec-invalid',
    );
  });
