import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { joinShares, splitSecret } from './shamir.ts';

const random = (bytes: number) => new Uint8Array(randomBytes(bytes));

test('any threshold of the shares, in any order, or more of them, give the secret back', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      fc
        .integer({ min: 1, max: 30 })
        .chain((shares) => fc.tuple(fc.constant(shares), fc.integer({ min: 1, max: shares }))),
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
      (secret, [shares, threshold], chance) => {
        const all = splitSecret(secret, { threshold, shares, random });
        const order = all
          .map((share) => ({ share, at: chance.next().value ?? 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ share }) => share);
        assert.deepEqual(joinShares(order.slice(0, threshold)), secret);
        assert.deepEqual(joinShares(order), secret);
      },
    ),
    { numRuns: 100 },
  );
});

test('fewer shares than the threshold fit every secret equally well', () => {
  // With the coefficients free, exactly one polynomial goes through t − 1 shares and any value at 0.
  const [one, other] = splitSecret(Uint8Array.of(7), { threshold: 3, shares: 5, random });
  assert.ok(one !== undefined && other !== undefined);
  const secrets = new Set<number>();
  for (let third = 0; third < 256; third += 1) {
    secrets.add(joinShares([one, other, { x: 3, bytes: Uint8Array.of(third) }])[0] ?? -1);
  }
  assert.equal(secrets.size, 256);
});

test('field: the worked example of FIPS 197 section 4.2.1, {57} · {13} = {fe}, through a line', () => {
  // The line 0x57·x, secret 0, has the value 0x57·0x13 at x = 0x13.
  const shares = splitSecret(Uint8Array.of(0), { threshold: 2, shares: 0x13, random: () => Uint8Array.of(0x57) });
  assert.equal(shares.at(-1)?.bytes[0], 0xfe);
});

test('what cannot be shared or joined is refused', () => {
  const secret = new Uint8Array(4);
  for (const [threshold, shares] of [
    [0, 3],
    [4, 3],
    [2, 256],
  ] as const) {
    assert.throws(() => splitSecret(secret, { threshold, shares, random }), RangeError);
  }
  const [one, other] = splitSecret(secret, { threshold: 2, shares: 2, random });
  assert.ok(one !== undefined && other !== undefined);
  for (const broken of [
    [],
    [one, one],
    [one, { x: 0, bytes: other.bytes }],
    [one, { x: 2, bytes: new Uint8Array(3) }],
  ]) {
    assert.throws(() => joinShares(broken), RangeError);
  }
});
