import { z } from 'zod';
import { dataUseSchema } from './data-use.ts';
import { datasetNameSchema, idSchema, instantMsSchema, siteIdSchema } from './names.ts';
import { cohortQuerySchema } from './query.ts';

/** What a permit may allow. */
export const OPERATIONS = [
  'count-exact',
  'train',
  'evaluate',
  'statistics',
  'export-aggregate',
  'in-place-view',
] as const;

/**
 * Those that nodes have a door for, and that can be asked for. Nobody looks at pictures of a node from outside of it: a permit of earlier
 * days that names `in-place-view` is honoured nowhere.
 */
export const OFFERED_OPERATIONS = ['count-exact', 'statistics', 'export-aggregate', 'train', 'evaluate'] as const;
export const operationSchema = z.enum(OPERATIONS);

/** One of {@link OPERATIONS}. */
export type Operation = z.infer<typeof operationSchema>;

/**
 * Whether a permit's operations cover one: who may train may evaluate, since every round of training does; who may have tables of
 * counts may have a count.
 */
export function coversOperation(operations: readonly Operation[], wanted: Operation): boolean {
  return (
    operations.includes(wanted) ||
    (wanted === 'evaluate' && operations.includes('train')) ||
    (wanted === 'count-exact' && operations.includes('statistics'))
  );
}

/** Claims of a permit: a signed token (EdDSA JWT, typ "unica-permit+jwt") addressed to one site. */
export const permitClaimsSchema = z.object({
  /** The hub that issued it. */
  iss: z.string().max(200),
  /** The person or project it was issued to; a hub-side id. */
  sub: z.string().max(200),
  /** The site that may honour it. */
  aud: siteIdSchema,
  jti: idSchema,
  /** Seconds since the epoch. */
  iat: z.number().int(),
  nbf: z.number().int(),
  exp: z.number().int(),
  dataset: datasetNameSchema,
  operations: z.array(operationSchema).min(1),
  purpose: z.string().max(1000),
  requestId: idSchema,
  /** The purpose in data-use terms; null where it was not stated. Absent in permits of hubs that did not ask: people judged. */
  use: dataUseSchema.nullable().optional(),
  /** The organisation that answers for what is done under it. */
  controller: z.string().min(1).max(200).optional(),
  /** There is an ethics approval. */
  ethics: z.boolean().optional(),
  /** Conditions of the dataset that people judged to be met, and those they do not insist on. */
  judged: z.array(z.string().max(40)).max(46).optional(),
  /** Only these people of the dataset. */
  cohort: cohortQuerySchema.optional(),
  /** The most that training may cost one person at this site, over all jobs of the project. */
  epsilon: z.number().positive().max(1000).optional(),
  /** The same in the words of GA4GH passports (Passport specification 1.2, ControlledAccessGrants). */
  ga4gh_visa_v1: z
    .object({
      type: z.literal('ControlledAccessGrants'),
      asserted: z.number().int(),
      value: z.string().max(300),
      source: z.string().max(300),
      by: z.literal('dac'),
    })
    .optional(),
});

/** Claims of a permit. */
export type PermitClaims = z.infer<typeof permitClaimsSchema>;

/** A permit as listed in the portal. */
export const permitViewSchema = z.strictObject({
  permitId: idSchema,
  siteId: siteIdSchema,
  dataset: datasetNameSchema,
  operations: z.array(operationSchema),
  purpose: z.string(),
  issuedAtMs: instantMsSchema,
  expiresAtMs: instantMsSchema,
  revokedAtMs: instantMsSchema.nullable(),
  requestId: idSchema.optional(),
  epsilon: z.number().nullable().optional(),
  judged: z.array(z.string()).optional(),
  isBoundToCohort: z.boolean().optional(),
});

/** A permit. */
export type PermitView = z.infer<typeof permitViewSchema>;

/** `GET /api/permits/:permitId/policy` */
export const permitPolicySchema = z.strictObject({
  clauses: z.array(
    z.strictObject({ id: z.string().max(100), effect: z.enum(['permit', 'forbid']), says: z.string().max(500) }),
  ),
  /** Text of the language Cedar 4. */
  cedar: z.string().max(200_000),
});

/** Characters of a permit's token: a cohort may be written into it. */
export const PERMIT_TOKEN_LIMIT = 16_384;

/** `GET /api/permits/:permitId/token`: the permit as its site verifies it. */
export const permitTokenSchema = z.strictObject({ token: z.string().max(PERMIT_TOKEN_LIMIT) });
