import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildDicom, newSequence, parseDicom, withElements } from '#dicom';
import { tagOf } from '#vocab';
import { checkReport, checkReportDataSet, placedItems } from './check-report.ts';
import { type Code, codeItem, dcm, ucum } from './code.ts';
import { exampleObjects } from './example-objects.ts';
import { changedAt, reportMutants } from './mutate-report.ts';

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

test('what stands in rows of the standard that are not kept is not checked, and not called wrong', () => {
  const chest = REPORTS.find(({ name }) => name === 'chest, cad-sr');
  assert.ok(chest !== undefined);
  const { dataset: report } = parseDicom(chest.bytes);
  const detection = placedItems(report).find(({ item }) => item.concept?.value === '111022');
  assert.ok(detection !== undefined);
  const withBelow = (concept: Code) => {
    const point = parseDicom(
      buildDicom({
        ...{ SOPClassUID: '1.2.3', SOPInstanceUID: '2.25.1' },
        ...{ RelationshipType: 'HAS PROPERTIES', ValueType: 'NUM', ConceptNameCodeSequence: [codeItem(concept)] },
        MeasuredValueSequence: [
          { NumericValue: '10', MeasurementUnitsCodeSequence: [codeItem(ucum("[arb'U]", 'arbitrary unit'))] },
        ],
      }),
    ).dataset;
    const content = tagOf('ContentSequence');
    return changedAt(report, detection.item.place, (found) => {
      const below = newSequence(content, 'SQ', [...found.items(content), point], found.encoding);
      return [withElements(found, [below])];
    });
  };
  const { valid, errors, notChecked } = checkReportDataSet(withBelow(dcm('111072', 'Maximum CAD Operating Point')));
  assert.deepEqual([valid, errors], [true, []]);
  assert.match(notChecked.join(), /Maximum CAD Operating Point: .*TID 4023/);
  assert.match(checkReportDataSet(withBelow(dcm('111046', 'Else'))).errors[0]?.message ?? '', /has no place/);
});

test('what is no report is refused', () => {
  const image = buildDicom({ SOPClassUID: '1.2.840.10008.5.1.4.1.1.7', SOPInstanceUID: '2.25.1' });
  assert.throws(() => checkReport(image), /not a structured report/);
});
