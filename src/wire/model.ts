import { z } from 'zod';
import { comparisonSchema, evaluationFiguresSchema } from './evaluation.ts';
import { jobSpecSchema } from './job.ts';
import { datasetNameSchema, digestSchema, idSchema, instantMsSchema, siteIdSchema } from './names.ts';

/** Evidence attached to a model by whoever evaluated it. */
export const modelEvidenceSchema = z.strictObject({
  /** What the figures were measured on, in words. */
  setting: z.string().max(500),
  /** True where a village held all images on one machine to make the comparison. */
  simulated: z.boolean(),
  testSamples: z.number().int().nonnegative(),
  federated: z.strictObject({
    auc: z.number(),
    aucLow: z.number(),
    aucHigh: z.number(),
    accuracy: z.number(),
    ece: z.number(),
  }),
  localOnly: z.array(z.strictObject({ siteId: siteIdSchema, samples: z.number().int(), auc: z.number() })),
  pooled: z.strictObject({ auc: z.number(), samples: z.number().int() }).nullable(),
  /** Films with the model's reason, PNG in the hub's blob store; made only from synthetic or public images. */
  explanations: z
    .array(
      z.strictObject({
        caption: z.string().max(200),
        probability: z.number(),
        truth: z.number().int(),
        imageSha256: digestSchema,
        overlaySha256: digestSchema,
      }),
    )
    .max(12),
});

/** Evidence for a model. */
export type ModelEvidence = z.infer<typeof modelEvidenceSchema>;

/** How far a model has come: fresh from a job, taken into the registry by a person, no longer to be used. */
const modelStateSchema = z.enum(['candidate', 'registered', 'retired']);

/** State of a model. */
export type ModelState = z.infer<typeof modelStateSchema>;

/** `POST /api/models/:id/state` (coordinator) */
export const modelStateChangeSchema = z.strictObject({
  state: z.enum(['registered', 'retired']),
  because: z.string().trim().min(1).max(1000),
});

const modelHistorySchema = z.array(
  z.strictObject({ state: modelStateSchema, by: z.string(), because: z.string(), atMs: instantMsSchema }),
);

/** `GET /api/models`, `GET /api/models/:id` */
export const modelViewSchema = z.strictObject({
  modelId: idSchema,
  jobId: idSchema,
  title: z.string(),
  task: z.string(),
  createdAtMs: instantMsSchema,
  parameters: z.number().int(),
  weightsSha256: digestSchema,
  specSha256: digestSchema,
  sites: z.array(siteIdSchema),
  rounds: z.number().int(),
  status: z.literal('research use only, not a medical device'),
  evidence: modelEvidenceSchema.nullable(),
  state: modelStateSchema,
  /** 1 for a model from fresh weights, else one more than that of the model it goes on from. */
  version: z.number().int().positive(),
  /** The model it goes on from. */
  parentId: idSchema.nullable(),
  /** Oldest first. */
  history: modelHistorySchema,
});

/** A registered model. */
export type ModelView = z.infer<typeof modelViewSchema>;

const seenSchema = z.array(z.string().max(200)).max(1000);

const figuresSchema = evaluationFiguresSchema.omit({ roc: true, calibration: true });

/** `GET /api/models/:id/report`: all that is needed to judge a model and to make it again. */
export const modelReportSchema = z.strictObject({
  format: z.literal('unica-model-report/1'),
  model: modelViewSchema,
  /** Models it goes on from, nearest first. */
  parents: z.array(z.strictObject({ modelId: idSchema, jobId: idSchema, weightsSha256: digestSchema })),
  /** Other models of the very same specification, and whether they are the same bits. */
  reruns: z.array(
    z.strictObject({
      modelId: idSchema,
      createdAtMs: instantMsSchema,
      weightsSha256: digestSchema,
      isIdentical: z.boolean(),
    }),
  ),
  job: z.strictObject({
    spec: jobSpecSchema,
    submittedBy: z.string(),
    submittedAtMs: instantMsSchema,
    seconds: z.number().nonnegative(),
    bytes: z.number().int().nonnegative(),
  }),
  sites: z.array(
    z.strictObject({
      siteId: siteIdSchema,
      dataset: datasetNameSchema,
      decision: z.enum(['waiting', 'approved', 'denied']),
      decidedBy: z.string().nullable(),
      because: z.string().nullable(),
      permitId: idSchema.nullable(),
      /** The dataset's version in the catalogue now, and its digest. */
      published: z.strictObject({ version: z.number().int(), contentSha256: digestSchema }).nullable(),
      /** Digests of the data, code and surroundings it trained with; more than one where they changed between rounds. */
      dataSha256: seenSchema,
      /** Snapshots of the people that rounds were trained under; empty where a site did not say. */
      cohortSha256: seenSchema.default([]),
      codeSha256: seenSchema,
      environments: seenSchema,
      rounds: z.number().int(),
      films: z.number().int().nullable(),
      bytes: z.number().int(),
    }),
  ),
  rounds: z.array(
    z.strictObject({
      round: z.number().int(),
      seconds: z.number().nullable(),
      loss: z.number().nullable(),
      auc: z.number().nullable(),
      sites: z.array(
        z.strictObject({
          siteId: siteIdSchema,
          state: z.enum(['working', 'received', 'failed']),
          because: z.string().nullable(),
          films: z.number().int().nullable(),
          loss: z.number().nullable(),
          auc: z.number().nullable(),
          seconds: z.number().nullable(),
          bytes: z.number().int().nullable(),
        }),
      ),
    }),
  ),
  /** How the finished model did at the sites; null where nobody asked. */
  evaluation: z
    .strictObject({
      merged: figuresSchema.nullable(),
      sites: z.array(
        z.strictObject({
          siteId: siteIdSchema,
          common: figuresSchema.nullable(),
          personal: figuresSchema.nullable(),
          localOnly: figuresSchema.nullable(),
        }),
      ),
      comparison: comparisonSchema.nullable(),
    })
    .nullable()
    .default(null),
  hub: z.strictObject({ software: z.string(), codeSha256: digestSchema, environment: z.string() }),
});

/** Everything about a model's making. */
export type ModelReport = z.infer<typeof modelReportSchema>;
