import { z } from 'zod';
import { keyAdvertSchema, rosterSchema, secureSumTaskSchema, sumReceiptSchemas } from './aggregation.ts';
import { datasetRecordSchema, facetFieldsSchema, facetTableSchema, guardedCountSchema } from './dataset.ts';
import { comparedModelsSchema, comparedScoresSchema, siteScoresShape } from './evaluation.ts';
import { jobSpecSchema, siteRoundSchema } from './job.ts';
import { correctionTaskSchema, watchAnswerSchema, watchTaskSchema } from './model-watch.ts';
import { countrySchema, digestSchema, idSchema, instantMsSchema, siteIdSchema } from './names.ts';
import { PERMIT_TOKEN_LIMIT } from './permit.ts';
import { readinessSchema } from './preflight.ts';
import { cohortQuerySchema, QUERY_FIELDS } from './query.ts';

/** Limits of what passes between node and hub, in bytes. */
export const WIRE_LIMITS = {
  messageBytes: 1_048_576,
  blobBytes: 268_435_456,
  pieceBytes: 4_194_304,
  /** Of one content that comes with a task or a receipt. */
  contentOfTaskBytes: 65_536,
  /** How long the answer to a receipt may wait for the next work, in milliseconds. */
  receiptWaitMs: 5000,
} as const;

/** Paths of the hub that nodes dial, below the hub's address. */
export const HUB_PATHS = {
  invitation: '/api/v1/node/invitation',
  enrol: '/api/v1/node/enrol',
  poll: '/api/v1/node/poll',
  blobs: '/api/v1/node/blobs',
  tasks: '/api/v1/node/tasks',
  datasets: '/api/v1/node/datasets',
  checkpoints: '/api/v1/node/checkpoints',
  key: '/api/v1/node/key',
} as const;

/** `POST …/invitation`: whom a one-time code was made for; asked with the code alone, before enrolment. */
export const invitationRequestSchema = z.strictObject({ code: z.string().min(8).max(64) });

/** What the coordinator has written of the site already. */
export const invitationReplySchema = z.strictObject({
  siteId: siteIdSchema,
  country: countrySchema,
  displayName: z.string().min(1).max(120),
});

/** Enrolment: the one request made before the hub knows the node's key; signed with that key all the same. */
export const enrolRequestSchema = z.strictObject({
  wireVersion: z.number().int(),
  code: z.string().min(8).max(64),
  siteId: siteIdSchema,
  country: countrySchema,
  displayName: z.string().min(1).max(120),
  /** Ed25519, 32 bytes, base64url. */
  publicKey: z.string().min(40).max(64),
  software: z.string().max(40),
});

/** The hub's answer: the key the node pins from now on. */
export const enrolReplySchema = z.strictObject({
  siteId: siteIdSchema,
  hubName: z.string(),
  hubPublicKey: z.string(),
  wireVersion: z.number().int(),
  /** `pending`: the coordinator has to let it in before it is given work. */
  state: z.enum(['active', 'pending']).optional(),
});

/** `POST …/key`: puts a new key in the place of the one that the request is signed with. */
export const rotateKeyRequestSchema = z.strictObject({
  oldKey: z.string().min(40).max(64),
  newKey: z.string().min(40).max(64),
  /** The new key's own signature over `unica-new-key-v1`, the site, the old key and the new one, a line each. */
  signature: z.string().max(200),
});

/** A place in the hub's journal that a node was told of: a hub that no longer has it was set back. */
export const witnessSchema = z.strictObject({ sequence: z.number().int().nonnegative(), entrySha256: digestSchema });

/** A place in the hub's journal that a node was told of. */
export type Witness = z.infer<typeof witnessSchema>;

/** Kinds of work the node takes now; empty when its owner has stopped it. */
const acceptsSchema = z
  .array(
    z.enum([
      'count',
      'decide-job',
      'train-round',
      'evaluate-model',
      'compare-models',
      'secure-sum',
      'revoke-permit',
      // From version 4 of the messages on.
      'watch-model',
      'suggest-correction',
    ]),
  )
  .max(16);

/** Tasks the node has under way: what else was leased to it got lost on its way and is given again at once. */
const holdingSchema = z.array(idSchema).max(64);

/** What a node says with every poll. */
export const pollRequestSchema = z.strictObject({
  wireVersion: z.number().int(),
  /** How long the node is willing to wait for work. */
  waitMs: z.number().int().min(0).max(55_000),
  software: z.string().max(40),
  holding: holdingSchema.optional(),
  readiness: readinessSchema.optional(),
  /** Drawn at the start of the node's process: two that speak in turn are two nodes with one identity. */
  run: z
    .string()
    .regex(/^[0-9a-f]{16}$/, '16 hexadecimal digits')
    .optional(),
  /** The node's own clock, before it is corrected by what the hub says. */
  clockMs: instantMsSchema.optional(),
  /** The last place in the hub's journal that the node was told of; null: none yet. Absent: it does not ask now. */
  witness: witnessSchema.nullable().optional(),
  accepts: acceptsSchema,
});

/** What a question is asked for, in the requester's words: an id of a project. */
export const projectSchema = z.string().regex(/^[\w.-]{1,64}$/, 'letters, digits, dots and hyphens');

/** Work for a node. */
export const taskBodySchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('count'),
    searchId: idSchema,
    query: cohortQuerySchema,
    requester: z.string(),
    /** Those who ask for one project are one requester where answers could be compared. */
    project: projectSchema.optional(),
    facets: facetFieldsSchema.optional(),
    /** Allows exact counts; for this site and dataset. */
    permit: z.string().max(PERMIT_TOKEN_LIMIT).optional(),
    /** The permit is for export: the tables leave after the check of two people at the node. */
    release: z.literal('checked').optional(),
  }),
  z.strictObject({
    kind: z.literal('decide-job'),
    jobId: idSchema,
    spec: jobSpecSchema,
    specSha256: digestSchema,
    permit: z.string().max(PERMIT_TOKEN_LIMIT),
    /** The identity keys of the job's sites, where their updates are to be masked: the node pins them. */
    roster: rosterSchema.optional(),
  }),
  z.strictObject({
    kind: z.literal('train-round'),
    jobId: idSchema,
    round: z.number().int().positive(),
    spec: jobSpecSchema,
    specSha256: digestSchema,
    permit: z.string().max(PERMIT_TOKEN_LIMIT),
    weightsSha256: digestSchema,
    /** What the hub remembers, where the strategy tells the sites (SCAFFOLD). */
    stateSha256: digestSchema.optional(),
    /** The last round that counted this site: what it remembers of that round is what it goes on from. */
    countedRound: z.number().int().positive().optional(),
    deadlineMs: instantMsSchema,
  }),
  z.strictObject({
    kind: z.literal('evaluate-model'),
    jobId: idSchema,
    spec: jobSpecSchema,
    specSha256: digestSchema,
    permit: z.string().max(PERMIT_TOKEN_LIMIT),
    weightsSha256: digestSchema,
    /** The weights the job began with, where a site trains on its own films alone. */
    firstWeightsSha256: digestSchema.optional(),
    /** The last round that counted this site: its own model is that of this round. */
    countedRound: z.number().int().positive().optional(),
    deadlineMs: instantMsSchema,
  }),
  z.strictObject({
    kind: z.literal('compare-models'),
    jobId: idSchema,
    spec: jobSpecSchema,
    specSha256: digestSchema,
    permit: z.string().max(PERMIT_TOKEN_LIMIT),
    models: comparedModelsSchema,
    deadlineMs: instantMsSchema,
  }),
  secureSumTaskSchema,
  z.strictObject({ kind: z.literal('revoke-permit'), permitId: idSchema }),
  watchTaskSchema,
  correctionTaskSchema,
]);

/** One kind of work. */
export type TaskBody = z.infer<typeof taskBodySchema>;

/** Content beside a message that names it. */
const contentSchema = z.strictObject({
  sha256: digestSchema,
  base64: z
    .string()
    .max(Math.ceil(WIRE_LIMITS.contentOfTaskBytes / 3) * 4)
    .regex(/^[A-Za-z0-9+/]*={0,2}$/, 'base64'),
});

/** A leased task. */
export const taskEnvelopeSchema = z.strictObject({
  taskId: idSchema,
  leaseUntilMs: instantMsSchema,
  attempt: z.number().int().positive(),
  body: taskBodySchema,
  /** Content that the body names, where it is small: it need not be fetched. From version 2 of the messages on. */
  content: z.array(contentSchema).max(2).optional(),
});

/** A leased task. */
export type TaskEnvelope = z.infer<typeof taskEnvelopeSchema>;

/** Answer to a poll: nothing, or some work. */
export const pollReplySchema = z.strictObject({
  serverTimeMs: instantMsSchema,
  tasks: z.array(taskEnvelopeSchema),
  /** The version of the messages that both speak; told from 3 on, so that a node knows what it may send. */
  wireVersion: z.number().int().optional(),
  /** The head of the hub's journal now, and whether it still has the place that the node was told of; where it was asked. */
  journal: z.strictObject({ head: witnessSchema.nullable(), knowsWitness: z.boolean() }).optional(),
});

/** What a node answers to a task. */
export const receiptSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('counted'),
    persons: guardedCountSchema,
    studies: guardedCountSchema,
    facets: z.array(facetTableSchema).optional(),
    /** Fields of the question that the node knows nothing of; its counts are then of nobody. */
    unsupported: z.array(z.enum(QUERY_FIELDS)).optional(),
    /** True for counts without noise, under a permit. */
    exact: z.boolean().optional(),
    milliseconds: z.number().nonnegative(),
  }),
  z.strictObject({
    kind: z.literal('decided'),
    decision: z.enum(['approved', 'denied']),
    by: z.string().max(100),
    because: z.string().max(500),
    /** Said by the hub's own gateway of sites that run Flower. */
    engine: z.literal('flower').optional(),
    /** The job asks for smaller changes, and the site will send whole ones. */
    sendsWhole: z.literal(true).optional(),
  }),
  z.strictObject({ kind: z.literal('trained'), updateSha256: digestSchema, metrics: siteRoundSchema }),
  /** It trained and keeps its update, which it will send masked: its keys for that. */
  z.strictObject({ kind: z.literal('trained-masked'), advert: keyAdvertSchema, metrics: siteRoundSchema }),
  z.strictObject({
    kind: z.literal('evaluated'),
    ...siteScoresShape,
    /** The model trained there alone, sent where the job has it tried at the other sites. */
    localWeightsSha256: digestSchema.optional(),
  }),
  z.strictObject({ kind: z.literal('compared'), scores: comparedScoresSchema }),
  ...sumReceiptSchemas,
  z.strictObject({ kind: z.literal('watched'), answer: watchAnswerSchema }),
  z.strictObject({ kind: z.literal('done') }),
  /** The node will not or cannot do it; `final` says that asking again is useless. */
  z.strictObject({
    kind: z.literal('refused'),
    code: z.string().max(60),
    because: z.string().max(500),
    final: z.boolean(),
  }),
]);

/** Answer to a task. */
export type Receipt = z.infer<typeof receiptSchema>;

/** An answer to a task with what it names, and what the node would take next. From version 3 of the messages on. */
const carryingReceiptSchema = z.strictObject({
  receipt: receiptSchema,
  /** Content that the receipt names, where it is small: it is not sent before then. */
  content: contentSchema.optional(),
  /** The answer waits a little for the next work, and brings it. */
  next: z
    .strictObject({
      waitMs: z.number().int().min(0).max(WIRE_LIMITS.receiptWaitMs),
      accepts: acceptsSchema,
      /** Said when the receipt is sent again: what was leased with the answer that got lost is not among it. */
      holding: holdingSchema.optional(),
    })
    .optional(),
});

/** What is sent as an answer to a task. `POST …/tasks/:taskId/receipt` */
export const receiptMessageSchema = z.union([receiptSchema, carryingReceiptSchema]);

/** An answer to a task, with what comes with it from version 3 of the messages on. */
export type CarryingReceipt = z.infer<typeof carryingReceiptSchema>;

/** Reply to a receipt: it is kept; the next work, where it was asked for and there is some. */
export const receiptReplySchema = z.strictObject({
  accepted: z.literal(true),
  tasks: z.array(taskEnvelopeSchema).optional(),
});

/** The digest of content that leaves for a receipt and may come with it; undefined for receipts of none. */
export function contentOfReceipt(receipt: Receipt): string | undefined {
  if (receipt.kind === 'trained') return receipt.updateSha256;
  return receipt.kind === 'masked-sent' ? receipt.maskedSha256 : undefined;
}

/** `POST …/tasks/:taskId/renew`: the node is still at it. */
export const renewReplySchema = z.strictObject({ leaseUntilMs: instantMsSchema });

/** `POST …/datasets` */
export const publishRequestSchema = z.strictObject({ record: datasetRecordSchema });

/** `POST …/checkpoints`: the head of the node's audit journal, so that neither side can rewrite history alone. */
export const checkpointSchema = z.strictObject({
  sequence: z.number().int().nonnegative(),
  entrySha256: digestSchema,
  signature: z.string().max(200),
  atMs: instantMsSchema,
});

/** `GET …/checkpoints`: the hub's time, and the newest head of the site's own journal that it was left with. */
export const heldHeadSchema = z.strictObject({ serverTimeMs: instantMsSchema, head: witnessSchema.nullable() });
export type HeldHead = z.infer<typeof heldHeadSchema>;

/** Reply where there is nothing to say. */
export const acceptedSchema = z.strictObject({ accepted: z.literal(true) });

/** `PUT …/blobs/:sha256` */
export const blobReplySchema = z.strictObject({ sha256: digestSchema, sizeBytes: z.number().int().nonnegative() });

/** `PUT …/blobs/:sha256/pieces?start&size`: a piece of content of `size` bytes, from `start` on. */
export const uploadPieceQuerySchema = z.strictObject({
  start: z.coerce.number().int().nonnegative().max(WIRE_LIMITS.blobBytes),
  size: z.coerce.number().int().positive().max(WIRE_LIMITS.blobBytes),
});

/** `GET …/blobs/:sha256/pieces?start&length`: fewer bytes than asked for only at the end. */
export const downloadPieceQuerySchema = z.strictObject({
  start: z.coerce.number().int().nonnegative().max(WIRE_LIMITS.blobBytes),
  length: z.coerce.number().int().positive().max(WIRE_LIMITS.pieceBytes),
});

/** Answer to a piece, and to `GET …/blobs/:sha256/arrived`: bytes the hub has from the beginning, without a gap. */
export const arrivedReplySchema = z.strictObject({
  arrivedBytes: z.number().int().nonnegative(),
  /** The whole is there and has the digest it was announced with. */
  whole: z.boolean(),
});
