import { z } from 'zod';
import { whyOpenSchema } from './aggregation.ts';
import { guardedCountSchema } from './dataset.ts';
import { digestSchema, idSchema, instantMsSchema, siteIdSchema } from './names.ts';

/** What a node says of its readiness to learn, with its polls. */
export const readinessSchema = z.strictObject({
  cores: z.number().int().min(1).max(4096),
  memoryBytes: z.number().int().nonnegative(),
  /** Threads that its owner gives to training. */
  trainingWorkers: z.number().int().min(1).max(4096),
  /** Whether a person decides on each job. */
  approval: z.enum(['ask', 'automatic']),
  codeSha256: digestSchema,
});

/** What a node says of its readiness to learn. */
export type Readiness = z.infer<typeof readinessSchema>;

/** `POST /api/jobs/preflight` (researcher): what stands in the way of a job, before anybody is asked. */
export const jobPreflightSchema = z.strictObject({
  /** Why no site could do it as it is: in the words of the failure that its submission would be; null where none is known. */
  refused: z.string().nullable(),
  /** Why the updates would travel unmasked; null where the hub would learn their sum alone. */
  whyOpen: whyOpenSchema.nullable(),
  /** Of an update on its way to the hub, at most. */
  bytesPerRound: z.number().int(),
  bytesInAll: z.number().int(),
  parameters: z.number().int(),
  sites: z.array(
    z.strictObject({
      siteId: siteIdSchema,
      online: z.boolean(),
      lastSeenAtMs: instantMsSchema.nullable(),
      software: z.string().nullable(),
      /** Null where the node has not said. */
      readiness: readinessSchema.nullable(),
      /** Its published dataset; null where it has published none of that name. */
      dataset: z
        .strictObject({
          version: z.number().int(),
          persons: guardedCountSchema,
          images: guardedCountSchema,
          findings: z.record(z.string(), guardedCountSchema),
          qualityScore: z.number(),
        })
        .nullable(),
      permit: z.strictObject({ permitId: idSchema, expiresAtMs: instantMsSchema }).nullable(),
      /** What stands in the way; nothing of it, and the site can be asked. */
      hindrances: z.array(z.enum(['unknown-site', 'offline', 'no-dataset', 'no-permit', 'other-code'])),
    }),
  ),
});

/** What stands in the way of a job. */
export type JobPreflight = z.infer<typeof jobPreflightSchema>;
