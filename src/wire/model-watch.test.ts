import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WATCH_EDGES, watchAnswerSchema, watchOutcomesSchema, watchPeriodSchema } from './model-watch.ts';

test('a period of a site adds up and is of enough people, whatever the site writes', () => {
  const scores = WATCH_EDGES.map(() => 0);
  const period = { from: '2026-01', to: '2026-01', people: 60, scores: [...scores, 60], inputs: [] };
  assert.equal(watchPeriodSchema.safeParse(period).success, true);
  for (const wrong of [
    { people: 49, scores: [...scores, 49] },
    { scores: [...scores, 0] },
    { scores: [...scores, 61] },
    { scores: [...scores, 0.5] },
    { people: 1e15, scores: [...scores, 1e15] },
    { from: '2026-02' },
    { inputs: [{ of: 'age', cells: { 'under-40': { count: 40 }, '40-49': { count: 21 } } }] },
    {
      inputs: [
        { of: 'age', cells: {} },
        { of: 'age', cells: {} },
      ],
    },
    {
      inputs: [
        { of: 'age', cells: Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`g${at}`, { count: 1 }])) },
      ],
    },
  ])
    assert.equal(watchPeriodSchema.safeParse({ ...period, ...wrong }).success, false, JSON.stringify(wrong));
});

test('a bin of outcomes has ten people or more, and no more found or expected than that', () => {
  const bin = { people: 10, expected: 10, found: 10, isAlarm: null };
  const told = (wrong: object) =>
    watchOutcomesSchema.safeParse({ source: 'table', bins: [{ ...bin, ...wrong }] }).success;
  assert.equal(told({}), true);
  for (const wrong of [
    { people: 0, expected: 0, found: 0 },
    { people: 9, expected: 1, found: 1 },
    { found: 11 },
    { expected: 10.1 },
  ])
    assert.equal(told(wrong), false, JSON.stringify(wrong));
});

test('periods of an answer follow one another, and none of 61 is taken', () => {
  const scores = [...WATCH_EDGES.map(() => 0), 60];
  const told = (months: readonly string[]) =>
    watchAnswerSchema.safeParse({
      model: { name: 'breast-risk', version: '1', digest: 'a'.repeat(64) },
      ...{ task: 'breast-risk', mode: 'shown', outcomes: [], correction: null },
      periods: months.map((month) => ({ from: month, to: month, people: 60, scores, inputs: [] })),
    }).success;
  assert.equal(told(['2026-01', '2026-02', '2026-04']), true);
  assert.equal(told(['2026-02', '2026-01']), false);
  assert.equal(told(['2026-01', '2026-01']), false);
  const months = Array.from(
    { length: 61 },
    (_, at) => `${2020 + Math.floor(at / 12)}-${`${1 + (at % 12)}`.padStart(2, '0')}`,
  );
  assert.equal(told(months.slice(1)), true);
  assert.equal(told(months), false);
});
