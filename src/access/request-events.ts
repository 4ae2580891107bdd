import { z } from 'zod';
import {
  accessFormSchema,
  datasetNameSchema,
  feeSchema,
  idSchema,
  instantMsSchema,
  MOVES,
  REFUSAL_REASONS,
  siteIdSchema,
  waiverSchema,
} from '#wire';

const by = z.string().max(200);
const atMs = instantMsSchema;
const siteId = siteIdSchema;
const text = z.string().max(8000);

/** Whether a holder's own committee decides, or that of the network in its place; and how many votes it takes. */
const seatsSchema = z.record(
  z.string(),
  z.strictObject({
    committee: z.enum(['own', 'network']),
    quorum: z.number().int().positive(),
    /** The quorum that is set; the one above is lower where there are fewer members. Requests of earlier versions lack it. */
    rule: z.number().int().positive().optional(),
  }),
);

/** Everything that happens to a request, in order; its state is the fold of these. */
export const requestEventSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('drafted'), atMs, by, requestId: idSchema, form: accessFormSchema }),
  z.strictObject({ kind: z.literal('revised'), atMs, by, form: accessFormSchema }),
  z.strictObject({ kind: z.literal('submitted'), atMs, by, seats: seatsSchema }),
  z.strictObject({ kind: z.literal('commented'), atMs, by, text, internalTo: siteId.nullable() }),
  z.strictObject({ kind: z.literal('moved'), atMs, by, siteId, state: z.enum(MOVES), text }),
  z.strictObject({ kind: z.literal('asked'), atMs, by, siteId, text }),
  z.strictObject({ kind: z.literal('answered'), atMs, by, siteId, text }),
  z.strictObject({ kind: z.literal('recused'), atMs, by, seat: by.optional(), siteId, text }),
  z.strictObject({
    kind: z.literal('voted'),
    atMs,
    by,
    /** The member whose seat it is, where somebody stands in. */
    seat: by.optional(),
    siteId,
    /** What was voted on; votes of earlier versions do not say. */
    version: z.number().int().positive().optional(),
    vote: z.enum(['grant', 'refuse', 'abstain']),
    text,
    reason: z.enum(REFUSAL_REASONS).nullable(),
    conditions: z.array(z.string().max(500)).max(20),
    waivers: z.array(waiverSchema).max(23),
  }),
  z.strictObject({
    kind: z.literal('decided'),
    atMs,
    /** The member whose vote made it a decision. */
    by,
    siteId,
    decision: z.enum(['granted', 'refused']),
    text,
    reason: z.enum(REFUSAL_REASONS).nullable(),
    conditions: z.array(z.string().max(500)).max(300),
    waivers: z.array(waiverSchema).max(23),
    permitIds: z.array(idSchema),
    /** Decisions of earlier versions know no fees. */
    fee: feeSchema.nullable().optional(),
    /** With a fee the permits come later: what people judged of each dataset is kept for them. */
    judged: z
      .array(z.strictObject({ dataset: datasetNameSchema, terms: z.array(z.string().max(40)).max(46) }))
      .optional(),
  }),
  /** What a committee decides with follows who is on it. */
  z.strictObject({
    kind: z.literal('reseated'),
    atMs,
    by,
    siteId,
    committee: z.enum(['own', 'network']),
    quorum: z.number().int().positive(),
  }),
  z.strictObject({ kind: z.literal('fee-stated'), atMs, by, siteId, fee: feeSchema.nullable() }),
  z.strictObject({ kind: z.literal('fee-accepted'), atMs, by, siteId, permitIds: z.array(idSchema) }),
  z.strictObject({ kind: z.literal('fee-declined'), atMs, by, siteId }),
  z.strictObject({ kind: z.literal('appealed'), atMs, by, siteId, text }),
  z.strictObject({
    kind: z.literal('amended'),
    atMs,
    by,
    form: accessFormSchema,
    text,
    renews: z.boolean(),
    seats: seatsSchema,
    /** Holders whose decision this reopens. */
    reopens: z.array(siteId),
  }),
  z.strictObject({ kind: z.literal('withdrawn'), atMs, by, text }),
  z.strictObject({ kind: z.literal('revoked'), atMs, by, siteId, permitId: idSchema, text }),
]);

/** Something that happened to a request. */
export type RequestEvent = z.infer<typeof requestEventSchema>;
