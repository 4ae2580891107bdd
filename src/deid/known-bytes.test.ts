import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bytesRepeatKnown } from './known-bytes.ts';
import { type KnownIdentifiers, repeatsKnown } from './known-identifiers.ts';

const NOBODY: KnownIdentifiers = { names: new Set(), identifiers: [] };
const PEOPLE: readonly KnownIdentifiers[] = [
  { names: new Set(['mustermann', 'kiskiki']), identifiers: ['19510304', 'f-123 456'] },
  { names: new Set(['παπαδόπουλος', 'παπαδοπουλος']), identifiers: [] },
  { names: new Set(['шевченко']), identifiers: ['a\ufffd12345'] },
  { names: new Set(['müller-lü']), identifiers: ['kelvin\u0307'] },
  NOBODY,
];

/** Everything decoded, in every way. */
function repeats(known: KnownIdentifiers, bytes: Uint8Array): boolean {
  const latin = new TextDecoder('windows-1252').decode(bytes).match(/[ -~]{6,}/g) ?? [];
  if (latin.some((text) => repeatsKnown(known, text))) return true;
  const searched = [...known.names, ...known.identifiers].filter((one) => one.length >= 6);
  return ['windows-1252', 'utf-8', 'utf-16le', 'utf-16be', 'iso-8859-7', 'iso-8859-5'].some((label) =>
    [bytes, ...(label.startsWith('utf-16') ? [bytes.subarray(1)] : [])].some((part) => {
      const text = new TextDecoder(label).decode(part).toLowerCase();
      return searched.some((one) => text.includes(one));
    }),
  );
}

const SPELLINGS = [
  'mustermann',
  'MUSTERMANN',
  '\u212aIS\u212aIKI',
  'KISKIK\u0130',
  'ΠΑΠΑΔΌΠΟΥΛΟΣ',
  'Παπαδοπουλος',
  'ШЕВЧЕНКО',
];
const OTHERS = [
  'MÜLLER-LÜ',
  'kelvin\u0307',
  'KELVİN',
  'a\ufffd12345',
  '19510304',
  '1951',
  '123 456',
  'Muster',
  'ffffff',
];

/** Of a text in one of the encodings. */
function encoded(text: string, how: number): readonly number[] {
  if (how === 0) return [...Buffer.from(text, 'utf8')];
  if (how === 1) return [...Buffer.from(text, 'utf16le')];
  if (how === 2) return [...Buffer.from(text, 'utf16le').swap16()];
  const decoder = new TextDecoder(['windows-1252', 'iso-8859-7', 'iso-8859-5'][how - 3]);
  const all = Array.from({ length: 256 }, (_, byte) => decoder.decode(Uint8Array.of(byte)));
  return Array.from(text, (letter) => Math.max(0, all.indexOf(letter)));
}

test('names in bytes are found in whatever encoding, as by decoding all of them in every way', () => {
  const word = fc.tuple(fc.constantFrom(...SPELLINGS, ...OTHERS), fc.nat(5)).map(([text, how]) => encoded(text, how));
  const number = fc.array(fc.nat(255), { maxLength: 9 });
  let found = 0;
  fc.assert(
    fc.property(fc.constantFrom(...PEOPLE), fc.array(fc.oneof(word, number), { maxLength: 4 }), (known, parts) => {
      const bytes = Uint8Array.from(parts.flat());
      const expected = repeats(known, bytes);
      assert.equal(bytesRepeatKnown(known, bytes), expected);
      if (expected) found += 1;
    }),
    { seed: 1, numRuns: 10_000 },
  );
  assert.ok(found > 500, `${found} were found`);
});

test('no other letter than those that are thought of becomes one of ASCII in lower case, or two', () => {
  const odd: number[] = [];
  for (let code = 0x80; code < 0x10000; code += 1) {
    const lower = String.fromCharCode(code).toLowerCase();
    if (/[ -~]/.test(lower) || lower.length > 1) odd.push(code);
  }
  assert.deepEqual(odd, [0x0130, 0x212a]);
});
