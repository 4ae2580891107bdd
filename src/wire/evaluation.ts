import { z } from 'zod';
import { digestSchema, instantMsSchema, siteIdSchema } from './names.ts';
import { scoreHistogramSchema } from './score-histogram.ts';

/** What is evaluated at every site when the last round has closed; part of what node owners approve. */
export const evaluationSchema = z.strictObject({
  /** Each site also trains on its own films alone, as long as the job did, and tells how that model does there. */
  localOnly: z.boolean(),
  /** The model trained at each site alone leaves it, open, and is tried at every other site. Needs `localOnly`. */
  crossSite: z.boolean().optional(),
  /**
   * The final model as it would be without each site's changes, tried at every site. Nothing is trained again: the other sites'
   * changes are those they made in its company.
   */
  withoutEach: z.boolean().optional(),
});

/** No more sites than this are left out in turn, or their models tried at one another. */
export const MOST_COMPARED_SITES = 20;

/** A model that is tried at all sites beside the common one. */
const comparedModelShape = { kind: z.enum(['without-site', 'local-only']), siteId: siteIdSchema };

/** A model that is tried at all sites beside the common one, and its weights. */
export const comparedModelSchema = z.strictObject({ ...comparedModelShape, weightsSha256: digestSchema });

/** A model that is tried at all sites beside the common one, and its weights. */
export type ComparedModel = z.infer<typeof comparedModelSchema>;

/** Every model a site is asked to try. */
export const comparedModelsSchema = z.array(comparedModelSchema).max(2 * MOST_COMPARED_SITES);

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

/** What a site found of the models it was asked to try; null where too few people may be told of. */
export const comparedScoresSchema = z
  .array(z.strictObject({ ...comparedModelShape, scores: modelScoresSchema.nullable() }))
  .max(2 * MOST_COMPARED_SITES);

/** What a site found of the models it was asked to try. */
export type ComparedScores = z.infer<typeof comparedScoresSchema>;

/** What leaving a site's changes out does to the final model, on the same films. */
const contributionFiguresSchema = z.strictObject({
  films: z.number().int(),
  /** Of the final model and of the one without the site; null where a class is missing. */
  auc: z.number().nullable(),
  aucWithout: z.number().nullable(),
  /** With the site less without it: above 0 where its changes helped. */
  aucDifference: z.number().nullable(),
  /** The exact difference is at most so far away, because scores are counted in bins. */
  aucWithin: z.number().nonnegative(),
  /** A difference that is no larger may be chance (95 %); an upper bound, whatever the two models have in common. */
  chanceWithin: z.number().nonnegative().nullable(),
  /** Mean loss without the site less that with it: above 0 where its changes helped. */
  lossDifference: z.number(),
});

/** What leaving a site's changes out does to the final model. */
export type ContributionFigures = z.infer<typeof contributionFiguresSchema>;

/** Models that were tried at all sites. */
export const comparisonSchema = z.strictObject({
  deadlineMs: instantMsSchema,
  sites: z.array(
    z.strictObject({
      siteId: siteIdSchema,
      state: z.enum(['working', 'received', 'failed']),
      because: z.string().nullable(),
    }),
  ),
  /** Each model at each site that was asked; null where it has not answered, or too few people may be told of. */
  models: z.array(
    z.strictObject({
      ...comparedModelShape,
      sites: z.array(
        z.strictObject({
          siteId: siteIdSchema,
          figures: evaluationFiguresSchema.omit({ roc: true, calibration: true }).nullable(),
        }),
      ),
    }),
  ),
  contributions: z.array(
    z.strictObject({
      siteId: siteIdSchema,
      /** On the films of all sites that told of both models. */
      everywhere: contributionFiguresSchema.nullable(),
      /** On those of the other sites alone. */
      elsewhere: contributionFiguresSchema.nullable(),
    }),
  ),
});

/** Models that were tried at all sites. */
export type Comparison = z.infer<typeof comparisonSchema>;
