import { numberFigure, type RunFigure, type RunRecord, shareFigure, tableColumn, YEARS_TABLE } from '#models';
import type { RiskCalibration } from '#pilots';
import { BOOTSTRAPS, type BreastRiskFigures } from './breast-risk-campaign.ts';
import type { IndependentFigures } from './breast-risk-independent.ts';
import type { BreastRiskTraining } from './breast-risk-training.ts';

/** What a campaign's records say beside its figures. */
export interface BreastRunFacts {
  readonly training: BreastRiskTraining;
  /** Of `weights.safetensors` of the model's folder. */
  readonly weightsSha256: string;
  /** Of the records of the cohort's exams; null where it was not kept. */
  readonly cohortSha256: string | null;
  readonly command: string;
  readonly environment: string | null;
  readonly codeSha256: string | null;
}

/** Records of the training and of the measuring on women held out, by the names that the dossier calls them by. */
export function breastRiskRuns(
  {
    figures,
    calibration,
    independent,
  }: {
    readonly figures: BreastRiskFigures;
    readonly calibration: RiskCalibration;
    readonly independent: IndependentFigures | undefined;
  },
  facts: BreastRunFacts,
): ReadonlyMap<string, RunRecord> {
  return new Map([
    ['training', trainingRun(figures, calibration, facts)],
    ['held-out', heldOutRun(figures, facts)],
    ...(independent === undefined ? [] : [['another-stream', anotherStreamRun(independent, facts)] as const]),
  ]);
}

function anotherStreamRun(found: IndependentFigures, facts: BreastRunFacts): RunRecord {
  const { sites, belowCeiling } = found;
  const ratios = sites.map(({ ratio }) => ratio.ratio ?? Number.NaN);
  const latent = sites.map(({ againstLatent }) => againstLatent);
  const areNear = (all: readonly number[]) => all.every((ratio) => ratio >= 0.9 && ratio <= 1.1);
  return {
    ...common(facts),
    kind: 'evaluation',
    title: 'Women of another synthetic stream, to whom nothing was fitted',
    data: [
      {
        ...{ part: 'test', what: 'screening exams made from another seed', sha256: null, seed: 'held-out' },
        ...{ examples: found.exams, people: found.women, sites: sites.map(({ siteId }) => siteId) },
      },
    ],
    settings: { 'cancers within five years': found.cancers },
    figures: [
      numberFigure('concordance', '5-year concordance', found.concordance),
      numberFigure('below-ceiling', 'concordance below that of the true risk', belowCeiling, {
        ...{ goal: '5-year concordance within 0.03 of the ceiling', isReached: (belowCeiling?.value ?? 1) <= 0.03 },
      }),
      numberFigure('above-baseline', 'concordance above age and density', found.aboveBaseline, {
        goal: 'better than age and density, the interval excludes 0',
        isReached: (found.aboveBaseline?.low ?? 0) > 0,
      }),
      numberFigure('above-local-only', 'concordance above the mean of sites alone', found.aboveLocalOnly, {
        ...{ goal: 'better than the mean of sites alone', isReached: (found.aboveLocalOnly?.low ?? 0) > 0 },
      }),
      numberFigure(
        'worst-expected-over-observed',
        'expected/observed of the site where it is furthest from 1',
        furthest(ratios),
        {
          ...{ digits: 2, goal: 'expected/observed from 0.9 to 1.1 at every site', isReached: areNear(ratios) },
        },
      ),
      numberFigure(
        'worst-expected-over-true',
        'expected over the true risks, of the site where it is furthest from 1',
        furthest(latent),
        {
          ...{ digits: 2, goal: 'the same against the true risks, which no chance blurs', isReached: areNear(latent) },
        },
      ),
    ],
    groups: [],
    tables: [
      {
        title: 'Sites: expected over observed within five years after recalibration, and against the true risks',
        columns: [
          tableColumn('site', 'text'),
          tableColumn('exams', 'count'),
          tableColumn('expected/observed', 'number', 2),
          tableColumn('from', 'number', 2),
          tableColumn('to', 'number', 2),
          tableColumn('true risks', 'number', 2),
        ],
        rows: sites.map(({ siteId, exams, ratio, againstLatent }) => [
          ...[siteId, exams, ratio.ratio, ratio.low, ratio.high],
          againstLatent,
        ]),
      },
    ],
    notes: [
      'Intervals are of 95 %, by drawing women with replacement; those of expected over observed by the variance of the curve of survival with each woman counted once.',
    ],
  };
}

/** Of ratios the one furthest from 1. */
function furthest(ratios: readonly number[]): number {
  return ratios.reduce((far, ratio) => (Math.abs(ratio - 1) > Math.abs(far - 1) ? ratio : far), 1);
}

function common({ weightsSha256, command, environment, codeSha256 }: BreastRunFacts) {
  return { format: 'unica-run/1', weightsSha256, command, environment, codeSha256, isSynthetic: true } as const;
}

function trainingRun(
  { exams, sites }: BreastRiskFigures,
  { slope }: RiskCalibration,
  facts: BreastRunFacts,
): RunRecord {
  const { training, cohortSha256 } = facts;
  const of = { sha256: cohortSha256, seed: 'cohort', people: null, sites: sites.map(({ siteId }) => siteId) };
  const what = 'screening exams made from the seed, split by woman';
  return {
    ...common(facts),
    kind: 'training',
    title: 'Federated training over seven virtual sites in one process',
    data: [
      { part: 'train', what, ...of, examples: exams.train },
      { part: 'tune', what: `${what}, for calibration and sets`, ...of, examples: exams.tune },
    ],
    settings: {
      strategy: 'FedAvg over seven sites (simulation)',
      'rounds of the encoder': training.encoderStop,
      'rounds that the rate is planned over': training.encoderRounds,
      'exams of the encoder': training.encoderExams,
      'further rounds of the encoder': training.furtherRounds,
      'exams of the further rounds': Math.min(training.furtherExams, exams.train),
      'rounds of each head': training.headRounds,
      heads: training.heads,
      seed: training.seed,
      'noise added': 'none',
      'common slope of calibration': slope,
    },
    figures: [],
    groups: [],
    tables: [],
    notes: [
      'First the encoder is taught density, findings and their places, with lesions put into four in ten of the breasts that have none; then it is frozen and its features stay at their sites, and heads learn over them what became of the women, and from the same exams with other lesions put in what a finding in a breast is, its views together; their mean answers.',
    ],
  };
}

function heldOutRun(figures: BreastRiskFigures, facts: BreastRunFacts): RunRecord {
  const { exams, density } = figures;
  return {
    ...common(facts),
    kind: 'evaluation',
    title: 'Women held out of the synthetic screening cohort',
    data: [
      {
        ...{ part: 'test', what: 'screening exams made from the seed, of women who were not learned from' },
        ...{ sha256: facts.cohortSha256, seed: 'cohort', examples: exams.test, people: figures.women },
        sites: figures.sites.map(({ siteId }) => siteId),
      },
    ],
    settings: {
      'drawings of an interval': BOOTSTRAPS.whole,
      'drawings of an interval of a group': BOOTSTRAPS.subgroup,
    },
    figures: headlines(figures),
    groups: figures.subgroups.map(({ by, group, figures: found, people }) => ({
      by,
      group,
      examples: found?.exams ?? null,
      people: found === null ? null : (people ?? null),
      figures:
        found === null
          ? null
          : [
              numberFigure('concordance', '5-year concordance', found.interval ?? found.concordance),
              numberFigure('expected-over-observed', 'expected/observed', found.ratio, { digits: 2 }),
            ],
    })),
    tables: tablesOf(figures),
    notes: [
      'Intervals are of 95 %, by drawing women with replacement; those of expected over observed by the variance of the curve of survival with each woman counted once.',
      `${exams.all} exams in all. The encoder had seen the sites that a head was left without: only the second phase was repeated without each site.`,
      ...(density.sites.length === 0
        ? []
        : ['Sets of density classes are meant to hold the truth in nine of ten exams.']),
    ],
  };
}

function headlines(figures: BreastRiskFigures): RunFigure[] {
  const { concordance, ceiling, aboveBaseline, aboveLocalOnly, density, sites } = figures;
  const gap = concordance === null || ceiling === null ? null : ceiling - concordance.value;
  const ratios = sites.map(({ after }) => after.ratio ?? Number.NaN);
  const worst = furthest(ratios);
  const widest = density.sites.reduce(
    (far, { coverage }) => (Math.abs(coverage - 0.9) > Math.abs(far - 0.9) ? coverage : far),
    0.9,
  );
  const latent = furthest(sites.map(({ againstLatent }) => againstLatent));
  return [
    numberFigure('concordance', '5-year concordance', concordance),
    numberFigure('below-ceiling', 'concordance below that of the true risk', gap, {
      goal: '5-year concordance within 0.03 of the ceiling',
      isReached: gap !== null && gap <= 0.03,
    }),
    numberFigure('above-baseline', 'concordance above age and density', aboveBaseline, {
      ...{ goal: 'better than age and density, the interval excludes 0', isReached: (aboveBaseline?.low ?? 0) > 0 },
    }),
    numberFigure('above-local-only', 'concordance above the mean of sites alone', aboveLocalOnly, {
      ...{ goal: 'better than the mean of sites alone', isReached: (aboveLocalOnly?.low ?? 0) > 0 },
    }),
    numberFigure('worst-expected-over-observed', 'expected/observed of the site where it is furthest from 1', worst, {
      digits: 2,
      goal: 'expected/observed from 0.9 to 1.1 at every site',
      isReached: ratios.every((ratio) => ratio >= 0.9 && ratio <= 1.1),
    }),
    numberFigure(
      'worst-expected-over-true',
      'expected over the true risks, of the site where it is furthest from 1',
      latent,
      {
        digits: 2,
        goal: 'the same against the true risks, which no chance blurs',
        isReached: latent >= 0.9 && latent <= 1.1,
      },
    ),
    numberFigure('calibration-error', 'calibration error', figures.ece, {
      goal: 'calibration error at most 0.05',
      isReached: figures.ece <= 0.05,
    }),
    shareFigure('coverage', 'coverage of density sets', density.coverageOwn, {
      goal: 'sets hold the truth in 90 ± 2 %',
      isReached: Math.abs(density.coverageOwn - 0.9) <= 0.02,
    }),
    shareFigure('coverage-worst-site', 'coverage at the site where it is furthest from nine in ten', widest, {
      goal: '… and in 90 ± 5 % at every site',
      isReached: Math.abs(widest - 0.9) <= 0.05,
    }),
    numberFigure('uno-concordance', "Uno's concordance to five years", figures.uno),
    shareFigure('sensitivity', 'sensitivity at nine in ten specificity', figures.sensitivity?.sensitivity),
    shareFigure('top-tenth', 'cancers in the tenth with the highest risk', figures.topTenth),
    numberFigure('density-auc', 'density, macro AUC', density.macroAuc),
    numberFigure('density-kappa', 'density, quadratic kappa', density.kappa),
  ];
}

function tablesOf(figures: BreastRiskFigures): RunRecord['tables'] {
  return [
    {
      ...YEARS_TABLE,
      rows: figures.years.map(({ atYears, auc, brier, ratio, slope }) => [
        atYears,
        auc ?? null,
        brier ?? null,
        ratio.ratio,
        ratio.low,
        ratio.high,
        slope?.slope ?? null,
      ]),
    },
    {
      title:
        'Sites: expected over observed within five years before and after recalibration, and against the true risks; concordance with the federated head, with one that was not learned at the site, and with one of the site alone',
      columns: [
        tableColumn('site', 'text'),
        tableColumn('exams', 'count'),
        tableColumn('before', 'number', 2),
        tableColumn('after', 'number', 2),
        tableColumn('from', 'number', 2),
        tableColumn('to', 'number', 2),
        tableColumn('true risks', 'number', 2),
        tableColumn('concordance', 'number', 3),
        tableColumn('without it', 'number', 3),
        tableColumn('it alone', 'number', 3),
      ],
      rows: figures.sites.map(({ siteId, exams, before, after, againstLatent, concordance }) => {
        const left = figures.leftOut.find((one) => one.siteId === siteId);
        return [
          siteId,
          exams,
          before.ratio,
          after.ratio,
          after.low,
          after.high,
          againstLatent,
          concordance ?? null,
          left?.without ?? null,
          left?.alone ?? null,
        ];
      }),
    },
    {
      title: 'What is missing: concordance of the first head when less is known',
      columns: [tableColumn('known', 'text'), tableColumn('concordance', 'number', 3)],
      rows: Object.entries(figures.missing).map(([what, value]) => [what, value ?? null]),
    },
    {
      title: 'Decision curve: net benefit in true positives a woman (Vickers and Elkin 2006)',
      columns: [
        tableColumn('acting from a risk of', 'percent', 1),
        tableColumn('by the model', 'number', 4),
        tableColumn('on everybody', 'number', 4),
      ],
      rows: figures.decision.map(({ threshold, netBenefit, everybody }) => [threshold, netBenefit, everybody]),
    },
  ];
}
