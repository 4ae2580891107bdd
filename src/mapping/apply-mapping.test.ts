import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnicaError } from '#base';
import { CDM } from '#vocab';
import { applyMapping } from './apply-mapping.ts';
import { readCdmCsv, writeCdmCsv } from './cdm-csv.ts';
import { fitNumber } from './fit-number.ts';
import type { MappingMeans } from './mapped-cell.ts';
import { type MappingDocument, mappingOf, readMapping, writeMapping } from './mapping-document.ts';
import { profileTable, type SourceTable } from './profile-column.ts';
import { proposeMapping } from './propose-mapping.ts';

const MEANS: MappingMeans = {
  personOf: (identifier) => `person-${identifier}`,
  uidOf: (uid) => `2.25.${uid.length}`,
  daysBackOf: (person) => (person === 'person-1' ? 10 : 0),
  datasetId: 'set',
  today: '2026-11-24',
};

function tableOf(text: string): SourceTable {
  const [header = [], ...rows] = text
    .trim()
    .split('\n')
    .map((line) => line.split(';').map((cell) => cell.trim()));
  return { header, rows };
}

const TABLE = tableOf(`
nr; sex; dx date; age; diagnosis; size; er; psa; op date; op; side
1;  w;   12.03.2018; 58,3; breast cancer; 1,8 cm; pos; ; 02.04.2018; mastectomy; left
1;  w;   12.03.2018; 58,3; breast cancer; 7 mm;   pos; ; ;           ;           right
2;  m;   01.02.2021; 66;   prostate cancer; ;     ;    1200; ;        ;           
2;  w;   01.02.2021; 66;   prostate cancer; ;     ;    < 0,2; ;       ;           
;   m;   01.02.2021; 66;   prostate cancer; ;     ;    4; ;           ;           
3;  x9;  31.02.2021; 166;  gout; 12 ells;        ?;   four; 01.01.2030; ;
`);
const MAPPING: MappingDocument = {
  mapping: 1,
  columns: [
    { column: 'nr', element: 'patient-id' },
    { column: 'sex', element: 'sex' },
    { column: 'dx date', element: 'diagnosis-date' },
    { column: 'age', element: 'age-at-diagnosis' },
    { column: 'diagnosis', element: 'diagnosis' },
    { column: 'size', element: 'tumour-size' },
    { column: 'er', element: 'er-status' },
    { column: 'psa', element: 'psa' },
    { column: 'op date', element: 'surgery-date' },
    { column: 'op', element: 'surgery' },
    { column: 'side', element: 'laterality' },
    { column: 'stage', element: 'stage' },
  ],
};

function filled(values: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}

test('mapping: rows become rows of the model, what is said twice is there once, dates are moved and offsets told', () => {
  const { rows, read, withoutPerson, missingColumns, unmappedColumns } = applyMapping(TABLE, MAPPING, MEANS);
  const found = rows.map(({ table, values }) => [table, filled(values)]);
  const year = { cancer_condition_age_unit: 'COM1000151' };
  const mm = { tumor_size_dimension_unit: 'COM1000152' };
  assert.deepEqual(found, [
    ['patient', { patient_id: 'person-1', dataset_id: 'set', patient_birth_sex: 'COM1001370' }],
    ['patient', { patient_id: 'person-2', dataset_id: 'set', patient_birth_sex: 'COM1001366' }],
    ['patient', { patient_id: 'person-3', dataset_id: 'set' }],
    [
      'tumor_marker_test',
      {
        tumor_marker_test_id: 1,
        patient_id: 'person-1',
        tumor_marker_test_code: 'CLIN1045815',
        tumor_marker_test_as_concept: 'COM1001310',
      },
    ],
    [
      'tumor_marker_test',
      {
        tumor_marker_test_id: 2,
        patient_id: 'person-2',
        tumor_marker_test_code: 'CLIN1033410',
        tumor_marker_test_as_number: 0.2,
        tumor_marker_test_as_unit: 'COM1000156',
      },
    ],
    ['treatment', { treatment_id: 1, patient_id: 'person-1', treatment_type: 'CLIN1004413' }],
    [
      'surgical_procedure',
      {
        treatment_id: 1,
        surgical_procedure_code: 'CLIN1004693',
        surgical_procedure_date: '2018-03-23',
        surgical_procedure_offset_from_diagnosis: 21,
        surgical_procedure_offset_from_diagnosis_unit: 'COM1000153',
      },
    ],
    [
      'cancer_condition',
      {
        cancer_condition_id: 1,
        patient_id: 'person-1',
        cancer_condition_age_at_diagnosis: 58.3,
        cancer_condition_asserted_date: '2018-03-02',
        cancer_condition_code: 'CLIN1000060',
        ...year,
      },
    ],
    [
      'cancer_condition',
      {
        cancer_condition_id: 2,
        patient_id: 'person-2',
        cancer_condition_age_at_diagnosis: 66,
        cancer_condition_asserted_date: '2021-02-01',
        cancer_condition_code: 'CLIN1000075',
        ...year,
      },
    ],
    [
      'tumor',
      {
        tumor_id: 1,
        cancer_condition_id: 1,
        patient_id: 'person-1',
        tumor_size_maximum_dimension: 18,
        tumor_body_site_laterality: 'IMG1016670',
        ...mm,
      },
    ],
    [
      'tumor',
      {
        tumor_id: 2,
        cancer_condition_id: 1,
        patient_id: 'person-1',
        tumor_size_maximum_dimension: 7,
        tumor_body_site_laterality: 'IMG1016682',
        ...mm,
      },
    ],
  ]);
  assert.deepEqual([read, withoutPerson, missingColumns, unmappedColumns], [6, 1, ['stage'], []]);
});

test('mapping: every cell that was not taken over is told with its place', () => {
  const { issues } = applyMapping(TABLE, MAPPING, MEANS);
  assert.deepEqual(
    issues.map(({ row, column, problem }) => `${row} ${column}: ${problem}`),
    [
      '3 psa: too-large-for-the-model',
      '4 psa: bound-taken-as-value',
      '4 sex: contradiction',
      '5 nr: no-person',
      '6 sex: value-unmapped',
      '6 dx date: impossible-date',
      '6 age: out-of-range',
      '6 diagnosis: value-unmapped',
      '6 size: unit-unknown',
      '6 psa: not-a-number',
      '6 op date: future-date',
    ],
  );
});

test('mapping: letters that mean another sex beside one another are told where the mapping does not say which', () => {
  const table = tableOf('nr; geslacht\n1; M\n2; V\n3; V');
  const columns = [{ column: 'nr', element: 'patient-id' }];
  const { issues } = applyMapping(
    table,
    { mapping: 1, columns: [...columns, { column: 'geslacht', element: 'sex' }] },
    MEANS,
  );
  assert.deepEqual(
    issues.map(({ row, problem }) => [row, problem]),
    [
      [1, 'value-unmapped'],
      [2, 'value-unmapped'],
      [3, 'value-unmapped'],
    ],
  );
});

test('mapping: each value knows its source cell', () => {
  const { rows } = applyMapping(TABLE, MAPPING, MEANS);
  const tumor = rows.find(({ table }) => table === 'tumor');
  const source = { row: 1, column: 'size', cell: '1,8 cm', value: 18 };
  assert.deepEqual(tumor?.sources['tumor_size_maximum_dimension'], source);
});

test('mapping: rows point to rows that are there', () => {
  const { rows } = applyMapping(TABLE, MAPPING, MEANS);
  for (const { table, values } of rows) {
    for (const { column, references } of CDM.filter((one) => one.table === table && one.references !== null)) {
      const value = values[column];
      if (value === null || references === null) continue;
      // The deployed schema has no table for data sets' own rows here.
      if (references === 'dataset.dataset_id') continue;
      const [parent, key = ''] = references.split('.');
      assert.ok(
        rows.some((row) => row.table === parent && row.values[key] === value),
        `${table}.${column}`,
      );
    }
  }
});

test('mapping: numbers in the form of their columns', () => {
  assert.equal(fitNumber(12.345, 'DECIMAL(5,2)'), 12.35);
  assert.equal(fitNumber(999.994, 'DECIMAL(5,2)'), 999.99);
  assert.equal(fitNumber(999.999, 'DECIMAL(5,2)'), undefined);
  assert.equal(fitNumber(-1000, 'DECIMAL(5,2)'), undefined);
  assert.equal(fitNumber(3.6, 'INTEGER'), 4);
});

test('mapping: tables as CSV and back are the same, formulas taken apart', () => {
  const mapping: MappingDocument = {
    mapping: 1,
    columns: [...MAPPING.columns, { column: 'cause', element: 'cause-of-death' }],
  };
  const table = {
    header: [...TABLE.header, 'cause'],
    rows: TABLE.rows.map((row, at) => [...row, ['=1+1', '"so", said', "'x", '', '', '@sum'][at] ?? '']),
  };
  const { rows } = applyMapping(table, mapping, MEANS);
  const files = writeCdmCsv(rows, 'set');
  assert.equal(files.size, 24);
  assert.ok([...files.keys()].every((name) => name.startsWith('set_')));
  assert.match(files.get('set_patient.csv') ?? '', /,'=1\+1\n/);
  const back = [...files].flatMap(([name, text]) => readCdmCsv(name.replace(/^set_|\.csv$/g, ''), cellsOf(text)));
  assert.deepEqual(
    back,
    rows.map(({ table: name, values }) => ({ table: name, values })),
  );
  const wrong = (code: string) => (error: unknown) => error instanceof UnicaError && error.code === code;
  assert.throws(() => readCdmCsv('patient', [['patient_id', 'shoe_size']]), wrong('mapping.cdm-unreadable'));
  assert.throws(() => readCdmCsv('shoes', [['a']]), wrong('mapping.cdm-unreadable'));
  assert.throws(() => readCdmCsv('tumor', [['tumor_id'], ['one']]), wrong('mapping.cdm-unreadable'));
});

/** Lines of RFC 4180 text; the product's own reader is in another room. */
function cellsOf(text: string): readonly (readonly string[])[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) =>
      [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)]
        .slice(0, line.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/).length)
        .map(([, cell = '']) => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell)),
    );
}

test('mappings: written and read again they are the same', () => {
  const document = mappingOf(proposeMapping(profileTable(TABLE, MEANS.today)));
  assert.deepEqual(readMapping(writeMapping(document)), document);
});

const BAD: readonly (readonly [string, RegExp])[] = [
  ['mapping: [', /no YAML/],
  ['mapping: 2\ncolumns: []', /mapping/],
  ['mapping: 1\ncolumns: [{column: a, element: shoe-size}]', /shoe-size, which is no element/],
  ['mapping: 1\ncolumns: [{column: a}]', /either an element or leave_out/],
  ['mapping: 1\ncolumns: [{column: a, element: sex}, {column: a, leave_out: people}]', /twice/],
  ['mapping: 1\ncolumns: [{column: a, element: sex}, {column: b, element: sex}]', /both mapped to sex/],
  [
    'mapping: 1\ncolumns: [{column: a, element: sex, values: {w: COM1}}]',
    /COM1, which the hyper-ontology does not have/,
  ],
  ['mapping: 1\ncolumns: [{column: a, element: sex, shoes: 1}]', /columns\.0/],
  ['mapping: 1\ncolumns: &a [{column: a, element: sex}]\nmore: *a', /aliases|more/],
];
for (const [text, expected] of BAD) {
  test(`mappings: ${expected.source} is told`, () => {
    assert.throws(
      () => readMapping(text),
      (error) => error instanceof UnicaError && error.code === 'mapping.unreadable' && expected.test(error.message),
    );
  });
}
