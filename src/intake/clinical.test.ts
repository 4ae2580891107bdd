import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnicaError } from '#base';
import { readClinicalCsv } from './clinical.ts';
import { readClinicalMapping } from './clinical-mapping.ts';

const TABLE = 'MRN;Study;Diagnose;Zweitbefund;Alter\n0042;1.2.3;"Herd|Kalk";;61\n0043;;o.B.;Erguss;70\n';

test('clinical table: a mapping says which columns and words are meant', async () => {
  const mapping = await readClinicalMapping(
    JSON.stringify({
      patientId: 'MRN',
      studyInstanceUid: 'Study',
      findings: ['Diagnose', 'Zweitbefund'],
      labels: { herd: 'Mass', 'O.B.': '', Erguss: 'Effusion' },
    }),
  );
  assert.deepEqual(readClinicalCsv(TABLE, mapping), [
    { patientId: '0042', studyInstanceUid: '1.2.3', findings: ['Mass', 'Kalk'], values: { Alter: '61' } },
    { patientId: '0043', findings: ['Effusion'], values: { Alter: '70' } },
  ]);
});

test('clinical table: without a mapping the known names count, and what a mapping leaves open too', async () => {
  assert.throws(() => readClinicalCsv(TABLE), { code: 'intake.clinical-no-patient-id' });
  const [row] = readClinicalCsv(
    'Patient-ID,labels\n7,Mass\n',
    await readClinicalMapping('{"labels":{"mass":"Nodule"}}'),
  );
  assert.deepEqual(row, { patientId: '7', findings: ['Nodule'], values: {} });
});

test('clinical table: a mapping that cannot be meant is refused with what is wrong', async () => {
  const rows: readonly (readonly [string, RegExp])[] = [
    ['no json', /not JSON/],
    ['[]', /the document/],
    ['{"patientID":"MRN"}', /patientID/],
    ['{"findings":[]}', /findings/],
  ];
  for (const [text, words] of rows) {
    await assert.rejects(
      readClinicalMapping(text),
      (error) => error instanceof UnicaError && error.code === 'intake.mapping-invalid' && words.test(error.message),
      text,
    );
  }
  const absent = await readClinicalMapping('{"patientId":"Mrn"}');
  assert.throws(() => readClinicalCsv(TABLE, absent), {
    code: 'intake.mapping-column',
    message: /Mrn.*MRN, Study/,
  });
});
