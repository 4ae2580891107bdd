import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { workbook } from './workbook.ts';

/** The files of a zip, read by its directory; nothing in it is packed. */
function filesOf(bytes: Uint8Array): Readonly<Record<string, string>> {
  const zip = Buffer.from(bytes);
  const end = zip.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  let at = zip.readUInt32LE(end + 16);
  const found: Record<string, string> = {};
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    assert.equal(zip.toString('latin1', at, at + 4), 'PK\x01\x02');
    const [size, nameLength, offset] = [
      zip.readUInt32LE(at + 24),
      zip.readUInt16LE(at + 28),
      zip.readUInt32LE(at + 42),
    ];
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    const start = offset + 30 + zip.readUInt16LE(offset + 26) + zip.readUInt16LE(offset + 28);
    const content = zip.subarray(start, start + size);
    assert.equal(crc32(content), zip.readUInt32LE(at + 16), `the check sum of ${name}, by zlib`);
    found[name] = content.toString('utf8');
    at += 46 + nameLength;
  }
  return found;
}

test('numbers are numbers, words are words and never formulas, and what is not there is no cell', () => {
  const files = filesOf(
    workbook([
      {
        name: 'Samples',
        head: ['country', 'studies'],
        rows: [
          ['=1+1', 1670],
          ['<Ελλάδα & "co">\u0001', null],
        ],
      },
      { name: 'Empty', head: ['a'], rows: [] },
    ]),
  );
  const first = files['xl/worksheets/sheet1.xml'] ?? '';
  assert.match(
    first,
    /<c r="A2" t="inlineStr"><is><t xml:space="preserve">=1\+1<\/t><\/is><\/c><c r="B2"><v>1670<\/v>/,
  );
  assert.match(first, /&lt;Ελλάδα &amp; &quot;co&quot;&gt;<\/t>/);
  assert.doesNotMatch(first, /<f>|r="B3"/);
  assert.match(files['xl/workbook.xml'] ?? '', /<sheet name="Empty" sheetId="2" r:id="rId2"\/>/);
  assert.ok('xl/worksheets/sheet2.xml' in files && '[Content_Types].xml' in files);
});

test('the same sheets give the same bytes', () => {
  const sheets = [{ name: 'a', head: ['b'], rows: [[1]] }];
  assert.deepEqual(workbook(sheets), workbook(sheets));
});

test('columns beyond Z are called AA and on', () => {
  const row = Array.from({ length: 28 }, (_, index) => index);
  const files = filesOf(workbook([{ name: 'wide', head: row.map(String), rows: [row] }]));
  assert.match(files['xl/worksheets/sheet1.xml'] ?? '', /r="Z2"><v>25.*r="AA2"><v>26.*r="AB2"><v>27/);
});
