import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WATCH_EDGES, watchOutcomesSchema, watchPeriodSchema } from './model-watch.ts';

test('a period of a site adds up and is of enough people, whatever the site writes', () => {
  const scores = WATCH_EDGES.map(() => 0);
  const period = { from: '2026-01', to: '2026-01', people: 60, scores: [...scores, 60], inputs: [] };
  assert.equal(watchPeriodSchema.safeParse(period).success, true);
  for (const wrong of [
    { people: 49, scores: [...scores, 49] },
    { scores: [...scores, 0] },
    { scores: [...scores, 61] },
    { scores: [...scores, 0.5] },
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
