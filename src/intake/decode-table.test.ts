import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnicaError } from '#base';
import { decodeTable, type TableEncoding } from './decode-table.ts';

const TEXTS: readonly (readonly [TableEncoding, string])[] = [
  ['windows-1252', 'Größe;Östrogenrezeptor;Anfänger\nü;ß;Straße'],
  ['windows-1252', 'densidade mamária;diagnóstico;não\nmamária;é;à'],
  ['windows-1252', 'sì;età;più\nperché;è;già'],
  ['windows-1250', 'płeć;wielkość;rozpoznanie\nżyje;mężczyzna;śródbłonek'],
  ['windows-1250', 'šifra bolnika;žensko;črta\nŽ;č;š'],
  ['windows-1257', 'lytis;amžius;būklė\nįtarimas;krūties vėžys;mirė;šlapimo pūslės gydymas; pacientų kodas'],
  ['windows-1253', 'φύλο;ηλικία;διάγνωση\nθήλυ;καρκίνος μαστού;ναι'],
  ['windows-1251', 'стать;вік;діагноз\nжінка;рак молочної залози;ні'],
];
for (const [encoding, text] of TEXTS) {
  test(`${encoding}: ${text.slice(0, 20)}`, () => {
    const decoder = new TextDecoder(encoding);
    const byteOf = new Map(Array.from({ length: 256 }, (_, byte) => [decoder.decode(Uint8Array.of(byte)), byte]));
    const bytes = Uint8Array.from(
      [...text],
      (letter) => byteOf.get(letter) ?? assert.fail(`${encoding} has no ${letter}`),
    );
    assert.deepEqual(decodeTable(bytes), { encoding, text });
  });
}

test('UTF-8 with and without its mark, UTF-16', () => {
  const text = 'Größe;φύλο;стать\n1;2;3';
  assert.deepEqual(decodeTable(new TextEncoder().encode(text)), { encoding: 'utf-8', text });
  assert.deepEqual(decodeTable(new TextEncoder().encode(`\ufeff${text}`)), { encoding: 'utf-8', text });
  assert.deepEqual(decodeTable(new Uint8Array(Buffer.from(`\ufeff${text}`, 'utf16le'))), {
    encoding: 'utf-16le',
    text,
  });
  assert.deepEqual(decodeTable(new Uint8Array(Buffer.from(`\ufeff${text}`, 'utf16le').swap16())), {
    encoding: 'utf-16be',
    text,
  });
});

test('a workbook and other bytes are refused with what to do', () => {
  const refused = (problem: RegExp) => (error: unknown) =>
    error instanceof UnicaError && error.code === 'intake.csv-invalid' && problem.test(error.message);
  assert.throws(() => decodeTable(Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0)), refused(/workbook/));
  assert.throws(() => decodeTable(Uint8Array.of(1, 2, 0, 4)), refused(/no text/));
});
