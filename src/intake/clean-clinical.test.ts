import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_OPTIONS, pseudonymOf, pseudonymousUid, shiftDays } from '#deid';
import { cleanClinicalTable } from './clean-clinical.ts';
import { readCsv } from './csv.ts';

const SITE = { siteId: 'lisbon', secret: new Uint8Array(32).fill(9) };

const clean = (text: string, options = ALL_OPTIONS) => {
  const { text: table, dropped } = cleanClinicalTable(text, SITE, options);
  return { ...readCsv(table), dropped };
};

/** Milliseconds of a day, read without the code under test. */
const dayOf = (year: string, month: string, day: string) => Date.UTC(Number(year), Number(month) - 1, Number(day));

test('clinical table: people and UIDs as in the images; spaces around a number do not count, zeros before it do', () => {
  const { rows } = clean('PatientID,StudyInstanceUID,note\n 00123 ,1.2.3,x\n00123,1.2.3,\n123,1.2.4,z\n');
  assert.deepEqual(rows, [
    [pseudonymOf(SITE, '00123'), pseudonymousUid(SITE, '1.2.3'), 'x'],
    [pseudonymOf(SITE, '00123'), pseudonymousUid(SITE, '1.2.3'), ''],
    [pseudonymOf(SITE, '123'), pseudonymousUid(SITE, '1.2.4'), 'z'],
  ]);
  assert.notEqual(pseudonymOf(SITE, '00123'), pseudonymOf(SITE, '123'));
});

test('clinical table: days move back as those of the images, in the form in which they were', () => {
  const cells = ['2024-03-01', '2024/03/01', '01.03.2024', '1.3.2024', '2024-03-01 10:30', '2024-03-01T10:30:00'];
  const days = shiftDays(SITE, pseudonymOf(SITE, 'P1'));
  const { rows } = clean(`PatientID,when\n${cells.map((cell) => `P1,${cell}`).join('\n')}\n`);
  const expected = dayOf('2024', '03', '01') - days * 86_400_000;
  for (const [index, [, cell = '']] of rows.entries()) {
    const [, year = '', month = '', day = ''] =
      /^(\d{4})[-/](\d\d)[-/](\d\d)/.exec(cell) ??
      [/^(\d\d)\.(\d\d)\.(\d{4})/.exec(cell) ?? []].map(([all = '', d = '', m = '', y = '']) => [all, y, m, d])[0] ??
      [];
    assert.equal(dayOf(year, month, day), expected, `${cells[index]} became ${cell}`);
  }
  assert.equal(rows[4]?.[1]?.slice(10), ' 10:30');
  const { rows: others } = clean('PatientID,size,ScanDate,ratio\nP1,20240301,20240301,1.5\nP1,2024-13-45,,3.10\n');
  assert.equal(others[0]?.[1], '20240301', 'a number is no day');
  assert.notEqual(others[0]?.[2], '20240301');
  assert.deepEqual(
    others.map((row) => row[3]),
    ['1.5', '3.10'],
  );
  assert.equal(others[1]?.[1], '', 'a day that is none goes');
});

test('clinical table: without the option no day stays', () => {
  const { rows } = clean('PatientID,when\nP1,2024-03-01\nP1,01.03.2024\n', new Set());
  assert.deepEqual(
    rows.map((row) => row[1]),
    ['', ''],
  );
});

test('clinical table: columns that name people are left out, others stay', () => {
  const names = [
    'PatientID',
    'Patient Name',
    'Vorname',
    'Date of Birth',
    'Telefon',
    'E-Mail',
    'Επώνυμο',
    'Name of drug',
    'finding',
    'age',
  ];
  const { header, rows, dropped } = clean(`${names.join(',')}\nP1,A,B,1950-01-01,0,a@b,Γ,X,Mass,55\n`);
  assert.deepEqual(header, ['PatientID', 'Name of drug', 'finding', 'age']);
  assert.deepEqual(rows[0]?.slice(1), ['X', 'Mass', '55']);
  assert.equal(dropped.length, 6);
});
