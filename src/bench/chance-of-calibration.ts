import { type ScreeningRecord, screeningRecords } from '#synth';
import { screeningRatio } from './screening-ratio.ts';

/** Where expected over observed is to lie at every site. */
export const CALIBRATED = { low: 0.9, high: 1.1 } as const;
/** Streams drawn: the standard deviation of a site is then known to about a seventh. */
const STREAMS = 24;

/** How far chance alone moves expected over observed of those who know the true risks, by site. */
export interface ChanceOfCalibration {
  /** Streams that were drawn, and examinations of each. */
  readonly streams: number;
  readonly exams: number;
  readonly sites: readonly {
    readonly siteId: string;
    /** Of the logarithm of expected over observed. */
    readonly stdDev: number;
    /** Share of the streams in which it lies within {@link CALIBRATED}. */
    readonly within: number;
  }[];
  /** Chance that it does at every site at once: the product over the sites, none of which knows of another. */
  readonly everySite: number;
}

/**
 * Draws other streams of the screening cohort and holds the true risks against what happened in each. A woman who is examined three times
 * before her cancer is three events of one chance, so that this is more than the square root of a count says.
 */
export function chanceOfCalibration(exams: number, streams = STREAMS): ChanceOfCalibration {
  const bySite = new Map<string, number[]>();
  for (let stream = 0; stream < streams; stream += 1) {
    const groups = new Map<string, ScreeningRecord[]>();
    for (const record of screeningRecords(`chance/${stream}`, 0, exams)) {
      const own = groups.get(record.site.siteId);
      if (own === undefined) groups.set(record.site.siteId, [record]);
      else own.push(record);
    }
    for (const [siteId, records] of groups) {
      const truth = records.map(({ latent }) => latent.risk.at(-1) ?? 0);
      const { ratio } = screeningRatio(truth, records);
      // Nothing observed is as far off as can be.
      bySite.set(siteId, [...(bySite.get(siteId) ?? []), ratio ?? Number.POSITIVE_INFINITY]);
    }
  }
  const sites = [...bySite].sort(([a], [b]) => (a < b ? -1 : 1)).map(([siteId, ratios]) => siteOf(siteId, ratios));
  return { streams, exams, sites, everySite: sites.reduce((product, { within }) => product * within, 1) };
}

function siteOf(siteId: string, ratios: readonly number[]): ChanceOfCalibration['sites'][number] {
  const logs = ratios.filter(Number.isFinite).map(Math.log);
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / Math.max(1, logs.length - 1);
  const within = ratios.filter((ratio) => ratio >= CALIBRATED.low && ratio <= CALIBRATED.high).length / ratios.length;
  return { siteId, stdDev: Math.sqrt(variance), within };
}
