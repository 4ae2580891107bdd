import { z } from 'zod';
import { datasetNameSchema, idSchema, instantMsSchema, siteIdSchema } from './names.ts';

/** What a permit may allow. */
export const OPERATIONS = ['count-exact', 'train', 'evaluate'] as const;
export const operationSchema = z.enum(OPERATIONS);

/** One of {@link OPERATIONS}. */
export type Operation = z.infer<typeof operationSchema>;

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
});

/** Claims of a permit. */
export type PermitClaims = z.infer<typeof permitClaimsSchema>;

/** A request for access as its requester and the committee see it. */
export const accessRequestSchema = z.strictObject({
  requestId: idSchema,
  title: z.string().min(1).max(200),
  purpose: z.string().min(1).max(1000),
  operations: z.array(operationSchema).min(1),
  datasets: z
    .array(z.strictObject({ siteId: siteIdSchema, name: datasetNameSchema }))
    .min(1)
    .max(200),
  requestedBy: z.string().max(200),
  requestedAtMs: instantMsSchema,
  days: z.number().int().min(1).max(3650),
  state: z.enum(['submitted', 'granted', 'refused']),
  decidedBy: z.string().max(200).nullable(),
  decidedAtMs: instantMsSchema.nullable(),
  because: z.string().max(1000).nullable(),
  permitIds: z.array(idSchema),
});

/** An access request. */
export type AccessRequest = z.infer<typeof accessRequestSchema>;

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
});

/** A permit. */
export type PermitView = z.infer<typeof permitViewSchema>;

/** `GET /api/permits/:permitId/token`: the permit as its site verifies it. */
export const permitTokenSchema = z.strictObject({ token: z.string().max(4096) });
