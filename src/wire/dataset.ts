import { z } from 'zod';
import { countrySchema, datasetNameSchema, digestSchema, instantMsSchema, siteIdSchema } from './names.ts';

/** A count that may be withheld: `atMost` says only that the truth is below it. */
export const guardedCountSchema = z.union([
  z.strictObject({ count: z.number().int().nonnegative() }),
  z.strictObject({ below: z.number().int().positive() }),
]);

/** Either a disclosed count or "fewer than". */
export type GuardedCount = z.infer<typeof guardedCountSchema>;

/** What a node publishes about a dataset: aggregates only, already released by its disclosure control. */
export const datasetRecordSchema = z.strictObject({
  siteId: siteIdSchema,
  name: datasetNameSchema,
  title: z.string().min(1).max(200),
  description: z.string().max(2000),
  country: countrySchema,
  /** Number of this version; a version never changes. */
  version: z.number().int().positive(),
  /** Digest over the sorted digests of the version's objects and rows. */
  contentSha256: digestSchema,
  publishedAtMs: instantMsSchema,
  persons: guardedCountSchema,
  studies: guardedCountSchema,
  images: guardedCountSchema,
  /** DICOM modality codes. */
  modalities: z.array(z.string().max(16)).max(20),
  bodyParts: z.array(z.string().max(64)).max(40),
  manufacturers: z.array(z.string().max(64)).max(40),
  /** Key: sex code of the CDM. */
  sexes: z.record(z.string().max(16), guardedCountSchema),
  /** Key: finding label of the clinical table. */
  findings: z.record(z.string().max(64), guardedCountSchema),
  /** Whole years, rounded outwards to five. */
  ageYears: z.strictObject({ from: z.number().int(), to: z.number().int() }).nullable(),
  /** Data-use terms: DUO or EUCAIM codes. */
  conditions: z.array(z.string().max(40)).max(23),
  quality: z.strictObject({
    score: z.number().min(0).max(100),
    checked: z.number().int().nonnegative(),
    findings: z.number().int().nonnegative(),
  }),
  synthetic: z.boolean(),
});

/** A published dataset version. */
export type DatasetRecord = z.infer<typeof datasetRecordSchema>;
