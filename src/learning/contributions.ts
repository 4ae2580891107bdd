import { aucStdError, histogramFigures, mergeHistograms } from '#engine';
import type { Comparison, ContributionFigures, EvaluationFigures, ModelScores } from '#wire';

/** Two-sided 95 % of the standard normal. */
const Z95 = 1.959963984540054;

/** Figures of scores that may be told of; null where there are none. */
export function figuresOf(told: readonly (ModelScores | null)[]): EvaluationFigures | null {
  const shown = told.filter((scores) => scores !== null);
  if (shown.length === 0) return null;
  const { roc, calibration, ...figures } = histogramFigures(mergeHistograms(shown.map(({ histogram }) => histogram)));
  return { ...figures, loss: meanLoss(shown), roc: [...roc], calibration: [...calibration] };
}

/** Figures that are shown beside many others. */
export function withoutCurves(
  figures: EvaluationFigures | null,
): Omit<EvaluationFigures, 'roc' | 'calibration'> | null {
  if (figures === null) return null;
  const { roc: _, calibration: __, ...rest } = figures;
  return rest;
}

function meanLoss(told: readonly ModelScores[]): number {
  const films = told.reduce((sum, { samples }) => sum + samples, 0);
  return told.reduce((sum, { loss, samples }) => sum + loss * samples, 0) / Math.max(1, films);
}

/** One site's scores of the final model and of the one without some site. */
export interface ScoresWithout {
  readonly siteId: string;
  readonly common: ModelScores;
  readonly without: ModelScores;
}

/** What leaving a site out does to the final model, over all sites that told of both, and over the others alone. */
export function contributionOf(left: string, told: readonly ScoresWithout[]): Comparison['contributions'][number] {
  return {
    siteId: left,
    everywhere: differenceOf(told),
    elsewhere: differenceOf(told.filter(({ siteId }) => siteId !== left)),
  };
}

/**
 * Both models were tried on the same films, so the standard error of the difference is at most the sum of theirs, whatever they have in
 * common: what is known of pairs of scores stays at the sites.
 */
function differenceOf(told: readonly ScoresWithout[]): ContributionFigures | null {
  if (told.length === 0) return null;
  const ofModel = (model: 'common' | 'without') => {
    const scores = told.map((site) => site[model]);
    const histogram = mergeHistograms(scores.map((one) => one.histogram));
    return { ...histogramFigures(histogram), stdError: aucStdError(histogram), loss: meanLoss(scores) };
  };
  const [common, without] = [ofModel('common'), ofModel('without')];
  const hasBoth = common.stdError !== null && without.stdError !== null;
  return {
    films: common.films,
    auc: common.auc,
    aucWithout: without.auc,
    aucDifference: common.auc === null || without.auc === null ? null : common.auc - without.auc,
    aucWithin: common.aucWithin + without.aucWithin,
    chanceWithin: hasBoth ? Z95 * ((common.stdError ?? 0) + (without.stdError ?? 0)) : null,
    lossDifference: without.loss - common.loss,
  };
}
