import { z } from 'zod';
import { proseSchema } from './access.ts';
import { whyOpenSchema } from './aggregation.ts';
import { compressionSchema } from './compression.ts';
import { guardedCountSchema } from './dataset.ts';
import { evaluationSchema } from './evaluation.ts';
import { datasetNameSchema, digestSchema, idSchema, instantMsSchema, siteIdSchema } from './names.ts';
import { operationSchema } from './permit.ts';
import { cohortQuerySchema } from './query.ts';

/** What a node's owner agrees to in advance. */
const ruleScopeSchema = z.discriminatedUnion('kind', [
  /** Counts that are asked under this permit. */
  z.strictObject({ kind: z.literal('count'), permitId: idSchema }),
  /** Training for a project: the access request that its permits were granted for. */
  z.strictObject({
    kind: z.literal('train'),
    projectId: idSchema,
    /** Rounds of all its jobs together. */
    rounds: z.number().int().min(1).max(100_000),
    /** Privacy cost of all its jobs together; null sets no bound, and then jobs without differential privacy pass too. */
    epsilon: z.number().positive().max(1000).nullable(),
  }),
]);

/** `POST /api/standing-rules` (operator) */
export const standingRuleWishSchema = z.strictObject({
  scope: ruleScopeSchema,
  /** Why, in the owner's words. */
  because: z.string().trim().min(1).max(500),
  days: z.number().int().min(1).max(1095),
});

/** What the owner wishes to agree to in advance. */
export type StandingRuleWish = z.infer<typeof standingRuleWishSchema>;

/** A standing rule. */
export const standingRuleSchema = z.strictObject({
  ruleId: idSchema,
  scope: ruleScopeSchema,
  because: z.string(),
  createdBy: z.string(),
  createdAtMs: instantMsSchema,
  expiresAtMs: instantMsSchema,
  withdrawnAtMs: instantMsSchema.nullable(),
  state: z.enum(['in-force', 'expired', 'withdrawn']),
  /** What it has decided so far. */
  used: z.strictObject({
    decisions: z.number().int().nonnegative(),
    rounds: z.number().int().nonnegative(),
    epsilon: z.number().nonnegative(),
  }),
});

/** A standing rule. */
export type StandingRule = z.infer<typeof standingRuleSchema>;

/** `GET /api/standing-rules` */
export const standingRulesSchema = z.strictObject({ items: z.array(standingRuleSchema) });

/** `POST /api/local-rules` (operator, protection officer): what this node refuses, whatever a permit says. */
export const localRuleWishSchema = z.strictObject({
  /** Every operation where empty. */
  operations: z.array(operationSchema).max(6),
  /** Every dataset where empty. */
  datasets: z.array(datasetNameSchema).max(200),
  /** Only uses that are commercial, or do not say that they are not. */
  commercialOnly: z.boolean(),
  /** Only this project. */
  projectId: idSchema.nullable(),
  /** Told to whoever the rule stops. */
  because: proseSchema(200).min(1),
});

/** What a node's people refuse. */
export type LocalRuleWish = z.infer<typeof localRuleWishSchema>;

/** A local rule. */
export const localRuleSchema = z.strictObject({
  ...localRuleWishSchema.shape,
  ruleId: idSchema,
  createdBy: z.string(),
  createdAtMs: instantMsSchema,
});

/** A local rule. */
export type LocalRule = z.infer<typeof localRuleSchema>;

/** `GET /api/local-rules`: those in force, newest first. */
export const localRulesSchema = z.strictObject({ items: z.array(localRuleSchema) });

/** What would leave for a job. */
export const leavingSchema = z.strictObject({
  /** Tensors of the update, in the order they travel. */
  tensors: z.array(z.strictObject({ name: z.string(), shape: z.array(z.number().int().positive()) })).max(2000),
  parameters: z.number().int().nonnegative(),
  /** Of the update as it is made here. */
  bytesPerRound: z.number().int().nonnegative(),
  /** Of it on its way, at most: a small one is written in letters inside its receipt, a third longer. */
  sentBytesPerRound: z.number().int().nonnegative(),
  /** On their way, of all rounds. */
  bytesInAll: z.number().int().nonnegative(),
  /** Whether the hub sees this node's update by itself, or only the sum of all. */
  isMasked: z.boolean(),
  /** How it is made smaller before it leaves; null where it travels as it is. */
  compression: compressionSchema.nullable(),
  /** What is evaluated here after the last round; null where nothing is. */
  evaluation: evaluationSchema.nullable(),
  /** Why the hub sees it; null where it does not. */
  whyOpen: whyOpenSchema.nullable(),
  /** Cost of the whole job to a person whose images are learned from; null where the job has no differential privacy. */
  privacy: z
    .strictObject({
      epsilon: z.number().positive(),
      delta: z.number().positive(),
      /** What it may cost at most, whatever happens; and what this node had left when it was asked. */
      limit: z.number().positive().optional(),
      remaining: z.number().nonnegative().optional(),
    })
    .nullable(),
});

/** What would leave for a job. */
export type Leaving = z.infer<typeof leavingSchema>;

/** `GET /api/approvals` */
export const approvalsSchema = z.strictObject({
  items: z.array(
    z.strictObject({
      jobId: idSchema,
      title: z.string(),
      purpose: z.string(),
      task: z.string(),
      specSha256: digestSchema,
      /** Hub-side id of who asks; null for jobs that were asked before this was kept. */
      requestedBy: z.string().nullable(),
      projectId: idSchema.nullable(),
      permitId: idSchema,
      permitExpiresAtMs: instantMsSchema,
      /** What the permit allows and under which data-use terms the dataset was published. */
      operations: z.array(operationSchema),
      conditions: z.array(z.string()),
      dataset: datasetNameSchema,
      cohort: cohortQuerySchema,
      askedAtMs: instantMsSchema,
      persons: guardedCountSchema,
      /** Exact, counted at this node for its owner; they do not leave. */
      own: z.strictObject({ persons: z.number().int(), films: z.number().int() }).nullable(),
      strategy: z.string(),
      rounds: z.number().int(),
      /** What would leave each round. */
      updateBytes: z.number().int(),
      leaving: leavingSchema,
      /** The other sites, and the keys that this node knows of them, where updates are masked. */
      peers: z.array(
        z.strictObject({ siteId: siteIdSchema, fingerprint: z.string().nullable(), confirmed: z.boolean() }),
      ),
      /** Digest of the model's description, and of the code of this node that would train it. */
      modelSha256: digestSchema,
      codeSha256: digestSchema,
      decision: z.enum(['waiting', 'approved', 'denied']),
      decidedBy: z.string().nullable(),
      decidedAtMs: instantMsSchema.nullable(),
      because: z.string().nullable(),
      /** The standing rule that decided. */
      ruleId: idSchema.nullable(),
    }),
  ),
});

/** `GET /api/privacy-ledger`: what training with differential privacy has cost the people of this node. */
export const privacyLedgerSchema = z.strictObject({
  budget: z.strictObject({ epsilon: z.number(), delta: z.number() }),
  /** Of all rounds together, at the δ of the budget: composed, not added up. */
  spent: z.number().nonnegative(),
  /** Whether every entry follows from the one before. */
  intact: z.boolean(),
  projects: z.array(z.strictObject({ projectId: idSchema, epsilon: z.number(), rounds: z.number().int() })),
  jobs: z.array(
    z.strictObject({
      jobId: idSchema,
      projectId: idSchema,
      epsilon: z.number(),
      rounds: z.number().int(),
      lastAtMs: instantMsSchema,
    }),
  ),
});

/** A node's ledger of privacy. */
export type PrivacyLedger = z.infer<typeof privacyLedgerSchema>;

/** `POST /api/approvals/:jobId` (operator): a denial says why. */
export const approvalDecisionSchema = z.strictObject({
  decision: z.enum(['approved', 'denied']),
  because: z.string().max(500),
});

/** `GET /api/outgoing`: the ledger of everything that left, in plain words. */
export const outgoingSchema = z.strictObject({
  items: z.array(
    z.strictObject({
      sequence: z.number().int(),
      atMs: instantMsSchema,
      /** Message key of the kind, such as `poll`, `count`, `update`. */
      kind: z.string(),
      method: z.string(),
      path: z.string(),
      bytes: z.number().int(),
      bodySha256: digestSchema,
      jobId: idSchema.nullable(),
    }),
  ),
  /** Of the rows that fit the filter. */
  total: z.number().int(),
  bytes: z.number().int(),
  byKind: z.array(z.strictObject({ kind: z.string(), requests: z.number().int(), bytes: z.number().int() })),
  /** The jobs that anything left for, newest first. */
  jobs: z.array(idSchema).max(200).optional(),
});

/** What of the ledger is wanted. */
export const outgoingFilterSchema = z.object({
  kind: z
    .string()
    .regex(/^[a-z-]{1,40}$/)
    .optional(),
  jobId: idSchema.optional(),
  /** From this moment on, and before that one. */
  fromMs: z.coerce.number().int().nonnegative().optional(),
  toMs: z.coerce.number().int().nonnegative().optional(),
});

/** What of the ledger is wanted. */
export type OutgoingFilter = z.infer<typeof outgoingFilterSchema>;
