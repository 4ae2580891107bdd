import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { utf8 } from '#base';
import { isKnownNumber } from './known-identifiers.ts';
import { arePlainNumbers, KnownStretches } from './plain-numbers.ts';

const IDENTIFIERS = ['19510304', '1951-03-04', 'f1234567e5', 'muster-9'];
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const WHOLE = /^[+-]?\d+$/;

/** As texts: what the representation asks for, and what names nobody. */
function areNumbers(text: string, form: RegExp): boolean {
  const known = { names: new Set<string>(), identifiers: IDENTIFIERS };
  return text
    .replace(/[\0 ]+$/, '')
    .split('\\')
    .map((one) => one.replace(/^ +| +$/g, ''))
    .every((one) => one === '' || (form.test(one) && !isKnownNumber(known, one)));
}

test('plain numbers are those that their representation asks for, and none that a file knows', () => {
  const piece = fc.constantFrom(...'0123456789+-.eE\\ x\0'.split(''), '195103', '1951-03', '234567E5', '0304', '-9');
  const texts = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(''));
  const known = new KnownStretches(IDENTIFIERS);
  let agreed = 0;
  fc.assert(
    fc.property(texts, fc.boolean(), (text, isWhole) => {
      const bytes = utf8(`##${text}##`);
      const plain = arePlainNumbers(bytes, { from: 2, to: bytes.length - 2 }, isWhole, known);
      // No number passes that the text would not; a closer look is always allowed.
      if (plain) assert.ok(areNumbers(text, isWhole ? WHOLE : DECIMAL), JSON.stringify(text));
      if (plain && text.length > 2) agreed += 1;
    }),
    { seed: 1, numRuns: 20_000 },
  );
  assert.ok(agreed > 500, `${agreed} were plain`);
});

const ROWS: readonly (readonly [text: string, isWhole: boolean, expected: boolean, name: string])[] = [
  ['-120.5\\-98.25\\1300', false, true, 'a position'],
  ['1.5E-3 ', false, true, 'an exponent, padded'],
  ['', false, true, 'nothing'],
  ['1\\\\2', true, true, 'an empty value among others'],
  ['1.5', true, false, 'a fraction that should be whole'],
  ['left', false, false, 'a word'],
  ['1e', false, false, 'half an exponent'],
  ['951030', true, false, 'a part of the day of birth'],
  ['34567E5', false, false, 'a part of an identifier, in capitals'],
];
for (const [text, isWhole, expected, name] of ROWS)
  test(`plain numbers: ${name}`, () => {
    const bytes = utf8(text);
    const known = new KnownStretches(IDENTIFIERS);
    assert.equal(arePlainNumbers(bytes, { from: 0, to: bytes.length }, isWhole, known), expected);
  });
