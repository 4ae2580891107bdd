import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SeededRandom } from '#base';
import { auc, aucInterval } from '#engine';
import { bootstrapInterval, quantile } from './bootstrap.ts';
import { compareAucs } from './compare-aucs.ts';
import { conformalSet, conformalThreshold, conformityHistogram } from './conformal.ts';
import { countsBetween, ksCritical, ksDistance, referenceEdges, stabilityIndex, watchRate } from './drift.ts';
import { froc, pointingGame, sensitivityAtFalsePositives } from './localisation.ts';
import { logisticFit, logisticStep, logisticSums } from './logistic-fit.ts';
import { decisionCurve, sensitivityAtSpecificity, topCapture } from './operating-points.ts';
import { subgroupTable } from './subgroups.ts';

const random = new SeededRandom('figures');
const labels = Array.from({ length: 200 }, (_, index) => (index % 4 === 0 ? 1 : 0));
const scores = labels.map(
  (label) => Math.round(20 * Math.min(1, Math.max(0, 0.3 * label + random.uniform() * 0.7))) / 20,
);
const others = labels.map((label) => Math.min(1, 0.15 * label + random.uniform() * 0.8));

describe('intervals', () => {
  it("the bootstrap is about as wide as DeLong's interval where everybody has one exam", () => {
    const people = labels.map((_, index) => `p${index}`);
    const drawn = bootstrapInterval(
      people,
      (places) =>
        auc(
          places.map((at) => labels[at] ?? 0),
          places.map((at) => scores[at] ?? 0),
        ),
      { seed: 1, repeats: 2000 },
    );
    const exact = aucInterval(labels, scores);
    assert.ok(drawn !== null && exact !== null);
    assert.ok(Math.abs(drawn.low - exact.low) < 0.015 && Math.abs(drawn.high - exact.high) < 0.015);
  });

  it('exams of one person are drawn together, so ten copies of a cohort know no more than one', () => {
    const statistic = (places: readonly number[]) =>
      places.reduce((sum, at) => sum + (scores[at % 200] ?? 0), 0) / places.length;
    const once = bootstrapInterval(
      labels.map((_, index) => `p${index}`),
      statistic,
      { seed: 2, repeats: 400 },
    );
    const copied = bootstrapInterval(
      Array.from({ length: 2000 }, (_, index) => `p${index % 200}`),
      statistic,
      { seed: 2, repeats: 400 },
    );
    assert.ok(once !== null && copied !== null);
    assert.ok(Math.abs(once.high - once.low - (copied.high - copied.low)) < 1e-9);
  });

  it('the same seed gives the same interval', () => {
    const draw = () => bootstrapInterval(['a', 'b', 'c'], (places) => places[0] ?? null, { seed: 3, repeats: 50 });
    assert.deepEqual(draw(), draw());
    assert.equal(quantile([1, 2, 3, 4], 0.5), 2.5);
  });

  it("two AUCs compared: the difference and DeLong's variance by their definition, pair by pair", () => {
    const compared = compareAucs(labels, scores, others);
    const psi = (x: number, y: number) => (x > y ? 1 : x === y ? 0.5 : 0);
    const side = (wanted: number) => labels.flatMap((label, index) => (label === wanted ? [index] : []));
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const spread = (values: readonly number[]) =>
      values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1) / values.length;
    const gap = (p: number, n: number) => psi(scores[p] ?? 0, scores[n] ?? 0) - psi(others[p] ?? 0, others[n] ?? 0);
    const above = side(1).map((p) => mean(side(0).map((n) => gap(p, n))));
    const below = side(0).map((n) => mean(side(1).map((p) => gap(p, n))));
    const stdError = Math.sqrt(spread(above) + spread(below));
    assert.ok(compared !== null);
    assert.ok(Math.abs(compared.difference - mean(above)) < 1e-12);
    assert.ok(Math.abs(compared.high - compared.low - 2 * 1.959963984540054 * stdError) < 1e-12);
    assert.equal(compareAucs(labels, scores, scores)?.pValue, 1);
    assert.equal(compareAucs([1, 0, 0], [1, 2, 3], [1, 2, 3]), null);
  });
});

describe('operating points', () => {
  it('sensitivity at a specificity: every threshold tried', () => {
    for (const specificity of [0, 0.5, 0.9, 1]) {
      const tried = [...new Set(scores), 2].map((threshold) => {
        const share = (label: number) =>
          scores.filter((score, at) => labels[at] === label && score >= threshold).length /
          labels.filter((one) => one === label).length;
        return { sensitivity: share(1), specificity: 1 - share(0) };
      });
      const best = Math.max(...tried.filter((point) => point.specificity >= specificity).map((p) => p.sensitivity));
      assert.equal(sensitivityAtSpecificity(labels, scores, { specificity })?.sensitivity, best);
    }
    assert.equal(sensitivityAtSpecificity([1, 1], [0, 1], { specificity: 0.9 }), null);
  });

  it('the top share finds its events, ties by parts', () => {
    assert.equal(topCapture([1, 0, 0, 0, 0, 0, 0, 0, 0, 1], [9, 8, 7, 6, 5, 4, 3, 2, 1, 0], { share: 0.1 }), 0.5);
    assert.equal(topCapture([1, 0, 1, 0], [1, 1, 1, 1], { share: 0.5 }), 0.5);
    assert.equal(topCapture([0, 0], [1, 2], { share: 0.5 }), null);
  });

  it('weights count like copies', () => {
    const weights = labels.map((_, index) => 1 + (index % 3));
    const copies = <T>(values: readonly T[]) =>
      values.flatMap((value, at) => Array(weights[at] ?? 0).fill(value) as T[]);
    const specificity = 0.9;
    const weighted = sensitivityAtSpecificity(labels, scores, { specificity, weights });
    const copied = sensitivityAtSpecificity(copies(labels), copies(scores), { specificity });
    assert.ok(Math.abs((weighted?.sensitivity ?? 0) - (copied?.sensitivity ?? 1)) < 1e-12);
  });

  it('net benefit of acting on everybody is that of the lowest threshold', () => {
    const [none, all] = decisionCurve([1, 0, 0, 1], [0.2, 0.1, 0.3, 0.9], { thresholds: [0.5, 0.05] });
    assert.ok(Math.abs((none?.netBenefit ?? 0) - 0.25) < 1e-12);
    assert.equal(all?.netBenefit, all?.everybody);
  });
});

describe('places', () => {
  const lesion = { x: 10, y: 10, radius: 3 };
  const pictures = [
    {
      lesions: [lesion],
      marks: [
        { x: 11, y: 11, score: 0.9 },
        { x: 10, y: 9, score: 0.8 },
        { x: 40, y: 40, score: 0.5 },
      ],
    },
    {
      lesions: [lesion, { x: 50, y: 50, radius: 2 }],
      marks: [
        { x: 20, y: 20, score: 0.7 },
        { x: 10, y: 10, score: 0.4 },
      ],
    },
    { lesions: [], marks: [{ x: 1, y: 1, score: 0.6 }] },
  ];

  it('free-response: two marks in one lesion are one hit, marks elsewhere are alarms', () => {
    const curve = froc(pictures);
    assert.deepEqual(
      curve.map(({ falsePositivesPerPicture, sensitivity }) => [
        Math.round(falsePositivesPerPicture * 3),
        Math.round(sensitivity * 3),
      ]),
      [
        [0, 0],
        [0, 1],
        [1, 1],
        [2, 1],
        [3, 1],
        [3, 2],
      ],
    );
    assert.ok(Math.abs(sensitivityAtFalsePositives(curve, 0.2) - 1 / 3) < 1e-12);
    assert.ok(Math.abs(sensitivityAtFalsePositives(curve, 1) - 2 / 3) < 1e-12);
    assert.deepEqual(froc([]), []);
  });

  it('pointing game: only the highest mark, only pictures with a lesion', () => {
    assert.deepEqual(pointingGame(pictures), { share: 0.5, pictures: 2 });
    assert.equal(pointingGame([{ lesions: [], marks: [] }]), null);
  });
});

describe('logistic regression over sites', () => {
  const columns = [scores, others];

  it('sums of sites lead to the very coefficients of all cases together', () => {
    const together = logisticFit(columns, labels);
    let coefficients: Float64Array | null = new Float64Array(3);
    for (let step = 0; step < 30 && coefficients !== null; step += 1) {
      const now: Float64Array = coefficients;
      const sums = [0, 1, 2].map((site) => {
        const own = <T>(values: readonly T[]) => values.filter((_, index) => index % 3 === site);
        return logisticSums(now, columns.map(own), own(labels));
      });
      coefficients = logisticStep(now, sums);
    }
    assert.ok(together !== null && coefficients !== null);
    for (const [index, value] of together.entries()) assert.ok(Math.abs(value - (coefficients[index] ?? 0)) < 1e-9);
  });

  it('at the answer the gradient is 0, and a column that tells all apart has none', () => {
    const fit = logisticFit(columns, labels);
    assert.ok(fit !== null);
    for (const value of logisticSums(fit, columns, labels).gradient) assert.ok(Math.abs(value) < 1e-6);
    assert.equal(logisticFit([labels], labels), null);
    assert.equal(
      logisticFit(
        [scores],
        labels.map(() => 0),
      ),
      null,
    );
  });
});

describe('subgroups', () => {
  const people = Array.from({ length: 100 }, (_, index) => `p${index % 60}`);

  it('small cells are withheld, and with a single one the next smallest, so that no difference tells it', () => {
    const groups = people.map((person) =>
      Number(person.slice(1)) < 5 ? 'a' : Number(person.slice(1)) < 30 ? 'b' : 'c',
    );
    const table = subgroupTable(people, { vendor: groups }, (places) => places.length);
    assert.deepEqual(
      table.map(({ group, figures, people: count }) => [group, figures, count]),
      [
        ['a', null, undefined],
        ['b', null, undefined],
        ['c', 40, 30],
      ],
    );
  });

  it('people count, not exams, and unknown groups are left out', () => {
    const repeated = Array.from({ length: 100 }, (_, index) => `p${index % 10}`);
    const [row] = subgroupTable(repeated, { site: repeated.map(() => 'x') }, (places) => places.length);
    assert.equal(row?.figures, null);
    assert.deepEqual(
      subgroupTable(people, { site: people.map(() => null) }, (places) => places.length),
      [],
    );
  });
});

describe('conformal sets', () => {
  it('hold the truth at least as often as promised, over sites that only send histograms', () => {
    const draw = new SeededRandom('conformal');
    const cases = Array.from({ length: 6000 }, () => {
      const raw = Array.from({ length: 4 }, () => draw.uniform() ** 3);
      const sum = raw.reduce((a, b) => a + b, 0);
      const shares = raw.map((value) => value / sum);
      let left = draw.uniform();
      const truth = shares.findIndex((share) => {
        left -= share;
        return left < 0;
      });
      return { shares, truth: Math.max(0, truth) };
    });
    const calibration = cases.slice(0, 3000);
    const sites = [0, 1, 2].map((site) =>
      conformityHistogram(
        calibration.filter((_, index) => index % 3 === site).map(({ shares, truth }) => shares[truth] ?? 0),
      ),
    );
    const threshold = conformalThreshold(sites, 0.9);
    const covered = cases.slice(3000).filter(({ shares, truth }) => conformalSet(shares, threshold).includes(truth));
    assert.ok(Math.abs(covered.length / 3000 - 0.9) < 0.025, `${covered.length / 3000}`);
  });

  it('too few cases promise nothing: every class is in the set', () => {
    const threshold = conformalThreshold([conformityHistogram([0.9, 0.8])], 0.9);
    assert.equal(threshold, 1);
    assert.deepEqual(conformalSet([0.7, 0.2, 0.1, 0], threshold), [0, 1, 2, 3]);
  });
});

describe('drift', () => {
  const draw = new SeededRandom('drift');
  const reference = Array.from({ length: 3000 }, () => draw.normal());
  const edges = referenceEdges(reference);
  const before = countsBetween(reference, edges);

  it('the same source stays quiet, a moved one is heard', () => {
    const same = countsBetween(
      Array.from({ length: 1000 }, () => draw.normal()),
      edges,
    );
    const moved = countsBetween(
      Array.from({ length: 1000 }, () => draw.normal() + 0.8),
      edges,
    );
    assert.ok(stabilityIndex(before, same) < 0.1 && ksDistance(before, same) < ksCritical(3000, 1000));
    assert.ok(stabilityIndex(before, moved) > 0.25 && ksDistance(before, moved) > ksCritical(3000, 1000));
  });

  it('bins hold alike many of the reference, and unlike histograms are refused', () => {
    for (const count of before) assert.ok(Math.abs(count - 300) <= 1);
    assert.throws(() => ksDistance([1], [1, 2]), { code: 'evaluation.numbers-unfit' });
    assert.throws(() => stabilityIndex([0, 0], [1, 2]), { code: 'evaluation.numbers-unfit' });
    assert.throws(() => countsBetween([Number.NaN], edges), { code: 'evaluation.numbers-unfit' });
  });

  it('a rate of alarms that rises by half is found, one that stays is not, one that falls is told apart', () => {
    const batches = (alarms: number) => Array.from({ length: 40 }, () => ({ cases: 100, alarms }));
    const settings = { usual: 0.1, ratio: 1.5, bound: 5 };
    assert.equal(watchRate(batches(10), settings).alarm, null);
    assert.equal(watchRate(batches(16), settings).alarm, 'rose');
    assert.equal(watchRate(batches(5), settings).alarm, 'fell');
    assert.throws(() => watchRate([], { ...settings, usual: 0 }), { code: 'evaluation.numbers-unfit' });
  });
});
