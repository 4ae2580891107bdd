import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Attributes, buildDicom, decodeFrame, type GreyPixels, parseDicom } from '#dicom';
import { checkFile, checkImage } from './check-image.ts';
import { pixelDigest } from './pixel-digest.ts';
import { scoreOf } from './score.ts';

const COMPLETE: Attributes = {
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1',
  SOPInstanceUID: '2.25.1',
  Modality: 'DX',
  BodyPartExamined: 'CHEST',
  Manufacturer: 'SIEMENS',
  StudyDate: '20200101',
  PatientSex: 'F',
  PatientAge: '050Y',
  ImagerPixelSpacing: [0.2, 0.2],
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
  ['Modality', 'modality error'],
  ['BodyPartExamined', 'body-part warning'],
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
  ['a bright border of a mammogram', { Modality: 'MG' }, pixels((row, column) => 4000 - chest(row, column)), []],
  ['a stamp', {}, pixels((row, column) => (row * 400 + column * 30) % 4000, {}, 10), ['size warning']],
] as const) {
  test(`a film with ${name}`, () => {
    assert.deepEqual(found({ ...COMPLETE, ...attributes }, image), expected);
  });
}

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
