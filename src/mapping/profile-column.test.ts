import assert from 'node:assert/strict';
import { test } from 'node:test';
import { profileColumn } from './profile-column.ts';
import { readDate, readNumber, saysNothing } from './read-cell.ts';

const TODAY = '2026-11-24';

const NUMBERS: readonly (readonly [string, '.' | ',' | undefined, number | undefined])[] = [
  ['12', undefined, 12],
  ['12,5', undefined, 12.5],
  ['12.5', undefined, 12.5],
  ['1.234,5', undefined, 1234.5],
  ['1,234.5', undefined, 1234.5],
  ['1 234,5', undefined, 1234.5],
  ['1,234', undefined, 1234],
  ['1,234', ',', 1.234],
  ['1.234', ',', 1234],
  ['-3', undefined, -3],
  ['−3,5', undefined, -3.5],
  ['< 0,2 ng/ml', undefined, 0.2],
  ['>=5', undefined, 5],
  ['12 mm', undefined, 12],
  ['12,5,3', undefined, undefined],
  ['1.2.3', undefined, undefined],
  ['twelve', undefined, undefined],
  ['12a34', undefined, undefined],
];
for (const [cell, mark, expected] of NUMBERS) {
  test(`cells: ${cell} as a number${mark === undefined ? '' : ` with ${mark}`}`, () => {
    assert.equal(readNumber(cell, mark)?.value, expected);
  });
}

test('cells: signs and units', () => {
  assert.deepEqual(readNumber('< 0,2 ng/ml'), { value: 0.2, sign: '<', unit: 'ng/ml' });
  assert.deepEqual(readNumber('>=5'), { value: 5, sign: '>', unit: '' });
});

const DATES: readonly (readonly [string, 'dmy' | 'mdy' | 'ymd', string | undefined])[] = [
  ['2024-02-29', 'dmy', '2024-02-29'],
  ['2023-02-29', 'dmy', 'impossible'],
  ['29.02.2024', 'dmy', '2024-02-29'],
  ['31.02.2024', 'dmy', 'impossible'],
  ['3/4/2024', 'dmy', '2024-04-03'],
  ['3/4/2024', 'mdy', '2024-03-04'],
  ['20240131', 'dmy', '2024-01-31'],
  ['05-Mar-2021', 'dmy', '2021-03-05'],
  ['2024-01-31T10:11:12', 'dmy', '2024-01-31'],
  ['31.01.2024 08:15', 'dmy', '2024-01-31'],
  ['45000', 'dmy', undefined],
  ['yesterday', 'dmy', undefined],
];
for (const [cell, order, expected] of DATES) {
  test(`cells: ${cell} as a date, ${order}`, () => {
    const date = readDate(cell, order);
    assert.equal(date?.kind === 'date' ? date.iso : date?.kind, expected);
  });
}

test('cells: what says nothing', () => {
  for (const cell of ['', ' ', '-', 'N/A', 'k.A.', 'Δ/Υ', 'н/д', 'Brak danych']) assert.ok(saysNothing(cell), cell);
  for (const cell of ['0', 'unknown', 'nein', 'keine']) assert.ok(!saysNothing(cell), cell);
});

test('columns: numbers with decimal commas, one outlier, one word, one with the other mark', () => {
  const cells = ['12,5', '13,1', '9,0', '11,4', '10,2', '12,2', '8,9', '11,0', '950', 'groß', '10.5', ''];
  const profile = profileColumn('Größe (mm)', cells, TODAY);
  assert.deepEqual([profile.kind, profile.decimalMark, profile.unit, profile.missing], ['number', ',', 'mm', 1]);
  assert.deepEqual(profile.oddities, [
    { row: 8, oddity: 'outlier' },
    { row: 9, oddity: 'not-a-number' },
    { row: 10, oddity: 'other-decimal-mark' },
  ]);
});

test('columns: dates, impossible ones, ones to come, and the order of day and month', () => {
  const profile = profileColumn(
    'Datum',
    ['31.01.2020', '30.02.2020', '05.06.2021', 'Mai', '01.01.2031', '02.02.2020'],
    TODAY,
  );
  assert.equal(profile.kind, 'date');
  assert.deepEqual(profile.days, ['2020-01-31', '2031-01-01']);
  assert.deepEqual(profile.oddities, [
    { row: 1, oddity: 'impossible-date' },
    { row: 3, oddity: 'not-a-date' },
    { row: 4, oddity: 'future-date' },
  ]);
  assert.equal(profileColumn('date', ['01/31/2020', '02/03/2020'], TODAY).dateOrder, 'mdy');
});

test('people who came again and UIDs made of UUIDs are identifiers', () => {
  const visits = Array.from({ length: 60 }, (_, row) => `PTH${100_034 + 37 * Math.floor(row / 2)}`);
  assert.equal(profileColumn('PatientID', visits, TODAY).kind, 'identifier');
  assert.equal(profileColumn('site', visits, TODAY).kind === 'identifier', false);
  const codes = Array.from({ length: 60 }, (_, row) => `C${5000 + (row % 4)}`);
  assert.equal(profileColumn('tumour id', codes, TODAY).kind, 'words');
  const uids = Array.from({ length: 40 }, (_, row) => `2.25.37873143336864964183581304814841${48_230 + row}`);
  assert.equal(profileColumn('StudyInstanceUID', uids, TODAY).kind, 'identifier');
});

test('columns: identifiers, words and prose are told apart', () => {
  const ids = Array.from({ length: 30 }, (_, at) => `PT-${1000 + at}`);
  assert.equal(profileColumn('x', ids, TODAY).kind, 'identifier');
  assert.equal(
    profileColumn(
      'Patient ID',
      ids.map((id) => id.slice(3)),
      TODAY,
    ).kind,
    'identifier',
  );
  assert.equal(
    profileColumn(
      'UID',
      ids.map((_, at) => `1.2.840.113619.2.55.${at % 3}.7`),
      TODAY,
    ).kind,
    'identifier',
  );
  const sexes = profileColumn('Geschlecht', ['w', 'm', 'w', 'w', '', 'k.A.'], TODAY);
  assert.deepEqual(
    [sexes.kind, sexes.values, sexes.missing],
    [
      'words',
      [
        { value: 'w', count: 3 },
        { value: 'm', count: 1 },
      ],
      2,
    ],
  );
  const prose = ids.map((id) => `the patient ${id} came with a lump in her breast`);
  assert.deepEqual(
    [profileColumn('Anamnese', prose, TODAY).kind, profileColumn('Anamnese', prose, TODAY).values],
    ['text', []],
  );
  assert.equal(profileColumn('leer', ['', '-'], TODAY).kind, 'empty');
});
