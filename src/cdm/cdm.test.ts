import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Deidentified, deidentify } from '#deid';
import { type Attributes, buildDicom, parseDicom } from '#dicom';
import { CDM } from '#vocab';
import { acquisitionOf } from './acquisition.ts';
import { ageInYears } from './age.ts';
import { cdmRows } from './cdm-rows.ts';
import { bodyPartConcept, manufacturerConcept, modalityConcept, sexConcept } from './codes.ts';
import { type StudyFacts, studyFactsOf } from './study-facts.ts';
import { summarise } from './summary.ts';

const SITE = { siteId: 'krakow', secret: new Uint8Array(32).fill(3) };

function image(rest: Attributes = {}): Deidentified {
  const bytes = buildDicom({
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1',
    SOPInstanceUID: '2.25.11',
    SeriesInstanceUID: '2.25.12',
    StudyInstanceUID: '2.25.13',
    PatientID: 'H-1',
    PatientSex: 'F',
    PatientAge: '057Y',
    StudyDate: '20210630',
    AcquisitionDate: '20210630',
    Modality: 'DX',
    BodyPartExamined: 'Chest',
    Manufacturer: 'FUJIFILM Corporation',
    SeriesNumber: 4,
    BurnedInAnnotation: 'NO',
    ...rest,
  });
  const outcome = deidentify(bytes, SITE);
  return outcome.kind === 'clean' ? outcome.image : assert.fail(outcome.sentence);
}

test('facts are those of the de-identified image', () => {
  const sealed = image();
  const facts = studyFactsOf(sealed, ['Opacity']);
  assert.deepEqual(
    { ...facts, studyYear: null },
    {
      person: sealed.person,
      studyInstanceUid: sealed.studyInstanceUid,
      seriesInstanceUid: sealed.seriesInstanceUid,
      sopInstanceUid: sealed.sopInstanceUid,
      modality: 'DX',
      bodyPart: 'CHEST',
      manufacturer: 'FUJIFILM Corporation',
      sex: 'F',
      ageYears: 57,
      studyYear: null,
      findings: ['Opacity'],
    },
  );
  assert.ok(facts.studyYear !== null && facts.studyYear >= 2018 && facts.studyYear <= 2021);
  assert.ok(!JSON.stringify(facts).includes('H-1'));
});

test('what an image does not say is null', () => {
  const facts = studyFactsOf(
    image({ PatientSex: '', PatientAge: undefined, Manufacturer: '', StudyDate: '', AcquisitionDate: '' }),
  );
  assert.deepEqual(
    [facts.sex, facts.ageYears, facts.manufacturer, facts.studyYear, facts.findings],
    [null, null, null, null, []],
  );
});

test('only a sealed image is taken: neither an original nor a copy of a sealed one', () => {
  const sealed = image();
  // @ts-expect-error a copy has no seal
  assert.throws(() => studyFactsOf({ ...sealed }), TypeError);
  // @ts-expect-error an original never had one
  const wrong = (): StudyFacts => studyFactsOf(parseDicom(sealed.bytes));
  assert.equal(wrong().person, undefined);
});

for (const [text, years] of [
  ['057Y', 57],
  ['018M', 1],
  ['023M', 1],
  ['052W', 0],
  ['103Y', 103],
  ['000Y', null],
  ['999Y', null],
  ['57', null],
  ['', null],
  [null, null],
] as const) {
  test(`age ${text} is ${years}`, () => assert.equal(ageInYears(text), years));
}

test('codes of the hyper-ontology', () => {
  for (const [concept, original, code] of [
    [sexConcept, 'M', 'COM1001366'],
    [sexConcept, 'f', 'COM1001370'],
    [sexConcept, '', 'COM1002760'],
    [modalityConcept, 'MG', 'IMG1000030'],
    [modalityConcept, 'XX', null],
    [bodyPartConcept, 'chest', 'BP1000067'],
    [bodyPartConcept, 'SKULL', null],
    [manufacturerConcept, 'GE MEDICAL SYSTEMS', 'IMG1000047'],
    [manufacturerConcept, 'GE', 'IMG1000047'],
    [manufacturerConcept, 'Siemens Healthineers', 'IMG1000044'],
    [manufacturerConcept, 'Gendex', null],
  ] as const) {
    assert.deepEqual(concept(original), { code, original });
  }
});

test('rows: one patient, two studies, three series, keyed by numbers, every column of the schema', () => {
  const images = [
    image(),
    image({ SOPInstanceUID: '2.25.21' }),
    image({ SOPInstanceUID: '2.25.31', SeriesInstanceUID: '2.25.32' }),
    image({
      SOPInstanceUID: '2.25.41',
      SeriesInstanceUID: '2.25.42',
      StudyInstanceUID: '2.25.43',
      ImageLaterality: 'L',
    }),
  ];
  const rows = cdmRows(
    images.map((one) => ({ image: one })),
    'chest-1',
  );
  assert.deepEqual(
    rows.map(({ table }) => table),
    ['patient', 'image_study', 'image_study', 'image_series', 'image_series', 'image_series'],
  );
  for (const { table, values } of rows) {
    const columns = CDM.filter((column) => column.table === table).map(({ column }) => column);
    assert.deepEqual(Object.keys(values), columns);
  }
  const [patient, , second, , , last] = rows;
  assert.equal(patient?.values['patient_birth_sex'], 'COM1001370');
  assert.deepEqual(patient?.original, { patient_birth_sex: 'F' });
  assert.deepEqual([second?.values['study_id'], second?.values['patient_id']], [2, images[0]?.person]);
  assert.deepEqual([last?.values['series_id'], last?.values['study_id'], last?.values['series_number']], [3, 2, 4]);
  assert.equal(last?.values['series_manufacturer'], 'IMG1000060');
  assert.equal(last?.original['series_manufacturer'], 'FUJIFILM Corporation');
  assert.match(String(last?.values['series_acquisition_date']), /^20(18|19|20|21)-\d\d-\d\d$/);
});

const TAKEN: readonly (readonly [string, Attributes, number | null, number | null])[] = [
  ['as the header says', { SliceThickness: '1.25', EchoTime: '83.4' }, 1.25, 83.4],
  ['as nobody says', {}, null, null],
  ['with a thickness of nothing', { SliceThickness: '0', EchoTime: '' }, null, null],
  [
    'in frames that share it',
    { SharedFunctionalGroupsSequence: [{ PixelMeasuresSequence: [{ SliceThickness: '2' }] }] },
    2,
    null,
  ],
  [
    'in frames of their own',
    { PerFrameFunctionalGroupsSequence: [{ MREchoSequence: [{ EffectiveEchoTime: 60 }] }, {}] },
    null,
    60,
  ],
];
for (const [name, attributes, sliceThicknessMm, echoTimeMs] of TAKEN) {
  test(`an image was taken ${name}`, () => {
    assert.deepEqual(acquisitionOf(image({ Modality: 'MR', ...attributes })), {
      sliceThicknessMm,
      echoTimeMs,
    });
  });
}

test('the clinical table fills in a sex that the image does not give', () => {
  const [patient] = cdmRows([{ image: image({ PatientSex: '' }), clinical: { values: { Sex: 'M' } } }], 'd');
  assert.equal(patient?.values['patient_birth_sex'], 'COM1001366');
});

test('a summary counts people once, whatever the order', () => {
  const one = (person: string, study: string, rest: Partial<StudyFacts>): StudyFacts => ({
    person,
    studyInstanceUid: study,
    seriesInstanceUid: study,
    sopInstanceUid: `${study}.${Math.abs(rest.ageYears ?? 0)}`,
    modality: 'DX',
    bodyPart: 'CHEST',
    manufacturer: null,
    sex: null,
    ageYears: null,
    studyYear: null,
    findings: [],
    ...rest,
  });
  const facts = [
    one('a', '1', { sex: 'F', ageYears: 61, findings: ['Mass', 'Nodule'], manufacturer: 'Agfa' }),
    one('a', '2', { ageYears: 63, findings: ['Mass'], modality: 'CR' }),
    one('b', '3', { sex: 'M', ageYears: 42, findings: ['Mass'] }),
    one('c', '4', {}),
  ];
  const expected = {
    persons: 3,
    studies: 4,
    images: 4,
    modalities: ['CR', 'DX'],
    bodyParts: ['CHEST'],
    manufacturers: ['Agfa'],
    sexes: { F: 1, M: 1, unknown: 1 },
    findings: { Mass: 2, Nodule: 1 },
    ageYears: { from: 42, to: 63 },
    studyYears: null,
  };
  assert.deepEqual(summarise(facts), expected);
  assert.deepEqual(summarise([...facts].reverse()), expected);
  assert.equal(summarise([]).ageYears, null);
});
