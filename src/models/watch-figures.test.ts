import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '#base';
import { WATCH_EDGES, type WatchAnswer } from '#wire';
import { watchFigures } from './watch-figures.ts';

function scores(people: number, middle: number, seed: string): number[] {
  const random = new SeededRandom(seed);
  const counts = new Array<number>(WATCH_EDGES.length + 1).fill(0);
  for (let person = 0; person < people; person += 1) {
    const bin = Math.max(0, Math.min(35, Math.round(middle + 4 * random.normal())));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

const period = (month: string, middle: number, old = 40) => ({
  from: month,
  to: month,
  people: 200,
  scores: scores(200, middle, month),
  inputs: [{ of: 'age' as const, cells: { '40-49': { count: 200 - old }, '50-59': { count: old } } }],
});

const ANSWER: WatchAnswer = {
  model: { name: 'chest-nodule', version: 'abc', digest: 'ab'.repeat(32) },
  task: 'chest-nodule',
  mode: 'shown',
  periods: [period('2026-01', 15), period('2026-02', 15), period('2026-03', 21, 150)],
  outcomes: [],
  correction: null,
};
const NO_OTHERS = { others: [], seed: 'test' };

test('a month like the first is stable; one with other scores and other people has moved, and its high scores rose', () => {
  const { periods, fromOthers, people } = watchFigures(ANSWER, NO_OTHERS);
  assert.deepEqual(
    periods.map(({ shift, highScores }) => [shift?.verdict ?? null, highScores]),
    [
      [null, null],
      ['stable', null],
      ['moved', 'rose'],
    ],
  );
  assert.ok((periods[2]?.inputs[0]?.psi.low ?? 0) > 0.5);
  assert.equal(periods[1]?.inputs[0]?.psi.value, 0);
  assert.deepEqual([fromOthers, people], [null, 600]);
  const others = [{ ...ANSWER, periods: [period('2026-01', 15)] }];
  assert.equal(watchFigures(ANSWER, { others, seed: 'test' }).fromOthers?.verdict, 'moved');
});

const bins = (factor: number) =>
  [0.1, 0.3, 0.5, 0.7].map((share) => ({
    people: 100,
    expected: 100 * share,
    found: Math.round(100 * share * factor),
    isAlarm: share >= 0.5,
  }));

test('a model that promises twice as much is told how its scores would fit; one that fits is told nothing', () => {
  const fits = watchFigures({ ...ANSWER, outcomes: [{ source: 'reader', bins: bins(1) }] }, NO_OTHERS);
  assert.equal(fits.suggestion, null);
  assert.deepEqual(fits.calibration.reader?.agreement?.value, (70 + 90 + 50 + 70) / 400);
  const high = watchFigures({ ...ANSWER, outcomes: [{ source: 'reader', bins: bins(0.5) }] }, NO_OTHERS);
  assert.ok(high.calibration.reader?.ratio !== null && (high.calibration.reader?.ratio.value ?? 0) === 2);
  assert.ok((high.suggestion?.intercept ?? 0) < -0.5);
  const mended = watchFigures(
    { ...ANSWER, outcomes: [{ source: 'reader', bins: bins(0.5) }], correction: high.suggestion },
    NO_OTHERS,
  );
  assert.equal(mended.suggestion, null, 'what was accepted is not suggested again');
});

test('what readers find says nothing of a risk in five years, and the clinical table goes before readers', () => {
  const breast = { ...ANSWER, task: 'breast-risk' as const };
  assert.equal(
    watchFigures({ ...breast, outcomes: [{ source: 'reader', bins: bins(0.5) }] }, NO_OTHERS).suggestion,
    null,
  );
  const both = {
    ...ANSWER,
    outcomes: [
      { source: 'reader' as const, bins: bins(0.5) },
      { source: 'table' as const, bins: bins(1) },
    ],
  };
  assert.equal(watchFigures(both, NO_OTHERS).suggestion, null);
});

test('a curve of many batches is of all of their people', () => {
  const batches = Array.from({ length: 15 }, () => ({ source: 'reader' as const, bins: bins(1) }));
  const { calibration } = watchFigures({ ...ANSWER, outcomes: batches }, NO_OTHERS);
  const curve = calibration.reader?.bins ?? [];
  assert.ok(curve.length <= 40);
  assert.equal(
    curve.reduce((sum, { people }) => sum + people, 0),
    15 * 400,
  );
  assert.deepEqual([curve[0]?.predicted, curve.at(-1)?.observed], [0.1, 0.7]);
});
