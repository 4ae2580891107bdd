import { z } from 'zod';

/** What a person may be in an organisation. A person can hold several. */
export const ROLES = [
  'operator',
  'curator',
  'protection-officer',
  'researcher',
  'committee',
  'patient',
  'clinician',
  'coordinator',
  'auditor',
] as const;

export const roleSchema = z.enum(ROLES);

/** One of {@link ROLES}. */
export type Role = z.infer<typeof roleSchema>;
