import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shownMap } from './shown-map.ts';

type Row = readonly [name: string, values: readonly number[], score: number, expected: readonly number[]];

const ROWS: readonly Row[] = [
  ['a map that knows only more and less is laid below the score', [0, 0.5, 1], 0.01, [0, 1, 3]],
  ['an answer by place that is below the score stays as it is', [0, 0.2, 0.4], 0.5, [0, 51, 102]],
  ['a film scored surely is coloured in full', [0, 1], 1, [0, 255]],
  ['what is no number, or below nothing, colours nothing', [Number.NaN, -1, 0.5], 0.5, [0, 0, 128]],
  ['a score of nothing has no colour', [1, 1], 0, [0, 0]],
];

for (const [name, values, score, expected] of ROWS) {
  test(name, () => assert.deepEqual([...shownMap(Float32Array.from(values), score)], expected));
}
