import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkOf } from '#engine';
import {
  BREAST_COVARIATES,
  BREAST_MODEL,
  BREAST_VIEWS,
  breastAnswerTargets,
  breastFacts,
  breastInputs,
  breastTargets,
  breastViewOf,
} from './breast-risk.ts';

const lengths = (numbers: Readonly<Record<string, Float32Array>>) =>
  Object.fromEntries(Object.entries(numbers).map(([name, { length }]) => [name, length]));
const expected = (side: 'inputs' | 'targets') =>
  Object.fromEntries(
    networkOf(BREAST_MODEL)[side].map(({ name, shape }) => [name, shape.reduce((product, one) => product * one, 1)]),
  );

test('inputs and targets of an exam are those of the network, whatever is missing', () => {
  assert.deepEqual(lengths(breastInputs({ pictures: {}, covariates: {} })), expected('inputs'));
  for (const targets of [
    breastTargets({ years: 3, cancer: true, side: 'L', density: 'b' }),
    breastTargets({ years: 0, cancer: false, side: null, density: null }),
    breastAnswerTargets(1),
  ])
    assert.deepEqual(lengths(targets), expected('targets'));
});

test('pictures stand in their places, and absent ones are marked', () => {
  const picture = new Float32Array(BREAST_MODEL.rows * BREAST_MODEL.columns).fill(2);
  const { pictures = new Float32Array(), pictureMask } = breastInputs({
    pictures: { 'L-CC': picture },
    covariates: {},
  });
  assert.deepEqual([...(pictureMask ?? [])], [0, 1, 0, 0]);
  assert.deepEqual([pictures[picture.length - 1], pictures[picture.length], pictures[2 * picture.length]], [0, 2, 0]);
});

test('facts are standardised; what is unknown, impossible or not a number is missing', () => {
  const { covariates, covariateMask } = breastFacts({
    ageYears: 65,
    parity: 0,
    bodyMassIndex: Number.NaN,
    smoking: 500,
  });
  const at = (name: string) => BREAST_COVARIATES.findIndex((one) => one.name === name);
  assert.equal(covariates[at('ageYears')], 1);
  assert.equal(covariateMask[at('parity')], 1);
  for (const name of ['bodyMassIndex', 'smoking', 'alcohol']) {
    assert.equal(covariateMask[at(name)], 0);
    assert.equal(covariates[at(name)], 0);
  }
});

test('years after a woman was lost sight of say nothing, years after a cancer say yes', () => {
  const rows: readonly [
    Parameters<typeof breastTargets>[0],
    readonly number[],
    readonly number[],
    readonly number[],
  ][] = [
    [{ years: 2.5, cancer: false, side: null, density: null }, [0, 0, 0, 0, 0], [1, 1, 0, 0, 0], [1, 1, 1, 1]],
    [{ years: 1.5, cancer: true, side: 'R', density: null }, [0, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1]],
    [{ years: 1.5, cancer: true, side: null, density: null }, [0, 1, 1, 1, 1], [1, 1, 1, 1, 1], [0, 0, 0, 0]],
    [{ years: 1, cancer: false, side: null, density: null }, [0, 0, 0, 0, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0]],
    [{ years: 4, cancer: true, side: 'L', density: null }, [0, 0, 0, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1]],
  ];
  for (const [truth, outcome, known, findingKnown] of rows) {
    const targets = breastTargets(truth);
    assert.deepEqual([...(targets['outcome'] ?? [])], outcome);
    assert.deepEqual([...(targets['known'] ?? [])], known);
    assert.deepEqual([...(targets['findingKnown'] ?? [])], findingKnown);
  }
  const soon = breastTargets({ years: 1.5, cancer: true, side: 'R', density: 'c' });
  assert.deepEqual([...(soon['finding'] ?? [])], [1, 0, 1, 0]);
  assert.deepEqual([...(soon['class'] ?? [])], [0, 0, 1, 0]);
});

test('views by their headers', () => {
  const rows: readonly [Parameters<typeof breastViewOf>[0], string | null][] = [
    [{ laterality: 'R', view: 'CC' }, BREAST_VIEWS[0]],
    [{ laterality: 'L', view: 'mlo ' }, 'L-MLO'],
    [{ laterality: 'L', view: 'ML' }, 'L-MLO'],
    [{ laterality: 'L', view: 'XCCL' }, null],
    [{ view: 'CC' }, null],
    [{ laterality: 'L' }, null],
  ];
  for (const [header, view] of rows) assert.equal(breastViewOf(header), view);
});

test('marked findings count in place of what came later, and cover the points around them', () => {
  const far = { years: 9, cancer: false, side: null, density: null } as const;
  const marked = breastTargets({ ...far, marks: { 'L-CC': { row: 42, column: 18, radiusPx: 1.5 } } });
  assert.deepEqual([...(marked['finding'] ?? [])], [0, 1, 0, 0]);
  assert.deepEqual([...(marked['placeKnown'] ?? [])], [1, 1, 1, 1]);
  const points = [...(marked['place'] ?? [])].flatMap((value, at) => (value === 1 ? [at] : []));
  const of = (row: number, column: number) => 32 * 24 + row * 24 + column;
  assert.deepEqual(points, [of(10, 4)]);
  const large = breastTargets({ ...far, marks: { 'L-CC': { row: 42, column: 18, radiusPx: 5 } } });
  assert.equal(
    large['place']?.reduce((sum, value) => sum + value, 0),
    5,
  );
  const unmarked = breastTargets({ years: 1, cancer: true, side: 'L', density: null, marks: {} });
  assert.deepEqual([...(unmarked['finding'] ?? [])], [0, 0, 0, 0]);
  const nobodyLooked = breastTargets(far);
  assert.deepEqual([...(nobodyLooked['placeKnown'] ?? [])], [0, 0, 0, 0]);
});
