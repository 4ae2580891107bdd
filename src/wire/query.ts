import { z } from 'zod';

/** Fields with one number of a study. */
export const NUMBER_FIELDS = ['ageYears', 'studyYear', 'ageAtDiagnosis', 'diagnosisYear', 'psa', 'ki67'] as const;

/** Fields a cohort can be described by; each is known to the node's search room, with its values, in the room vocab. */
export const QUERY_FIELDS = [
  'modality',
  'bodyPart',
  'manufacturer',
  'sex',
  ...NUMBER_FIELDS,
  'finding',
  'diagnosis',
  'population',
  'episode',
  'birads',
  'pirads',
  'density',
  'estrogenReceptor',
  'progesteroneReceptor',
  'her2',
  'gleason',
  'isup',
  'clinicalT',
  'pathologicalT',
  'clinicalN',
  'pathologicalN',
  'clinicalM',
  'pathologicalM',
] as const;

const fieldSchema = z.enum(QUERY_FIELDS);

/** Field of a condition. */
export type QueryField = z.infer<typeof fieldSchema>;

/** One of {@link NUMBER_FIELDS}. */
export type NumberField = (typeof NUMBER_FIELDS)[number];

/** At most this many conditions in one query. */
export const QUERY_CONDITION_LIMIT = 200;

/** Nested at most so deep. */
const DEPTH_LIMIT = 8;

/** Values: hyper-ontology codes, with everything within them; DICOM values; labels of findings. */
const equalsSchema = z.strictObject({ is: fieldSchema, in: z.array(z.string().max(64)).min(1).max(50) });
/** Ranges are inclusive and are rounded outwards to published bins: 5 years for ages, whole years for dates. */
const rangeSchema = z.strictObject({
  is: z.enum(NUMBER_FIELDS),
  from: z.number().min(0).max(3000).optional(),
  to: z.number().min(0).max(3000).optional(),
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

/**
 * A question with at most {@link QUERY_CONDITION_LIMIT} conditions, nested at most eight deep. Its size is looked at before
 * anything else, without recursion, so that a monstrous one costs nothing.
 */
export const cohortQuerySchema: z.ZodType<CohortQuery> = z
  .unknown()
  .superRefine(within(['all', 'any', 'not']))
  .pipe(nodeSchema);

const lensValueSchema = z.union([
  z.string().max(200),
  z.array(z.string().max(200)).max(QUERY_CONDITION_LIMIT),
  z.boolean(),
  z.number(),
  z.strictObject({
    min: z.union([z.number(), z.string().max(40)]).nullish(),
    max: z.union([z.number(), z.string().max(40)]).nullish(),
  }),
]);

const lensConditionSchema = z.strictObject({
  /** Newer versions of the form say which kind of node it is; the rest says it too. */
  nodeType: z.literal('leaf').optional(),
  key: z.string().min(1).max(200),
  type: z.enum(['EQUALS', 'NOT_EQUALS', 'IN', 'BETWEEN', 'LOWER_THAN', 'GREATER_THAN', 'CONTAINS']),
  system: z.string().max(200).nullish(),
  value: lensValueSchema,
});

/** One criterion of the search form of Cancer Image Europe (Samply Lens). */
export type LensCondition = z.infer<typeof lensConditionSchema>;

/** A question as the search form of Cancer Image Europe writes it. */
export type LensAst =
  | {
      readonly nodeType?: 'branch' | undefined;
      readonly key?: string | undefined;
      readonly operand: 'AND' | 'OR' | 'NOT';
      readonly children: readonly LensAst[];
    }
  | LensCondition;

const lensNodeSchema: z.ZodType<LensAst> = z.lazy(() =>
  z.union([
    z.strictObject({
      nodeType: z.literal('branch').optional(),
      /** Of a group of values of one key, that key; the values say it too. */
      key: z.string().max(200).optional(),
      operand: z.enum(['AND', 'OR', 'NOT']),
      children: z.array(lensNodeSchema).max(QUERY_CONDITION_LIMIT),
    }),
    lensConditionSchema,
  ]),
);

/**
 * The abstract syntax tree of Samply Lens, as EUCAIM's explorer sends it; as large as {@link cohortQuerySchema}. A property that is not known is
 * refused, since whoever writes it can mend it; {@link explorerQuerySchema} is for those who cannot.
 */
export const lensAstSchema: z.ZodType<LensAst> = z
  .unknown()
  .superRefine(within(['children']))
  .pipe(lensNodeSchema);

/** `{"ast":…,"id":…}`: what the explorer's backend posts. */
const lensQuerySchema = z.strictObject({ ast: lensAstSchema, id: z.string().max(200).optional() });

/** A tree of the explorer with whatever a version of it says that we do not know: properties, comparisons, kinds of value. */
export type ExplorerAst =
  | {
      readonly operand: 'AND' | 'OR' | 'NOT' | 'XOR';
      readonly key?: string | undefined;
      readonly children: readonly ExplorerAst[];
    }
  | { readonly key: string; readonly type: string; readonly value?: unknown };

const explorerNodeSchema: z.ZodType<ExplorerAst> = z.lazy(() =>
  z.union([
    z.looseObject({
      operand: z.enum(['AND', 'OR', 'NOT', 'XOR']),
      key: z.string().max(200).optional(),
      children: z.array(explorerNodeSchema).max(QUERY_CONDITION_LIMIT),
    }),
    z.looseObject({ key: z.string().min(1).max(200), type: z.string().min(1).max(40), value: z.unknown().optional() }),
  ]),
);

/**
 * {@link AnyQuery} of the explorer as the EUCAIM endpoints take it: what is not known is kept, so that it can be answered as a criterion that
 * cannot be honoured, instead of being dropped or refused.
 */
export const explorerQuerySchema = z.looseObject({
  ast: z
    .unknown()
    .superRefine(within(['children']))
    .pipe(explorerNodeSchema),
  id: z.string().max(200).optional(),
});

/** A question in our language, or the tree of the explorer as it is. */
export type AnyQuery = CohortQuery | LensAst | z.infer<typeof lensQuerySchema>;

/** {@link AnyQuery}: which of them it is meant to be is told from its first keys, so that a refusal speaks of the right one. */
export const anyQuerySchema = z.unknown().transform((value, context): AnyQuery => {
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const schema: z.ZodType<AnyQuery> = keys.includes('ast')
    ? lensQuerySchema
    : keys.includes('operand') || keys.includes('key')
      ? lensAstSchema
      : cohortQuerySchema;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues) context.addIssue({ code: 'custom', path, message });
  return z.NEVER;
});

/** Refuses what is nested too deep or has too many parts, before it is parsed. */
function within(names: readonly string[]) {
  return (value: unknown, context: z.RefinementCtx): void => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    let level: readonly unknown[] = [value];
    let parts = 0;
    let leaves = 0;
    for (let depth = 1; level.length > 0; depth += 1) {
      if (depth > DEPTH_LIMIT) {
        refuse(`nested more than ${DEPTH_LIMIT} deep`);
        return;
      }
      const below = level.map((part) => childrenOf(part, names));
      leaves += below.filter((children) => children.length === 0).length;
      parts += below.reduce((sum, children) => sum + children.length, 0);
      if (leaves > QUERY_CONDITION_LIMIT || parts > 2 * QUERY_CONDITION_LIMIT) {
        refuse(`more than ${QUERY_CONDITION_LIMIT} conditions`);
        return;
      }
      level = below.flat();
    }
  };
}

function childrenOf(part: unknown, names: readonly string[]): readonly unknown[] {
  if (typeof part !== 'object' || part === null) return [];
  for (const name of names) {
    const value: unknown = (part as Readonly<Record<string, unknown>>)[name];
    if (value !== undefined) return Array.isArray(value) ? value : [value];
  }
  return [];
}
