import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { SeededRandom } from '#base';
import { concordanceIndex } from '#engine';
import { macroAuc, quadraticKappa } from './class-agreement.ts';
import { type FollowUp, kaplanMeier, valueAt } from './follow-up.ts';
import { brierScore, calibrationSlope, expectedOverObserved } from './survival-calibration.ts';
import { timeDependentAuc, unoConcordance } from './survival-discrimination.ts';

/** Values of scikit-survival 0.28.0, lifelines 0.30.3 and scikit-learn 1.9.1, by fixtures/survival_reference.py. */
const reference = JSON.parse(
  readFileSync(new URL('../../src/evaluation/fixtures/survival.json', import.meta.url), 'utf8'),
) as {
  readonly [Name in 'time' | 'event' | 'p' | 'auc' | 'brier' | 'ka' | 'kb']: readonly number[];
} & { readonly [Name in 'uno3' | 'uno5' | 'km5' | 'green5' | 'slope' | 'intercept' | 'kappa' | 'macro']: number } & {
  readonly shares: readonly (readonly number[])[];
};
const followUp: FollowUp = { years: reference.time, events: reference.event };

function near(value: number | null | undefined, expected: number, within = 1e-9): void {
  assert.ok(value != null && Math.abs(value - expected) <= within, `${value} is not ${expected}`);
}

/** People whose hazard is known, with ties and censoring. */
function people(count: number, seed: string) {
  const random = new SeededRandom(seed);
  const risks = Array.from({ length: count }, () => Math.round(random.uniform() * 20) / 20);
  const years: number[] = [];
  const events: number[] = [];
  for (const risk of risks) {
    const event = -Math.log(1 - random.uniform()) / (0.02 + 0.2 * risk);
    const censored = 1 + 6 * random.uniform();
    years.push(Math.round(10 * Math.min(event, censored)) / 10);
    events.push(event <= censored ? 1 : 0);
  }
  return { risks, followUp: { years, events } };
}

describe('survival figures', () => {
  it("Uno's concordance is that of scikit-survival", () => {
    near(unoConcordance(reference.p, followUp, { tauYears: 3 }), reference.uno3);
    near(unoConcordance(reference.p, followUp, { tauYears: 5 }), reference.uno5);
  });

  it('AUC and Brier score at 1 to 5 years are those of scikit-survival', () => {
    for (const atYears of [1, 2, 3, 4, 5]) {
      near(timeDependentAuc(reference.p, followUp, { atYears }), reference.auc[atYears - 1] ?? Number.NaN);
      near(brierScore(reference.p, followUp, { atYears }), reference.brier[atYears - 1] ?? Number.NaN);
    }
  });

  it("the survival curve and Greenwood's sum are those of lifelines", () => {
    const curve = kaplanMeier(followUp);
    near(valueAt(curve, 5), reference.km5);
    near(curve.greenwood[curve.times.findLastIndex((time) => time <= 5)], reference.green5);
  });

  it('calibration slope and intercept are those of a weighted logistic regression of scikit-learn', () => {
    const fit = calibrationSlope(reference.p, followUp, { atYears: 5 });
    near(fit?.slope, reference.slope, 1e-5);
    near(fit?.intercept, reference.intercept, 1e-5);
  });

  it('expected over observed has the width that Greenwood gives', () => {
    const { ratio, low, high, observed } = expectedOverObserved(reference.p, followUp, { atYears: 5 });
    near(observed, 60 * (1 - reference.km5));
    near(ratio, reference.p.reduce((sum, p) => sum + p, 0) / (60 * (1 - reference.km5)));
    const stdError = (reference.km5 * Math.sqrt(reference.green5)) / (1 - reference.km5);
    near(Math.log((high ?? 0) / (low ?? 1)), 2 * 1.959963984540054 * stdError);
  });

  it('exams of one person tell no more than one of them, and those of strangers what Greenwood says', () => {
    const { risks, followUp: seen } = people(400, 'again and again');
    const names = risks.map((_, person) => `person-${person}`);
    const thrice = <T>(all: ArrayLike<T>): T[] => [0, 1, 2].flatMap(() => Array.from(all));
    const widthOf = ({ low, high }: { readonly low: number | null; readonly high: number | null }) =>
      Math.log((high ?? 0) / (low ?? 1));
    const once = expectedOverObserved(risks, seen, { atYears: 5, people: names });
    const again = [thrice(risks), { years: thrice(seen.years), events: thrice(seen.events) }] as const;
    const known = expectedOverObserved(...again, { atYears: 5, people: thrice(names) });
    near(known.ratio, once.ratio ?? Number.NaN);
    near(widthOf(known), widthOf(once));
    near(widthOf(once) / widthOf(expectedOverObserved(risks, seen, { atYears: 5 })), 1, 0.02);
    near(widthOf(known) / widthOf(expectedOverObserved(...again, { atYears: 5 })), Math.sqrt(3), 0.05);
  });

  it("without censoring Uno's concordance is Harrell's up to the horizon", () => {
    const { risks, followUp: seen } = people(300, 'uncensored');
    const all: FollowUp = { years: seen.years, events: seen.years.map(() => 1) };
    const uno = unoConcordance(risks, all, { tauYears: 100 });
    near(uno, concordanceIndex(risks, all.years, all.events) ?? Number.NaN);
  });

  it('order of the people does not matter, and turning the risks round mirrors the figures', () => {
    const { risks, followUp: seen } = people(200, 'order');
    const order = [...new SeededRandom('turn').permutation(200)];
    const mixed = order.map((person) => risks[person] ?? 0);
    const mixedUp: FollowUp = {
      years: order.map((person) => seen.years[person] ?? 0),
      events: order.map((person) => seen.events[person] ?? 0),
    };
    const uno = unoConcordance(risks, seen, { tauYears: 5 }) ?? Number.NaN;
    near(unoConcordance(mixed, mixedUp, { tauYears: 5 }), uno);
    near(
      unoConcordance(
        risks.map((risk) => -risk),
        seen,
        { tauYears: 5 },
      ),
      1 - uno,
    );
  });

  it('a model that knows the risks is calibrated, one that doubles them is not', () => {
    const { risks, followUp: seen } = people(6000, 'calibrated');
    const known = risks.map((risk) => 1 - Math.exp(-5 * (0.02 + 0.2 * risk)));
    const { ratio, low, high } = expectedOverObserved(known, seen, { atYears: 5 });
    assert.ok(low !== null && high !== null && low < 1 && high > 1, `${ratio} (${low} to ${high})`);
    near(calibrationSlope(known, seen, { atYears: 5 })?.slope, 1, 0.15);
    const doubled = expectedOverObserved(
      known.map((p) => Math.min(1, 1.5 * p)),
      seen,
      { atYears: 5 },
    );
    assert.ok((doubled.low ?? 0) > 1);
  });

  it('numbers that do not belong together are refused', () => {
    const wrong: readonly [readonly number[], FollowUp][] = [
      [[0.1], followUp],
      [[], { years: [], events: [] }],
      [[Number.NaN], { years: [1], events: [1] }],
      [[0.5], { years: [-1], events: [1] }],
      [[0.5], { years: [1], events: [2] }],
    ];
    for (const [risks, given] of wrong)
      assert.throws(() => unoConcordance(risks, given, { tauYears: 5 }), { code: 'evaluation.numbers-unfit' });
    assert.throws(() => calibrationSlope([1.2], { years: [6], events: [0] }, { atYears: 5 }), {
      code: 'evaluation.numbers-unfit',
    });
  });
});

describe('classes in order', () => {
  it('quadratic kappa and macro AUC are those of scikit-learn', () => {
    near(quadraticKappa(reference.ka, reference.kb, 4), reference.kappa);
    near(macroAuc(reference.ka, reference.shares.flat(), 4), reference.macro);
    assert.equal(quadraticKappa([1, 1], [1, 1], 4), null);
    assert.equal(macroAuc([1, 1], [0, 1, 0, 1], 2), null);
  });
});
