import { z } from 'zod';
import { proseSchema } from './access.ts';
import { facetTableSchema, guardedCountSchema } from './dataset.ts';
import { idSchema, instantMsSchema } from './names.ts';
import { cohortQuerySchema, QUERY_FIELDS } from './query.ts';

/** What somebody who checks a table has to have looked at, after the output checks of secure processing environments. */
const looksSchema = z.strictObject({
  /** No cell tells of somebody who could be recognised with what is known here. */
  cells: z.literal(true),
  /** It answers the purpose of the permit and no more. */
  purpose: z.literal(true),
  /** With what left before it tells nothing more. */
  others: z.literal(true),
});

/** `POST /api/table-checks/:checkId` */
export const tableCheckVerdictSchema = z.discriminatedUnion('verdict', [
  z.strictObject({ verdict: z.literal('anonymous'), looked: looksSchema }),
  z.strictObject({ verdict: z.literal('refused'), because: proseSchema(500).min(1) }),
]);

/** One person's verdict on a table. */
export type TableCheckVerdict = z.infer<typeof tableCheckVerdictSchema>;

/** A table that is checked before it leaves, as it would leave. */
export const checkedTableSchema = z.strictObject({
  checkId: idSchema,
  permitId: idSchema,
  projectId: idSchema,
  requestedBy: z.string().max(200),
  purpose: z.string().max(1000),
  query: cohortQuerySchema,
  fields: z.array(z.enum(QUERY_FIELDS)).max(8),
  answer: z.strictObject({
    persons: guardedCountSchema,
    studies: guardedCountSchema,
    facets: z.array(facetTableSchema),
  }),
  askedAtMs: instantMsSchema,
  state: z.enum(['waiting', 'released', 'refused']),
  firstAtMs: instantMsSchema.nullable(),
  /** Whoever reads this found it anonymous first, so somebody else has to be second. */
  firstByYou: z.boolean(),
  secondAtMs: instantMsSchema.nullable(),
  because: z.string().max(500).nullable(),
});

/** A table that is checked before it leaves. */
export type CheckedTable = z.infer<typeof checkedTableSchema>;

/** `GET /api/table-checks` */
export const checkedTablesSchema = z.strictObject({ items: z.array(checkedTableSchema) });
