// What the viewer works out for itself: greys, halving, drawing, hanging, places and lengths. Needs no browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tsImport } from 'tsx/esm/api';

const reading = async (name) =>
  await tsImport(`../src/reading/${name}.ts`, {
    parentURL: import.meta.url,
    tsconfig: fileURLToPath(new URL('../tsconfig.json', import.meta.url)),
  });

const { filmHeads } = await reading('film-head');
const { changedWindow, greyTable } = await reading('film-window');
const { filmPixels } = await reading('film-pixels');
const { drawFilm } = await reading('draw-film');
const { cellPoint, filmPoint, lengthMm, moved, placed, scaleBar, WHOLE_FILM, zoomed } = await reading('film-place');
const { hangingOf, isFlipped } = await reading('hanging');
const { naturalFrequency } = await reading('natural-frequency');

const FULL_WINDOW = { name: '', centre: 2048, width: 4096, shape: 'linear' };
const RULE = { window: FULL_WINDOW, slope: 1, intercept: 0, signed: false, inverted: false };
const PLAIN_LAYOUT = {
  samplesPerPixel: 1,
  bitsAllocated: 16,
  bitsStored: 12,
  signed: false,
  lowIsWhite: false,
};
const grey = (table, stored) => table[stored & 0xffff] & 0xff;

// Worked out by hand after PS3.3 C.11.2.1.2.1 and C.11.2.1.3.1.
const GREYS = [
  ['the lowest value of the window is black', {}, 0, 0],
  ['its highest value is white', {}, 4095, 255],
  ['half of it is half grey', {}, 2048, 128],
  ['above it all is white', {}, 60_000, 255],
  ['black and white changed', { inverted: true }, 0, 255],
  ['rescaled first: 3000 × 1 − 952 lies in the middle', { intercept: -952 }, 3000, 128],
  ['rescaled with a slope', { slope: 2 }, 1024, 128],
  ['a negative value is found by its two bytes', { signed: true, window: { ...FULL_WINDOW, centre: 0 } }, -1, 127],
  ['a window of one is a threshold: not above 9.5', { window: { ...FULL_WINDOW, centre: 10, width: 1 } }, 9, 0],
  ['and above it', { window: { ...FULL_WINDOW, centre: 10, width: 1 } }, 10, 255],
  ['sigmoid: its centre', { window: { ...FULL_WINDOW, shape: 'sigmoid' } }, 2048, 128],
  ['sigmoid: a width above it, 1/(1+e⁻⁴)', { window: { ...FULL_WINDOW, shape: 'sigmoid' } }, 2048 + 4096, 250],
];

for (const [name, changes, stored, expected] of GREYS) {
  test(`greys: ${name}`, () => assert.equal(grey(greyTable({ ...RULE, ...changes }), stored), expected));
}

test('greys: what makes a film brighter makes the film beside it brighter, also where its low values are white', () => {
  for (const lowIsWhite of [false, true]) {
    const at = (shift) =>
      grey(
        greyTable({
          ...RULE,
          window: changedWindow(FULL_WINDOW, { shift, stretch: 1 }, lowIsWhite),
          inverted: lowIsWhite,
        }),
        2048,
      );
    assert.ok(at(-0.1) > at(0) && at(0.1) < at(0), `low is white: ${lowIsWhite}`);
  }
});

test('pixels: bits above the stored ones are nothing, and negative values keep their sign', () => {
  const words = Uint16Array.of(0xf001, 0x0fff, 0x0800, 0x07ff);
  const [plain] = filmPixels(words.buffer, { ...PLAIN_LAYOUT, rows: 2, columns: 2 }).levels;
  assert.deepEqual([...plain.values], [1, 4095, 2048, 2047]);
  const [signed] = filmPixels(words.buffer, { ...PLAIN_LAYOUT, rows: 2, columns: 2, signed: true }).levels;
  assert.deepEqual([...new Int16Array(signed.values.buffer)], [1, -1, -2048, 2047]);
  const bytes = Uint8Array.of(0, 255, 7, 8);
  const layout = { ...PLAIN_LAYOUT, rows: 2, columns: 2, bitsAllocated: 8, bitsStored: 8 };
  assert.deepEqual([...filmPixels(bytes.buffer, layout).levels[0].values], [0, 255, 7, 8]);
});

test('pixels: a frame that is too short, or of a kind that is not drawn, is refused', () => {
  assert.throws(() => filmPixels(new ArrayBuffer(7), { ...PLAIN_LAYOUT, rows: 2, columns: 2 }), RangeError);
  const deep = { ...PLAIN_LAYOUT, rows: 1, columns: 1, bitsAllocated: 32, bitsStored: 32 };
  assert.throws(() => filmPixels(new ArrayBuffer(4), deep), RangeError);
});

test('pixels: a film is halved to the mean of four pixels, also across nothing', () => {
  const side = 256;
  const words = Int16Array.from({ length: side * side }, (_, at) => (at % 2 === 0 ? 3 : -1));
  const { levels } = filmPixels(words.buffer, {
    ...PLAIN_LAYOUT,
    rows: side,
    columns: side,
    bitsStored: 16,
    signed: true,
  });
  assert.deepEqual(
    levels.map(({ rows, columns }) => [rows, columns]),
    [
      [256, 256],
      [128, 128],
    ],
  );
  assert.ok(new Int16Array(levels[1].values.buffer).every((value) => value === 1));
});

for (const lowIsWhite of [false, true]) {
  test(`pixels: the chest wall is on the brighter side, low is white: ${lowIsWhite}`, () => {
    // Bright tissue in the left half.
    const words = Uint16Array.from({ length: 64 }, (_, at) => (at % 8 < 4 !== lowIsWhite ? 3000 : 100));
    assert.equal(filmPixels(words.buffer, { ...PLAIN_LAYOUT, rows: 8, columns: 8, lowIsWhite }).denseSide, 'left');
  });
}

/** Each value is its own grey, for looking at what is drawn. */
const OWN_GREYS = Uint32Array.from({ length: 65_536 }, (_, value) => (0xff00_0000 | value) >>> 0);
const LITTLE = { rows: 2, columns: 3, values: Uint16Array.of(1, 2, 3, 4, 5, 6) };

function drawn(cell, changes = {}, view = WHOLE_FILM) {
  const into = new Uint32Array(cell.width * cell.height);
  const film = { levels: [LITTLE], greys: OWN_GREYS, signed: false };
  drawFilm(into, film, { cell, film: LITTLE, fit: 1, anchor: 'left', flipped: false, ...changes }, view);
  return [...into].map((point) => point & 0xffff);
}

test('drawing: one to one the film is as it is, and black is around it', () => {
  assert.deepEqual(drawn({ width: 3, height: 2 }), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(drawn({ width: 4, height: 2 }), [1, 2, 3, 0, 4, 5, 6, 0]);
  assert.deepEqual(drawn({ width: 4, height: 2 }, { anchor: 'right' }), [0, 1, 2, 3, 0, 4, 5, 6]);
});

test('drawing: flipped, left and right change and rows do not', () => {
  assert.deepEqual(drawn({ width: 3, height: 2 }, { flipped: true }), [3, 2, 1, 6, 5, 4]);
});

test('drawing: between pixels lie values between theirs, negative ones too', () => {
  const level = { rows: 1, columns: 2, values: new Uint16Array(Int16Array.of(-100, 100).buffer) };
  const into = new Uint32Array(4);
  const place = { cell: { width: 4, height: 1 }, film: level, fit: 2, anchor: 'left', flipped: false };
  // The film is twice as high as the cell: its middle is seen.
  drawFilm(into, { levels: [level], greys: OWN_GREYS, signed: true }, place, WHOLE_FILM);
  assert.deepEqual([...new Int16Array(Uint16Array.from(into, (point) => point & 0xffff).buffer)], [-100, -50, 50, 100]);
});

test('drawing: the highest value of sixteen bits does not run over', () => {
  const level = { rows: 2, columns: 2, values: Uint16Array.of(65_535, 65_535, 65_535, 65_535) };
  const into = new Uint32Array(9);
  const place = { cell: { width: 3, height: 3 }, film: level, fit: 1.5, anchor: 'left', flipped: false };
  drawFilm(into, { levels: [level], greys: OWN_GREYS, signed: false }, place, WHOLE_FILM);
  assert.ok(into.every((point) => (point & 0xffff) === 65_535));
});

const PLACES = ['left', 'centre', 'right'].flatMap((anchor) =>
  [false, true].map((flipped) => ({
    cell: { width: 400, height: 300 },
    film: { rows: 2000, columns: 1000 },
    fit: 0.15,
    anchor,
    flipped,
  })),
);

test('places: a point of the film is found again under the cell, and stays under a finger that zooms', () => {
  const view = { zoom: 2.5, moveX: 0.1, moveY: -0.2 };
  for (const place of PLACES) {
    const point = { x: 123, y: 1456 };
    const again = filmPoint(place, view, cellPoint(place, view, point));
    assert.ok(Math.hypot(again.x - point.x, again.y - point.y) < 1e-6);
    const finger = cellPoint(place, view, point);
    const after = cellPoint(place, zoomed(place, view, 1.3, finger), point);
    assert.ok(Math.hypot(after.x - finger.x, after.y - finger.y) < 1e-6, `${place.anchor} ${place.flipped}`);
  }
});

test('places: two breasts lean to the middle and move as in a mirror', () => {
  const [left, right] = ['left', 'right'].map((anchor) => ({ ...PLACES[0], anchor }));
  assert.equal(placed(left, WHOLE_FILM).left, 0);
  assert.equal(placed(right, WHOLE_FILM).left, 400 - 150);
  const view = moved(left, WHOLE_FILM, { x: 30, y: 10 });
  assert.equal(placed(left, view).left, 30);
  assert.equal(placed(right, view).left, 250 - 30);
  assert.equal(placed(left, view).top, placed(right, view).top);
});

test('lengths: by the spacing of each way, and none where the file has none', () => {
  assert.equal(lengthMm({ x: 0, y: 0 }, { x: 30, y: 40 }, { horizontal: 0.1, vertical: 0.1 }), 5);
  assert.equal(lengthMm({ x: 0, y: 0 }, { x: 30, y: 40 }, { horizontal: 1, vertical: 0.5 }), Math.hypot(30, 20));
  assert.equal(lengthMm({ x: 0, y: 0 }, { x: 30, y: 40 }, null), null);
  for (const [mmPerPx, mm] of [
    [0.1, 10],
    [0.5, 50],
    [0.25, 20],
    [1, 100],
  ]) {
    const bar = scaleBar(mmPerPx, 110);
    assert.equal(bar.mm, mm);
    assert.ok(bar.px <= 110 && Math.abs(bar.px * mmPerPx - mm) < 1e-9);
  }
});

const image = (laterality, view, study = '1') => ({
  studyInstanceUid: study,
  seriesInstanceUid: `${study}.1`,
  sopInstanceUid: `${study}.${laterality}.${view}`,
  rows: 10,
  columns: 10,
  frames: 1,
  laterality,
  view,
});
const VIEWS = [image('L', 'MLO'), image('L', 'CC'), image('R', 'MLO'), image('R', 'CC')];
const MAMMOGRAMS = {
  studyInstanceUid: '1',
  date: '20240101',
  task: 'mammography',
  images: VIEWS,
  priors: [
    {
      studyInstanceUid: '0',
      date: '20220101',
      description: '',
      images: VIEWS.map((one) => image(one.laterality, one.view, '0')),
    },
  ],
};

test('hanging: the right breast on the left, whatever the order of the files, and the earlier exam outside', () => {
  const shown = (layout) =>
    hangingOf(MAMMOGRAMS, layout, undefined).cells.map(
      ({ label, anchor, isPrior, image: hung }) =>
        `${isPrior ? '<' : ''}${label} ${anchor} ${hung.laterality} ${hung.view}`,
    );
  assert.deepEqual(shown('all'), ['R CC right R CC', 'L CC left L CC', 'R MLO right R MLO', 'L MLO left L MLO']);
  assert.deepEqual(shown('priors'), [
    '<R CC right R CC',
    'R CC right R CC',
    'L CC left L CC',
    '<L CC left L CC',
    '<R MLO right R MLO',
    'R MLO right R MLO',
    'L MLO left L MLO',
    '<L MLO left L MLO',
  ]);
  assert.deepEqual(shown('second'), ['R MLO right R MLO', 'L MLO left L MLO']);
});

test('hanging: a view that is missing leaves its cell empty and takes no other film', () => {
  const { cells } = hangingOf({ ...MAMMOGRAMS, images: VIEWS.slice(0, 2), priors: [] }, 'all', undefined);
  assert.deepEqual(
    cells.map(({ image: hung }) => hung?.sopInstanceUid ?? null),
    [null, '1.L.CC', null, '1.L.MLO'],
  );
});

test('hanging: a film hangs before a stack of slices of the same view', () => {
  const stack = { ...image('R', 'CC'), sopInstanceUid: 'stack', frames: 60 };
  const first = (images) => hangingOf({ ...MAMMOGRAMS, images }, 'all', undefined).cells[0].image.sopInstanceUid;
  assert.equal(first([stack, ...VIEWS]), '1.R.CC');
  assert.equal(first([stack]), 'stack');
});

test('hanging: a chest film has its lateral view beside', () => {
  const chest = { ...MAMMOGRAMS, task: 'chest', images: [image('', 'LL'), image('', 'PA')], priors: [] };
  assert.deepEqual(
    hangingOf(chest, 'all', undefined).cells.map(({ label, anchor, isChest }) => [label, anchor, isChest]),
    [
      ['PA', 'centre', true],
      ['LL', 'centre', true],
    ],
  );
  assert.equal(hangingOf(chest, 'single', undefined).cells[0].isChest, true);
  assert.equal(hangingOf(MAMMOGRAMS, 'single', undefined).cells[0].isChest, false);
});

// Right breasts lean to the right of their cells. Rows that run to the front begin at the chest wall.
const FLIPS = [
  ['a right breast whose rows run to the back stays', 'right', 'P', 'left', false],
  ['a right breast whose rows run to the front is turned', 'right', 'A', 'right', true],
  ['a left breast whose rows run to the front stays', 'left', 'A', 'right', false],
  ['a left breast whose rows run to the back is turned', 'left', 'P', 'left', true],
  ['where the file does not say, the dense side decides: turned', 'right', '', 'left', true],
  ['and not turned', 'left', '', 'left', false],
  ['nothing is turned of which nothing is known', 'left', '', undefined, false],
  ['a mammogram alone is as it is stored', 'centre', 'P', 'right', false],
  ['a chest whose rows run to the left stays', 'chest', 'L', 'right', false],
  ['a chest whose rows run to the right is turned: the heart is on the right of the film', 'chest', 'R', 'left', true],
  ['a chest of which the file does not say stays', 'chest', '', 'left', false],
  ['a lateral chest film stays', 'chest', 'A', 'left', false],
];

for (const [name, leans, rowsRunTo, denseSide, expected] of FLIPS) {
  const isChest = leans === 'chest';
  const cell = { anchor: isChest ? 'centre' : leans, isChest };
  test(`hanging: ${name}`, () => assert.equal(isFlipped(cell, rowsRunTo, denseSide), expected));
}

test('headers: spacing is down first and across second, and is of the detector unless it is calibrated', () => {
  const element = (...Value) => ({ Value });
  const bare = { '00080018': element('1.2'), '00280010': element(20), '00280011': element(30) };
  const headOf = (more) => filmHeads([{ ...bare, ...more }]).get('1.2');
  assert.deepEqual(headOf({ '00181164': element(0.1, 0.2) }).spacingMm, {
    vertical: 0.1,
    horizontal: 0.2,
    atDetector: true,
  });
  assert.equal(headOf({ '00280030': element(0.1, 0.1), '00280A02': element('GEOMETRY') }).spacingMm.atDetector, false);
  assert.equal(headOf({ '00280030': element(0.1, 0.1) }).spacingMm.atDetector, true);
  assert.equal(headOf({ '00280030': element(0, 0.1) }).spacingMm, null);
  assert.equal(headOf({}).spacingMm, null);
  assert.deepEqual(
    [headOf({}).slope, headOf({ '00281053': element(0) }).slope, headOf({ '00281053': element(2) }).slope],
    [1, 1, 2],
  );
  assert.equal(headOf({ '00280004': element('MONOCHROME1') }).lowIsWhite, true);
  assert.deepEqual(
    headOf({
      '00281050': element(2000, 500),
      '00281051': element(4000, 0),
      '00281055': element('NORMAL', 'HARDER'),
      '00281056': element('SIGMOID'),
    }).windows,
    [{ name: 'NORMAL', centre: 2000, width: 4000, shape: 'sigmoid' }],
  );
});

const COUNTS = [
  ['of a hundred', 0.031, { low: 0.024, high: 0.041 }, { of: 100, count: 3, range: { low: 2, high: 5 } }],
  ['of a thousand below one in a hundred', 0.0042, null, { of: 1000, count: 4, range: null }],
  ['ends that are whole stay', 0.4, { low: 0.29, high: 0.58 }, { of: 100, count: 40, range: { low: 29, high: 58 } }],
  ['whole ends at the top too', 0.05, { low: 0.01, high: 0.07 }, { of: 100, count: 5, range: { low: 1, high: 7 } }],
];

for (const [name, value, interval, expected] of COUNTS) {
  test(`people to count: ${name}`, () => assert.deepEqual(naturalFrequency(value, interval), expected));
}
