import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeText } from './character-sets.ts';

/** Names of PS3.5 annexes H.3, I.2 and K.2, byte for byte, and others. */
const EXAMPLES: readonly (readonly [what: string, characterSet: string, bytes: string, text: string])[] = [
  [
    'Japanese, H.3.1',
    '\\ISO 2022 IR 87',
    '59616d6164615e5461726f753d1b24423b3345441b28425e1b244242404f3a1b28423d1b2442245e24601b2842',
    'Yamada^Tarou=山田^太郎=まむ',
  ],
  [
    'Japanese with half-width katakana, H.3.2',
    'ISO 2022 IR 13\\ISO 2022 IR 87',
    'd4cfc0de5ec0dbb33d1b24423b3345441b284a5e1b244242404f3a1b284a',
    'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎',
  ],
  [
    'Korean, I.2',
    '\\ISO 2022 IR 149',
    '486f6e675e47696c646f6e673d1b242943fbf35e1b242943d1ced4d73d1b242943c8ab5e1b242943b1e6b5bf',
    'Hong^Gildong=洪^吉洞=홍^길동',
  ],
  [
    'Chinese, K.2',
    '\\ISO 2022 IR 58',
    '5a68616e675e5869616f446f6e673d1b242941d5c55e1b242941d0a1b6ab3d',
    'Zhang^XiaoDong=张^小东=',
  ],
  ['Greek beside Cyrillic', 'ISO 2022 IR 6\\ISO 2022 IR 126\\ISO 2022 IR 144', '1b2d46d0e1f05e1b2d4ced', 'Παπ^э'],
  ['an escape nobody knows stays', '\\ISO 2022 IR 87', '411b255842', 'A\u001b%XB'],
];
for (const [what, characterSet, hex, text] of EXAMPLES) {
  test(what, () => {
    const bytes = new Uint8Array(Buffer.from(hex, 'hex'));
    assert.equal(decodeText(bytes, 'PN', characterSet.split('\\')), text);
  });
}
test('a backslash inside a character of two bytes is no end of a value', () => {
  const bytes = Uint8Array.of(0x1b, 0x24, 0x42, 0x30, 0x5c, 0x1b, 0x28, 0x42);
  assert.equal(decodeText(bytes, 'LO', ['', 'ISO 2022 IR 87']).includes('\\'), false);
});
