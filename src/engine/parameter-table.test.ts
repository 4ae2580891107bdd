import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { initialParameters } from './initial-parameters.ts';
import { checkedSpec, type ResidualSpec } from './model-spec.ts';
import { parameterTable } from './parameter-table.ts';

const spec: ResidualSpec = {
  architecture: 'resnet8',
  inputSize: 28,
  channels: 1,
  outputs: 1,
  widths: [16, 32, 64],
  stemStride: 1,
};

it('lays the tensors one after the other without gaps', () => {
  const { entries, total } = parameterTable(spec);
  let next = 0;
  for (const { offset, size, shape } of entries) {
    assert.equal(offset, next);
    assert.equal(
      size,
      shape.reduce((product, side) => product * side, 1),
    );
    next += size;
  }
  assert.equal(total, next);
  assert.equal(new Set(entries.map(({ name }) => name)).size, entries.length);
});

it('has the parameters of the reference network less its second output', () => {
  // The reference (77,234) has two outputs: 64 weights and a bias more.
  assert.equal(parameterTable(spec).total, 77_234 - 65);
});

it("starts convolutions at He's deviation, scales at one, biases at nought", () => {
  const parameters = initialParameters(spec, 4);
  for (const { name, offset, size, shape } of parameterTable(spec).entries) {
    const part = parameters.subarray(offset, offset + size);
    if (name.endsWith('.scale')) assert.ok(part.every((value) => value === 1));
    else if (name.endsWith('.bias')) assert.ok(part.every((value) => value === 0));
    else if (shape.length === 4 && size > 2000) {
      const deviation = Math.sqrt(part.reduce((sum, value) => sum + value * value, 0) / size);
      const expected = Math.sqrt((2 * (shape[0] ?? 1)) / size);
      assert.ok(Math.abs(deviation / expected - 1) < 0.06, `${name}: ${deviation} instead of ${expected}`);
    }
  }
  assert.deepEqual(initialParameters(spec, 4), parameters);
  assert.notDeepEqual(initialParameters(spec, 5), parameters);
});

describe('refuses a model that cannot be', () => {
  const rows: readonly [string, Partial<Record<keyof ResidualSpec, unknown>>][] = [
    ['another architecture', { architecture: 'vgg' }],
    ['four pixels', { inputSize: 4 }],
    ['two channels', { channels: 2 }],
    ['two outputs', { outputs: 2 }],
    ['two widths', { widths: [16, 32] }],
    ['half a width', { widths: [16, 32, 0.5] }],
    ['a stride of three', { stemStride: 3 }],
  ];
  for (const [what, wrong] of rows)
    it(what, () => {
      assert.throws(() => checkedSpec({ ...spec, ...wrong } as ResidualSpec), { code: 'engine.spec-invalid' });
    });
});
