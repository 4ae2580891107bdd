import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildDicom, parseDicom } from '#dicom';
import { tagOf } from '#vocab';
import { checkReport, checkReportDataSet } from './check-report.ts';
import { exampleObjects } from './example-objects.ts';
import { reportMutants } from './mutate-report.ts';

const REPORTS = exampleObjects().filter(({ bytes }) => parseDicom(bytes).dataset.text(tagOf('Modality')) === 'SR');

test('every report of every example follows its template', () => {
  assert.equal(REPORTS.length, 14);
  for (const { name, bytes } of REPORTS) {
    const { valid, errors, notChecked, template } = checkReport(bytes);
    assert.deepEqual([valid, errors, notChecked], [true, [], []], name);
    assert.ok([1500, 4000, 4100].includes(template ?? 0), name);
  }
});

/** One of each template; all of them in check-report.full.test.ts. */
const MUTATED = ['mammography, cad-sr', 'chest, cad-sr', 'chest without a finding, measurements-sr'];

test('every single thing wrong in a report is found', () => {
  const survivors: string[] = [];
  let mutants = 0;
  for (const { name, bytes } of REPORTS) {
    if (!MUTATED.includes(name)) continue;
    for (const { what, dataset } of reportMutants(parseDicom(bytes).dataset)) {
      mutants += 1;
      if (checkReportDataSet(dataset).valid) survivors.push(`${name}, ${what}`);
    }
  }
  assert.deepEqual(survivors, []);
  assert.ok(mutants > 1000, `${mutants} mutants`);
});

test('an error says where, by which row, and how to mend it', () => {
  const [first] = REPORTS;
  assert.ok(first !== undefined);
  const mutants = [...reportMutants(parseDicom(first.bytes).dataset)];
  const unit = mutants.find(({ what }) => what.startsWith('unit: ') && what.includes('Certainty of Finding'));
  assert.ok(unit !== undefined);
  const { errors } = checkReportDataSet(unit.dataset);
  assert.deepEqual(errors, [
    {
      path: 'Mammography CAD Report > CAD Processing and Findings Summary > Individual Impression/Recommendation 1 > Single Image Finding > Certainty of Finding',
      rule: 'TID 4006 row 6',
      message: 'has the unit (kg, UCUM, "kilogram")',
      fix: 'use (%, UCUM, "Percent")',
    },
  ]);
});

test('what is no report is refused', () => {
  const image = buildDicom({ SOPClassUID: '1.2.840.10008.5.1.4.1.1.7', SOPInstanceUID: '2.25.1' });
  assert.throws(() => checkReport(image), /not a structured report/);
});
