import { z } from 'zod';

/** Fields a cohort can be described by; each is known to the node's search room. */
export const QUERY_FIELDS = [
  'modality',
  'bodyPart',
  'manufacturer',
  'sex',
  'ageYears',
  'studyYear',
  'finding',
] as const;

const fieldSchema = z.enum(QUERY_FIELDS);

/** Field of a condition. */
export type QueryField = z.infer<typeof fieldSchema>;

/** At most this many conditions in one query. */
export const QUERY_CONDITION_LIMIT = 200;

const equalsSchema = z.strictObject({ is: fieldSchema, in: z.array(z.string().max(64)).min(1).max(50) });
/** Ranges are inclusive and are rounded outwards to published bins: 5 years for ages, whole years for dates. */
const rangeSchema = z.strictObject({
  is: z.enum(['ageYears', 'studyYear']),
  from: z.number().int().min(0).max(3000).optional(),
  to: z.number().int().min(0).max(3000).optional(),
});

/** A question about people: AND, OR, NOT of conditions on registered fields. An empty `all` means everyone. */
export type CohortQuery =
  | { readonly all: readonly CohortQuery[] }
  | { readonly any: readonly CohortQuery[] }
  | { readonly not: CohortQuery }
  | z.infer<typeof equalsSchema>
  | z.infer<typeof rangeSchema>;

const nodeSchema: z.ZodType<CohortQuery> = z.lazy(() =>
  z.union([
    z.strictObject({ all: z.array(nodeSchema).max(QUERY_CONDITION_LIMIT) }),
    z.strictObject({ any: z.array(nodeSchema).max(QUERY_CONDITION_LIMIT) }),
    z.strictObject({ not: nodeSchema }),
    equalsSchema,
    rangeSchema,
  ]),
);

/** A question with at most {@link QUERY_CONDITION_LIMIT} conditions, nested at most eight deep. */
export const cohortQuerySchema: z.ZodType<CohortQuery> = nodeSchema
  .refine((query) => depthOf(query) <= 8, { error: 'nested more than eight deep' })
  .refine((query) => conditionsOf(query) <= QUERY_CONDITION_LIMIT, {
    error: `more than ${QUERY_CONDITION_LIMIT} conditions`,
  });

function childrenOf(query: CohortQuery): readonly CohortQuery[] {
  if ('all' in query) return query.all;
  if ('any' in query) return query.any;
  return 'not' in query ? [query.not] : [];
}

function depthOf(query: CohortQuery): number {
  return 1 + Math.max(0, ...childrenOf(query).map(depthOf));
}

function conditionsOf(query: CohortQuery): number {
  const children = childrenOf(query);
  return children.length === 0 ? 1 : children.reduce((sum, child) => sum + conditionsOf(child), 0);
}
