import { z } from 'zod';
import { instantMsSchema } from './names.ts';

/** Types of visas of GA4GH Passport 1.2 that say something about a requester. */
export const VISA_TYPES = [
  'AffiliationAndRole',
  'AcceptedTermsAndPolicies',
  'ResearcherStatus',
  'ControlledAccessGrants',
] as const;

/** What an issuer vouches for, verified when the person signed in. It is no right: what may be done says a permit. */
export const visaSchema = z.strictObject({
  type: z.enum(VISA_TYPES),
  value: z.string().max(255),
  /** The organisation that asserts it. */
  source: z.string().max(255),
  by: z.enum(['self', 'peer', 'system', 'so', 'dac']).nullable(),
  issuer: z.string().max(500),
  assertedAtMs: instantMsSchema,
  expiresAtMs: instantMsSchema,
});

/** What an issuer vouches for. */
export type Visa = z.infer<typeof visaSchema>;

/** `GET /api/access-requests/:requestId/vouched`: of who asked, in force now. */
export const vouchedSchema = z.strictObject({ visas: z.array(visaSchema) });
