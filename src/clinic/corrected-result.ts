import { canonicalJson, sha256Hex } from '#base';
import { logitOf } from '#evaluation';
import type { ModelResult } from '#results';

/** How a site makes scores fit what it sees: logit′ = intercept + slope · logit. */
export interface Correction {
  readonly intercept: number;
  readonly slope: number;
}

/** A score as the site tells it; it rises with the model's own. */
export function correctedScore(score: number, { intercept, slope }: Correction): number {
  return 1 / (1 + Math.exp(-(intercept + slope * logitOf(score))));
}

/** The model's own score of one that was told with a correction. */
export function ownScore(score: number, { intercept, slope }: Correction): number {
  return 1 / (1 + Math.exp(-(logitOf(score) - intercept) / slope));
}

/**
 * A result with the scores of its site, and a remark that says so. Findings of mammograms and density are no risk, and stay. A chest
 * film's places and map are on the scale of its score, and move with it. It comes of other inputs, so that it is another object.
 */
export function correctedResult(result: ModelResult, correction: Correction): ModelResult {
  const { outcome, task } = result;
  if (outcome.kind === 'refused') return result;
  const move = (score: number) => correctedScore(score, correction);
  const estimate = <
    Estimate extends {
      readonly value: number;
      readonly interval?: { readonly low: number; readonly high: number; readonly level: number } | undefined;
    },
  >(
    told: Estimate,
  ): Estimate =>
    told.interval === undefined
      ? { ...told, value: move(told.value) }
      : {
          ...told,
          value: move(told.value),
          interval: { ...told.interval, low: move(told.interval.low), high: move(told.interval.high) },
        };
  const { intercept, slope } = correction;
  const remark = `Recalibrated at this site: logit = ${intercept.toFixed(3)} + ${slope.toFixed(3)} × logit of the model.`;
  const images =
    task === 'breast-risk'
      ? result.images
      : result.images.map((image) => ({
          ...image,
          ...(image.score === undefined ? {} : { score: estimate(image.score) }),
          findings: image.findings.map((finding) => ({ ...finding, probability: move(finding.probability) })),
          ...(image.map === undefined
            ? {}
            : // Where the model saw nothing at all there is nothing to move.
              { map: { ...image.map, values: image.map.values.map((value) => (value > 0 ? move(value) : 0)) } }),
        }));
  return {
    ...result,
    inputsSha256: sha256Hex(canonicalJson({ inputs: result.inputsSha256, intercept, slope })),
    images,
    outcome: {
      ...outcome,
      score: estimate(outcome.score),
      ...(outcome.risks === undefined
        ? {}
        : { risks: outcome.risks.map((risk) => ({ ...risk, estimate: estimate(risk.estimate) })) }),
      remarks: [...(outcome.remarks ?? []), remark],
    },
  };
}
