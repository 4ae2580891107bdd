import assert from 'node:assert/strict';
import { test } from 'node:test';
import { releaseOutcomes, releaseWatchedPeople } from './release-watch.ts';

const EDGES = [0.2, 0.4, 0.6, 0.8];

test('too few people are told of in nothing, and small cells are withheld two at a time', () => {
  const people = {
    people: 60,
    scores: [60],
    inputs: [{ of: 'age' as const, cells: { young: 41, old: 12, older: 7 } }],
  };
  assert.equal(releaseWatchedPeople({ ...people, people: 49 }, { leastPeople: 50 }), null);
  // A rule of fewer than ten people is none.
  assert.equal(releaseWatchedPeople({ ...people, people: 9 }, { leastPeople: 1 }), null);
  const told = releaseWatchedPeople(people, { leastPeople: 50 })?.value;
  assert.deepEqual(told?.inputs[0]?.cells['young'], { count: 41 });
  assert.equal('below' in (told?.inputs[0]?.cells['old'] ?? {}), true, 'else the one that is withheld is what is left');
  assert.equal('below' in (told?.inputs[0]?.cells['older'] ?? {}), true);
});

test('outcomes leave in bins of ten people or more, of at least ten of either class', () => {
  const of = (score: number, found: boolean, count: number) =>
    Array.from({ length: count }, () => ({ score, isAlarm: score >= 0.5, found }));
  const rule = { edges: EDGES };
  assert.equal(releaseOutcomes([...of(0.9, true, 9), ...of(0.1, false, 100)], rule), null);
  assert.equal(releaseOutcomes([...of(0.9, true, 100), ...of(0.1, false, 9)], rule), null);
  const bins = releaseOutcomes(
    [...of(0.1, false, 30), ...of(0.3, false, 4), ...of(0.45, true, 3), ...of(0.7, true, 12), ...of(0.9, false, 2)],
    rule,
  )?.value;
  assert.deepEqual(bins, [
    { people: 37, expected: 5.55, found: 3, isAlarm: false },
    { people: 14, expected: 10.2, found: 12, isAlarm: true },
  ]);
});

test('where one side of the alarm is a handful, no bin says on which side its people are', () => {
  const people = [
    ...Array.from({ length: 40 }, (_, at) => ({ score: 0.1, isAlarm: false, found: at % 2 === 0 })),
    ...Array.from({ length: 9 }, () => ({ score: 0.9, isAlarm: true, found: true })),
  ];
  const bins = releaseOutcomes(people, { edges: EDGES })?.value ?? [];
  assert.deepEqual(
    bins.map(({ people: count, isAlarm }) => [count, isAlarm]),
    [[49, null]],
  );
});

test('a sum of scores that is rounded up says no more than everybody', () => {
  const of = (score: number, found: boolean, count: number) =>
    Array.from({ length: count }, () => ({ score, isAlarm: true, found }));
  const bins = releaseOutcomes([...of(0.99999, true, 12_336), ...of(0.99999, false, 10)], { edges: EDGES })?.value;
  assert.deepEqual(bins, [{ people: 12_346, expected: 12_346, found: 12_336, isAlarm: null }]);
});
