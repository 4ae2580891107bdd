import { bootstrapInterval, type Interval } from '#evaluation';
import { RISK_YEARS } from '#pilots';
import { type ScreeningRecord, screeningConcordance } from '#synth';
import { screeningRatio } from './screening-ratio.ts';

/** Drawings of the women behind an interval. */
const REPEATS = 100;

/** What models say of examinations of another stream, each in the order of `records`. */
export interface IndependentAnswers {
  readonly records: readonly ScreeningRecord[];
  /** Of the federated model, after recalibration: 1 … 5 years. */
  readonly risks: readonly (readonly number[])[];
  /** Orders them: of age and density, of one federated head, and of each site's own. */
  readonly baseline: readonly number[];
  readonly together: readonly number[];
  readonly alone: readonly (readonly number[])[];
}

/** Figures on women of another stream, none of whom any model, calibration or limit was fitted to. */
export type IndependentFigures = ReturnType<typeof independentFigures>;

/** @see IndependentFigures */
export function independentFigures({ records, risks, baseline, together, alone }: IndependentAnswers) {
  const people = records.map(({ womanId }) => womanId);
  const score = risks.map((one) => one.reduce((sum, risk) => sum + risk, 0));
  const five = risks.map((one) => one[RISK_YEARS - 1] ?? 0);
  const concordance = (values: readonly number[], places: readonly number[]) =>
    screeningConcordance(
      places.map((place) => records[place] as ScreeningRecord),
      places.map((place) => values[place] ?? 0),
    );
  const interval = (statistic: (places: readonly number[]) => number | null): Interval | null =>
    bootstrapInterval(people, statistic, { seed: 'breast-risk/independent', repeats: REPEATS });
  const above = (one: readonly number[], others: readonly (readonly number[])[]) =>
    interval((places) => {
      const first = concordance(one, places);
      const rest = others.reduce((sum, other) => sum + (concordance(other, places) ?? 0), 0) / others.length;
      return first === null ? null : first - rest;
    });
  const latent = records.map(({ latent: { risk } }) => risk.reduce((sum, value) => sum + value, 0));
  const siteIds = [...new Set(records.map(({ site }) => site.siteId))].sort();
  return {
    exams: records.length,
    women: new Set(people).size,
    cancers: records.filter(({ outcome }) => outcome.yearOfCancer !== null).length,
    ceiling: screeningConcordance(records, latent),
    concordance: interval((places) => concordance(score, places)),
    belowCeiling: above(latent, [score]),
    aboveBaseline: above(score, [baseline]),
    aboveLocalOnly: above(together, alone),
    baseline: concordance(
      baseline,
      records.map((_, place) => place),
    ),
    sites: siteIds.map((siteId) => {
      const own = records.flatMap(({ site }, place) => (site.siteId === siteId ? [place] : []));
      const expected = own.reduce((sum, place) => sum + (five[place] ?? 0), 0);
      const truly = own.reduce((sum, place) => sum + (records[place]?.latent.risk.at(-1) ?? 0), 0);
      return {
        siteId,
        exams: own.length,
        cancers: own.filter((place) => records[place]?.outcome.yearOfCancer != null).length,
        ratio: screeningRatio(
          own.map((place) => five[place] ?? 0),
          own.map((place) => records[place] as ScreeningRecord),
        ),
        againstLatent: expected / truly,
        concordance: concordance(score, own),
      };
    }),
  };
}
