import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { hmacSha256, keyedHash } from './hashing.ts';

test('a keyed hash is HMAC-SHA-256 whatever was asked before, as node:crypto works it out', () => {
  const key = fc.uint8Array({ minLength: 1, maxLength: 100 });
  const contents = fc.array(fc.string({ unit: 'binary', maxLength: 400 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(key, contents, (secret, texts) => {
      const hash = keyedHash(secret);
      for (const text of texts) {
        const expected = createHmac('sha256', secret).update(text).digest('hex');
        assert.equal(Buffer.from(hash(text)).toString('hex'), expected);
        assert.equal(Buffer.from(hmacSha256(secret, text)).toString('hex'), expected);
      }
    }),
    { seed: 1, numRuns: 200 },
  );
});

test('a keyed hash of bytes ends its blocks as the standard asks, whatever their length and place', () => {
  const secret = Uint8Array.from({ length: 32 }, (_, index) => 7 * index);
  const bytes = Uint8Array.from({ length: 400 }, (_, index) => 31 * index + 5);
  const { ofBytes } = keyedHash(secret);
  for (let length = 0; length <= 200; length += 1) {
    const from = length % 7;
    const expected = createHmac('sha256', secret)
      .update(bytes.subarray(from, from + length))
      .digest('hex');
    assert.equal(Buffer.from(ofBytes(bytes, from, from + length)).toString('hex'), expected, `${length} bytes`);
  }
});
