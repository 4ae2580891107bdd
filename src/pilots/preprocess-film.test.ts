import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '#base';
import type { Frame } from '#dicom';
import { plainFrame, preprocessedSize, preprocessingDigest } from '#films';
import { preprocessFilm } from './preprocess-film.ts';
import { type ImagingTask, labelOf, TASKS, taskByName } from './tasks.ts';

const opacity = taskByName('chest-opacity');
const small = taskByName('chest-28');

function frameOf(
  rows: number,
  columns: number,
  grey: (row: number, column: number) => number,
  rest: Partial<Frame> = {},
) {
  const values = Uint16Array.from({ length: rows * columns }, (_, index) =>
    grey(Math.floor(index / columns), index % columns),
  );
  return plainFrame({ rows, columns, values, bitsStored: 12 }, rest);
}

const seenBy = (frame: Frame, task: ImagingTask) => preprocessFilm({ frame, header: {} }, task);

const random = new SeededRandom('film');
const noise = Uint16Array.from({ length: 128 * 128 }, () => random.below(4096));
const film = frameOf(128, 128, (row, column) => noise[row * 128 + column] ?? 0);

test('a film becomes inputSize × inputSize numbers, shares of black and white before they are standardised', () => {
  for (const task of TASKS) {
    const seen = seenBy(film, task);
    const { rows, columns } = preprocessedSize(task.preprocessing);
    assert.equal(seen.length, rows * columns);
    const { mean, stdDev } = task.preprocessing.standardise;
    assert.ok(seen.every((value) => value * stdDev + mean >= -1e-6 && value * stdDev + mean <= 1 + 1e-6));
  }
});

test('MONOCHROME1 and a negative slope look the same as the film they mirror', () => {
  const mirrored = frameOf(128, 128, (row, column) => 4095 - (noise[row * 128 + column] ?? 0));
  const plain = seenBy(film, small);
  for (const rest of [{ photometricInterpretation: 'MONOCHROME1' }, { rescaleSlope: -2 }]) {
    const seen = seenBy({ ...mirrored, ...rest }, small);
    for (const [index, value] of seen.entries()) assert.ok(Math.abs(value - (plain[index] ?? 0)) < 1e-5);
  }
});

test('rescale and exposure do not change what the network sees', () => {
  const half = frameOf(128, 128, (row, column) => 1000 + 2 * Math.floor((noise[row * 128 + column] ?? 0) / 4));
  const other = { ...half, values: half.values.map((value) => value / 2), rescaleSlope: 4, rescaleIntercept: -7 };
  assert.deepEqual(seenBy(half, opacity), seenBy(other as Frame, opacity));
});

test('the stored range is the MedMNIST protocol: x / 255, then (x - 0.5) / 0.5', () => {
  const frame = frameOf(28, 28, (row, column) => (row * 28 + column) % 200, { bitsStored: 8 });
  const seen = seenBy(frame, small);
  for (const [index, value] of seen.entries()) {
    assert.ok(Math.abs(value - ((index % 200) / 255 - 0.5) / 0.5) < 1e-6);
  }
});

test('a few extreme pixels do not move the percentile window', () => {
  const values = film.values.slice();
  const calm = { ...film, values: values.map((value) => 1000 + Math.floor(value / 4)) } as Frame;
  const marked = { ...calm, values: calm.values.slice() } as Frame;
  for (let index = 0; index < 20; index += 1) marked.values[index * 100] = 4095;
  const [a, b] = [seenBy(calm, opacity), seenBy(marked, opacity)];
  const far = a.filter((value, index) => Math.abs(value - (b[index] ?? 0)) > 0.05).length;
  assert.ok(far <= 20, `${far} pixels differ`);
});

test('films that show nothing are refused', () => {
  const refused: readonly [string, Frame][] = [
    ['constant', frameOf(64, 64, () => 7)],
    ['empty', { ...film, rows: 0, columns: 0, values: new Uint16Array(0) }],
    ['too few pixels', { ...film, values: new Uint16Array(5) }],
    ['colour', { ...film, photometricInterpretation: 'RGB' }],
    ['slope 0', { ...film, rescaleSlope: 0 }],
  ];
  for (const [what, frame] of refused) {
    assert.throws(() => seenBy(frame, opacity), { code: 'pilots.film-unusable' }, what);
  }
});

test('a film that is nearly all background keeps its picture', () => {
  const frame = frameOf(64, 64, (row, column) => (row === 30 && column > 28 && column < 34 ? 900 : 0));
  assert.ok(Math.max(...seenBy(frame, opacity)) > 0.9);
});

test('the digest belongs to the contract', () => {
  const digests = TASKS.map((task) => task.preprocessingSha256);
  assert.equal(new Set(digests).size, TASKS.length);
  for (const task of TASKS) {
    assert.equal(task.preprocessingSha256, preprocessingDigest(task.preprocessing));
    assert.equal('inputSize' in task.model ? task.model.inputSize : task.model.rows, task.inputSize);
  }
});

test('labels', () => {
  for (const [findings, label] of [
    [['Opacity'], 1],
    [['Cardiomegaly', 'PNEUMONIA '], 1],
    [['Cardiomegaly', 'Hernia'], 0],
    [[], 0],
  ] as const) {
    assert.equal(labelOf(findings, opacity), label, findings.join());
  }
  assert.throws(() => taskByName('knees'), { code: 'pilots.unknown-task' });
});
