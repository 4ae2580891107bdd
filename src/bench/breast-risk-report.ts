import type { Interval } from '#evaluation';
import { BOOTSTRAPS, type BreastRiskFigures, type BreastRiskResult } from './breast-risk-campaign.ts';
import type { IndependentFigures } from './breast-risk-independent.ts';
import { type BreastRiskTraining, roundsOf } from './breast-risk-training.ts';

type Maybe = number | null | undefined;

const digits = (value: Maybe, places = 3): string => (value == null ? 'not defined' : value.toFixed(places));
const percent = (value: Maybe): string => (value == null ? 'not defined' : `${(100 * value).toFixed(1)} %`);
const between = (found: Interval | null): string =>
  found === null ? 'not defined' : `${digits(found.value)} (${digits(found.low)} to ${digits(found.high)})`;
const ratio = ({
  ratio: value,
  low,
  high,
}: {
  readonly ratio: Maybe;
  readonly low: Maybe;
  readonly high: Maybe;
}): string => `${digits(value, 2)} (${digits(low, 2)} to ${digits(high, 2)})`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

const signed = (found: Interval | null): string => (found === null ? 'not defined' : `by ${between(found)}`);
const said = (met: boolean): string => (met ? 'reached' : '**not reached**');
const isNear = (value: Maybe): boolean => value != null && value >= 0.9 && value <= 1.1;

/** The goals of the pilot, and whether these figures reach them. */
function goals(figures: BreastRiskFigures): string {
  const { concordance, ceiling, aboveBaseline, aboveLocalOnly, sites } = figures;
  const gap = concordance === null || ceiling === null ? null : ceiling - concordance.value;
  const off = sites.filter(({ after }) => after.ratio === null || after.ratio < 0.9 || after.ratio > 1.1);
  const offLatent = sites.filter(({ againstLatent }) => againstLatent < 0.9 || againstLatent > 1.1);
  return table(
    ['goal', 'found', ''],
    [
      ['5-year concordance within 0.03 of the ceiling', `${digits(gap)} below it`, said(gap !== null && gap <= 0.03)],
      [
        'better than age and density, the interval excludes 0',
        `by ${between(aboveBaseline)}`,
        said((aboveBaseline?.low ?? 0) > 0),
      ],
      ['better than the mean of sites alone', `by ${between(aboveLocalOnly)}`, said((aboveLocalOnly?.low ?? 0) > 0)],
      [
        'E/O from 0.9 to 1.1 at every site, of the events that happened',
        off.length === 0 ? 'at all' : `not at ${off.map(({ siteId }) => siteId).join(', ')}`,
        said(off.length === 0),
      ],
      [
        'the same against the true risks, which no chance blurs',
        offLatent.length === 0 ? 'at all' : `not at ${offLatent.map(({ siteId }) => siteId).join(', ')}`,
        said(offLatent.length === 0),
      ],
      ['calibration error at most 0.05', digits(figures.ece), said(figures.ece <= 0.05)],
      [
        'sets of density classes hold the truth in 90 ± 2 %',
        percent(figures.density.coverageOwn),
        said(Math.abs(figures.density.coverageOwn - 0.9) <= 0.02),
      ],
      [
        '… and in 90 ± 5 % at every site',
        figures.density.sites.map(({ siteId, coverage }) => `${siteId} ${percent(coverage)}`).join(', '),
        said(figures.density.sites.every(({ coverage }) => Math.abs(coverage - 0.9) <= 0.05)),
      ],
    ],
  );
}

/** The same goals on women of another stream, where chance blurs less. */
function independently(found: IndependentFigures): string {
  const { sites } = found;
  const off = sites.filter(({ ratio: { ratio: value } }) => !isNear(value));
  const apart = sites.filter(({ ratio: { low, high } }) => low == null || high == null || low > 1.1 || high < 0.9);
  const offLatent = sites.filter(({ againstLatent }) => !isNear(againstLatent));
  const names = (some: readonly { readonly siteId: string }[]) =>
    some.length === 0 ? 'at all' : `not at ${some.map(({ siteId }) => siteId).join(', ')}`;
  return `## On another stream

${found.exams} exams of ${found.women} women of a stream of another seed, followed by ${found.cancers} cancers within five years: nothing was fitted to any of
them. They make the differences and the calibration of sites sharper than the women held out of the cohort can.

${table(
  ['goal', 'found', ''],
  [
    [
      `concordance ${between(found.concordance)}, within 0.03 of the ceiling ${digits(found.ceiling)}`,
      `${between(found.belowCeiling)} below it`,
      said((found.belowCeiling?.value ?? 1) <= 0.03),
    ],
    [
      `better than age and density (${digits(found.baseline)}), the interval excludes 0`,
      signed(found.aboveBaseline),
      said((found.aboveBaseline?.low ?? 0) > 0),
    ],
    ['better than the mean of sites alone', signed(found.aboveLocalOnly), said((found.aboveLocalOnly?.low ?? 0) > 0)],
    ['E/O from 0.9 to 1.1 at every site, of the events that happened', names(off), said(off.length === 0)],
    ['no site whose interval of E/O lies outside of 0.9 to 1.1', names(apart), said(apart.length === 0)],
    ['E/O against the true risks, which no chance blurs', names(offLatent), said(offLatent.length === 0)],
  ],
)}

${table(
  ['site', 'exams', 'cancers', 'expected/observed', 'against the true risks', 'concordance'],
  sites.map((site) => [
    site.siteId,
    String(site.exams),
    String(site.cancers),
    ratio(site.ratio),
    digits(site.againstLatent, 2),
    digits(site.concordance),
  ]),
)}
`;
}

/** The report of a campaign, as Markdown. */
export function breastRiskReport(
  { figures, calibration, independent }: Pick<BreastRiskResult, 'figures' | 'calibration' | 'independent'>,
  { training, cpuSeconds }: { readonly training: BreastRiskTraining; readonly cpuSeconds: number },
): string {
  const { exams, density } = figures;
  return `# Breast-cancer risk on the synthetic screening cohort

\`npm run campaign:breast-risk ${exams.all}\`: a simulation of the federation, seven virtual sites in one process, on ${exams.all} synthetic
exams (${exams.train} to train, ${exams.tune} for recalibration and sets, ${exams.test} held out; split by woman). Nothing here says
anything about real women. Research use only, not a medical device.

Training: FedAvg, ${roundsOf(training, figures.exams.train)}, which it is taught density, findings and their places with: lesions
are put into four in ten of the breasts that have none, and what became of the women is not told. Then the encoder is frozen, its features kept
at each site, and ${training.heads} heads learn in ${training.headRounds} rounds each: what became of the women from their exams as they are, and what a finding in a breast is,
its views together and held against the other breast, from the same exams with other lesions put in. Their mean answers. ${cpuSeconds.toFixed(0)} s of processor
time in the run that wrote this; pictures, features and an encoder that an earlier run had kept are not counted. The held-out exams are of ${figures.women} women; within five years ${figures.cancers} of the exams were followed by a cancer.
Intervals are of 95 %, by drawing women ${BOOTSTRAPS.whole} times (${BOOTSTRAPS.subgroup} in subgroups and on the other stream), of expected over observed by the variance of the curve of
survival with each woman counted once (\`docs/reports/breast-calibration.md\` says what chance permits).

## Goals

${goals(figures)}

## Discrimination

${table(
  ['model', '5-year concordance'],
  [
    ['ceiling: the true risk itself', digits(figures.ceiling)],
    ['the true hazard without what the film shows of a lesion', digits(figures.ceilingWithoutLesion)],
    ['**federated model**', between(figures.concordance)],
    ['one federated head, as those below', digits(figures.oneHead)],
    [
      'mean of heads of one site alone (over the federated encoder, which favours them)',
      digits(figures.localOnly.mean),
    ],
    ['age and density, logistic regression over the sites', between(figures.baseline)],
  ],
)}

What each knowledge gives on the same women, by the true hazard ratios and without any learning:

${table(
  ['known', '5-year concordance'],
  figures.knowledge.map(({ known, concordance }) => [known, digits(concordance)]),
)}

Uno's concordance to five years: ${digits(figures.uno)}. Sensitivity at 90 % specificity: ${percent(figures.sensitivity?.sensitivity)}. Share of the cancers
in the tenth with the highest risk: ${percent(figures.topTenth)} (age and density: ${percent(figures.baselineTopTenth)}).

${table(
  ['years', 'AUC', 'Brier score', 'expected/observed', 'slope', 'intercept'],
  figures.years.map(({ atYears, auc, brier, ratio: found, slope }) => [
    String(atYears),
    digits(auc),
    digits(brier, 4),
    ratio(found),
    digits(slope?.slope, 2),
    digits(slope?.intercept, 2),
  ]),
)}

## Sites

Expected over observed cancers within five years, before and after recalibration (common slope ${calibration.slope.toFixed(2)}, a shift for each
site from its own counts; slope and sets from the women kept for them, intercepts and shifts from those and the women to train), and after it against the sum of the true risks.

${table(
  [
    'site',
    'exams',
    'before',
    'after',
    'against the true risks',
    'concordance',
    'head without the site',
    'with it',
    'of the site alone',
  ],
  figures.sites.map(({ siteId, exams: count, before, after, againstLatent, concordance }) => {
    const left = figures.leftOut.find((one) => one.siteId === siteId);
    return [
      siteId,
      String(count),
      ratio(before),
      ratio(after),
      digits(againstLatent, 2),
      digits(concordance),
      digits(left?.without),
      digits(left?.with),
      digits(left?.alone),
    ];
  }),
)}

The encoder had seen the sites that a head was left without: only the second phase was repeated without each site.

${independent === undefined ? '' : independently(independent)}
## Subgroups

${table(
  ['by', 'group', 'exams', 'concordance', 'expected/observed'],
  figures.subgroups.map(({ by, group, figures: found }) =>
    found === null
      ? [by, group, 'withheld', '', '']
      : [
          by,
          group,
          String(found.exams),
          found.interval === null ? 'not defined' : between(found.interval),
          digits(found.ratio, 2),
        ],
  ),
)}

## Breast density

Macro AUC ${digits(density.macroAuc)}, quadratic kappa ${digits(density.kappa)}. Split-conformal sets meant to hold the truth in 90 %: ${percent(density.coverage)} with
one threshold for all, ${percent(density.coverageOwn)} with each site's own, ${digits(density.meanSize, 2)} classes in the mean.

## What is missing

Concordance of the first head when less is known, on the same women:

${table(
  ['known', 'concordance'],
  Object.entries(figures.missing).map(([what, value]) => [what, digits(value)]),
)}

## Usefulness

Net benefit in true positives a woman (Vickers & Elkin 2006):

${table(
  ['acting from a risk of', 'by the model', 'on everybody'],
  figures.decision.map(({ threshold, netBenefit, everybody }) => [
    percent(threshold),
    digits(netBenefit, 4),
    digits(everybody, 4),
  ]),
)}
`;
}
