import { z } from 'zod';
import { digestSchema, idSchema, instantMsSchema } from './names.ts';

/** Hours between two visits at another catalogue: an hour to a month. */
const everyHoursSchema = z.number().int().min(1).max(720);

/** An address of the web: nothing that a browser would run. */
const webAddressSchema = z
  .string()
  .max(2000)
  .regex(/^https?:\/\//i, 'an address that begins with https://');

/** `POST /api/harvest-sources`: a FAIR Data Point whose catalogue is read from now on. */
export const harvestSourceInputSchema = z.strictObject({
  address: webAddressSchema,
  everyHours: everyHoursSchema.default(24),
});

/** What became of the last visit. */
const HARVEST_OUTCOMES = ['never', 'complete', 'partial', 'failed'] as const;

/** Something that was in the way of reading a catalogue: where, and the sentence of the table of failures. */
export const harvestProblemSchema = z.strictObject({
  address: z.string().max(2000),
  code: z.string().max(80),
  problem: z.string().max(500),
});

/** Something that was in the way of reading a catalogue. */
export type HarvestProblem = z.infer<typeof harvestProblemSchema>;

/** Another catalogue, and how its last visit went. */
export const harvestSourceSchema = z.strictObject({
  sourceId: idSchema,
  address: z.string().max(2000),
  /** As the data point calls itself; its address until it was read. */
  title: z.string().max(300),
  everyHours: everyHoursSchema,
  addedAtMs: instantMsSchema,
  visitedAtMs: instantMsSchema.nullable(),
  nextAtMs: instantMsSchema,
  isBeingRead: z.boolean(),
  outcome: z.enum(HARVEST_OUTCOMES),
  records: z.number().int().nonnegative(),
  /** Of the last visit: documents that were asked for, and those of them that had not changed. */
  documents: z.number().int().nonnegative(),
  unchanged: z.number().int().nonnegative(),
  problems: z.array(harvestProblemSchema).max(20),
});

/** Another catalogue, and how its last visit went. */
export type HarvestSource = z.infer<typeof harvestSourceSchema>;

/** `GET /api/harvest-sources` */
export const harvestSourcesSchema = z.strictObject({ sources: z.array(harvestSourceSchema) });

/** Something that a profile asks for and a record of elsewhere lacks. */
const lackingSchema = z.strictObject({ path: z.string().max(500), fix: z.string().max(1000) });

/** A record of another catalogue, as its source tells it; never part of the network's own figures. */
export const foreignRecordSchema = z.strictObject({
  recordId: idSchema,
  sourceId: idSchema,
  sourceTitle: z.string().max(300),
  sourceAddress: z.string().max(2000),
  /** Its identifier at the source. */
  iri: z.string().max(2000),
  /** Where people read about it; the identifier where the record names no page. */
  page: webAddressSchema,
  title: z.string().max(300),
  description: z.string().max(2000),
  publisher: z.string().max(300),
  keywords: z.array(z.string().max(100)).max(20),
  licence: z.string().max(300),
  accessRights: z.enum(['public', 'restricted', 'non-public']).nullable(),
  distributions: z.number().int().nonnegative(),
  /** Of what the source answered, byte for byte. */
  sha256: digestSchema,
  firstSeenAtMs: instantMsSchema,
  changedAtMs: instantMsSchema,
  seenAtMs: instantMsSchema,
  state: z.enum(['draft', 'eucaim-valid', 'r8-valid']),
  /** How many things each profile asks for and the record lacks. */
  lacks: z.strictObject({ eucaim: z.number().int().nonnegative(), r8: z.number().int().nonnegative() }),
});

/** A record of another catalogue. */
export type ForeignRecord = z.infer<typeof foreignRecordSchema>;

/** `GET /api/foreign-records`: a page of them. */
export const foreignRecordsSchema = z.strictObject({
  records: z.array(foreignRecordSchema).max(50),
  /** All that fit. */
  found: z.number().int().nonnegative(),
});

/** `GET /api/foreign-records/:recordId`: with what the profiles miss, at most fifty each. */
export const foreignRecordDetailSchema = z.strictObject({
  record: foreignRecordSchema,
  missing: z.array(
    z.strictObject({ profile: z.enum(['eucaim-v2', 'healthdcat-r8']), findings: z.array(lackingSchema).max(50) }),
  ),
});

/** A record of another catalogue with what it lacks. */
export type ForeignRecordDetail = z.infer<typeof foreignRecordDetailSchema>;
