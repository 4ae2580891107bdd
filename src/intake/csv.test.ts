import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readClinicalCsv } from './clinical.ts';
import { csvLine, readCsv } from './csv.ts';

for (const [name, text, header, rows] of [
  ['plain', 'a,b\n1,2\n', ['a', 'b'], [['1', '2']]],
  ['no line end at the end', 'a,b\n1,2', ['a', 'b'], [['1', '2']]],
  ['byte order mark, Windows line ends', '\uFEFFa,b\r\n1,2\r\n', ['a', 'b'], [['1', '2']]],
  [
    'old Mac line ends',
    'a,b\r1,2\r3,4',
    ['a', 'b'],
    [
      ['1', '2'],
      ['3', '4'],
    ],
  ],
  ['semicolons', 'a;b\n1,5;2\n', ['a', 'b'], [['1,5', '2']]],
  ['tabs', 'a\tb\n1\t2', ['a', 'b'], [['1', '2']]],
  ['quotes', '"a","b"\n"1, ""x""\ny",2', ['a', 'b'], [['1, "x"\ny', '2']]],
  ['a comma inside a quoted header', '"a,b";c\n1;2', ['a,b', 'c'], [['1', '2']]],
  ['empty lines and short rows', 'a,b,c\n\n1\n , ,\n', ['a', 'b', 'c'], [['1', '', '']]],
  ['empty cells too many', 'a,b\n1,2,,\n', ['a', 'b'], [['1', '2']]],
] as const) {
  test(`a table with ${name}`, () => {
    const table = readCsv(text);
    assert.deepEqual(table.header, header);
    assert.deepEqual(table.rows, rows);
  });
}

for (const [name, text, line] of [
  ['nothing in it', '', 1],
  ['an open quote', 'a,b\n1,2\n3,"4\n', 3],
  ['a row too long', 'a,b\n1,2,3\n', 2],
] as const) {
  test(`a table with ${name} is refused at its line`, () => {
    assert.throws(
      () => readCsv(text),
      (error: { code?: string; facts?: { line?: number } }) =>
        error.code === 'intake.csv-invalid' && error.facts?.line === line,
    );
  });
}

test('a written line is read back', () => {
  const cells = ['a,b', 'say "no"', 'two\nlines', 'plain', ''];
  assert.deepEqual(readCsv(`1,2,3,4,5\n${csvLine(cells)}`).rows[0], cells);
});

test('clinical rows: known columns by any spelling, findings split, the rest as values', () => {
  const rows = readClinicalCsv(
    'Patient ID;Study_UID;Finding Labels;Smoker\n7;1.2;Mass|Nodule|Mass;yes\n8;;No Finding;no\n;;x;y',
  );
  assert.deepEqual(rows, [
    { patientId: '7', studyInstanceUid: '1.2', findings: ['Mass', 'Nodule'], values: { Smoker: 'yes' } },
    { patientId: '8', findings: [], values: { Smoker: 'no' } },
  ]);
  assert.throws(() => readClinicalCsv('name,finding\nx,y'), { code: 'intake.clinical-no-patient-id' });
});
