import { carriedOver, type Examples, expectedCalibrationError, headOfExam, headSpec, openPredictor } from '#engine';
import {
  bootstrapInterval,
  brierScore,
  calibrationSlope,
  conformalSet,
  conformalThreshold,
  conformityHistogram,
  decisionCurve,
  type FollowUp,
  happenedBy,
  type Interval,
  knownWeights,
  logisticStep,
  logisticSums,
  macroAuc,
  quadraticKappa,
  sensitivityAtSpecificity,
  subgroupTable,
  timeDependentAuc,
  topCapture,
  unoConcordance,
} from '#evaluation';
import {
  BREAST_ENCODER,
  BREAST_MODEL,
  BREAST_VIEWS,
  commonCalibration,
  DENSITY_GRADES,
  RISK_YEARS,
  type RiskCalibration,
  recalibrated,
  withSiteShifts,
} from '#pilots';
import { type ScreeningRecord, screeningConcordance, screeningKnowledge } from '#synth';
import { type IndependentFigures, independentFigures } from './breast-risk-independent.ts';
import {
  type BreastRiskTraining,
  bySite,
  cachedFeatures,
  followedBy,
  partOf,
  taughtFeatures,
  trainEncoder,
  trainHead,
} from './breast-risk-training.ts';
import type { ScreeningCohort } from './screening-cohort.ts';
import { screeningRatio } from './screening-ratio.ts';

/** Share of classes' sets that are to hold the truth. */
const COVERAGE = 0.9;
/** Drawings of the women behind an interval, of all and of those of a subgroup. */
export const BOOTSTRAPS = { whole: 300, subgroup: 100 } as const;

/** Everything the campaign found, and what goes into the model's folder. */
export interface BreastRiskResult {
  readonly encoder: Float32Array;
  readonly heads: readonly Float32Array[];
  readonly calibration: RiskCalibration;
  /** Of 1 − p of the density class, by site and pooled. */
  readonly thresholds: Readonly<Record<string, number>>;
  readonly figures: BreastRiskFigures;
  /** Figures on women of another stream; undefined where none was given. */
  readonly independent: IndependentFigures | undefined;
}

/** Figures on the women held out. */
export type BreastRiskFigures = Awaited<ReturnType<typeof measured>>;

/** Trains both phases and the models beside them, and measures all on women who were held out. */
export async function breastRiskCampaign(
  cohort: ScreeningCohort,
  options: {
    readonly training: BreastRiskTraining;
    readonly folder: string;
    /** Another stream of examinations, to measure on alone. */
    readonly other?: ScreeningCohort | undefined;
    readonly onProgress: (text: string) => void;
  },
): Promise<BreastRiskResult> {
  const { training, onProgress } = options;
  const places = (part: ReturnType<typeof partOf>) =>
    cohort.records.flatMap(({ womanId }, place) => (partOf(womanId) === part ? [place] : []));
  const [train, tune, test] = [places('train'), places('tune'), places('test')];
  onProgress(`${train.length} exams to train, ${tune.length} to tune, ${test.length} to test`);
  const taught = await trainEncoder(cohort, train, {
    training,
    folder: options.folder,
    onRound: (round, loss) => onProgress(`encoder, round ${round}: loss ${loss?.toFixed(4)}`),
  });
  const onFeatures = (done: number) => {
    if (done % 5120 === 0) onProgress(`features of ${done} exams`);
  };
  const encoder = carriedOver({ model: BREAST_ENCODER, parameters: taught }, BREAST_MODEL, training.seed);
  const kept = { folder: options.folder, onProgress: onFeatures };
  const features = await cachedFeatures(cohort, taught, kept);
  // Each woman to train twice: as she is with what became of her, and with lesions put in to learn what a finding is.
  const findings = `${training.seed}/breasts`;
  const lesions = await taughtFeatures(cohort, taught, { ...kept, places: train, findings });
  const lessons = followedBy(features, lesions);
  const behind = new Map(train.map((place, at) => [place, features.count + at]));
  const sites = new Map(
    [...bySite(cohort, train)].map(([siteId, own]) => [
      siteId,
      own.flatMap((place) => [place, behind.get(place) ?? place]),
    ]),
  );
  const head = async (groups: readonly (readonly number[])[], seed: number) =>
    await trainHead(lessons, groups, { encoder, rounds: training.headRounds, seed });
  const heads: Float32Array[] = [];
  for (let member = 0; member < training.heads; member += 2) {
    // Two at once: one of them alone leaves a core idle.
    const pair = [member, member + 1].filter((one) => one < training.heads);
    heads.push(...(await Promise.all(pair.map((one) => head([...sites.values()], training.seed + one)))));
    onProgress(`${heads.length} heads of ${training.heads}`);
  }
  const alone = new Map<string, Float32Array>();
  const without = new Map<string, Float32Array>();
  for (const [siteId, own] of sites) {
    const others = [...sites].filter(([other]) => other !== siteId).map(([, places]) => places);
    const [one, rest] = await Promise.all([head([own], 101), head(others, 101)]);
    alone.set(siteId, one);
    without.set(siteId, rest);
    onProgress(`${siteId} alone, and all without ${siteId}`);
  }
  const together = await head([...sites.values()], 101);
  const answers = await answersOf(features, heads);
  const calibration = calibrationOf(cohort, answers.risks, { train, tune });
  const thresholds = thresholdsOf(cohort, answers.classes, tune);
  const figures = await measured({
    ...{ cohort, features, heads, answers, calibration, thresholds, train, tune, test },
    single: { together, alone, without },
  });
  const { other } = options;
  if (other === undefined) return { encoder, heads, calibration, thresholds, figures, independent: undefined };
  onProgress(`${other.records.length} exams of another stream`);
  const seen = await cachedFeatures(other, taught, kept);
  const orderOf = async (one: Float32Array) => (await answersOf(seen, [one])).risks.map(total);
  const told = (await answersOf(seen, heads)).risks;
  const own: (readonly number[])[] = [];
  for (const one of alone.values()) own.push(await orderOf(one));
  const independent = independentFigures({
    records: other.records,
    risks: told.map((raw, place) => recalibrated(raw, calibration, other.records[place]?.site.siteId)),
    baseline: ageAndDensity(cohort, train)(other.records),
    together: await orderOf(together),
    alone: own,
  });
  return { encoder, heads, calibration, thresholds, figures, independent };
}

function total(risks: readonly number[]): number {
  return risks.reduce((sum, risk) => sum + risk, 0);
}

/** Answers of an ensemble: means over its members. */
export interface Answers {
  /** Raw risks of 1 … 5 years, exam by exam. */
  readonly risks: readonly (readonly number[])[];
  /** Shares of the density classes, exam by exam. */
  readonly classes: readonly (readonly number[])[];
}

/** What heads answer from kept features, in the mean. */
export async function answersOf(features: Examples, heads: readonly Float32Array[]): Promise<Answers> {
  const all: { readonly risk: Float32Array; readonly class: Float32Array }[] = [];
  for (const head of heads) {
    const predictor = await openPredictor(headSpec(BREAST_MODEL), head);
    const { risk = new Float32Array(), class: classes = new Float32Array() } = await predictor
      .predictAll(features.inputs, features.count)
      .finally(() => predictor.close());
    all.push({ risk, class: classes });
  }
  const mean = (of: 'risk' | 'class', length: number) =>
    Array.from({ length: features.count }, (_, exam) =>
      Array.from({ length }, (_unused, at) => {
        return all.reduce((sum, one) => sum + (one[of][exam * length + at] ?? 0), 0) / all.length;
      }),
    );
  return { risks: mean('risk', RISK_YEARS), classes: mean('class', DENSITY_GRADES.length) };
}

/** How exams were followed, administratively cut at nothing: the registry's own words. */
function followUpOf(records: readonly ScreeningRecord[]): FollowUp {
  return {
    years: records.map(({ outcome }) => outcome.years),
    events: records.map(({ outcome }) => (outcome.cancer ? 1 : 0)),
  };
}

function pick<T>(all: readonly T[], places: readonly number[]): readonly T[] {
  return places.map((place) => all[place] as T);
}

function calibrationOf(
  cohort: ScreeningCohort,
  risks: Answers['risks'],
  { train, tune }: { readonly train: readonly number[]; readonly tune: readonly number[] },
): RiskCalibration {
  const of = (places: readonly number[]) => ({
    risks: pick(risks, places),
    followUp: followUpOf(pick(cohort.records, places)),
  });
  const both = [...train, ...tune];
  const common = commonCalibration(of(tune), of(both));
  const counts = [...bySite(cohort, both)].map(([siteId, own]) => {
    const told = pick(risks, own).map((raw) => recalibrated(raw, common).at(-1) ?? 0);
    const { expected, observed } = screeningRatio(told, pick(cohort.records, own));
    return { siteId, expected, observed };
  });
  return withSiteShifts(common, counts);
}

function thresholdsOf(
  cohort: ScreeningCohort,
  classes: Answers['classes'],
  tune: readonly number[],
): Record<string, number> {
  const histogram = (places: readonly number[]) =>
    conformityHistogram(
      places.map((place) => classes[place]?.[DENSITY_GRADES.indexOf(cohort.records[place]?.density ?? 'a')] ?? 0),
    );
  const sites = [...bySite(cohort, tune)].map(([siteId, own]) => [siteId, histogram(own)] as const);
  return {
    ...Object.fromEntries(sites.map(([siteId, counts]) => [siteId, conformalThreshold([counts], COVERAGE)])),
    all: conformalThreshold(
      sites.map(([, counts]) => counts),
      COVERAGE,
    ),
  };
}

/** Age and density alone: logistic regression of cancer within five years, fitted by sums of the sites. */
function ageAndDensity(
  cohort: ScreeningCohort,
  train: readonly number[],
): (records: readonly ScreeningRecord[]) => readonly number[] {
  const columnsOf = (records: readonly ScreeningRecord[]) => [
    records.map(({ ageYears }) => (ageYears - 57) / 10),
    ...(['b', 'c', 'd'] as const).map((grade) => records.map(({ density }) => (density === grade ? 1 : 0))),
  ];
  const sites = [...bySite(cohort, train).values()].map((own) => {
    const records = pick(cohort.records, own);
    const followUp = followUpOf(records);
    return {
      columns: columnsOf(records),
      outcomes: records.map((_, person) => happenedBy(followUp, person, RISK_YEARS)),
      weights: knownWeights(followUp, RISK_YEARS),
    };
  });
  let coefficients: Float64Array = new Float64Array(5);
  for (let step = 0; step < 25; step += 1) {
    const now = coefficients;
    coefficients =
      logisticStep(
        now,
        sites.map(({ columns, outcomes, weights }) => logisticSums(now, columns, outcomes, weights)),
      ) ?? now;
  }
  return (records) => {
    const columns = columnsOf(records);
    return records.map((_, exam) => {
      const logit = columns.reduce(
        (sum, column, at) => sum + (coefficients[at + 1] ?? 0) * (column[exam] ?? 0),
        coefficients[0] ?? 0,
      );
      return 1 / (1 + Math.exp(-logit));
    });
  };
}

async function measured(run: {
  readonly cohort: ScreeningCohort;
  readonly features: Examples;
  readonly heads: readonly Float32Array[];
  readonly answers: Answers;
  readonly calibration: RiskCalibration;
  readonly thresholds: Readonly<Record<string, number>>;
  readonly train: readonly number[];
  readonly tune: readonly number[];
  readonly test: readonly number[];
  readonly single: {
    readonly together: Float32Array;
    readonly alone: ReadonlyMap<string, Float32Array>;
    readonly without: ReadonlyMap<string, Float32Array>;
  };
}) {
  const { cohort, features, answers, calibration, test } = run;
  const records = pick(cohort.records, test);
  const people = records.map(({ womanId }) => womanId);
  const followUp = followUpOf(records);
  const risks = test.map((place) => {
    return recalibrated(answers.risks[place] ?? [], calibration, cohort.records[place]?.site.siteId);
  });
  const at = (year: number) => risks.map((one) => one[year - 1] ?? 0);
  const score = risks.map(total);
  const baseline = ageAndDensity(cohort, run.train)(records);
  const singleScore = async (head: Float32Array) => pick((await answersOf(features, [head])).risks, test).map(total);
  const together = await singleScore(run.single.together);
  const alone = await Promise.all([...run.single.alone.values()].map(singleScore));
  const concordance = (values: readonly number[]) => (places: readonly number[]) =>
    screeningConcordance(pick(records, places), pick(values, places));
  const whole = test.map((_, place) => place);
  const interval = (statistic: (places: readonly number[]) => number | null): Interval | null =>
    bootstrapInterval(people, statistic, { seed: 'breast-risk', repeats: BOOTSTRAPS.whole });
  const less = (one: readonly number[], others: readonly (readonly number[])[]) =>
    interval((places) => {
      const first = concordance(one)(places);
      const rest = others.map((other) => concordance(other)(places) ?? 0);
      return first === null ? null : first - rest.reduce((sum, value) => sum + value, 0) / rest.length;
    });
  const latent = records.map((record) => total(record.latent.risk));
  const siteRows = [...bySite(cohort, test).entries()].map(([siteId, own]) => {
    const mine = own.map((place) => test.indexOf(place));
    const [ownRecords, told] = [pick(records, mine), pick(at(RISK_YEARS), mine)];
    const raw = own.map((place) => answers.risks[place]?.at(-1) ?? 0);
    const truly = ownRecords.reduce((sum, record) => sum + (record.latent.risk.at(-1) ?? 0), 0);
    return {
      siteId,
      exams: own.length,
      mine,
      before: screeningRatio(raw, ownRecords),
      after: screeningRatio(told, ownRecords),
      /** Expected over the sum of the true risks, which no chance blurs. */
      againstLatent: told.reduce((sum, risk) => sum + risk, 0) / truly,
      concordance: concordance(score)(mine),
    };
  });
  const leftOut = [];
  for (const { siteId, mine } of siteRows) {
    const head = run.single.without.get(siteId);
    const own = run.single.alone.get(siteId);
    if (head === undefined || own === undefined) continue;
    leftOut.push({
      siteId,
      without: concordance(await singleScore(head))(mine),
      with: concordance(together)(mine),
      alone: concordance(await singleScore(own))(mine),
    });
  }
  const labels = records.map((_, person) => happenedBy(followUp, person, RISK_YEARS));
  const weights = knownWeights(followUp, RISK_YEARS);
  const followed = whole.filter((place) => {
    const record = records[place] as ScreeningRecord;
    return record.woman.followUpYears - record.yearsSinceFirst >= RISK_YEARS;
  });
  const density = records.map((record) => DENSITY_GRADES.indexOf(record.density));
  const classes = pick(answers.classes, test);
  const covered = (places: readonly number[], threshold: (siteId: string) => number) =>
    places.filter((place) =>
      conformalSet(classes[place] ?? [], threshold(records[place]?.site.siteId ?? '')).includes(density[place] ?? 0),
    ).length / places.length;
  const ownThreshold = (siteId: string) => run.thresholds[siteId] ?? run.thresholds['all'] ?? 1;
  const subgroups = subgroupTable(
    people,
    {
      age: records.map(({ ageYears }) =>
        ageYears < 50 ? 'under 50' : ageYears < 60 ? '50–59' : ageYears < 70 ? '60–69' : '70 and over',
      ),
      density: records.map((record) => record.density),
      vendor: records.map(({ device }) => device.manufacturer),
      site: records.map(({ site }) => site.siteId),
      'views present': records.map(({ views }) => String(views.length)),
    },
    (places) => ({
      exams: places.length,
      concordance: concordance(score)(places),
      interval: bootstrapInterval(pick(people, places), (inner) => concordance(score)(pick(places, inner)), {
        seed: 'subgroup',
        repeats: BOOTSTRAPS.subgroup,
      }),
      ratio: screeningRatio(pick(at(RISK_YEARS), places), pick(records, places)).ratio,
    }),
  );
  const hidden = async (hide: (masks: { readonly pictures: Float32Array; readonly facts: Float32Array }) => void) => {
    const masks = {
      pictures: (features.inputs['pictureMask'] ?? new Float32Array()).slice(),
      facts: (features.inputs['covariateMask'] ?? new Float32Array()).slice(),
    };
    hide(masks);
    const inputs = { ...features.inputs, pictureMask: masks.pictures, covariateMask: masks.facts };
    const { risks: told } = await answersOf({ ...features, inputs }, run.heads.slice(0, 1));
    return concordance(pick(told, test).map(total))(whole);
  };
  const keepViews =
    (kept: readonly string[]) =>
    ({ pictures }: { readonly pictures: Float32Array }) => {
      for (let place = 0; place < pictures.length; place += 1)
        if (!kept.includes(BREAST_VIEWS[place % BREAST_VIEWS.length] ?? '')) pictures[place] = 0;
    };
  return {
    exams: { all: cohort.records.length, train: run.train.length, tune: run.tune.length, test: test.length },
    women: new Set(people).size,
    cancers: labels.reduce<number>((sum, label) => sum + label, 0),
    ceiling: screeningConcordance(records, latent),
    ceilingWithoutLesion: screeningConcordance(
      records,
      records.map((record) => record.latent.logHazard),
    ),
    knowledge: screeningKnowledge(records),
    concordance: interval(concordance(score)),
    baseline: interval(concordance(baseline)),
    localOnly: {
      mean: alone.reduce((sum, one) => sum + (concordance(one)(whole) ?? 0), 0) / alone.length,
      each: alone.map((one) => concordance(one)(whole)),
    },
    oneHead: concordance(together)(whole),
    aboveBaseline: less(score, [baseline]),
    aboveLocalOnly: less(together, alone),
    uno: unoConcordance(score, followUp, { tauYears: RISK_YEARS }),
    years: Array.from({ length: RISK_YEARS }, (_, index) => index + 1).map((atYears) => ({
      atYears,
      auc: timeDependentAuc(at(atYears), followUp, { atYears }),
      brier: brierScore(at(atYears), followUp, { atYears }),
      ratio: screeningRatio(at(atYears), records, atYears),
      slope: calibrationSlope(at(atYears), followUp, { atYears }),
    })),
    sensitivity: sensitivityAtSpecificity(labels, at(RISK_YEARS), { specificity: 0.9, weights }),
    topTenth: topCapture(labels, at(RISK_YEARS), { share: 0.1, weights }),
    baselineTopTenth: topCapture(labels, baseline, { share: 0.1, weights }),
    decision: decisionCurve(labels, at(RISK_YEARS), { thresholds: [0.02, 0.03, 0.05, 0.08, 0.12], weights }),
    ece: expectedCalibrationError(pick(labels, followed), pick(at(RISK_YEARS), followed)),
    sites: siteRows.map(({ mine: _, ...row }) => row),
    leftOut,
    density: {
      macroAuc: macroAuc(density, classes.flat(), DENSITY_GRADES.length),
      kappa: quadraticKappa(
        density,
        classes.map((shares) => shares.indexOf(Math.max(...shares))),
        DENSITY_GRADES.length,
      ),
      coverage: covered(whole, () => run.thresholds['all'] ?? 1),
      coverageOwn: covered(whole, ownThreshold),
      sites: siteRows.map(({ siteId, mine }) => ({ siteId, coverage: covered(mine, ownThreshold) })),
      meanSize:
        classes.reduce((sum, shares) => sum + conformalSet(shares, run.thresholds['all'] ?? 1).length, 0) /
        classes.length,
    },
    missing: {
      'one view (L-MLO)': await hidden(keepViews(['L-MLO'])),
      'both CC': await hidden(keepViews(['R-CC', 'L-CC'])),
      'no covariate': await hidden(({ facts }) => facts.fill(0)),
      'no view': await hidden(({ pictures }) => pictures.fill(0)),
      'everything there was': await hidden(() => {}),
    },
    subgroups,
  };
}

/** The head of the first member inside the whole network, as it is exported. */
export function wholeModel({ encoder, heads }: Pick<BreastRiskResult, 'encoder' | 'heads'>): Float32Array {
  return headOfExam(BREAST_MODEL, encoder, heads[0]).whole;
}
