import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Attributes, buildDicom, decodeFrame, type GreyPixels, parseDicom } from '#dicom';
import { checkFile, checkImage } from './check-image.ts';
import { pixelDigest } from './pixel-digest.ts';
import { scoreOf } from './score.ts';

const COMPLETE: Attributes = {
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1',
  SOPInstanceUID: '2.25.1',
  StudyInstanceUID: '2.25.2',
  SeriesInstanceUID: '2.25.3',
  PatientID: 'P1',
  Modality: 'DX',
  BodyPartExamined: 'CHEST',
  ViewPosition: 'PA',
  PresentationIntentType: 'FOR PRESENTATION',
  Manufacturer: 'SIEMENS',
  StudyDate: '20200101',
  PatientSex: 'F',
  PatientAge: '050Y',
  ImagerPixelSpacing: [0.2, 0.2],
};

const MG = '1.2.840.10008.5.1.4.1.1.1.2';
/** A mammogram that is complete. */
const MAMMOGRAM = {
  Modality: 'MG',
  SOPClassUID: MG,
  BodyPartExamined: 'BREAST',
  ViewPosition: 'MLO',
  ImageLaterality: 'R',
};

type Shade = (row: number, column: number) => number;

/** Dark border, bright body, a little of everything between. */
const chest: Shade = (row, column) =>
  column < 8 || column > 55 ? 100 + row : 1500 + 30 * ((row * 7 + column * 13) % 64);

function pixels(shade: Shade, rest: Partial<GreyPixels> = {}, size = 64): GreyPixels {
  return {
    rows: size,
    columns: size,
    values: Uint16Array.from({ length: size * size }, (_, index) => shade(Math.floor(index / size), index % size)),
    bitsStored: 12,
    photometricInterpretation: 'MONOCHROME2',
    ...rest,
  };
}

function found(attributes: Attributes, image: GreyPixels): readonly string[] {
  return checkFile(parseDicom(buildDicom(attributes, image))).map(({ check, severity }) => `${check} ${severity}`);
}

test('a complete film has no findings', () => {
  assert.deepEqual(found(COMPLETE, pixels(chest)), []);
});

for (const [keyword, expected] of [
  ['PatientID', 'patient-id error'],
  ['StudyInstanceUID', 'uid-missing error'],
  ['SeriesInstanceUID', 'uid-missing error'],
  ['ViewPosition', 'view-missing warning'],
  ['PresentationIntentType', 'intent info'],
  ['Modality', 'modality error'],
  ['Manufacturer', 'manufacturer warning'],
  ['StudyDate', 'acquisition-date warning'],
  ['PatientSex', 'sex warning'],
  ['PatientAge', 'age warning'],
  ['ImagerPixelSpacing', 'pixel-spacing info'],
] as const) {
  test(`without or with an empty ${keyword}: ${expected}`, () => {
    assert.deepEqual(found({ ...COMPLETE, [keyword]: undefined }, pixels(chest)), [expected]);
    assert.deepEqual(found({ ...COMPLETE, [keyword]: '' }, pixels(chest)), [expected]);
  });
}

for (const [name, attributes, image, expected] of [
  ['burned-in text', { BurnedInAnnotation: 'YES' }, pixels(chest), ['burned-in error']],
  ['lossy compression', { LossyImageCompression: '01' }, pixels(chest), ['lossy info']],
  ['one grey', {}, pixels(() => 5), ['constant error']],
  ['one mark on nothing', {}, pixels((row, column) => (row + column === 0 ? 4000 : 7)), ['nearly-empty warning']],
  ['half of it white', {}, pixels((row, column) => (row < 32 ? 4095 : chest(row, column))), ['clipped warning']],
  ['few greys of many', {}, pixels((row) => 1000 + row), ['bits warning']],
  ['bright border', {}, pixels((row, column) => 4000 - chest(row, column)), ['inverted warning']],
  [
    'the right polarity for it',
    {},
    pixels((row, column) => 4000 - chest(row, column), { photometricInterpretation: 'MONOCHROME1' }),
    [],
  ],
  ['the wrong polarity', {}, pixels(chest, { photometricInterpretation: 'MONOCHROME1' }), ['inverted warning']],
  [
    'a bright border of a mammogram',
    { Modality: 'MG', SOPClassUID: MG, BodyPartExamined: 'BREAST', ViewPosition: 'CC', ImageLaterality: 'L' },
    pixels((row, column) => 4000 - chest(row, column)),
    [],
  ],
  ['a stamp', {}, pixels((row, column) => (row * 400 + column * 30) % 4000, {}, 10), ['size warning']],
] as const) {
  test(`a film with ${name}`, () => {
    assert.deepEqual(found({ ...COMPLETE, ...attributes }, image), expected);
  });
}

test('without a body part it is not known for a chest film', () => {
  for (const BodyPartExamined of [undefined, '']) {
    assert.deepEqual(found({ ...COMPLETE, BodyPartExamined, ViewPosition: '' }, pixels(chest)), ['body-part warning']);
  }
});

for (const [name, attributes, expected] of [
  ['a complete mammogram', MAMMOGRAM, []],
  ['a mammogram with its side in the view', { ...MAMMOGRAM, ImageLaterality: '', ViewPosition: 'R-MLO' }, []],
  [
    'a latero-medial view without a side',
    { ...MAMMOGRAM, ImageLaterality: '', ViewPosition: 'LM' },
    ['laterality-missing warning'],
  ],
  ['a mammogram without a view', { ...MAMMOGRAM, ViewPosition: '' }, ['view-missing warning']],
  [
    'a mammogram with a coded view',
    {
      ...MAMMOGRAM,
      ViewPosition: '',
      ViewCodeSequence: [
        { CodeValue: 'R-10226', CodingSchemeDesignator: 'SNM3', CodeMeaning: 'medio-lateral oblique' },
      ],
    },
    [],
  ],
  [
    'two views',
    {
      ...MAMMOGRAM,
      ViewCodeSequence: [{ CodeValue: '399162004', CodingSchemeDesignator: 'SCT', CodeMeaning: 'cranio-caudal' }],
    },
    ['view-conflict warning'],
  ],
  ['a mammogram without a side', { ...MAMMOGRAM, ImageLaterality: '' }, ['laterality-missing warning']],
  ['two sides', { ...MAMMOGRAM, Laterality: 'L' }, ['laterality-conflict error']],
  ['a side against the view', { ...MAMMOGRAM, ViewPosition: 'LMLO' }, ['laterality-conflict error']],
  ['the other side in the description', { ...MAMMOGRAM, SeriesDescription: 'L MLO' }, ['laterality-text warning']],
  ['the other side in words', { ...MAMMOGRAM, ProtocolName: 'Mammographie links' }, ['laterality-text warning']],
  ['the same side in the description', { ...MAMMOGRAM, SeriesDescription: 'R MLO' }, []],
  ['a view of the chest on a mammogram', { ...MAMMOGRAM, ViewPosition: 'PA' }, ['view-unknown warning']],
  ['a view of the breast on a chest film', { ViewPosition: 'CC' }, ['view-unknown warning']],
  ['a mammogram of the chest', { ...MAMMOGRAM, BodyPartExamined: 'CHEST' }, ['body-part-modality warning']],
  ['a mammogram of a man', { ...MAMMOGRAM, PatientSex: 'M' }, ['sex-rare info']],
  ['a prostate of a woman', { BodyPartExamined: 'PROSTATE' }, ['sex-examination error']],
  ['the class of another modality', { SOPClassUID: MG }, ['modality-class warning']],
  ['a window of no width', { WindowCenter: '100', WindowWidth: '0' }, ['window warning']],
  [
    'a window that is linear and exact',
    { WindowCenter: '100', WindowWidth: '0.5', VOILUTFunction: 'LINEAR_EXACT' },
    [],
  ],
  ['a projection that makes smaller', { PixelSpacing: [0.3, 0.3] }, ['spacing-conflict warning']],
  ['a projection that enlarges', { PixelSpacing: [0.18, 0.18] }, []],
  ['pixels of a metre', { PixelSpacing: [1000, 1000] }, ['spacing-implausible warning']],
  ['a contradicting polarity', { PresentationLUTShape: 'INVERSE' }, ['polarity warning']],
  ['a date that is none', { StudyDate: '20210231' }, ['date-invalid warning']],
  ['a study tomorrow', { StudyDate: '20260602' }, []],
  ['a study next week', { StudyDate: '20260608' }, ['date-future error']],
  ['a study of 1969', { StudyDate: '19691231' }, ['date-early warning']],
  ['a birth of 1931', { PatientBirthDate: '19310101', PatientAge: '' }, []],
  [
    'a study before birth',
    { PatientBirthDate: '20300101', PatientAge: '' },
    ['date-future error', 'study-before-birth error'],
  ],
  ['a series before its study', { SeriesDate: '20191225' }, ['series-before-study warning']],
  ['an acquisition before midnight', { AcquisitionDate: '20191231' }, []],
  ['an age of 121', { PatientAge: '121Y' }, ['age-invalid warning']],
  ['an age that is none', { PatientAge: '50' }, ['age-invalid warning']],
  ['an age of months', { PatientAge: '010M' }, []],
  ['an age that goes with the birth', { PatientBirthDate: '19690102' }, []],
  ['an age that does not', { PatientBirthDate: '19600101' }, ['age-birth warning']],
  ['an age that is told as 90', { PatientBirthDate: '19240101', PatientAge: '090Y' }, []],
] as const) {
  test(`checks of the header: ${name}`, () => {
    const file = parseDicom(buildDicom({ ...COMPLETE, ...attributes }, pixels(chest)));
    const findings = checkFile(file, {}, { today: '20260601' });
    assert.deepEqual(
      findings.map(({ check, severity }) => `${check} ${severity}`),
      expected,
    );
  });
}

test('a form of black on white', () => {
  const film = pixels((row, column) => ((row >> 2) % 3 === 0 && column % 3 === 0 ? 100 : 3000));
  assert.deepEqual(found(COMPLETE, film), ['low-information warning']);
});

test('pixels that end early, that are too many, and that are described wrongly', () => {
  const raw = { SamplesPerPixel: 1, PhotometricInterpretation: 'MONOCHROME2', PixelRepresentation: 0 };
  const shape = { ...raw, Rows: 64, Columns: 64, BitsAllocated: 16, BitsStored: 12, HighBit: 11 };
  const bytes = Uint8Array.from({ length: 64 * 64 * 2 }, (_, index) =>
    index % 2 === 0 ? (index * 7) % 251 : (index >> 9) % 16,
  );
  const of = (attributes: Attributes, PixelData: Uint8Array): readonly string[] =>
    checkFile(parseDicom(buildDicom({ ...COMPLETE, ...shape, ...attributes, '7fe0,0010 OW': PixelData }))).map(
      ({ check }) => check,
    );
  assert.deepEqual(of({}, bytes), []);
  assert.deepEqual(of({}, bytes.subarray(0, 5000)), ['pixel-length']);
  assert.deepEqual(of({ NumberOfFrames: '3' }, bytes), ['pixel-length']);
  assert.deepEqual(of({ Rows: 60 }, bytes), ['pixel-surplus']);
  assert.deepEqual(of({ BitsStored: 20 }, bytes).includes('pixel-description'), true);
  assert.deepEqual(of({ HighBit: 5 }, bytes).includes('pixel-description'), true);
  assert.deepEqual(of({ PixelRepresentation: 7 }, bytes).includes('pixel-description'), true);
});

test('a film whose pixels are missing is told, not thrown', () => {
  const file = parseDicom(buildDicom({ ...COMPLETE, Rows: 64, Columns: 64 }));
  assert.deepEqual(
    checkFile(file).map(({ check, severity }) => [check, severity]),
    [['decodable', 'error']],
  );
  assert.deepEqual(checkImage(file.dataset), []);
});

test('every finding says what to do and repeats nothing of the header', () => {
  const bare = { SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1', SOPInstanceUID: '2.25.1', PatientName: 'Secret^Person' };
  for (const finding of checkFile(
    parseDicom(
      buildDicom(
        bare,
        pixels(() => 5),
      ),
    ),
  )) {
    assert.ok(finding.mend.endsWith('.') && finding.message.endsWith('.'));
    assert.ok(!/Secret|Person/.test(finding.message + finding.mend));
  }
});

test('the pixel digest follows the picture, not the header', () => {
  const digest = (attributes: Attributes, image: GreyPixels): string =>
    pixelDigest(decodeFrame(parseDicom(buildDicom({ ...COMPLETE, ...attributes }, image))));
  const one = digest({}, pixels(chest));
  assert.equal(one, digest({ PatientSex: 'M', SOPInstanceUID: '2.25.2' }, pixels(chest)));
  assert.notEqual(
    one,
    digest(
      {},
      pixels((row, column) => chest(row, column) + (row === 63 && column === 63 ? 1 : 0)),
    ),
  );
  const flat = Uint16Array.from({ length: 64 }, (_, index) => index);
  const shape = (rows: number): string => digest({}, { ...pixels(chest), rows, columns: 64 / rows, values: flat });
  assert.notEqual(shape(8), shape(4));
});

test('the score is the mean of the images and stays within 0 and 100', () => {
  const warning = { severity: 'warning' } as const;
  const error = { severity: 'error' } as const;
  assert.equal(scoreOf([]), 0);
  assert.equal(scoreOf([[], []]), 100);
  assert.equal(scoreOf([[], [warning]]), 95);
  assert.equal(scoreOf([[error, error]]), 0);
  assert.equal(scoreOf([[{ severity: 'info' }]]), 100);
});
