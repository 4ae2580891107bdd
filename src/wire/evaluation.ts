import { z } from 'zod';
import { scoreHistogramSchema } from './score-histogram.ts';

/** What is evaluated at every site when the last round has closed; part of what node owners approve. */
export const evaluationSchema = z.strictObject({
  /** Each site also trains on its own films alone, as long as the job did, and tells how that model does there. */
  localOnly: z.boolean(),
});

/** How a model does on a site's validation films. */
export const modelScoresSchema = z.strictObject({
  loss: z.number(),
  samples: z.number().int().nonnegative(),
  histogram: scoreHistogramSchema,
});

/** How a model does on a site's validation films. */
export type ModelScores = z.infer<typeof modelScoresSchema>;

/** Figures of merged histograms: nothing but counts of scores left the sites. */
export const evaluationFiguresSchema = z.strictObject({
  films: z.number().int(),
  /** Null where a class is missing. */
  auc: z.number().nullable(),
  /** The exact AUC is at most so far away: films of both classes in one bin count as ties. */
  aucWithin: z.number().nonnegative(),
  loss: z.number(),
  /** Mean over the bins of |share of positives − middle of the bin|, weighted by films; off by at most half a bin. */
  calibrationError: z.number(),
  calibrationWithin: z.number().nonnegative(),
  /** By falling threshold, from (0, 0) to (1, 1). */
  roc: z.array(z.strictObject({ falsePositiveRate: z.number(), truePositiveRate: z.number() })).max(51),
  /** Fifths of the scale: predicted (middle score of its films) and observed share of positives. */
  calibration: z
    .array(z.strictObject({ films: z.number().int(), predicted: z.number(), observed: z.number() }))
    .max(10),
});

/** Figures of merged histograms. */
export type EvaluationFigures = z.infer<typeof evaluationFiguresSchema>;

/** The three models a site can tell of; null where the job has no such model, or too few people may be told of. */
export const siteScoresShape = {
  /** The common model. */
  common: modelScoresSchema.nullable(),
  /** The site's own model (Ditto), or the common one with the site's own parts (FedBN). */
  personal: modelScoresSchema.nullable(),
  /** Trained on the site's films alone. */
  localOnly: modelScoresSchema.nullable(),
};

/** Of one site. */
export type SiteScores = { readonly [Model in keyof typeof siteScoresShape]: ModelScores | null };
