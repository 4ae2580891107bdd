import { carriedOver } from '#engine';
import type { ExpectedOverObserved } from '#evaluation';
import { BREAST_ENCODER, type BreastModel, recalibrated } from '#pilots';
import type { ScreeningRecord } from '#synth';
import { answersOf } from './breast-risk-campaign.ts';
import { cachedFeatures, partOf } from './breast-risk-training.ts';
import { CALIBRATED, type ChanceOfCalibration, chanceOfCalibration } from './chance-of-calibration.ts';
import type { ScreeningCohort } from './screening-cohort.ts';
import { screeningRatio } from './screening-ratio.ts';

/** Calibration of one site within five years. */
export interface SiteCalibration {
  readonly siteId: string;
  readonly exams: number;
  /** Women in whom a cancer was found, however often each was examined before. */
  readonly womenWithCancer: number;
  readonly model: ExpectedOverObserved;
  /** What the true risks themselves come to. */
  readonly latent: ExpectedOverObserved;
  /** Expected over the sum of the true risks. */
  readonly againstLatent: number;
}

/** Calibration of a model at the sites of a stream, and what chance permits there. */
export interface StreamCalibration {
  readonly title: string;
  readonly sites: readonly SiteCalibration[];
  readonly chance: ChanceOfCalibration;
}

/**
 * Holds a finished model against what happened, site by site, without learning anything.
 * @param part of the cohort's women those who were held out, or all where nothing was fitted to the stream
 */
export async function streamCalibration(
  model: BreastModel,
  cohort: ScreeningCohort,
  options: {
    readonly title: string;
    readonly part: 'test' | 'all';
    readonly folder: string;
    readonly onProgress: (done: number) => void;
  },
): Promise<StreamCalibration> {
  const encoder = carriedOver({ model: model.spec, parameters: model.parameters }, BREAST_ENCODER, 1);
  const features = await cachedFeatures(cohort, encoder, options);
  const { risks } = await answersOf(features, model.heads);
  const chosen = cohort.records.flatMap((record, place) =>
    options.part === 'all' || partOf(record.womanId) === 'test'
      ? [{ record, told: recalibrated(risks[place] ?? [], model.calibration, record.site.siteId).at(-1) ?? 0 }]
      : [],
  );
  const siteIds = [...new Set(chosen.map(({ record }) => record.site.siteId))].sort();
  return {
    title: options.title,
    sites: siteIds.map((siteId) => {
      const own = chosen.filter(({ record }) => record.site.siteId === siteId);
      return siteCalibration(
        siteId,
        own.map(({ record }) => record),
        own.map(({ told }) => told),
      );
    }),
    chance: chanceOfCalibration(chosen.length),
  };
}

function siteCalibration(
  siteId: string,
  records: readonly ScreeningRecord[],
  told: readonly number[],
): SiteCalibration {
  const latent = records.map((record) => record.latent.risk.at(-1) ?? 0);
  const total = (all: readonly number[]) => all.reduce((sum, risk) => sum + risk, 0);
  const found = records.filter(({ outcome }) => outcome.yearOfCancer !== null);
  return {
    siteId,
    exams: records.length,
    womenWithCancer: new Set(found.map(({ womanId }) => womanId)).size,
    model: screeningRatio(told, records),
    latent: screeningRatio(latent, records),
    againstLatent: total(told) / total(latent),
  };
}

/** The report of a model's calibration, as Markdown. */
export function breastCalibrationReport(streams: readonly StreamCalibration[]): string {
  return `# Calibration of the breast-risk model at its sites, and what chance permits

\`npm run campaign:breast-calibration\`: the model of models/breast-risk as it ships, on the women held out of the synthetic cohort and on another stream. Nothing is learned and nothing fitted.
Expected over observed cancers within five years after the site's own recalibration, with 95 % intervals that count each woman once, however often she was examined; beside it what the *true* risks,
which know every lesion, come to against what happened. The goal is ${CALIBRATED.low} to ${CALIBRATED.high} at every site. Nothing here says anything about real women.

${streams.map(streamSaid).join('\n')}`;
}

function streamSaid({ title, sites, chance }: StreamCalibration): string {
  const rows = sites.map(({ siteId, exams: count, womenWithCancer, model, latent, againstLatent }) => {
    const { within, stdDev } = chance.sites.find((one) => one.siteId === siteId) ?? {
      within: Number.NaN,
      stdDev: Number.NaN,
    };
    return [
      ...[siteId, String(count), String(womenWithCancer), ratioSaid(model), ratioSaid(latent)],
      ...[againstLatent.toFixed(2), percent(stdDev), percent(within)],
    ];
  });
  const near = (of: 'model' | 'latent') => sites.filter((site) => isCalibrated(site[of].ratio)).length;
  const apart = sites.filter(
    ({ model: { low, high } }) => low === null || high === null || low > CALIBRATED.high || high < CALIBRATED.low,
  );
  const head = [
    ...['site', 'exams', 'women with a cancer', 'model', 'true risks', 'model over true risks'],
    ...['spread by chance', 'streams in which the true risks are within'],
  ];
  return `## ${title}

${[head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')}

Within the goal: the model at ${near('model')} of ${sites.length} sites, the true risks at ${near('latent')}. The model's interval lies wholly outside of it at ${apart.length === 0 ? 'no site' : apart.map(({ siteId }) => siteId).join(', ')}. In ${chance.streams} other streams of
${chance.exams} exams the true risks vary by chance as the last columns say (standard deviation of the logarithm), and lie within at every site in ${percent(chance.everySite)}. For nine in ten the site that varies most would need ${neededSaid({ sites, chance })}.
`;
}

/** Times as many exams as it has, for a site to be within as often as all seven are in nine of ten streams (1.5 % outside: 2.43 deviations). */
function neededSaid({ sites, chance }: Pick<StreamCalibration, 'sites' | 'chance'>): string {
  const most = chance.sites.reduce((far, one) => (one.stdDev > far.stdDev ? one : far), { siteId: '', stdDev: 0 });
  const now = sites.find(({ siteId }) => siteId === most.siteId)?.exams ?? 0;
  const times = (most.stdDev / (Math.log(CALIBRATED.high) / 2.43)) ** 2;
  return `about ${Math.round((times * now) / 1000)},000 exams (${most.siteId}; ${times.toFixed(0)} times as many)`;
}

function isCalibrated(ratio: number | null): boolean {
  return ratio !== null && ratio >= CALIBRATED.low && ratio <= CALIBRATED.high;
}

function ratioSaid({ ratio, low, high }: ExpectedOverObserved): string {
  return ratio === null || low === null || high === null
    ? 'nothing observed'
    : `${ratio.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
}

function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}
