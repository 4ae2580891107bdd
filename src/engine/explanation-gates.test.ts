import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '#base';
import { explanationGates, pointsInto, rankCorrelation } from './explanation-gates.ts';
import { initialParameters } from './initial-parameters.ts';
import { conv, dense, globalAveragePool, relu, sigmoid } from './layers.ts';
import { binaryCrossEntropy } from './losses.ts';
import { defineNetwork } from './network-builder.ts';
import { train } from './train.ts';

const side = 32;
const network = defineNetwork((builder) => {
  const image = builder.input('image', [1, side, side]);
  const first = relu(conv(image, { name: 'first', filters: 8, kernel: 5, stride: 2, bias: true }));
  const second = relu(conv(first, { name: 'second', filters: 8, kernel: 3, bias: true }));
  const logits = dense(globalAveragePool(second), { name: 'dense', outputs: 1 });
  builder.output('probability', sigmoid(logits));
  builder.loss(binaryCrossEntropy(logits, builder.target('label', [1])));
  builder.explain({ logits, featureMap: second });
});

function spots(count: number, seed: string) {
  const random = new SeededRandom(seed);
  const image = Float32Array.from({ length: count * side * side }, () => 0.2 * random.normal());
  const label = Float32Array.from({ length: count }, (_, index) => index % 2);
  const places = Array.from({ length: count }, (_, index) => {
    const [x, y] = [6 + random.below(side - 12), 6 + random.below(side - 12)];
    for (let r = -3; r <= 3 && index % 2 === 1; r += 1)
      for (let c = -3; c <= 3; c += 1) {
        const at = index * side * side + (y + r) * side + x + c;
        image[at] = (image[at] ?? 0) + 2 * Math.exp(-(r * r + c * c) / 4);
      }
    return { x: x + 0.5, y: y + 0.5, radius: [4, 4] as const };
  });
  return { image, label, places };
}

const data = spots(256, 'learn');
const trained = await train({
  model: network,
  parameters: initialParameters(network, 1),
  data: { count: 256, inputs: { image: data.image }, targets: { label: data.label } },
  epochs: 12,
  batchSize: 32,
  learningRate: 5e-3,
  seed: 1,
  optimiser: { kind: 'adam' },
  workers: 1,
});
const tested = spots(24, 'test');
const cases = tested.places.flatMap((spot, index) =>
  index % 2 === 1
    ? [{ inputs: { image: tested.image.slice(index * side * side, (index + 1) * side * side) }, spot }]
    : [],
);

test('maps of a model that learned spots point at them and order the picture; shares of integrated gradients add up', async () => {
  const cam = await explanationGates(network, trained.parameters, { kind: 'grad-cam' }, cases);
  const figure = (report: typeof cam, gate: string) =>
    report.gates.find((one) => one.gate === gate)?.figure ?? Number.NaN;
  assert.deepEqual(
    cam.gates.map(({ gate }) => gate),
    ['parameter-randomisation', 'pointing-game', 'insertion-deletion'],
  );
  assert.ok(figure(cam, 'pointing-game') >= 0.8, `${figure(cam, 'pointing-game')}`);
  assert.ok(figure(cam, 'insertion-deletion') > 0.05, `${figure(cam, 'insertion-deletion')}`);
  const shares = await explanationGates(
    network,
    trained.parameters,
    { kind: 'integrated-gradients', steps: 64 },
    cases,
  );
  assert.ok(figure(shares, 'completeness') <= 0.05, `${figure(shares, 'completeness')}`);
});

test('a model that learned nothing fails, and a report says so', async () => {
  const drawn = initialParameters(network, 'gates/parameters');
  const report = await explanationGates(network, drawn, { kind: 'grad-cam' }, cases);
  const [randomisation] = report.gates;
  assert.equal(randomisation?.gate, 'parameter-randomisation');
  // The same parameters as the drawn ones: maps are equal, wherever there is one.
  assert.equal(randomisation?.passed, false);
  assert.equal(report.faithful, false);
});

test('without a picture nothing is tested', async () => {
  await assert.rejects(explanationGates(network, trained.parameters, { kind: 'grad-cam' }, []), {
    code: 'engine.data-mismatch',
  });
});

test('rank correlation: scipy.stats.spearmanr on the same numbers', () => {
  const [a, b] = [Float32Array.of(1, 2, 3, 4, 5, 5, 0), Float32Array.of(2, 1, 4, 3, 7, 5, 5)];
  assert.ok(Math.abs(rankCorrelation(a, b) - 0.463636) < 1e-4, `${rankCorrelation(a, b)}`);
  assert.equal(rankCorrelation(a, new Float32Array(7)), 0);
});

test('the strongest point counts within the finding and the coarseness of maps', () => {
  const map = new Float32Array(side * side);
  map[10 * side + 20] = 1;
  const at = (x: number, y: number, radius: number) => ({ x, y, radius: [radius, radius] as const });
  assert.ok(pointsInto({ map, width: side }, at(20.5, 10.5, 1)));
  assert.ok(pointsInto({ map, width: side }, at(24, 10.5, 1)));
  assert.ok(!pointsInto({ map, width: side }, at(26, 10.5, 1)));
  assert.ok(pointsInto({ map, width: side }, at(26, 10.5, 6)));
  assert.ok(!pointsInto({ map: new Float32Array(side * side), width: side }, at(0, 0, 9)));
});
