import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { initialParameters } from './initial-parameters.ts';
import type { ModelSpec } from './model-spec.ts';
import { parameterTable } from './parameter-table.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';

const spec: ModelSpec = {
  architecture: 'resnet8',
  inputSize: 28,
  channels: 1,
  outputs: 1,
  widths: [16, 32, 64],
  stemStride: 1,
};
const table = parameterTable(spec);
const parameters = initialParameters(spec, 1);
const metadata = { format: 'unica', round: '3' };

it('comes back as it went', () => {
  const decoded = decodeSafetensors(encodeSafetensors(table, parameters, metadata));
  assert.deepEqual(decoded, { table, parameters, metadata });
});

it('keeps every bit, also of undefined and infinite numbers', () => {
  const odd = parameters.slice();
  odd.set([Number.NaN, Number.POSITIVE_INFINITY, -0, 1e-45]);
  const decoded = decodeSafetensors(encodeSafetensors(table, odd));
  assert.deepEqual(new Uint32Array(decoded.parameters.buffer), new Uint32Array(odd.buffer));
});

it("reads the example of the format's own description", () => {
  // Two tensors whose header order differs from their order in the data, as other writers make.
  const header =
    '{"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}';
  const bytes = new Uint8Array(8 + header.length + 12);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(header.length), true);
  bytes.set(new TextEncoder().encode(header), 8);
  [1, 2, 3].forEach((value, index) => {
    view.setFloat32(8 + header.length + 4 * index, value, true);
  });
  const decoded = decodeSafetensors(bytes);
  assert.deepEqual(decoded.parameters, Float32Array.of(1, 2, 3));
  assert.deepEqual(
    decoded.table.entries.map(({ name, shape }) => [name, shape]),
    [
      ['a', [2, 1]],
      ['b', [1]],
    ],
  );
});

describe('a damaged file is refused with our error', () => {
  const whole = encodeSafetensors(table, parameters, metadata);

  it('cut anywhere', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length - 1 }), (length) => {
        assert.throws(() => decodeSafetensors(whole.slice(0, length)), { code: 'engine.safetensors-corrupt' });
      }),
    );
  });

  it('any bytes at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        assert.throws(() => decodeSafetensors(bytes), { code: 'engine.safetensors-corrupt' });
      }),
    );
  });

  const rows: readonly [string, string][] = [
    ['half precision', '{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}'],
    ['a shape larger than its bytes', '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}'],
    [
      'bytes that overlap',
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
    ],
    ['a negative side', '{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}'],
    ['a header that is a list', '[1]'],
  ];
  for (const [what, header] of rows)
    it(what, () => {
      const bytes = new Uint8Array(8 + header.length + 4);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
      bytes.set(new TextEncoder().encode(header), 8);
      assert.throws(() => decodeSafetensors(bytes), { code: 'engine.safetensors-corrupt' });
    });
});
