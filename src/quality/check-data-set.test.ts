import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '#base';
import { type Attributes, buildDicom, decodeFrame, type Frame, parseDicom } from '#dicom';
import { checkDataSet } from './check-data-set.ts';
import type { CheckName } from './check-table.ts';
import { dimensionScores } from './dimension-scores.ts';
import { type ImageRecord, recordOf } from './image-record.ts';
import { nearDuplicates } from './near-duplicates.ts';
import { type Likeness, likenessOf } from './perceptual-hash.ts';

/** Soft shapes that differ from seed to seed. */
function picture(seed: string, side = 64): Uint16Array {
  const random = new SeededRandom(seed);
  const blobs = Array.from(
    { length: 12 },
    () => [random.uniform(), random.uniform(), 0.05 + 0.2 * random.uniform()] as const,
  );
  return Uint16Array.from({ length: side * side }, (_, at) => {
    const [x, y] = [(at % side) / side, Math.floor(at / side) / side];
    const sum = blobs.reduce(
      (all, [bx, by, width]) => all + Math.exp(-((x - bx) ** 2 + (y - by) ** 2) / width ** 2),
      0,
    );
    return Math.min(4095, Math.round(600 * sum));
  });
}

function recordFrom(attributes: Attributes, values = picture(String(attributes['SOPInstanceUID']))): ImageRecord {
  const side = Math.sqrt(values.length);
  const pixels = {
    rows: side,
    columns: side,
    values,
    bitsStored: 12,
    photometricInterpretation: 'MONOCHROME2',
  } as const;
  const file = parseDicom(buildDicom(attributes, pixels));
  return recordOf(file.dataset, decodeFrame(file));
}

let number = 0;
const MG: Attributes = { SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.2', Modality: 'MG', BodyPartExamined: 'BREAST' };

function mammogram(side: string, view: string, more: Attributes = {}, values?: Uint16Array): ImageRecord {
  number += 1;
  return recordFrom(
    {
      ...MG,
      SOPInstanceUID: `1.2.1.${number}`,
      SeriesInstanceUID: `1.2.2.${number}`,
      StudyInstanceUID: '1.2.3',
      PatientID: 'P1',
      PatientSex: 'F',
      ImageLaterality: side,
      ViewPosition: view,
      ...more,
    },
    values,
  );
}

const four = () => [mammogram('L', 'CC'), mammogram('R', 'CC'), mammogram('L', 'MLO'), mammogram('R', 'MLO')];

/** What is found: check, message without the fixed part, images. */
const found = (records: readonly ImageRecord[]) =>
  checkDataSet(records).map(({ check, message, images }) => [check, message, images] as const);
const checksOf = (records: readonly ImageRecord[]): readonly CheckName[] =>
  checkDataSet(records).map(({ check }) => check);

test('an examination with its four views has nothing to be said of it', () => {
  assert.deepEqual(found(four()), []);
});

test('views: which of the four are missing, repeated, or only there as tomosynthesis', () => {
  const [lcc, rcc, lmlo, rmlo] = four();
  assert.ok(lcc && rcc && lmlo && rmlo);
  assert.deepEqual(found([lcc, rcc, lmlo]), [
    ['mammography-views', 'The mammography lacks R MLO of the four standard views.', [0, 1, 2]],
  ]);
  // One that does not say its view may be the missing one; its own finding says so.
  assert.deepEqual(checksOf([lcc, rcc, lmlo, mammogram('R', '')]), []);
  assert.deepEqual(found([lcc, rcc, lmlo, rmlo, mammogram('L', 'CC')]), [
    ['repeated-view', 'The mammography has 2 pictures of L CC.', [0, 4]],
  ]);
  assert.deepEqual(checksOf([...four(), mammogram('L', 'CC', { PresentationIntentType: 'FOR PROCESSING' })]), []);
  const volume = { SOPClassUID: '1.2.840.10008.5.1.4.1.1.13.1.3' };
  assert.deepEqual(found([lcc, rcc, lmlo, mammogram('R', 'MLO', volume)]), [
    ['tomosynthesis-alone', 'The tomosynthesis of R MLO has no two-dimensional picture beside it.', [3]],
  ]);
  // Codes say it as well as the short name.
  const coded = { ViewCodeSequence: [{ CodeValue: '399368009', CodingSchemeDesignator: 'SCT', CodeMeaning: 'x' }] };
  assert.deepEqual(checksOf([lcc, rcc, lmlo, mammogram('R', '', coded)]), []);
});

test('people and examinations: sex, year of birth, one examination of two people', () => {
  const other = (more: Attributes) => mammogram('L', 'CC', { StudyInstanceUID: '1.2.4', Modality: 'OT', ...more });
  const cases: readonly (readonly [Attributes, Attributes, readonly CheckName[]])[] = [
    [{ PatientSex: 'M' }, {}, ['patient-sex']],
    [{ PatientSex: 'O' }, {}, []],
    [{ PatientBirthDate: '19500101' }, { PatientBirthDate: '19500101' }, []],
    [{ PatientBirthDate: '19500101' }, { PatientBirthDate: '19510101' }, ['patient-birth']],
    [{ PatientAge: '050Y', StudyDate: '20200101' }, { PatientAge: '053Y', StudyDate: '20240101' }, []],
    [{ PatientAge: '050Y', StudyDate: '20200101' }, { PatientAge: '050Y', StudyDate: '20240101' }, ['patient-birth']],
    [{ StudyInstanceUID: '1.2.5' }, { StudyInstanceUID: '1.2.5', PatientID: 'P2' }, ['study-patients']],
  ];
  for (const [one, two, expected] of cases) {
    assert.deepEqual(
      checksOf([other(one), other({ StudyInstanceUID: '1.2.9', ...two })]),
      expected,
      JSON.stringify(one),
    );
  }
});

test('chest and prostate: the frontal film, the sequences', () => {
  const chest = (view: string, modality = 'DX') =>
    mammogram('', view, { Modality: modality, BodyPartExamined: 'CHEST', SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1' });
  assert.deepEqual(checksOf([chest('LL')]), ['chest-frontal']);
  assert.deepEqual(checksOf([chest('LL'), chest('PA')]), []);
  assert.deepEqual(checksOf([chest('LL'), chest('')]), []);
  const series = (description: string, more: Attributes = {}) =>
    mammogram('', '', { Modality: 'MR', BodyPartExamined: 'PROSTATE', SeriesDescription: description, ...more });
  assert.deepEqual(found([series('t2_tse_tra')]), [
    ['prostate-sequences', 'The prostate MR lacks a diffusion series (DWI or ADC).', [0]],
  ]);
  for (const name of ['ep2d_diff_b50_800', 'ADC map', 'DWI b1400']) {
    assert.deepEqual(checksOf([series('Axial T2'), series(name)]), [], name);
  }
  assert.deepEqual(checksOf([series('T2'), series('', { ImageType: ['ORIGINAL', 'PRIMARY', 'DIFFUSION'] })]), []);
});

/** Slices of a CT at places in mm. */
function volume(places: readonly number[], more: (place: number) => Attributes = () => ({})): readonly ImageRecord[] {
  return places.map((place, index) =>
    recordFrom({
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
      SOPInstanceUID: `1.3.1.${index}.${Math.round(10 * place)}`,
      SeriesInstanceUID: '1.3.2',
      StudyInstanceUID: '1.3.3',
      PatientID: 'P1',
      Modality: 'CT',
      PixelSpacing: ['0.7', '0.7'],
      ImageOrientationPatient: ['1', '0', '0', '0', '1', '0'],
      ImagePositionPatient: ['-100', '-100', String(place)],
      ...more(place),
    }),
  );
}

test('volumes: gaps, slices at the same place, other geometry, in any order', () => {
  const whole = [0, 2.5, 5, 7.5, 10, 12.5];
  const cases: readonly (readonly [string, readonly ImageRecord[], readonly string[]])[] = [
    ['whole', volume(whole), []],
    ['whole, backwards', volume(whole.toReversed()), []],
    ['rounded places', volume([0, 2.4, 5, 7.6, 10, 12.5]), []],
    ['one missing', volume([0, 2.5, 7.5, 10, 12.5]), ['The series has gaps: about 1 slices are missing between 5.']],
    ['three missing', volume([0, 2.5, 5, 15, 17.5]), ['The series has gaps: about 3 slices are missing between 5.']],
    ['one twice', volume([...whole, 5]), ['1 slices of the series lie at the place of another one.']],
    ['all twice', volume([...whole, ...whole]), []],
    ['three only', volume([0, 2.5, 10]), []],
    [
      'another size of pixels',
      volume(whole, (place) => (place === 5 ? { PixelSpacing: ['0.9', '0.9'] } : {})),
      ['Pictures of the series differ in pixel spacing.'],
    ],
    [
      'a localiser among them',
      volume([...whole, 99], (place) => (place === 99 ? { ImageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'] } : {})),
      [],
    ],
    ['two acquisitions', [...volume(whole), ...volume(whole, () => ({ AcquisitionNumber: '2' }))], []],
  ];
  for (const [name, records, expected] of cases) {
    // Copies of pixels are another matter.
    const messages = checkDataSet(records.map((record) => ({ ...record, pixelSha256: null })));
    const told = messages.filter(({ check }) => check !== 'repeated-instance').map(({ message }) => message);
    assert.deepEqual(told, expected, name);
  }
});

test('copies: the same instance, a number used twice, the same pixels, nearly the same picture', () => {
  const one = mammogram('L', 'CC', { StudyInstanceUID: '1.2.50', Modality: 'DX', PatientID: 'A' }, picture('one', 128));
  const uid = { SOPInstanceUID: one.sopInstanceUid, StudyInstanceUID: '1.2.51', Modality: 'DX' };
  const apart = { StudyInstanceUID: '1.2.52', Modality: 'DX', PatientID: 'B' };
  const brighter = picture('one', 128).map((value) => Math.min(4095, Math.round(1.1 * value + 30)));
  assert.deepEqual(checksOf([one, one]), ['repeated-instance']);
  assert.deepEqual(checksOf([one, mammogram('L', 'CC', uid)]), ['uid-reused']);
  assert.deepEqual(checksOf([one, mammogram('R', 'CC', apart, picture('one', 128))]), ['exact-duplicate']);
  assert.deepEqual(checksOf([one, mammogram('R', 'CC', apart, brighter)]), ['near-duplicate']);
  assert.deepEqual(checksOf([one, mammogram('R', 'CC', apart, picture('two', 128))]), []);
  // A repeat of a view within the examination is none.
  const repeat = { StudyInstanceUID: '1.2.50', Modality: 'DX', PatientID: 'A' };
  assert.deepEqual(checksOf([one, mammogram('L', 'CC', repeat, brighter)]), []);
  const blank = new Uint16Array(64 * 64);
  assert.deepEqual(
    checksOf([mammogram('L', 'CC', apart, blank), mammogram('R', 'CC', apart, blank)]),
    ['mammography-views'].slice(1),
  );
});

test('near duplicates: the index finds what comparing every pair finds', () => {
  const random = new SeededRandom('likeness');
  const pictures: Likeness[] = Array.from({ length: 300 }, () => ({
    hash: [random.below(2 ** 32), random.below(2 ** 32)],
    thumbnail: Uint8Array.from({ length: 256 }, () => random.below(256)),
  }));
  // Copies with up to ten bits turned, all over the hash.
  for (let index = 0; index < 300; index += 1) {
    const one = pictures[index] as Likeness;
    const hash: [number, number] = [one.hash[0], one.hash[1]];
    for (let turns = index % 11; turns > 0; turns -= 1) {
      const bit = random.below(64);
      hash[bit >> 5] = ((hash[bit >> 5] ?? 0) ^ (1 << (bit & 31))) >>> 0;
    }
    pictures.push({ ...one, hash });
  }
  const limits = { bits: 8, correlation: 0.985 };
  const apart = (a: Likeness, b: Likeness) =>
    [...(BigInt((a.hash[0] ^ b.hash[0]) >>> 0) * 2n ** 32n + BigInt((a.hash[1] ^ b.hash[1]) >>> 0)).toString(2)].filter(
      (bit) => bit === '1',
    ).length;
  const expected: string[] = [];
  for (let index = 0; index < 300; index += 1) {
    const [one, copy] = [pictures[index], pictures[300 + index]];
    if (one !== undefined && copy !== undefined && apart(one, copy) <= limits.bits)
      expected.push(`${index} ${300 + index}`);
  }
  const groups = nearDuplicates(pictures, { limits }).map((group) => group.join(' '));
  assert.deepEqual(groups.toSorted(), expected.toSorted());
  assert.ok(expected.length > 200 && expected.length < 300);
});

test('likeness: the same film in MONOCHROME1, half the size or in 8 bits; a constant one has none', () => {
  const values = picture('film', 128);
  const frame = (changes: Partial<Frame>): Frame => ({ ...decodeFrame(parseDicom(filmOf(values))), ...changes });
  const twin = { values: values.map((value) => 4095 - value), photometricInterpretation: 'MONOCHROME1' } as const;
  const half = Uint16Array.from(
    { length: 64 * 64 },
    (_, at) => values[2 * Math.floor(at / 64) * 128 + 2 * (at % 64)] ?? 0,
  );
  const all = [
    frame({}),
    frame(twin),
    frame({ rows: 64, columns: 64, values: half }),
    frame({ values: values.map((value) => value >> 4) }),
  ];
  assert.deepEqual(nearDuplicates(all.map((one) => likenessOf(one))), [[0, 1, 2, 3]]);
  assert.equal(likenessOf(frame({ values: new Uint16Array(128 * 128) })), undefined);
});

function filmOf(values: Uint16Array): Uint8Array {
  return buildDicom(
    { ...MG, SOPInstanceUID: '1.9' },
    { rows: 128, columns: 128, values, bitsStored: 12, photometricInterpretation: 'MONOCHROME2' },
  );
}

test('scores: what a check takes, from its own dimension only', () => {
  assert.deepEqual(
    dimensionScores([]).map(({ score }) => score),
    [0, 0, 0, 0, 0],
  );
  const scores = dimensionScores([
    [],
    [{ check: 'sex' }, { check: 'sex' }, { check: 'body-part' }],
    [{ check: 'decodable' }, { check: 'uid-reused' }],
    [{ check: 'geometry' }],
  ]);
  assert.deepEqual(
    scores.map(({ dimension, score }) => [dimension, score]),
    // (100 + 80 + 100 + 90) / 4; (100 + 100 + 0 + 100) / 4
    [
      ['completeness', 92.5],
      ['uniqueness', 100],
      ['consistency', 100],
      ['accuracy', 100],
      ['integrity', 75],
    ],
  );
  assert.deepEqual(
    scores[0]?.because.map(({ check, images, points }) => [check, images, points]),
    [
      ['sex', 1, 2.5],
      ['body-part', 1, 2.5],
      ['geometry', 1, 2.5],
    ],
  );
});
