import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OwnRead, Plan } from '#wire';
import { PUBLISHED_TABLES } from './guideline-tables.ts';
import { planSuggestion, proposedBy, tableOfSite } from './plan-proposal.ts';

const mammogram = (right: string | null, left: string | null, density: string | null = 'b') =>
  ({ task: 'mammography', right, left, density, places: [] }) as OwnRead;
const chest = (nodule: 'yes' | 'no' | 'unsure'): OwnRead => ({ task: 'chest', nodule, places: [] });
const plan = (
  pathway: Plan['pathway'],
  intervalMonths: number | null,
  supplemental: Plan['supplemental'] = 'none',
) => ({
  pathway,
  intervalMonths,
  supplemental,
});

const ROWS: readonly (readonly [name: string, read: OwnRead, age: number | null, expected: Plan])[] = [
  ['nothing to see at 55: the European interval of two years', mammogram('1', '2'), 55, plan('routine', 24)],
  ['at 70 it is three years', mammogram('1', '1'), 70, plan('routine', 36)],
  ['at 80 no table names an interval', mammogram('1', '1'), 80, plan('routine', null)],
  ['of unknown age neither', mammogram('1', '1'), null, plan('routine', null)],
  ['extremely dense at 60: MRI beside', mammogram('2', '1', 'd'), 60, plan('routine', 24, 'mri')],
  ['extremely dense at 72: none', mammogram('2', '1', 'd'), 72, plan('routine', 36)],
  ['one breast probably benign: six months', mammogram('3', '1'), 55, plan('short-follow-up', 6)],
  [
    'one breast suspicious: the other does not make it routine',
    mammogram('1', '4B'),
    55,
    plan('tissue-diagnosis', null),
  ],
  ['incomplete is before probably benign', mammogram('0', '3'), 55, plan('additional-imaging', null)],
  ['a new suspicion is before a known cancer', mammogram('6', '5'), 55, plan('tissue-diagnosis', null)],
  ['one breast alone', mammogram(null, '2'), 55, plan('routine', 24)],
  ['a nodule', chest('yes'), 61, plan('suspected-cancer-referral', null)],
  ['no nodule', chest('no'), 61, plan('nothing-from-this-study', null)],
];

for (const [name, ownRead, ageYears, expected] of ROWS) {
  test(`a plan: ${name}`, () => {
    const proposed = proposedBy(PUBLISHED_TABLES, { ownRead, ageYears, risks: [] });
    assert.deepEqual(planSuggestion(proposed), expected);
  });
}

test('a band of the site begins with its lower end and ends before the upper one', () => {
  const table = tableOfSite({
    source: { title: 't', year: 2024, place: 'p', url: null },
    years: 5,
    bands: [
      { from: 0, below: 0.02, intervalMonths: 24, supplemental: null },
      { from: 0.02, below: 0.06, intervalMonths: 12, supplemental: 'mri' },
    ],
  });
  const months = (value: number, years = 5) =>
    proposedBy([table], { ownRead: mammogram('1', '1'), ageYears: 55, risks: [{ years, value }] }).flatMap((one) =>
      one.value.part === 'interval' ? [one.value.months] : [],
    );
  assert.deepEqual([months(0.0199), months(0.02), months(0.06), months(0.01, 3)], [[24], [12], [], []]);
});

test('no published table claims to know what follows from the score of a model', () => {
  for (const { rows } of PUBLISHED_TABLES) for (const { when } of rows) assert.equal(when.risk, undefined);
});
