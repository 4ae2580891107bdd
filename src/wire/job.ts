import { z } from 'zod';
import { aggregationSchema, keyAdvertSchema, sumStepNameSchema } from './aggregation.ts';
import { compressionSchema } from './compression.ts';
import {
  comparedModelsSchema,
  comparedScoresSchema,
  comparisonSchema,
  evaluationFiguresSchema,
  evaluationSchema,
  modelScoresSchema,
  siteScoresShape,
} from './evaluation.ts';
import { datasetNameSchema, digestSchema, idSchema, instantMsSchema, siteIdSchema } from './names.ts';
import { cohortQuerySchema } from './query.ts';
import { rateScheduleSchema, strategySchema } from './strategy.ts';

/** Mirrors `ResidualSpec` of the engine. */
const residualSpecSchema = z.strictObject({
  architecture: z.enum(['resnet8', 'resnet14', 'resnet18']),
  inputSize: z.number().int().min(8).max(512),
  channels: z.union([z.literal(1), z.literal(3)]),
  outputs: z.literal(1),
  widths: z.array(z.number().int().min(4).max(1024)).min(3).max(4),
  stemStride: z.union([z.literal(1), z.literal(2)]),
});

/** Mirrors `ExamSpec` of the engine. */
const examSpecSchema = z.strictObject({
  architecture: z.enum(['exam', 'exam-head']),
  pictures: z.number().int().min(1).max(8),
  rows: z.number().int().min(32).max(512),
  columns: z.number().int().min(32).max(512),
  widths: z.array(z.number().int().min(4).max(512)).length(4),
  covariates: z.number().int().min(0).max(32),
  years: z.number().int().min(1).max(10),
  classes: z.number().int().min(2).max(10),
  hidden: z.number().int().min(8).max(256),
  greys: z.strictObject({ mean: z.number().min(0).max(1), spread: z.number().gt(0).max(1) }).optional(),
  sides: z.array(z.number().int().min(0).max(1)).min(2).max(8).readonly().optional(),
});

/** Mirrors `NoduleSpec` of the engine. */
const noduleSpecSchema = z.strictObject({
  architecture: z.literal('nodule'),
  rows: z.number().int().min(32).max(512).multipleOf(4),
  columns: z.number().int().min(32).max(512).multipleOf(4),
  widths: z.array(z.number().int().min(1).max(256)).min(3).max(4),
});

/** Mirrors `LinearCoxSpec` of the engine. */
const linearCoxSpecSchema = z.strictObject({
  architecture: z.literal('linear-cox'),
  covariates: z.number().int().min(1).max(1024),
});

/** A model that can be rebuilt from this description alone. Mirrors `ModelSpec` of the engine. */
export const modelSpecSchema = z.discriminatedUnion('architecture', [
  residualSpecSchema,
  examSpecSchema,
  noduleSpecSchema,
  linearCoxSpecSchema,
]);

/** Noise at the nodes. What it costs depends on a site's number of films; each node works it out for itself. */
const jobPrivacySchema = z.strictObject({
  /** Standard deviation of the noise in multiples of the clip norm. */
  noiseMultiplier: z.number().min(0.1).max(1000),
  /** Longest gradient of one film. */
  clipNorm: z.number().min(0.0001).max(10_000),
  /** Well below 1 over the number of films. */
  delta: z.number().min(1e-15).max(0.01),
  /** No site spends more than this for the whole job. */
  epsilon: z.number().min(0.001).max(1000),
});

/** What is learned, from whom, how. Its canonical JSON's digest is what node owners approve. */
export const jobSpecSchema = z.strictObject({
  title: z.string().min(1).max(200),
  /** Name of an imaging task of the pilots room: preprocessing, label, size. */
  task: z.string().regex(/^[a-z0-9-]{2,40}$/),
  purpose: z.string().min(1).max(1000),
  sites: z.array(siteIdSchema).min(1).max(200),
  dataset: datasetNameSchema,
  cohort: cohortQuerySchema,
  model: modelSpecSchema,
  strategy: strategySchema,
  /** 0: nothing is trained; the registered model of `warmStart` is evaluated. */
  rounds: z.number().int().min(0).max(1000),
  localEpochs: z.number().int().min(1).max(100),
  /** Steps of the optimiser in a round, in place of `localEpochs`: sites of any size then train equally long. */
  localSteps: z.number().int().min(1).max(100_000).optional(),
  batchSize: z.number().int().min(1).max(1024),
  learningRate: z.number().positive().max(10),
  schedule: rateScheduleSchema.optional(),
  optimiser: z.strictObject({ kind: z.enum(['adam', 'sgd']) }),
  seed: z.number().int().nonnegative(),
  /** Sites asked in a round, drawn by the seed; all where absent. */
  sitesPerRound: z.number().int().min(1).max(200).optional(),
  /** Longest change of a site (Euclidean norm); a longer one is refused. */
  longestChange: z.number().positive().max(1e6).optional(),
  /** Training with differential privacy of the single record (DP-SGD at the nodes); without where absent. */
  privacy: jobPrivacySchema.optional(),
  /** A registered model to go on from, by its number and the digest of its weights; fresh weights where absent. */
  warmStart: z.strictObject({ modelId: idSchema, weightsSha256: digestSchema }).optional(),
  /** How updates are added up; open, as before there was a choice, where absent. */
  aggregation: aggregationSchema.optional(),
  /** How each site's change is made smaller before it leaves; as it is where absent. */
  compression: compressionSchema.optional(),
  /** What is evaluated at the sites after the last round; nothing where absent. */
  evaluation: evaluationSchema.optional(),
  /** The rounds travel by the Flower SuperLink of the hub's settings; by the hub itself where absent. */
  engine: z.literal('flower').optional(),
  /** A round closes when this share of the approving sites has answered and the deadline has passed. */
  quorum: z.number().min(0.1).max(1),
  roundDeadlineMs: z.number().int().min(1000).max(86_400_000),
});

/** Specification of a learning job. */
export type JobSpec = z.infer<typeof jobSpecSchema>;

/** What a permit has to allow for a job: one without rounds only evaluates. */
export function operationOf({ rounds }: Pick<JobSpec, 'rounds'>): 'train' | 'evaluate' {
  return rounds === 0 ? 'evaluate' : 'train';
}

/** Released metrics of one site's round. */
export const siteRoundSchema = z.strictObject({
  samples: z.number().int().nonnegative(),
  /** Mean training loss of the last local epoch; with differential privacy that of the received model on validation films, 0 where it may not be shown. */
  loss: z.number(),
  seconds: z.number().nonnegative(),
  /** Bytes of the update that left. */
  bytesOut: z.number().int().nonnegative(),
  /** Where the job makes changes smaller: bytes of the change as it was, and how much of its length was left out this time. */
  compression: z
    .strictObject({ plainBytes: z.number().int().nonnegative(), leftBehind: z.number().min(0).max(1) })
    .optional(),
  /** With differential privacy: what the job has cost this site up to and with this round. */
  privacy: z.strictObject({ epsilon: z.number().nonnegative(), delta: z.number().positive() }).optional(),
  /** The received global model's scores on the site's validation films; absent where a class is too small to show. */
  validation: modelScoresSchema.nullable(),
  /** What it was made with: digests of the site's data version and of its training code, and what that ran on. */
  provenance: z
    .strictObject({
      dataSha256: digestSchema,
      /** Of the list of pseudonyms that were in the cohort: the snapshot that it was trained under. */
      cohortSha256: digestSchema.optional(),
      codeSha256: digestSchema,
      environment: z.string().max(200),
    })
    .optional(),
});

/** One site's contribution to one round. */
export type SiteRound = z.infer<typeof siteRoundSchema>;

/** Everything that happens to a job, in order; its state is the fold of these. */
export const jobEventSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('submitted'),
    atMs: instantMsSchema,
    jobId: idSchema,
    spec: jobSpecSchema,
    specSha256: digestSchema,
    /** One permit for each site, as issued. */
    permits: z.record(z.string(), idSchema),
    submittedBy: z.string(),
  }),
  z.strictObject({
    kind: z.literal('site-decided'),
    atMs: instantMsSchema,
    siteId: siteIdSchema,
    decision: z.enum(['approved', 'denied']),
    /** "automatic (demo rule)" or the role that decided; never a name. */
    by: z.string().max(100),
    because: z.string().max(500),
    /** The site runs Flower and not a UNICA node: no secure aggregation there, and not our de-identification. */
    engine: z.literal('flower').optional(),
    /** The job asks for smaller changes, and the site will send whole ones. */
    sendsWhole: z.literal(true).optional(),
  }),
  z.strictObject({
    kind: z.literal('round-opened'),
    atMs: instantMsSchema,
    round: z.number().int().positive(),
    sites: z.array(siteIdSchema),
    weightsSha256: digestSchema,
    deadlineMs: instantMsSchema,
  }),
  z.strictObject({
    kind: z.literal('update-received'),
    atMs: instantMsSchema,
    round: z.number().int().positive(),
    siteId: siteIdSchema,
    updateSha256: digestSchema,
    /** The round whose model it was made from, where that is an earlier one (FedBuff). */
    baseRound: z.number().int().positive().optional(),
    /** Euclidean length of the change, as the hub has measured it. */
    changeLength: z.number().nonnegative().optional(),
    metrics: siteRoundSchema,
  }),
  /** A site has trained; its update stays there until the group is known. */
  z.strictObject({
    kind: z.literal('site-trained'),
    atMs: instantMsSchema,
    round: z.number().int().positive(),
    siteId: siteIdSchema,
    advert: keyAdvertSchema,
    metrics: siteRoundSchema,
  }),
  /** The next step of adding up masked updates, and whom it is asked of. */
  z.strictObject({
    kind: z.literal('sum-step'),
    atMs: instantMsSchema,
    round: z.number().int().positive(),
    step: sumStepNameSchema,
    sites: z.array(siteIdSchema),
    deadlineMs: instantMsSchema,
  }),
  /** A site's answer to it: the masked update, or a JSON document. */
  z.strictObject({
    kind: z.literal('sum-answer'),
    atMs: instantMsSchema,
    round: z.number().int().positive(),
    step: sumStepNameSchema,
    siteId: siteIdSchema,
    contentSha256: digestSchema,
  }),
  z.strictObject({
    kind: z.literal('sum-refused'),
    atMs: instantMsSchema,
    round: z.number().int().positive(),
    step: sumStepNameSchema,
    siteId: siteIdSchema,
    because: z.string().max(500),
  }),
  z.strictObject({
    kind: z.literal('site-failed'),
    atMs: instantMsSchema,
    round: z.number().int().positive(),
    siteId: siteIdSchema,
    because: z.string().max(500),
  }),
  z.strictObject({
    kind: z.literal('round-closed'),
    atMs: instantMsSchema,
    round: z.number().int().positive(),
    weightsSha256: digestSchema,
    loss: z.number(),
    /** What the strategy remembers for the next round, where it remembers anything. */
    stateSha256: digestSchema.optional(),
    /** Cosine of each site's change to that of the model, where the hub sees them. */
    agreement: z.record(siteIdSchema, z.number().min(-1).max(1)).optional(),
    /** AUC of the merged validation histograms of the model this round started from. */
    auc: z.number().nullable(),
    sites: z.array(siteIdSchema),
  }),
  z.strictObject({
    kind: z.literal('evaluation-opened'),
    atMs: instantMsSchema,
    sites: z.array(siteIdSchema),
    weightsSha256: digestSchema,
    deadlineMs: instantMsSchema,
  }),
  z.strictObject({
    kind: z.literal('site-evaluated'),
    atMs: instantMsSchema,
    siteId: siteIdSchema,
    ...siteScoresShape,
    /** The model trained there alone, where the job has it tried at the other sites. */
    localWeightsSha256: digestSchema.optional(),
  }),
  z.strictObject({
    kind: z.literal('evaluation-refused'),
    atMs: instantMsSchema,
    siteId: siteIdSchema,
    because: z.string().max(500),
  }),
  /** Models that are tried at all sites beside the common one. */
  z.strictObject({
    kind: z.literal('comparison-opened'),
    atMs: instantMsSchema,
    sites: z.array(siteIdSchema),
    models: comparedModelsSchema,
    deadlineMs: instantMsSchema,
  }),
  z.strictObject({
    kind: z.literal('site-compared'),
    atMs: instantMsSchema,
    siteId: siteIdSchema,
    scores: comparedScoresSchema,
  }),
  z.strictObject({
    kind: z.literal('comparison-refused'),
    atMs: instantMsSchema,
    siteId: siteIdSchema,
    because: z.string().max(500),
  }),
  z.strictObject({
    kind: z.literal('finished'),
    atMs: instantMsSchema,
    modelId: idSchema,
    weightsSha256: digestSchema,
    auc: z.number().nullable(),
  }),
  z.strictObject({ kind: z.literal('cancelled'), atMs: instantMsSchema, because: z.string().max(500) }),
  z.strictObject({ kind: z.literal('failed'), atMs: instantMsSchema, because: z.string().max(500) }),
]);

/** One event of a job. */
export type JobEvent = z.infer<typeof jobEventSchema>;

/** State of a job as the portal and the terminal show it. */
export const jobViewSchema = z.strictObject({
  jobId: idSchema,
  spec: jobSpecSchema,
  specSha256: digestSchema,
  state: z.enum(['awaiting-approval', 'running', 'finished', 'cancelled', 'failed']),
  because: z.string().nullable(),
  submittedAtMs: instantMsSchema,
  updatedAtMs: instantMsSchema,
  sites: z.array(
    z.strictObject({
      siteId: siteIdSchema,
      decision: z.enum(['waiting', 'approved', 'denied']),
      decidedBy: z.string().nullable(),
      because: z.string().nullable(),
      /** The site runs Flower and not a UNICA node: no secure aggregation there, and not our de-identification. */
      engine: z.literal('flower').optional(),
      /** The job asks for smaller changes, and the site sends whole ones. */
      sendsWhole: z.literal(true).optional(),
    }),
  ),
  rounds: z.array(
    z.strictObject({
      round: z.number().int().positive(),
      state: z.enum(['open', 'closed']),
      openedAtMs: instantMsSchema,
      closedAtMs: instantMsSchema.nullable(),
      loss: z.number().nullable(),
      auc: z.number().nullable(),
      /** How far adding up its masked updates is; absent before, and where updates are open. */
      sum: z
        .strictObject({
          step: sumStepNameSchema,
          /** Sites of the group, those that must answer each step, and those whose answer to this one is there. */
          group: z.number().int(),
          needed: z.number().int(),
          answered: z.number().int(),
        })
        .optional(),
      sites: z.array(
        z.strictObject({
          siteId: siteIdSchema,
          state: z.enum(['working', 'received', 'failed']),
          metrics: siteRoundSchema.nullable(),
          /** Euclidean length of its change of the model; absent where the hub cannot see it. */
          changeLength: z.number().nonnegative().optional(),
          /** Cosine of its change to that of the model, once the round is closed; absent where the hub cannot see it. */
          agreement: z.number().min(-1).max(1).optional(),
          because: z.string().nullable(),
        }),
      ),
    }),
  ),
  modelId: idSchema.nullable(),
  /** The final model at the sites; absent before that begins, and where the job asks for no evaluation. */
  evaluation: z
    .strictObject({
      deadlineMs: instantMsSchema,
      /** Of the common model over the sites that answered; null before one that may be told of has. */
      merged: evaluationFiguresSchema.nullable(),
      sites: z.array(
        z.strictObject({
          siteId: siteIdSchema,
          state: z.enum(['working', 'received', 'failed']),
          because: z.string().nullable(),
          common: evaluationFiguresSchema.nullable(),
          personal: evaluationFiguresSchema.nullable(),
          localOnly: evaluationFiguresSchema.nullable(),
        }),
      ),
      /** Models without each site, and those of one site at the others; absent before that begins, and where it is not asked for. */
      comparison: comparisonSchema.optional(),
    })
    .optional(),
});

/** A job's state. */
export type JobView = z.infer<typeof jobViewSchema>;
