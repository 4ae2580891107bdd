import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hmacSha256, utf8 } from '#base';
import { pseudonymousUid, writePseudonymousUid } from './pseudonyms.ts';

const SITE = { siteId: 'here', secret: new Uint8Array(32).fill(3) };

/** By big integers, as PS3.5 section B.2 has it. */
function derived(uid: string): string {
  const digest = hmacSha256(SITE.secret, `uid\n${uid}`);
  const hex = Array.from(digest.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `2.25.${BigInt(`0x${hex}`)}`;
}

test('a UID from bytes to bytes is the one from text to text, and a hash as a number without zeros before it', () => {
  const uids = fc.string({ unit: fc.constantFrom(...'0123456789.'), minLength: 1, maxLength: 64 });
  fc.assert(
    fc.property(uids, fc.nat(5), (uid, from) => {
      const expected = derived(uid);
      assert.equal(pseudonymousUid(SITE, uid), expected);
      const bytes = utf8(`${'x'.repeat(from)}${uid}y`);
      const target = new Uint8Array(64);
      const end = writePseudonymousUid(SITE, bytes, { from, to: bytes.length - 1 }, target);
      assert.equal(Buffer.from(target.subarray(0, end)).toString('latin1'), expected);
    }),
    { seed: 1, numRuns: 3000 },
  );
});

const ASIDE: readonly (readonly [uid: string, name: string])[] = [
  ['1.2.840.10008.5.1.4.1.1.2', 'of the standard'],
  ['1.2.3\\1.2.4', 'two'],
  ['', 'none'],
  ['1.2.x', 'with a letter'],
  ['1'.repeat(65), 'longer than one may be'],
];
for (const [uid, name] of ASIDE)
  test(`a UID from bytes to bytes is left to who reads texts: ${name}`, () => {
    const bytes = utf8(uid);
    assert.equal(writePseudonymousUid(SITE, bytes, { from: 0, to: bytes.length }, new Uint8Array(64)), undefined);
  });
