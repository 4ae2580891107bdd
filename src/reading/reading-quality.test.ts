import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type JudgedOpinion, qualityOf } from './reading-quality.ts';

function judged(agreed: number, reasons: Partial<Record<NonNullable<JudgedOpinion['reason']>, number>>) {
  const of = (reason: JudgedOpinion['reason'], count: number): JudgedOpinion[] =>
    Array.from({ length: count }, () => ({ name: 'm', version: '1', reason }));
  return [
    ...of(null, agreed),
    ...Object.entries(reasons).flatMap(([reason, count]) => of(reason as JudgedOpinion['reason'], count)),
  ];
}

test('nineteen judgements tell nothing, twenty tell a share with an interval', () => {
  const [few] = qualityOf(judged(19, {}), []).models;
  assert.deepEqual([few?.judged, few?.agreement], [{ below: 20 }, null]);
  const [enough] = qualityOf(judged(15, { 'false-mark': 5 }), []).models;
  assert.deepEqual(enough?.judged, { count: 20 });
  assert.equal(enough?.agreement?.share, 0.75);
  // Wilson's interval of 15 of 20, worked out apart from the code.
  assert.ok(Math.abs((enough?.agreement?.low ?? 0) - 0.5313) < 5e-4);
  assert.ok(Math.abs((enough?.agreement?.high ?? 0) - 0.8881) < 5e-4);
});

test('a reason that would be left over by subtraction is withheld with the smallest of the others', () => {
  const counts = {
    'missed-finding': 30,
    'false-mark': 40,
    'score-too-high': 25,
    'score-too-low': 50,
    'wrong-density': 60,
    'image-quality': 70,
    'known-from-priors': 3,
  };
  const [model] = qualityOf(judged(100, counts), []).models;
  const told = Object.fromEntries((model?.reasons ?? []).map(({ reason, count }) => [reason, count]));
  assert.deepEqual(told['known-from-priors'], { below: 20 });
  assert.deepEqual(told['score-too-high'], { below: 20 }, 'the smallest of the others');
  assert.deepEqual(told['missed-finding'], { count: 30 });
});

test('versions are told apart, and a read that stood open for hours is no reading time', () => {
  const quality = qualityOf(
    [...judged(20, {}), ...judged(20, {}).map((one) => ({ ...one, version: '2' }))],
    [
      ...Array.from({ length: 21 }, (_, at) => ({ task: 'chest' as const, durationMs: 1000 * (at + 1) })),
      { task: 'chest' as const, durationMs: 5 * 3_600_000 },
    ],
  );
  assert.deepEqual(
    quality.models.map(({ version }) => version),
    ['1', '2'],
  );
  assert.deepEqual(quality.times[1], {
    task: 'chest',
    reads: { count: 21 },
    seconds: { quarter: 6, median: 11, threeQuarters: 16 },
  });
});
