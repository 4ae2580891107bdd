import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex } from '#base';
import { addMasks, addNumbers, bytesOfNumbers } from './mask-stream.ts';

const ROWS = [
  [
    'NIST SP 800-38A, F.5.1 CTR-AES128: the four output blocks',
    '2b7e151628aed2a6abf7158809cf4f3c',
    'f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff',
    'ec8cdf7398607cb0f2d21675ea9ea1e4362b7c3c6773516318a077d7fc5073ae6a2cc3787889374fbeb4c81b17ba6c44e89c399ff0f198c6d40a31db156cabfe',
  ],
  [
    'counters 0 and 1 under the key 0: H and E(K, Y0) of test case 1 of the GCM specification (NIST SP 800-38D)',
    '00000000000000000000000000000000',
    '00000000000000000000000000000000',
    '66e94bd4ef8a2c3b884cfa59ca342b2e58e2fccefa7e3061367f1d57a4e7455a',
  ],
] as const;

for (const [says, key, counter, stream] of ROWS) {
  test(`mask stream: ${says}`, async () => {
    const numbers = new Int32Array(stream.length / 8);
    await addMasks(numbers, [{ key: fromHex(key), sign: 1 }], fromHex(counter));
    assert.equal(toHex(bytesOfNumbers(numbers)), stream);
    await addMasks(numbers, [{ key: fromHex(key), sign: -1 }], fromHex(counter));
    assert.deepEqual(numbers, new Int32Array(numbers.length));
  });
}

test('a mask goes on over its chunks, and sums are modulo 2^32', async () => {
  const long = new Int32Array(40_000).fill(2_147_483_647);
  await addMasks(long, [{ key: new Uint8Array(16), sign: 1 }]);
  const short = new Int32Array(20_001).fill(2_147_483_647);
  await addMasks(short, [{ key: new Uint8Array(16), sign: 1 }]);
  assert.deepEqual(long.subarray(0, 20_001), short);
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 20 }), fc.integer(), (values, other) => {
      const sum = Int32Array.from(values);
      addNumbers(sum, bytesOfNumbers(new Int32Array(values.length).fill(other)));
      assert.deepEqual(
        [...sum],
        values.map((value) => Number(BigInt.asIntN(32, BigInt(value) + BigInt(other)))),
      );
    }),
  );
  assert.throws(() => addNumbers(new Int32Array(2), new Uint8Array(7)), RangeError);
});
