import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { UnicaError } from '#base';
import { readClinicalTable } from './clinical-table.ts';

async function folderOf(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'unica-forms-'));
  context.after(async () => await rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Rows as what they say, empty cells left out. */
async function said(path: string): Promise<readonly Readonly<Record<string, string>>[]> {
  const { header, rows } = await readClinicalTable(path);
  return rows.map((cells) =>
    Object.fromEntries(cells.flatMap((cell, at) => (cell === '' ? [] : [[header[at] ?? '', cell]]))),
  );
}

const RESOURCES = [
  {
    resourceType: 'Patient',
    id: 'a',
    identifier: [{ value: 'other' }, { use: 'official', value: 'H-17' }],
    gender: 'female',
    deceasedDateTime: '2024-05-06T10:00:00Z',
  },
  {
    resourceType: 'Condition',
    subject: { reference: 'Patient/a' },
    code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10', code: 'C50.4' }], text: 'Mamma-Ca' },
    onsetDateTime: '2019-03-04T08:00:00+01:00',
    onsetAge: { value: 61, unit: 'a' },
  },
  {
    resourceType: 'Condition',
    subject: { reference: 'Patient/a' },
    code: { coding: [{ system: 'http://fhir.de/CodeSystem/bfarm/icd-10-gm', code: 'I10' }] },
  },
  {
    resourceType: 'Observation',
    subject: { reference: 'https://fhir.hospital.example/Patient/a' },
    code: { text: 'Ki-67' },
    valueQuantity: { value: 12.5, unit: '%' },
  },
  {
    resourceType: 'Observation',
    subject: { reference: 'Patient/a' },
    code: { coding: [{ display: 'Receptors' }] },
    component: [{ code: { text: 'Estrogen receptor' }, valueCodeableConcept: { coding: [{ display: 'positive' }] } }],
  },
  {
    resourceType: 'Procedure',
    subject: { reference: 'Patient/a' },
    code: { text: 'Mastectomy' },
    performedPeriod: { start: '2019-04-01' },
  },
  { resourceType: 'Encounter', subject: { reference: 'Patient/a' } },
];

const EXPECTED = [
  { 'patient id': 'H-17', sex: 'female', deceased: 'yes' },
  { 'patient id': 'H-17', diagnosis: 'C50.4', 'date of diagnosis': '2019-03-04', 'age at diagnosis': '61' },
  { 'patient id': 'H-17', 'Ki-67': '12.5 %' },
  { 'patient id': 'H-17', 'Estrogen receptor': 'positive' },
  { 'patient id': 'H-17', surgery: 'Mastectomy', 'date of surgery': '2019-04-01' },
];

test('a FHIR bundle, and resources one a line, are a table of what they say of people', async (context) => {
  const folder = await folderOf(context);
  const bundle = join(folder, 'bundle.json');
  const entry = RESOURCES.map((resource) => ({ resource }));
  await writeFile(bundle, JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry }, undefined, 2));
  assert.deepEqual(await said(bundle), EXPECTED);
  const lines = join(folder, 'bulk.ndjson');
  // Whoever exports in bulk sends patients last as often as first.
  await writeFile(
    lines,
    RESOURCES.toReversed()
      .map((one) => JSON.stringify(one))
      .join('\n'),
  );
  assert.deepEqual(await said(lines), EXPECTED.toReversed());
});

test('a patient of a bundle that is referred to by its address', async (context) => {
  const path = join(await folderOf(context), 'bundle.json');
  const entry = [
    { fullUrl: 'urn:uuid:1', resource: { resourceType: 'Patient', identifier: [{ value: 'X' }], gender: 'male' } },
    {
      resource: {
        resourceType: 'Observation',
        subject: { reference: 'urn:uuid:1' },
        code: { text: 'PSA' },
        valueInteger: 4,
      },
    },
  ];
  await writeFile(path, JSON.stringify({ resourceType: 'Bundle', entry }));
  assert.deepEqual(await said(path), [
    { 'patient id': 'X', sex: 'male' },
    { 'patient id': 'X', PSA: '4' },
  ]);
});

test('in FHIR, a version of a patient is the patient, and what is not a patient is nobody', async (context) => {
  const path = join(await folderOf(context), 'bulk.ndjson');
  const observed = (reference: string, valueInteger: number) => ({
    resourceType: 'Observation',
    subject: { reference },
    code: { text: 'PSA' },
    valueInteger,
  });
  const resources = [
    { resourceType: 'Patient', id: 'a', identifier: [{ value: 'H-17' }] },
    { resourceType: 'Patient', identifier: [{ value: 'H-18' }], gender: 'male' },
    observed('Patient/a/_history/3', 4),
    observed('https://fhir.hospital.example/Patient/a/_history/4', 5),
    observed('https://fhir.hospital.example/Patient/elsewhere', 6),
    { ...observed('Patient/a', 9), code: { text: 'patient id' } },
    observed('Device/scanner', 7),
    observed('urn:uuid:nowhere', 8),
  ];
  await writeFile(path, `\ufeff${resources.map((one) => JSON.stringify(one)).join('\r\n')}`);
  assert.deepEqual(await said(path), [
    { 'patient id': 'H-17' },
    { 'patient id': 'H-18', sex: 'male' },
    { 'patient id': 'H-17', PSA: '4' },
    { 'patient id': 'H-17', PSA: '5' },
    { 'patient id': 'elsewhere', PSA: '6' },
    { 'patient id': 'H-17' },
  ]);
});

test('a FHIR resource of more than four million characters is refused with its line', async (context) => {
  const path = join(await folderOf(context), 'bulk.ndjson');
  await writeFile(
    path,
    `{"resourceType":"Patient","id":"a"}\n{"resourceType":"Patient","id":"${'b'.repeat(5_000_000)}`,
  );
  await assert.rejects(
    readClinicalTable(path),
    (error) => error instanceof UnicaError && error.facts['line'] === 2 && /four million/.test(error.message),
  );
});

const BROKEN: readonly (readonly [string, string])[] = [
  ['JSON that is cut off', '{"resourceType": "Bundle", "entry": ['],
  ['JSON that is no bundle', '{"resourceType": "ValueSet"}\n{"a": 1'],
  ['a bundle about nobody', '{"resourceType": "Bundle", "entry": []}'],
  ['an entry that is no resource', '{"resourceType": "Bundle", "entry": [{"resource": 7}]}'],
  ['a property of another kind', '{"resourceType":"Patient","gender":7}\n{"resourceType":"Patient"}'],
];
for (const [name, text] of BROKEN) {
  test(`as a table, ${name} is refused in words`, async (context) => {
    const path = join(await folderOf(context), 'a.json');
    await writeFile(path, text);
    await assert.rejects(
      readClinicalTable(path),
      (error) => error instanceof UnicaError && error.code === 'intake.csv-invalid',
    );
  });
}

const OMOP: Readonly<Record<string, string>> = {
  'PERSON.csv': 'person_id,gender_concept_id,person_source_value\n1,8532,H-1\n2,8507,H-2\n',
  'condition_occurrence.csv':
    'person_id,condition_concept_id,condition_start_date,condition_source_value\n1,4112853,2019-03-04,C50.4\n2,0,2020-01-02,I10\n2,4163261,2020-02-03,\n',
  'measurement.csv':
    'person_id,measurement_concept_id,value_as_number,unit_source_value,value_as_concept_id,measurement_source_value,value_source_value\n2,3013603,7.5,ng/mL,,PSA,\n1,0,,,4181412,ER,\n',
  'death.csv': 'person_id,death_date\n2,2024-01-01\n',
  'image_occurrence.csv': 'image_occurrence_id,person_id,image_study_uid\n1,1,1.2.3\n',
  'CONCEPT.csv':
    'concept_id\tconcept_name\n4163261\tMalignant tumor of prostate\n3013603\tProstate specific Ag\n4181412\tPresent\n9\tUnused\n',
};

test('a folder with OMOP tables is a table of what they say of people', async (context) => {
  const folder = await folderOf(context);
  for (const [name, text] of Object.entries(OMOP)) await writeFile(join(folder, name), text);
  assert.deepEqual(await said(folder), [
    { 'patient id': 'H-1', sex: 'female' },
    { 'patient id': 'H-2', sex: 'male' },
    { 'patient id': 'H-2', deceased: 'yes' },
    { 'patient id': 'H-1', diagnosis: 'C50.4', 'date of diagnosis': '2019-03-04' },
    { 'patient id': 'H-2', diagnosis: 'Malignant tumor of prostate', 'date of diagnosis': '2020-02-03' },
    { 'patient id': 'H-2', 'Prostate specific Ag': '7.5 ng/mL' },
    { 'patient id': 'H-1', ER: 'Present' },
    { 'patient id': 'H-1', 'study uid': '1.2.3' },
  ]);
  await writeFile(join(folder, 'death.csv'), 'person_id,death_date\n2,2024-01-01\n3,2024-01-01\n');
  await assert.rejects(readClinicalTable(folder), /line 3: death.csv tells of somebody who is not in person.csv/);
  const empty = join(folder, 'empty');
  await mkdir(empty);
  await assert.rejects(
    readClinicalTable(empty),
    (error) => error instanceof UnicaError && error.code === 'intake.missing',
  );
});
