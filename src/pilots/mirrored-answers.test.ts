import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '#base';
import { initialParameters, type NoduleSpec } from '#engine';
import { type NoduleModel, noduleAnswers } from './train-nodule-model.ts';

const SPEC: NoduleSpec = { architecture: 'nodule', rows: 32, columns: 64, widths: [4, 4, 4, 4] };
const MODEL: NoduleModel = { spec: SPEC, parameters: initialParameters(SPEC, 'mirrored') };
const MAP_COLUMNS = 16;

const mirrored = (values: Float32Array, columns: number) =>
  values.map((_, at) => values[at - (at % columns) + columns - 1 - (at % columns)] ?? Number.NaN);
const furthest = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, value, at) => Math.max(most, Math.abs(value - (b[at] ?? Number.NaN))), 0);

test('seen in both ways, a film and its mirror image have one answer; seen in one, they have two', async () => {
  const random = new SeededRandom('film');
  const film = Float32Array.from({ length: 32 * 64 }, () => random.normal());
  const films = [film, mirrored(film, 64)];
  const [once, other] = await noduleAnswers(MODEL, films);
  const [both, again] = await noduleAnswers({ ...MODEL, mirrored: true }, films);
  assert.ok(once && other && both && again);
  assert.ok(furthest(once.map, mirrored(other.map, MAP_COLUMNS)) > 1e-4);
  assert.ok(furthest(both.map, mirrored(again.map, MAP_COLUMNS)) < 1e-6);
  assert.ok(Math.abs(both.probability - again.probability) < 1e-6);
});

test('a cell seen in both ways has the mean of both log-odds, and the whole is pooled from the cells', async () => {
  const random = new SeededRandom('another film');
  const film = Float32Array.from({ length: 32 * 64 }, () => random.normal());
  const [once, other] = await noduleAnswers(MODEL, [film, mirrored(film, 64)]);
  const [both] = await noduleAnswers({ ...MODEL, mirrored: true }, [film]);
  assert.ok(once && other && both);
  const logit = (share: number) => Math.log(share / (1 - share));
  const there = mirrored(other.map, MAP_COLUMNS);
  const cells = Array.from(once.map, (value, cell) => (logit(value) + logit(there[cell] ?? Number.NaN)) / 2);
  cells.forEach((cell, at) => {
    assert.ok(Math.abs(logit(both.map[at] ?? Number.NaN) - cell) < 1e-3);
  });
  // Scale and offset of a network that nothing was fitted to are 1 and 0.
  const pooled = Math.log(cells.reduce((sum, cell) => sum + Math.exp(cell), 0));
  assert.ok(Math.abs(logit(both.probability) - pooled) < 1e-3);
});
