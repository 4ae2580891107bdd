import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import fc from 'fast-check';
import { SeededRandom } from '#base';
import { hierarchyFor } from './generalisation.ts';
import { type RiskRecord, reidentificationRisk } from './reidentification-risk.ts';
import { suggestGeneralisation } from './suggest-generalisation.ts';

function table(header: string, ...rows: readonly string[]): readonly RiskRecord[] {
  const names = header.split(' ');
  return rows.map((row) => Object.fromEntries(row.split(' ').map((value, index) => [names[index] ?? '', value])));
}

/** Sweeney 2002 (k-anonymity: a model for protecting privacy), figure 2. */
const SWEENEY = table(
  'race birth gender zip problem',
  ...['black 1965 m 0214* breath', 'black 1965 m 0214* chest', 'black 1965 f 0213* hypertension'],
  ...['black 1965 f 0213* hypertension', 'black 1964 f 0213* obesity', 'black 1964 f 0213* chest'],
  ...['white 1964 m 0213* chest', 'white 1964 m 0213* obesity', 'white 1964 m 0213* breath'],
  ...['white 1967 m 0213* chest', 'white 1967 m 0213* chest'],
);

/** Machanavajjhala et al. 2007 (l-diversity), figure 2: 4-anonymous patients. */
const INPATIENTS = table(
  'zip age nationality condition',
  ...['130** <30 * heart', '130** <30 * heart', '130** <30 * viral', '130** <30 * viral'],
  ...['1485* >=40 * cancer', '1485* >=40 * heart', '1485* >=40 * viral', '1485* >=40 * viral'],
  ...['130** 3* * cancer', '130** 3* * cancer', '130** 3* * cancer', '130** 3* * cancer'],
);

describe('published tables', () => {
  it('Sweeney: 2-anonymous in four groups and one of three', () => {
    const risk = reidentificationRisk(SWEENEY, { quasiIdentifiers: ['race', 'birth', 'gender', 'zip'], k: 3 });
    assert.deepEqual([risk.records, risk.classes, risk.k, risk.belowK, risk.unique], [11, 5, 2, 8, 0]);
    assert.equal(risk.highestRisk, 0.5);
    assert.ok(Math.abs(risk.averageRisk - 5 / 11) < 1e-12);
  });

  it('Machanavajjhala: 4-anonymous, and yet everybody of a group has cancer', () => {
    const risk = reidentificationRisk(INPATIENTS, {
      quasiIdentifiers: ['zip', 'age', 'nationality'],
      sensitive: 'condition',
    });
    assert.deepEqual([risk.k, risk.classes, risk.l], [4, 3, 1]);
    // Overall 3 heart, 4 viral, 5 cancer of 12; in the third group all cancer.
    assert.ok(Math.abs((risk.t ?? 0) - 7 / 12) < 1e-12);
  });
});

it('a table of different people: everybody is alone', () => {
  const risk = reidentificationRisk(table('age sex', '41 F', '42 F', '43 M'), { quasiIdentifiers: ['age', 'sex'] });
  assert.deepEqual([risk.k, risk.unique, risk.belowK, risk.highestRisk], [1, 3, 3, 1]);
});

describe('questions that make no sense are refused', () => {
  const records = table('age sex', '41 F');
  for (const [what, question] of [
    ['no column', { quasiIdentifiers: [] }],
    ['a column that is not there', { quasiIdentifiers: ['zip'] }],
    ['one named twice', { quasiIdentifiers: ['age', 'age'] }],
    ['a k of 1', { quasiIdentifiers: ['age'], k: 1 }],
    ['a sensitive one that is known outside', { quasiIdentifiers: ['age'], sensitive: 'age' }],
    ['too many', { quasiIdentifiers: Array.from({ length: 9 }, (_, index) => `c${index}`) }],
  ] as const)
    it(what, () => assert.throws(() => reidentificationRisk(records, question), { code: 'quality.risk-invalid' }));
});

test('steps that fit their columns', () => {
  const ages = hierarchyFor('age', ['041Y', '57', '089Y'], 5);
  assert.deepEqual(
    ages.steps.map((_, step) => ages.at(step, '057Y')),
    ['057Y', '55–<60', '50–<60', '40–<60', '*'],
  );
  const dates = hierarchyFor('study', ['20190314', '20200102'], 5);
  assert.deepEqual(
    dates.steps.map((_, step) => dates.at(step, '20190314')),
    ['20190314', '2019-03', '2019', '2010s', '*'],
  );
  const years = hierarchyFor('studyYear', ['2019', '2020'], 5);
  assert.deepEqual(
    years.steps.map((_, step) => years.at(step, '2019')),
    ['2019', '2018–<2020', '2015–<2020', '2010–<2020', '*'],
  );
  const rare = hierarchyFor('make', [...Array(60).fill('A'), ...Array(12).fill('B'), 'C'], 5);
  assert.deepEqual(
    ['A', 'B', 'C'].map((value) => [1, 2, 3].map((step) => rare.at(step, value)).join()),
    ['A,A,*', 'B,other,*', 'other,other,*'],
  );
  const sizes = hierarchyFor(
    'size',
    Array.from({ length: 30 }, (_, index) => `${index},5`),
    5,
  );
  assert.equal(sizes.kind, 'number');
  assert.equal(sizes.at(1, '3,5'), '2–<4');
});

/** Every combination tried one by one, with nothing clever. */
function exhaustive(records: readonly RiskRecord[], names: readonly string[], k: number) {
  const hierarchies = names.map((name) =>
    hierarchyFor(
      name,
      records.map((record) => record[name] ?? ''),
      k,
    ),
  );
  let least = Number.POSITIVE_INFINITY;
  const visit = (steps: readonly number[]): void => {
    const next = hierarchies[steps.length];
    if (next !== undefined) {
      next.steps.forEach((_, step) => void visit([...steps, step]));
      return;
    }
    const changed = records.map((record) =>
      Object.fromEntries(
        names.map((name, at) => [name, hierarchies[at]?.at(steps[at] ?? 0, record[name] ?? '') ?? '']),
      ),
    );
    const { belowK } = reidentificationRisk(changed, { quasiIdentifiers: names, k });
    const loss =
      steps.reduce((sum, step, at) => sum + step / ((hierarchies[at]?.steps.length ?? 2) - 1), 0) / names.length;
    if (belowK <= 0.05 * records.length && belowK < records.length) least = Math.min(least, loss);
  };
  visit([]);
  return least;
}

test('the advice is the best there is, and the table is then as safe as it says', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 2, max: 6 }), (seed, k) => {
      const random = new SeededRandom(`risk ${seed}`);
      const records = Array.from({ length: 20 + random.below(80) }, () => ({
        age: String(40 + random.below(30)),
        sex: random.below(5) === 0 ? 'M' : 'F',
        make: ['A', 'B', 'C', 'D'][random.below(4) * random.below(2)] ?? 'A',
      }));
      const names = ['age', 'sex', 'make'];
      const advice = suggestGeneralisation(records, { quasiIdentifiers: names, k });
      const least = exhaustive(records, names, k);
      assert.ok(advice !== undefined && Math.abs(advice.loss - least) < 1e-9, `${advice?.loss} instead of ${least}`);
      assert.ok(advice.risk.k >= k);
      assert.equal(advice.risk.records + advice.suppressed, records.length);
      assert.ok(advice.suppressed <= 0.05 * records.length);
    }),
    { numRuns: 60, seed: 20261123 },
  );
});

test('diversity is demanded of every group', () => {
  const advice = suggestGeneralisation(INPATIENTS, {
    quasiIdentifiers: ['zip', 'age'],
    sensitive: 'condition',
    k: 4,
    l: 2,
  });
  assert.ok(advice !== undefined && (advice.risk.l ?? 0) >= 2);
  assert.ok(advice.loss > 0, 'as it is, one group is all cancer');
});

test('fewer people than k cannot be hidden', () => {
  assert.equal(suggestGeneralisation(table('age', '41', '42'), { quasiIdentifiers: ['age'], k: 3 }), undefined);
});

test('a hundred thousand records and six columns', () => {
  const random = new SeededRandom('many');
  const records = Array.from({ length: 100_000 }, () => ({
    age: String(45 + random.below(30)),
    sex: random.below(20) === 0 ? 'M' : 'F',
    site: `S${random.below(7)}`,
    make: `M${random.below(5)}`,
    year: `20${10 + random.below(12)}0101`,
    side: random.below(2) === 0 ? 'L' : 'R',
  }));
  const advice = suggestGeneralisation(records, { quasiIdentifiers: Object.keys(records[0] ?? {}) });
  assert.ok(advice !== undefined && advice.risk.k >= 5 && advice.loss < 0.4, JSON.stringify(advice));
});
