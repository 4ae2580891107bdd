import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '#base';
import { type Attributes, buildDicom, parseDicom } from '#dicom';
import { CHEST_FILMS, type GateReason, headerReasons, MAMMOGRAMS } from './header-gate.ts';
import { fitPictureGate, pictureDistance } from './picture-gate.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

const DX = '1.2.840.10008.5.1.4.1.1.1.1';
const MG = '1.2.840.10008.5.1.4.1.1.1.2';
const SC = '1.2.840.10008.5.1.4.1.1.7';
const CT = '1.2.840.10008.5.1.4.1.1.2';

function dataset(attributes: Attributes) {
  const pixels = {
    rows: 4,
    columns: 4,
    values: Uint16Array.from({ length: 16 }, (_, index) => index),
    bitsStored: 12,
    photometricInterpretation: 'MONOCHROME2',
  } as const;
  return parseDicom(buildDicom({ SOPInstanceUID: '1.2.3', ...attributes }, pixels)).dataset;
}

const chest = { SOPClassUID: DX, Modality: 'DX', BodyPartExamined: 'CHEST', ViewPosition: 'PA' };
const breast = {
  SOPClassUID: MG,
  Modality: 'MG',
  BodyPartExamined: 'BREAST',
  ImageLaterality: 'L',
  ViewPosition: 'CC',
};
const told = (reasons: readonly GateReason[]) => reasons.map(({ effect, code }) => `${effect} ${code}`);

for (const [what, attributes, expected] of [
  ['a frontal chest film', chest, []],
  ['a chest film whose header is silent', { SOPClassUID: DX, Modality: 'CR' }, []],
  ['a lateral chest film', { ...chest, ViewPosition: 'LL' }, ['refused view']],
  ['a hand', { ...chest, BodyPartExamined: 'HAND' }, ['refused body-part']],
  ['a CT slice', { ...chest, SOPClassUID: CT, Modality: 'CT' }, ['refused modality']],
  ['a mammogram', breast, ['refused modality', 'refused body-part']],
  ['a raw film', { ...chest, PresentationIntentType: 'FOR PROCESSING' }, ['refused for-processing']],
  ['a secondary capture', { SOPClassUID: SC, Modality: 'OT', ConversionType: 'WSD' }, ['gated secondary-capture']],
  ['a chest film kept as a secondary capture', { ...chest, SOPClassUID: SC }, ['gated secondary-capture']],
] as const)
  test(`chest films: ${what}: ${expected.join(', ') || 'nothing against it'}`, () => {
    assert.deepEqual(told(headerReasons(dataset(attributes), CHEST_FILMS)), expected);
  });

for (const [what, attributes, expected] of [
  ['a left mammogram', breast, []],
  ['one without a side', { ...breast, ImageLaterality: '' }, ['refused laterality']],
  ['one whose side stands in Laterality', { ...breast, ImageLaterality: '', Laterality: 'R' }, []],
  ['one with an implant', { ...breast, BreastImplantPresent: 'YES' }, ['gated implant']],
  ['a raw one', { ...breast, PresentationIntentType: 'FOR PROCESSING' }, ['refused for-processing']],
  ['an ultrasound of the breast', { ...breast, Modality: 'US' }, ['refused modality']],
] as const)
  test(`mammograms: ${what}: ${expected.join(', ') || 'nothing against it'}`, () => {
    assert.deepEqual(told(headerReasons(dataset(attributes), MAMMOGRAMS)), expected);
  });

test('reasons repeat no more of a header than a short word', () => {
  const reasons = headerReasons(dataset({ ...chest, BodyPartExamined: 'X'.repeat(200) }), CHEST_FILMS);
  assert.ok(reasons.every(({ because }) => because.length < 80));
});

test('eigenvalues of a known matrix, and vectors that are what they should be', () => {
  // Trench's example [[2, −1, 0], [−1, 2, −1], [0, −1, 2]]: 2 + √2, 2, 2 − √2.
  const { values } = symmetricEigen(Float64Array.of(2, -1, 0, -1, 2, -1, 0, -1, 2), 3);
  for (const [index, expected] of [2 + Math.SQRT2, 2, 2 - Math.SQRT2].entries())
    assert.ok(Math.abs((values[index] as number) - expected) < 1e-12);
  const random = new SeededRandom('eigen');
  const size = 24;
  const half = Float64Array.from({ length: size * size }, () => random.normal());
  const matrix = half.map((_, at) => {
    const [row, column] = [Math.floor(at / size), at % size];
    return (half[row * size + column] as number) + (half[column * size + row] as number);
  });
  const own = symmetricEigen(matrix, size);
  own.vectors.forEach((vector, which) => {
    for (let row = 0; row < size; row += 1) {
      let product = 0;
      for (let column = 0; column < size; column += 1)
        product += (matrix[row * size + column] as number) * (vector[column] as number);
      assert.ok(Math.abs(product - (own.values[which] as number) * (vector[row] as number)) < 1e-9);
    }
  });
});

/** A bright bow whose place and width vary a little. */
function bow(random: SeededRandom, change: (value: number, x: number, y: number) => number = (value) => value) {
  const [middle, width] = [0.5 + 0.03 * random.normal(), 0.3 + 0.02 * random.normal()];
  const values = Float32Array.from({ length: 64 * 64 }, (_, index) => {
    const [x, y] = [(index % 64) / 64, Math.floor(index / 64) / 64];
    const value = 2 * Math.exp(-(((x - middle) / width) ** 2)) * (0.5 + y) - 1 + 0.1 * random.normal();
    return change(value, x, y);
  });
  return { values, rows: 64, columns: 64 };
}

test('a gate lets known pictures pass and stops what looks otherwise', () => {
  const random = new SeededRandom('gate');
  const many = (count: number) => Array.from({ length: count }, () => bow(random));
  const gate = fitPictureGate(many(120), many(80));
  const share = (pictures: ReturnType<typeof many>) =>
    pictures.filter((picture) => pictureDistance(gate, picture) > gate.limit).length / pictures.length;
  assert.ok(share(many(100)) <= 0.08);
  const others = {
    inverted: () => bow(random, (value) => -value),
    'on its side': () => {
      const { values } = bow(random);
      return {
        rows: 64,
        columns: 64,
        values: values.map((_, at) => values[(at % 64) * 64 + Math.floor(at / 64)] as number),
      };
    },
    noise: () => bow(random, () => random.normal()),
    'under a grid': () => bow(random, (value, x, y) => value + ((Math.floor(x * 32) + Math.floor(y * 32)) % 2)),
    even: () => bow(random, () => 0.3),
  };
  for (const [what, make] of Object.entries(others)) assert.ok(share(Array.from({ length: 20 }, make)) >= 0.95, what);
  assert.deepEqual(JSON.parse(JSON.stringify(gate)), gate);
});

test('a gate is not fitted to a handful of pictures', () => {
  const random = new SeededRandom('few');
  const few = Array.from({ length: 30 }, () => bow(random));
  assert.throws(() => fitPictureGate(few, few), { code: 'pilots.gate-unfitted' });
});
