import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { UnicaError } from '#base';
import { DAILY_QUESTIONS, spentBudget } from './query-budget.ts';
import { Releasable } from './releasable.ts';
import { type Guarded, geometricNoise, PUBLIC_COUNTS, releaseCount } from './release-count.ts';
import { releaseHistogram, releaseMetrics, releaseScores, releaseUpdate } from './release-learning.ts';
import { releaseExactly, releaseFacets, releaseSearch, SEARCH_COUNTS } from './release-search.ts';
import { releaseTable } from './release-table.ts';

const seed = (question: string) => ({
  secret: new Uint8Array(32).fill(3),
  dataVersion: 'v1',
  question,
  cell: 'persons',
});
const refused = (code: string) => (error: unknown) => error instanceof UnicaError && error.code === code;

test('counts below the threshold are told as below it, and nothing else is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 5000 }), fc.string(), (count, question) => {
      const { value } = releaseCount(count, PUBLIC_COUNTS, seed(question));
      if (count < 10) return assert.deepEqual(value, { below: 10 });
      assert.ok('count' in value && value.count >= 10 && value.count % 10 === 0);
    }),
  );
});

test('the same question has the same answer; another secret or data version draws anew', () => {
  const draws = (change: object) =>
    Array.from(
      { length: 50 },
      (_, index) => releaseCount(1000, { ...PUBLIC_COUNTS, roundTo: 1 }, { ...seed(`q${index}`), ...change }).value,
    );
  assert.deepEqual(draws({}), draws({}));
  assert.notDeepEqual(draws({}), draws({ secret: new Uint8Array(32).fill(4) }));
  assert.notDeepEqual(draws({}), draws({ dataVersion: 'v2' }));
});

test('noise follows the two-sided geometric distribution (chi-square, 40,000 draws)', () => {
  const epsilon = 0.2;
  const alpha = Math.exp(-epsilon);
  const tally = new Map<number, number>();
  const total = 40_000;
  for (let index = 0; index < total; index += 1) {
    const { value } = releaseCount(1_000_000, { threshold: 10, epsilon, roundTo: 1 }, seed(`draw ${index}`));
    const noise = ('count' in value ? value.count : 0) - 1_000_000;
    tally.set(noise, (tally.get(noise) ?? 0) + 1);
  }
  let chiSquare = 0;
  for (let noise = -20; noise <= 20; noise += 1) {
    const expected = total * ((1 - alpha) / (1 + alpha)) * alpha ** Math.abs(noise);
    chiSquare += ((tally.get(noise) ?? 0) - expected) ** 2 / expected;
  }
  // 41 cells: the 99.9th percentile of chi-square with 40 degrees of freedom.
  assert.ok(chiSquare < 73.4, `chi-square ${chiSquare}`);
  assert.equal(geometricNoise(Number.POSITIVE_INFINITY, [0.5, 0.5]), 0);
});

interface Conformance {
  readonly counts: readonly (Rule & { readonly trueCount: number; readonly expected: object })[];
  readonly tables: readonly (Rule & { readonly cells: Record<string, number>; readonly expected: object })[];
}
interface Rule {
  readonly name: string;
  readonly threshold: number;
  readonly roundTo: number;
}
const CONFORMANCE: Conformance = JSON.parse(
  readFileSync(new URL('../../conformance/suppression.json', import.meta.url), 'utf8'),
);
const noiseless = ({ threshold, roundTo }: Rule) => ({ threshold, roundTo, epsilon: Number.POSITIVE_INFINITY });
for (const row of CONFORMANCE.counts) {
  test(`conformance, a count: ${row.name}`, () =>
    assert.deepEqual(releaseCount(row.trueCount, noiseless(row), seed('c')).value, row.expected));
}
for (const row of CONFORMANCE.tables) {
  test(`conformance, a table: ${row.name}`, () =>
    assert.deepEqual({ ...releaseTable(row.cells, noiseless(row), seed('t')).value }, row.expected));
}

test('what a table says of any cell is true, and no cell is withheld alone', () => {
  const cells = fc.dictionary(fc.string(), fc.integer({ min: 0, max: 400 }), { minKeys: 2, maxKeys: 6 });
  fc.assert(
    fc.property(cells, fc.string(), (counts, question) => {
      const told = Object.entries(releaseTable(counts, PUBLIC_COUNTS, seed(question)).value);
      for (const [cell, value] of told) {
        if ('below' in value) assert.ok((counts[cell] ?? 0) < value.below);
        else assert.ok((counts[cell] ?? 0) >= PUBLIC_COUNTS.threshold);
      }
      assert.notEqual(told.filter(([, value]) => 'below' in value).length, 1);
    }),
  );
});

test('a companion is told to be below a bound that comes from its noisy count alone', () => {
  const bounds = new Map<number, Set<number>>();
  for (let index = 0; index < 400; index += 1) {
    const count = 50 + (index % 20);
    const question = seed(`bound ${index % 40}`);
    const { b } = releaseTable({ a: 3, b: count }, PUBLIC_COUNTS, question).value;
    const noisy = releaseCount(count, PUBLIC_COUNTS, { ...question, cell: 'b' }).value;
    assert.ok('below' in b && 'count' in noisy);
    bounds.set(noisy.count, (bounds.get(noisy.count) ?? new Set()).add(b.below));
  }
  assert.ok(bounds.size > 3);
  for (const told of bounds.values()) assert.equal(told.size, 1);
});

/** How well somebody who knows everything but one person's answer tells it, from counts with and without that person. */
function attackerIsRight(questions: number, rounds: number): number {
  let right = 0;
  for (let round = 0; round < rounds; round += 1) {
    const has = round % 2 === 0;
    let difference = 0;
    for (let asked = 0; asked < questions; asked += 1) {
      const told = (people: number, name: string) => {
        const { value } = releaseCount(people, PUBLIC_COUNTS, seed(`${round} ${asked} ${name}`));
        return 'count' in value ? value.count : 0;
      };
      difference += told(100 + (has ? 1 : 0), 'with') - told(100, 'without');
    }
    // On average the difference is 1 with that person and 0 without; a tie is decided by a coin, here every other pair.
    const beyond = difference - questions / 2;
    const guess = beyond === 0 ? (round >> 1) % 2 === 0 : beyond > 0;
    if (guess === has) right += 1;
  }
  return right / rounds;
}

test('a day of questions hardly tells whether one person is among a hundred; a hundred days of them would', () => {
  const aDay = attackerIsRight(DAILY_QUESTIONS / 2, 2000);
  assert.ok(aDay < 0.62, `right in ${aDay}`);
  const aSeason = attackerIsRight(1000, 200);
  assert.ok(aSeason > 0.85, `the attack works where no budget stops it: right in ${aSeason}`);
});

test('twenty different questions a day, repeats free, tomorrow anew; a new version of the data gives no new budget', () => {
  const asked = (question: string, atMs: number) => ({ requester: 'r', question, dataVersion: 'v', atMs });
  const day = Array.from({ length: 20 }, (_, index) => asked(`q${index}`, index));
  assert.equal(spentBudget(day, asked('q3', 100)), undefined);
  assert.equal(spentBudget(day, asked('new', 100)), 'requester');
  assert.equal(spentBudget(day, { ...asked('q3', 100), dataVersion: 'v2' }), 'requester');
  assert.equal(spentBudget(day, { ...asked('new', 100), requester: 'other' }), undefined);
  assert.equal(spentBudget(day, asked('new', 86_400_100)), undefined);
});

test('all requesters together have a budget, too, so that a crowd is no way around one', () => {
  const crowd = Array.from({ length: 100 }, (_, index) => ({
    requester: `r${index % 10}`,
    question: `q${index}`,
    dataVersion: 'v',
    atMs: index,
  }));
  const next = { requester: 'r11', question: 'new', dataVersion: 'v', atMs: 200 };
  assert.equal(spentBudget(crowd, next), 'dataset');
  assert.equal(spentBudget(crowd, { ...next, question: 'q1' }), undefined, 'what was told already tells nothing new');
  assert.equal(spentBudget(crowd, next, { ofAll: 101 }), undefined);
});

test('the numbers of an answer share its epsilon, the studies of one person theirs; a withheld cell takes a companion', () => {
  const far = { ...SEARCH_COUNTS, roundTo: 1 };
  const spread = (numbers: readonly number[]) =>
    Math.sqrt(numbers.reduce((sum, value) => sum + value * value, 0) / numbers.length);
  const answers = Array.from(
    { length: 4000 },
    (_, index) => releaseSearch({ persons: 100_000, studies: 300_000 }, far, seed(`s${index}`)).value,
  );
  const off = (name: 'persons' | 'studies', truth: number) =>
    spread(answers.map(({ [name]: told }) => ('count' in told ? told.count - truth : Number.NaN)));
  // The spread of two-sided geometric noise is √(2a)/(1−a) with a = e^−ε: 23.6 for 0.06, 94.3 for 0.015.
  assert.ok(Math.abs(off('persons', 100_000) - 23.6) < 1.9, `${off('persons', 100_000)}`);
  assert.ok(Math.abs(off('studies', 300_000) - 94.3) < 8, `${off('studies', 300_000)}`);
  const few = releaseSearch({ persons: 9, studies: 4000 }, SEARCH_COUNTS, seed('few')).value;
  assert.deepEqual(few, { persons: { below: 10 }, studies: { below: 10 } });
  const { value } = releaseFacets(
    { sex: { F: 500, M: 700, O: 900 }, age: { old: 4000, young: 3 } },
    SEARCH_COUNTS,
    seed('facets'),
    { total: 5000, apart: () => false, withheld: (table, cell) => table === 'sex' && cell === 'F' },
  );
  assert.ok(
    Object.values(value['sex'] ?? {}).filter((cell) => 'below' in cell).length === 2,
    'the withheld and another',
  );
  assert.ok(Object.values(value['age'] ?? {}).every((cell) => 'below' in cell));
});

test('tables agree with the total as it was told: no cell above it, no more people apart than there are, no lonely secret', () => {
  let [contradictedBefore, keptBack] = [0, 0];
  for (let draw = 0; draw < 2000; draw += 1) {
    const truth = { F: 5 + ((draw * 37) % 120), M: (draw * 53) % 60, O: (draw * 17) % 25 };
    const all = truth.F + truth.M + truth.O;
    const people = releaseSearch({ persons: all, studies: all + (draw % 7) }, SEARCH_COUNTS, seed(`of ${draw}`)).value;
    if ('below' in people.persons) continue;
    const total = people.persons.count;
    assert.ok('count' in people.studies && people.studies.count >= total, 'everybody who is counted has a study');
    assert.ok(people.studies.count <= SEARCH_COUNTS.studiesOfOne * total);
    const bounds = { total, apart: (table: string) => table === 'sex', withheld: () => false };
    const tables = { sex: truth, part: { chest: all, breast: truth.F } };
    const { sex, part } = releaseFacets(tables, SEARCH_COUNTS, seed(`of ${draw}`), bounds).value;
    assert.ok(sex !== undefined && part !== undefined);
    const told = [...Object.values(sex), ...Object.values(part)].flatMap((cell) =>
      'count' in cell ? [cell.count] : [],
    );
    assert.ok(
      told.every((count) => count <= total && count >= 10 && count % 10 === 0),
      `${draw}: ${told.join()} of ${total}`,
    );
    assert.ok(sumOf(sex) <= total, `${draw}: ${sumOf(sex)} of ${total}`);
    const secret = Object.values(sex).filter((cell) => 'below' in cell);
    assert.notEqual(secret.length, 1, 'one withheld cell would follow from the others');
    for (const [cell, value] of Object.entries(sex)) {
      const exact = Object.entries(truth).find(([name]) => name === cell)?.[1] ?? Number.NaN;
      if ('below' in value) assert.ok(exact < value.below, 'a bound holds');
    }
    keptBack += secret.length > 0 ? 1 : 0;
    const free = { ...bounds, total: 1_000_000 };
    const alone = releaseFacets(tables, SEARCH_COUNTS, seed(`of ${draw}`), free).value['sex'];
    contradictedBefore += sumOf(alone ?? {}) > total ? 1 : 0;
  }
  assert.ok(contradictedBefore > 200, `noise alone contradicts the total often: ${contradictedBefore}`);
  assert.ok(keptBack > 200, `${keptBack}`);
});

function sumOf(cells: Readonly<Record<string, Guarded>>): number {
  return Object.values(cells).reduce((sum, cell) => sum + ('count' in cell ? cell.count : 0), 0);
}

test('a table asked for in other company has other noise: the same draw at two strengths would be solved for the truth', () => {
  const free = { total: Number.MAX_SAFE_INTEGER, apart: () => false, withheld: () => false };
  const others = Object.fromEntries(Array.from({ length: 7 }, (_, index) => [`t${index}`, { a: 500, b: 500 }]));
  const errorOf = (more: Readonly<Record<string, Readonly<Record<string, number>>>>, draw: number) => {
    const told = releaseFacets({ sex: { F: 1000, M: 900 }, ...more }, SEARCH_COUNTS, seed(`c ${draw}`), free).value;
    const cell = told['sex']?.['F'];
    return cell !== undefined && 'count' in cell ? cell.count - 1000 : Number.NaN;
  };
  const errors = Array.from({ length: 500 }, (_, draw) => [errorOf({}, draw), errorOf(others, draw)] as const);
  const mean = (of: (pair: readonly [number, number]) => number) =>
    errors.reduce((sum, pair) => sum + of(pair), 0) / errors.length;
  const correlation =
    mean(([one, eight]) => one * eight) / Math.sqrt(mean(([one]) => one * one) * mean(([, eight]) => eight * eight));
  assert.ok(Math.abs(correlation) < 0.15, `${correlation}`);
  // With one draw for both, (√8 · the first − the second) / (√8 − 1) is the truth but for the rounding.
  const strength = Math.sqrt(8);
  const solved = Math.sqrt(mean(([one, eight]) => ((strength * one - eight) / (strength - 1)) ** 2));
  assert.ok(solved > 25, `the attacker is off by ${solved}, with the first number alone by 20`);
});

test('exact counts are exact, and still not of a handful', () => {
  assert.deepEqual(releaseExactly({ persons: 11, studies: 23 }, { threshold: 10 }).value, {
    persons: { count: 11 },
    studies: { count: 23 },
  });
  assert.deepEqual(releaseExactly({ persons: 9, studies: 23 }, { threshold: 10 }).value.studies, { below: 10 });
});

test('updates leave only finite, whole, and made from enough people', () => {
  const update = Float32Array.of(1, 2, 3, 4);
  const bytes = (values: Float32Array) => new Uint8Array(values.slice().buffer);
  const release = (values: Float32Array, people: number, expectedLength = 4) => {
    let encoded = false;
    try {
      return releaseUpdate(values, { expectedLength, people }, (checked) => {
        encoded = true;
        return bytes(checked);
      }).value;
    } catch (error) {
      assert.equal(encoded, false, 'nothing is made ready to leave before it is checked');
      throw error;
    }
  };
  assert.deepEqual(release(update, 10), bytes(update));
  assert.throws(() => release(update, 9), refused('privacy.too-few-people'));
  assert.throws(() => release(update, Number.NaN), refused('privacy.too-few-people'));
  assert.throws(() => release(update, 10, 5), refused('privacy.update-refused'));
  for (const broken of [Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => release(Float32Array.of(0, broken, 0, 0), 10), refused('privacy.update-refused'));
  }
});

const ROUND = {
  samples: 40,
  loss: 0.5,
  seconds: 2,
  bytesOut: 100,
  validation: { loss: 0.6, samples: 30, histogram: { negative: [5, 10], positive: [10, 5] } },
};
const CROWD = { people: 10, validationPeople: { negative: 10, positive: 10 } };

test('metrics leave finite and of enough people', () => {
  assert.deepEqual(releaseMetrics(ROUND, CROWD).value, ROUND);
  assert.throws(() => releaseMetrics(ROUND, { ...CROWD, people: 9 }), refused('privacy.too-few-people'));
  for (const name of ['loss', 'seconds', 'samples'] as const) {
    assert.throws(() => releaseMetrics({ ...ROUND, [name]: Number.NaN }, CROWD), refused('privacy.update-refused'));
  }
  const endless = { ...ROUND.validation, loss: Number.POSITIVE_INFINITY };
  assert.throws(() => releaseMetrics({ ...ROUND, validation: endless }, CROWD), refused('privacy.update-refused'));
  assert.deepEqual(releaseMetrics({ ...ROUND, validation: null }, CROWD).value.validation, null);
});

test('validation of nine people of a class is withheld, loss and all, however many films they have', () => {
  const few = { ...CROWD, validationPeople: { negative: 10, positive: 9 } };
  assert.equal(releaseMetrics(ROUND, few).value.validation, null);
  assert.equal(releaseMetrics(ROUND, { ...CROWD, minimumPeople: 11, people: 11 }).value.validation, null);
  const films = { negative: [500, 500], positive: [500, 500] };
  assert.equal(releaseHistogram(films, { negative: 9, positive: 10 }), null);
  assert.deepEqual(releaseHistogram(films, { negative: 10, positive: 10 })?.value, films);
});

test('scores leave finite and of ten people of each class, or not at all', () => {
  const { validation: scores } = ROUND;
  const { validationPeople: people } = CROWD;
  assert.deepEqual(releaseScores(scores, people)?.value, scores);
  assert.equal(releaseScores(scores, { ...people, negative: 9 }), null);
  assert.equal(releaseScores(scores, people, 11), null);
  for (const name of ['loss', 'samples'] as const) {
    assert.throws(() => releaseScores({ ...scores, [name]: Number.NaN }, people), refused('privacy.update-refused'));
  }
});

test('what was left out of a smaller change is told with the rest, where it is finite', () => {
  const compression = { plainBytes: 400, leftBehind: 0.25 };
  assert.deepEqual(releaseMetrics({ ...ROUND, compression }, CROWD).value, { ...ROUND, compression });
  for (const name of ['plainBytes', 'leftBehind'] as const) {
    const broken = { ...ROUND, compression: { ...compression, [name]: Number.NaN } };
    assert.throws(() => releaseMetrics(broken, CROWD), refused('privacy.update-refused'));
  }
});

test('nobody else can seal', () => {
  // @ts-expect-error the constructor is private
  assert.throws(() => new Releasable(Symbol('x'), 1), refused('privacy.not-releasable'));
  assert.throws(
    () => Releasable.seal(Symbol('only this room makes a Releasable'), 1),
    refused('privacy.not-releasable'),
  );
});
