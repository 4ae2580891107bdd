import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { crc32, deflateRawSync } from 'node:zlib';
import { UnicaError } from '#base';
import { openTable } from './open-table.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unica-xlsx-'));
});
after(async () => await rm(folder, { recursive: true, force: true }));

/** A zip as a spreadsheet writes it, made without the code under test. */
function zip(files: Readonly<Record<string, string>>): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const content = Buffer.from(text);
    const packed = deflateRawSync(content);
    const head = Buffer.alloc(26);
    head.writeUInt16LE(20, 0);
    head.writeUInt16LE(0x800, 2);
    head.writeUInt16LE(8, 4);
    head.writeUInt32LE(crc32(content), 10);
    head.writeUInt32LE(packed.length, 14);
    head.writeUInt32LE(content.length, 18);
    head.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), head, Buffer.from(name), packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    centrals.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), head, tail, Buffer.from(name)]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(centrals.length, 8);
  end.writeUInt16LE(centrals.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

const WORKBOOK =
  '<workbook><sheets><sheet name="hidden" state="hidden" r:id="r2"/><sheet name="Daten" r:id="r1"/></sheets></workbook>';
const RELATIONS =
  '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Target="worksheets/sheet2.xml"/></Relationships>';
const STYLES =
  '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="dd\\.mm\\.yyyy"/><numFmt numFmtId="165" formatCode="0.0&quot; day&quot;"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>';

async function sheet(rows: string, more: Readonly<Record<string, string>> = {}) {
  const path = join(folder, `${Math.floor(performance.now() * 1000)}.xlsx`);
  const files = {
    'xl/workbook.xml': WORKBOOK,
    'xl/_rels/workbook.xml.rels': RELATIONS,
    'xl/styles.xml': STYLES,
    'xl/sharedStrings.xml':
      '<sst><si><t>Nr</t></si><si><r><t>Ge</t></r><r><t>schlecht</t></r></si><si><t>Größe &lt;cm&gt; &#228;</t></si></sst>',
    'xl/worksheets/sheet1.xml': `<worksheet><sheetData>${rows}</worksheet>`.replace('</worksheet>', '</worksheet>'),
    'xl/worksheets/sheet2.xml':
      '<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>no</t></is></c></row></sheetData></worksheet>',
    ...more,
  };
  await writeFile(path, zip(files));
  const table = await openTable(path);
  const read: (readonly [number, readonly string[]])[] = [];
  for await (const batch of table.rows()) for (const { row, cells } of batch) read.push([row, cells]);
  return { header: table.header, rows: read, notes: table.notes, encoding: table.encoding };
}

const HEAD = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row>';
const refused = (code: string) => (error: unknown) => error instanceof UnicaError && error.code === code;

test('xlsx: text, numbers, days of both formats, truth values, gaps and errors', async () => {
  const found = await sheet(
    `${HEAD}<row r="2"><c r="A2"><v>1001</v></c><c r="B2" s="1"><v>43171</v></c><c r="C2"><v>1.7999999999999998</v></c></row>` +
      '<row r="5"><c r="A5" t="str"><f>A2+1</f><v>1002</v></c><c r="B5" s="2"><v>43171.75</v></c><c r="C5" t="e"><v>#REF!</v></c></row>' +
      '<row r="6"><c r="A6" t="b"><v>1</v></c><c r="C6" s="3"><v>3</v></c></row></sheetData>',
  );
  assert.equal(found.encoding, 'xlsx');
  assert.deepEqual(found.header, ['Nr', 'Geschlecht', 'Größe <cm> ä']);
  assert.deepEqual(found.rows, [
    [1, ['1001', '2018-03-12', '1.8']],
    [4, ['1002', '2018-03-12', '']],
    [5, ['true', '', '3']],
  ]);
  assert.deepEqual(found.notes, [{ row: 4, column: 'Größe <cm> ä', problem: 'formula-error' }]);
});

test('xlsx: days since 1904', async () => {
  const rows = `${HEAD}<row r="2"><c r="A2"><v>1</v></c><c r="B2" s="1"><v>41709</v></c></row></sheetData>`;
  const more = { 'xl/workbook.xml': WORKBOOK.replace('<sheets>', '<workbookPr date1904="1"/><sheets>') };
  assert.deepEqual((await sheet(rows, more)).rows, [[1, ['1', '2018-03-12', '']]]);
});

test('xlsx: a title, headings of two rows and merged cells are understood and told', async () => {
  const cell = (place: string, text: string) => `<c r="${place}" t="inlineStr"><is><t>${text}</t></is></c>`;
  const found = await sheet(
    `<row r="1">${cell('A1', 'Register 2024')}</row>` +
      `<row r="2">${cell('A2', 'Nr')}${cell('B2', 'Tumor')}</row><row r="3">${cell('B3', 'Größe')}${cell('C3', 'Seite')}</row>` +
      `<row r="4">${cell('A4', '7')}${cell('B4', '12')}${cell('C4', 'li')}</row><row r="5">${cell('B5', '9')}${cell('C5', 're')}</row>` +
      '</sheetData><mergeCells><mergeCell ref="B2:C2"/><mergeCell ref="A4:A5"/></mergeCells>',
  );
  assert.deepEqual(found.header, ['Nr', 'Tumor Größe', 'Tumor Seite']);
  assert.deepEqual(found.rows, [
    [3, ['7', '12', 'li']],
    [4, ['7', '9', 're']],
  ]);
  assert.deepEqual(
    found.notes.map(({ column, problem }) => `${problem} ${column}`),
    ['merged-cells B2:C2', 'merged-cells A4:A5', 'more-headings ', 'more-headings '],
  );
});

test('xlsx: bombs, entities, zips that are no workbook and cells without a heading are refused', async () => {
  const entities = {
    'xl/sharedStrings.xml': '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><sst><si><t>&a;</t></si></sst>',
  };
  await assert.rejects(sheet(`${HEAD}</sheetData>`, entities), refused('intake.zip-unsafe'));
  const bomb = { 'xl/media/zeros': '0'.repeat(40_000_000) };
  await assert.rejects(sheet(`${HEAD}</sheetData>`, bomb), refused('intake.zip-unsafe'));
  const path = join(folder, 'other.zip');
  await writeFile(path, zip({ 'a.txt': 'a' }));
  await assert.rejects(openTable(path), refused('intake.csv-invalid'));
  await assert.rejects(
    sheet(`${HEAD}<row r="2"><c r="D2"><v>1</v></c></row></sheetData>`),
    refused('intake.csv-invalid'),
  );
});
