import { z } from 'zod';
import { instantMsSchema } from './names.ts';
import { dossierItemSchema } from './portal-dossier.ts';
import { publishDatasetSchema } from './portal-node.ts';

const countSchema = z.number().int().min(0);

/**
 * `GET /api/datasets/:name/guide`: the way from films and spreadsheets to a published record, step by step. What a record still lacks is told by
 * `POST …/preview`, which needs what a person has typed so far.
 */
export const datasetGuideSchema = z.strictObject({
  steps: z.array(
    z.strictObject({
      step: z.enum(['images', 'tables', 'warehouse', 'dossier', 'publish']),
      /** `open`: to be done; `optional`: may be done; `busy`: the node is at it; `failed`: the last try came to nothing. */
      state: z.enum(['open', 'optional', 'busy', 'done', 'failed']),
    }),
  ),
  images: z.strictObject({
    images: countSchema,
    studies: countSchema,
    /** Files that wait for somebody to look at them. */
    quarantined: countSchema,
  }),
  tables: z.strictObject({
    /** Uploaded tables, and of these with a saved mapping, running, and failed. */
    uploaded: countSchema,
    mapped: countSchema,
    running: countSchema,
    failed: countSchema,
    /** Tables that are in the warehouse, and their rows. */
    loaded: countSchema,
    rows: countSchema,
  }),
  /** Items of the legal dossier that are missing or have run out: nothing is published meanwhile. */
  hindrances: z.array(dossierItemSchema),
  published: z
    .strictObject({
      version: z.number().int().positive(),
      publishedAtMs: instantMsSchema,
      /** Whether images or tables have changed since. */
      isCurrent: z.boolean(),
      /** What was typed for it: where the next version begins. */
      announcement: publishDatasetSchema,
    })
    .nullable(),
});

/** The way to a published record. */
export type DatasetGuide = z.infer<typeof datasetGuideSchema>;
