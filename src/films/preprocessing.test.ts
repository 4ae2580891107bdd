import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Frame } from '#dicom';
import { type FilmHeader, plainFrame } from './film.ts';
import { preprocess, type RegionContract, seenFilm } from './preprocessing.ts';
import { breastRegion, componentsOf, lungRegion, otsuThreshold } from './region.ts';

// Expected numbers: NumPy 2.4, SciPy 1.17 (ndimage.label, binary_dilation) and scikit-image 0.26 (threshold_otsu) on the
// same pictures, the area filter as a product of matrices of exact overlaps.

function frameOf(rows: number, columns: number, grey: (row: number, column: number) => number): Frame {
  const values = Uint16Array.from({ length: rows * columns }, (_, index) =>
    grey(Math.floor(index / columns), index % columns),
  );
  return plainFrame({ rows, columns, values, bitsStored: 8 });
}

/** Half an ellipse at the left with a bright plate in the upper right corner. */
const breastGrey = (row: number, column: number): number => {
  if (row < 4 && column >= 24) return 200;
  const distance = (column / 18) ** 2 + ((row - 20) / 16) ** 2;
  return distance < 1
    ? Math.floor(90 + 60 * (1 - distance)) + ((row * 5 + column * 3) % 17)
    : 5 + ((row * 7 + column * 13) % 11);
};
const breast = frameOf(40, 30, breastGrey);
/** Two dark ellipses in a bright body between dark air, with a dark gap that reaches the lower rim. */
const chestGrey = (row: number, column: number): number => {
  if (row > 44 && column < 20 && column > 8) return 40;
  for (const middle of [17, 39])
    if (((column - middle) / 7) ** 2 + ((row - 22) / 14) ** 2 < 1) return 60 + ((row * 7 + column) % 13);
  return Math.abs(column - 28) > 24 ? 10 + ((row + column) % 5) : 180 + ((row * 3 + column * 5) % 9);
};
const chest = frameOf(48, 56, chestGrey);

const CONTRACT: RegionContract = {
  version: 2,
  window: { kind: 'min-max' },
  polarity: 'dense-bright',
  crop: { kind: 'breast', marginShare: 0.1 },
  orientation: 'chest-wall-left',
  frame: { rows: 16, columns: 12, align: 'left' },
  resize: 'area',
  standardise: { mean: 0.3, stdDev: 0.25 },
};
const PLAIN: RegionContract = {
  ...CONTRACT,
  crop: { kind: 'none' },
  orientation: 'as-stored',
  frame: { rows: 40, columns: 30, align: 'centre' },
  standardise: { mean: 0, stdDev: 1 },
};

/** Rows 0, 5, 10, 15 by columns 0, 4, 8 of what the contract makes of the breast, and the sum of all. */
const SEEN = {
  samples: [
    -1.08797, -1.09474, -1.09675, 1.70733, 1.3362, -1.09218, 1.76581, 1.34722, -1.11164, -1.10837, -1.10506, -1.10306,
  ],
  sum: -26.4113,
  box: { top: 1, bottom: 40, left: 0, right: 22 },
};

const film = (frame: Frame, header: FilmHeader = {}) => ({ frame, header });

function assertSeen(values: Float32Array): void {
  const samples = [0, 5, 10, 15].flatMap((row) => [0, 4, 8].map((column) => values[row * 12 + column] as number));
  for (const [index, expected] of SEEN.samples.entries())
    assert.ok(Math.abs((samples[index] as number) - expected) < 2e-5, `sample ${index}: ${samples[index]}`);
  const sum = values.reduce((total, value) => total + value, 0);
  assert.ok(Math.abs(sum - SEEN.sum) < 2e-3, `sum ${sum}`);
}

function sharesOf(frame: Frame): Float32Array {
  return preprocess(film(frame), { ...PLAIN, frame: { rows: frame.rows, columns: frame.columns, align: 'centre' } });
}

test("Otsu's threshold is that of scikit-image", () => {
  assert.equal(otsuThreshold(sharesOf(breast)), 0.052734375);
  assert.ok(Math.abs(otsuThreshold(sharesOf(chest)) - 0.349609375) < 1e-7);
  assert.ok(Number.isNaN(otsuThreshold(new Float32Array(9).fill(3))));
});

test('parts are those of scipy.ndimage.label', () => {
  const values = sharesOf(breast);
  const { components } = componentsOf(breast, (index) => (values[index] as number) > 0.052734375);
  assert.deepEqual(
    components.map(({ pixels }) => pixels),
    [464, 24],
  );
  assert.deepEqual(components[0]?.box, { top: 5, bottom: 36, left: 0, right: 18 });
});

test('a snake of pixels is one part, and corners do not join', () => {
  const picture = ['#.###', '#.#.#', '#.#.#', '###.#', '....#', '.##..'];
  const flat = picture.join('');
  const { components } = componentsOf({ rows: 6, columns: 5 }, (index) => flat[index] === '#');
  assert.deepEqual(
    components.map(({ pixels, touchesRim }) => [pixels, touchesRim]),
    [
      [15, true],
      [2, true],
    ],
  );
});

test('the lungs are the dark parts inside the body', () => {
  const region = lungRegion({ rows: 48, columns: 56, values: sharesOf(chest) });
  assert.deepEqual(region?.box, { top: 9, bottom: 36, left: 11, right: 46 });
  assert.equal(
    region?.mask.reduce((sum, inside) => sum + inside, 0),
    598,
  );
});

test('air that a white shutter closes in is no lung', () => {
  const side = 96;
  const inEllipse = (x: number, y: number, [middle, high, wide, tall]: readonly number[]): boolean =>
    ((x - (middle ?? 0)) / (wide ?? 1)) ** 2 + ((y - (high ?? 0)) / (tall ?? 1)) ** 2 < 1;
  const values = Float32Array.from({ length: side * side }, (_, index) => {
    const [x, y] = [(index % side) / side, Math.floor(index / side) / side];
    if (x < 0.08 || x > 0.92 || y < 0.06 || y > 0.94) return 1;
    if ([0.36, 0.64].some((middle) => inEllipse(x, y, [middle, 0.5, 0.1, 0.25]))) return 0.2;
    // Arms and shoulders part the air above from the air beside the body.
    const isBody = Math.abs(x - 0.5) < 0.28 || Math.abs(y - 0.2) < 0.04;
    return isBody ? 0.7 : 0.02;
  });
  const region = lungRegion({ rows: side, columns: side, values });
  assert.ok(region);
  const inside = region.mask.reduce((sum, one) => sum + one, 0);
  const inLungs = region.mask.reduce((sum, one, index) => {
    const [x, y] = [(index % side) / side, Math.floor(index / side) / side];
    return sum + (one === 1 && [0.36, 0.64].some((middle) => inEllipse(x, y, [middle, 0.5, 0.12, 0.28])) ? 1 : 0);
  }, 0);
  assert.ok(inside > 800, `${inside}`);
  assert.equal(inLungs, inside);
});

test('pictures without a breast or a lung have no region', () => {
  const grey = frameOf(40, 40, (row, column) => ((row + column) % 2 === 0 ? 20 : 200));
  const picture = { rows: 40, columns: 40, values: sharesOf(grey) };
  assert.equal(breastRegion(picture), undefined);
  assert.equal(lungRegion(picture), undefined);
  assert.equal(preprocess(film(grey), CONTRACT).length, 16 * 12);
});

test('the whole contract gives the numbers of the reference', () => {
  const seen = seenFilm(film(breast), CONTRACT);
  assert.deepEqual(seen.box, SEEN.box);
  assertSeen(seen.values);
});

const SAME_BREAST: readonly (readonly [string, Frame, FilmHeader])[] = [
  ['MONOCHROME1', inverted(breast), {}],
  ['a right breast', mirrored(breast), { laterality: 'R' }],
  ['a right breast whose header says left: the pixels are clear', mirrored(breast), { laterality: 'L' }],
  ['a negative slope', { ...inverted(breast), photometricInterpretation: 'MONOCHROME2', rescaleSlope: -1 }, {}],
  [
    'an oblique view that stands on its head',
    upsideDown(breast),
    { view: 'MLO', patientOrientation: ['A', 'H'], laterality: 'L' },
  ],
  ['a window of the file, where none is asked for', breast, { voi: () => 0.5 }],
  [
    'a modality table that turns the greys around',
    { ...breast, values: breast.values.map((value) => 300 - value) },
    { modalityTable: (stored) => 300 - stored },
  ],
];

for (const [what, frame, header] of SAME_BREAST)
  test(`the network sees the same breast in ${what}`, () => {
    assertSeen(preprocess(film(frame, header), CONTRACT));
  });

test('pixels of the padding value are black and move no window', () => {
  const padded = { ...breast, values: breast.values.slice() } as Frame;
  for (let index = 0; index < 30; index += 1) padded.values[39 * 30 + index] = 4000;
  const seen = preprocess(film(padded, { paddingValue: 4000 }), PLAIN);
  const plain = preprocess(film(breast), PLAIN);
  assert.deepEqual(seen.subarray(0, 39 * 30), plain.subarray(0, 39 * 30));
  assert.ok(seen.subarray(39 * 30).every((value) => value === 0));
});

test('the window of the file is used where the contract asks for it, on values behind the rescale', () => {
  const frame: Frame = { ...breast, rescaleSlope: 2, rescaleIntercept: -10 };
  const voi = (value: number): number => (value - 90) / 200 + 0.5;
  const seen = preprocess(film(frame, { voi }), { ...PLAIN, window: { kind: 'voi' } });
  for (const [index, value] of seen.entries()) {
    const expected = Math.min(1, Math.max(0, (2 * (breast.values[index] as number) - 10 - 90) / 200 + 0.5));
    assert.ok(Math.abs(value - expected) < 1e-6);
  }
});

test('an oblique view without an orientation is turned by its pectoral muscle, a craniocaudal view never', () => {
  const withMuscle = frameOf(40, 30, (row, column) => (row + column < 14 ? 250 : breastGrey(row, column)));
  const upright = preprocess(film(withMuscle, { view: 'MLO' }), CONTRACT);
  const turned = seenFilm(film(upsideDown(withMuscle), { view: 'MLO' }), CONTRACT);
  assert.ok(turned.upsideDown);
  assert.ok(!seenFilm(film(upsideDown(withMuscle), { view: 'CC' }), CONTRACT).upsideDown);
  for (const [index, value] of turned.values.entries())
    assert.ok(Math.abs(value - (upright[index] as number)) < 1e-5, `pixel ${index}`);
});

test('a chest film is seen as its reader faces the patient', () => {
  const contract: RegionContract = {
    ...PLAIN,
    orientation: 'viewer',
    frame: { rows: 48, columns: 56, align: 'centre' },
  };
  const seen = preprocess(film(chest, { patientOrientation: ['L', 'F'] }), contract);
  assert.deepEqual(preprocess(film(chest), contract), seen);
  assert.deepEqual(preprocess(film(mirrored(chest), { patientOrientation: ['R', 'F'] }), contract), seen);
  assert.deepEqual(preprocess(film(upsideDown(chest), { patientOrientation: ['L', 'H'] }), contract), seen);
});

test('where a film lies in its frame leads back to its pixels', () => {
  const contract: RegionContract = { ...PLAIN, frame: { rows: 24, columns: 56, align: 'centre' } };
  const seen = seenFilm(film(chest), contract);
  assert.deepEqual([seen.scale, seen.margin.left, seen.margin.top], [2, 14, 0]);
  const lungs = seenFilm(film(chest), { ...contract, crop: { kind: 'lungs', marginShare: 0 } });
  assert.deepEqual(lungs.box, { top: 9, bottom: 36, left: 11, right: 46 });
});

test('values over more than 20 bits are refused', () => {
  const wide: Frame = { ...breast, values: Uint32Array.from(breast.values, (value, index) => value + index * 5000) };
  assert.throws(() => preprocess(film(wide), PLAIN), { code: 'pilots.film-unusable' });
});

function inverted(frame: Frame): Frame {
  return {
    ...frame,
    values: frame.values.map((value) => 255 - value),
    photometricInterpretation: 'MONOCHROME1',
  };
}

function mirrored(frame: Frame): Frame {
  const { columns } = frame;
  return {
    ...frame,
    values: frame.values.map(
      (_: number, index: number) => frame.values[index - (index % columns) + columns - 1 - (index % columns)] as number,
    ),
  };
}

function upsideDown(frame: Frame): Frame {
  const { rows, columns } = frame;
  return {
    ...frame,
    values: frame.values.map(
      (_: number, index: number) =>
        frame.values[(rows - 1 - Math.floor(index / columns)) * columns + (index % columns)] as number,
    ),
  };
}
