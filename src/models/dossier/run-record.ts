import { z } from 'zod';
import { canonicalJson, fromUtf8, sha256Hex, UnicaError, utf8 } from '#base';
import { LEAST_PEOPLE } from '#evaluation';
import { digestSchema } from '#wire';

/** Words that also stand between quotation marks in front matter. */
const labelSchema = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^"\\\r\n]+$/);

/** How a number is shown: as it is, as a share in percent, or counted. */
const formSchema = z.enum(['number', 'percent', 'count']);

const figureSchema = z.strictObject({
  /** Short and unique in its list, such as `concordance`. */
  id: z.string().regex(/^[a-z0-9-]{1,64}$/),
  label: labelSchema,
  form: formSchema,
  /** Digits after the point. */
  digits: z.number().int().min(0).max(6),
  /** Null where it has no value, such as an AUC without cancers. */
  value: z.number().nullable(),
  /** Ends of its 95 % interval, where one was worked out. */
  low: z.number().nullable().optional(),
  high: z.number().nullable().optional(),
  /** What the design asks of it, and whether this run reached it. */
  goal: z.string().max(200).optional(),
  isReached: z.boolean().optional(),
});

/** One figure of a run. */
export type RunFigure = z.infer<typeof figureSchema>;

const groupSchema = z
  .strictObject({
    by: z.string().min(1).max(60),
    group: z.string().min(1).max(120),
    /** Null where the group has so few people that nothing of it is told. */
    examples: z.number().int().nonnegative().nullable(),
    people: z.number().int().nonnegative().nullable(),
    figures: z.array(figureSchema).max(12).nullable(),
  })
  .refine(({ figures, people }) => figures === null || people === null || people >= LEAST_PEOPLE, {
    message: `a group of fewer than ${LEAST_PEOPLE} people has figures`,
  })
  .refine(({ figures, people, examples }) => figures !== null || (people === null && examples === null), {
    message: 'a withheld group is counted',
  });

const dataSchema = z.strictObject({
  part: z.enum(['train', 'tune', 'test']),
  what: z.string().min(1).max(400),
  /** Of the data's own records, where they have such a digest. */
  sha256: digestSchema.nullable(),
  /** From which they are made again, where they are made. */
  seed: z.string().max(120).nullable(),
  examples: z.number().int().nonnegative(),
  people: z.number().int().nonnegative().nullable(),
  sites: z.array(z.string().max(64)).max(1000),
});

const tableSchema = z.strictObject({
  title: z.string().min(1).max(400),
  columns: z
    .array(
      z.strictObject({
        head: z.string().max(120),
        form: z.enum(['text', ...formSchema.options]),
        digits: z.number().int().min(0).max(6),
      }),
    )
    .min(1)
    .max(12),
  rows: z.array(z.array(z.union([z.string().max(400), z.number(), z.null()]))).max(2000),
});

const runSchema = z.strictObject({
  format: z.literal('unica-run/1'),
  kind: z.enum(['training', 'evaluation', 'explanations', 'gate']),
  title: labelSchema,
  /** Of the file of weights that this run made or measured. */
  weightsSha256: digestSchema,
  /** What makes the run again. */
  command: z.string().min(1).max(400),
  /** Runtime and system; null where the run did not keep it. */
  environment: z.string().max(200).nullable(),
  codeSha256: digestSchema.nullable(),
  /** Whether all that it learned from or measured was made, not acquired from people. */
  isSynthetic: z.boolean(),
  data: z.array(dataSchema).max(50),
  settings: z.record(z.string().max(80), z.union([z.string().max(400), z.number(), z.boolean()])),
  figures: z.array(figureSchema).max(60),
  groups: z.array(groupSchema).max(400),
  tables: z.array(tableSchema).max(30),
  notes: z.array(z.string().max(1000)).max(30),
});

/** What a run made or measured, with every figure that a dossier may tell of it. */
export type RunRecord = z.infer<typeof runSchema>;

/** A larger record than this is none. */
export const LARGEST_RUN_BYTES = 4 * 2 ** 20;

/**
 * The bytes of a record, whose digest is what a dossier names it by.
 * @param name said in errors
 * @throws UnicaError `models.run-unreadable` where it is none
 */
export function runBytes(name: string, run: RunRecord): Uint8Array {
  return utf8(`${JSON.stringify(checked(name, run), null, 1)}\n`);
}

/** Reads a record. @param name said in errors. @throws UnicaError `models.run-unreadable` */
export function readRun(name: string, bytes: Uint8Array): RunRecord {
  if (bytes.length > LARGEST_RUN_BYTES)
    throw new UnicaError('models.run-unreadable', { name, problem: 'it is too large' });
  try {
    return checked(name, JSON.parse(fromUtf8(bytes)));
  } catch (cause) {
    if (cause instanceof UnicaError) throw cause;
    throw new UnicaError('models.run-unreadable', { name, problem: 'it is not JSON' }, { cause });
  }
}

function checked(name: string, document: unknown): RunRecord {
  const read = runSchema.safeParse(document);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const problem = `${issue?.path.join('.') ?? 'the document'}: ${issue?.message ?? 'its shape is not known'}`;
  throw new UnicaError('models.run-unreadable', { name, problem });
}

/** Digest of what a list of made records is, such as of the exams of a cohort. */
export function recordsDigest(records: readonly unknown[]): string {
  return sha256Hex(canonicalJson(JSON.parse(JSON.stringify(records))));
}
