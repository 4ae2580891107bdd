import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnicaError } from '#base';
import { initialParameters, type Model, parameterTable, writeNpy } from '#engine';
import { type Arrays, readParameters, writeParameters } from './parameter-arrays.ts';
import type { FlowerArray } from './records.ts';

const MODEL: Model = {
  architecture: 'resnet8',
  inputSize: 8,
  channels: 1,
  outputs: 1,
  widths: [4, 4, 4],
  stemStride: 1,
};
const parameters = initialParameters(MODEL, 7);
const arrays = writeParameters(MODEL, parameters);

test('a model goes to arrays and back, by name in any order', () => {
  const shuffled = new Map([...arrays].reverse());
  const received = readParameters(MODEL, shuffled);
  assert.deepEqual(Float32Array.from(received.parameters), parameters);
  assert.deepEqual([...received.answer(parameters)], [...shuffled]);
});

test('tensors that are only numbered are matched by their order, and answered under their numbers', () => {
  const numbered = new Map([...arrays.values()].map((array, index) => [String(index), array]));
  const received = readParameters(MODEL, numbered);
  assert.deepEqual(Float32Array.from(received.parameters), parameters);
  assert.deepEqual([...received.answer(parameters).keys()], [...numbered.keys()]);
});

test('float64 is answered in float64', () => {
  const { entries } = parameterTable(MODEL);
  const wide = new Map(
    entries.map(({ name, shape, offset, size }) => {
      const data = writeNpy(
        shape,
        Float64Array.from(parameters.subarray(offset, offset + size), (value) => value + 1e-12),
      );
      return [name, { dtype: 'float64', shape, stype: 'numpy.ndarray', data }] as const;
    }),
  );
  const received = readParameters(MODEL, wide);
  assert.deepEqual([...received.answer(received.parameters)], [...wide]);
});

const first = [...arrays.keys()][0] ?? '';
const changed = (change: Partial<FlowerArray>): Arrays =>
  new Map([...arrays].map(([name, array]) => [name, name === first ? { ...array, ...change } : array]));
const shape = arrays.get(first)?.shape ?? [];
const length = shape.reduce((product, side) => product * side, 1);

const refusals: readonly [string, Arrays, RegExp][] = [
  ['a tensor too few', new Map([...arrays].slice(1)), /the model has/],
  [
    'a transposed tensor',
    changed({ data: writeNpy([...shape].reverse(), new Float32Array(length)) }),
    new RegExp(`"${first}" is .* of the model is`),
  ],
  ['whole numbers', changed({ data: npyOf("'<i8'", 8) }), /not of float32 or float64/],
  ['pickled objects', changed({ data: npyOf("'|O'", 8) }), /type that is not read/],
  ['another way of writing arrays', changed({ stype: 'torch.tensor' }), /not a NumPy array/],
  [
    'a value that is not a number',
    changed({ data: writeNpy(shape, new Float32Array(length).fill(Number.NaN)) }),
    /not a number/,
  ],
  [
    'an array that is cut short',
    changed({ data: (arrays.get(first)?.data ?? new Uint8Array()).subarray(0, 200) }),
    /cut short/,
  ],
];

function npyOf(dtype: string, bytes: number): Uint8Array {
  const template = writeNpy(shape, new Float32Array(0));
  const header = Buffer.from(template).toString('latin1').replace("'<f4'", dtype.padEnd(5));
  return new Uint8Array(Buffer.concat([Buffer.from(header, 'latin1'), Buffer.alloc(length * bytes)]));
}

for (const [name, given, expected] of refusals) {
  test(`refused: ${name}`, () => {
    assert.throws(
      () => readParameters(MODEL, given),
      (error) => error instanceof UnicaError && error.code === 'flower.weights-refused' && expected.test(error.message),
    );
  });
}
