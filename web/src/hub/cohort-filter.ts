import {
  type CohortQuery,
  cohortQuerySchema,
  NUMBER_FIELDS,
  type NumberField,
  QUERY_FIELDS,
  type QueryField,
} from '#wire';

/** Fields chosen from the values that published datasets name. */
export const CATALOGUE_FIELDS = ['finding', 'sex', 'modality', 'bodyPart', 'manufacturer'] as const;

type ChoiceField = Exclude<QueryField, NumberField>;

/** Fields chosen from values: those of the catalogue, and of clinical tables. */
export const CHOICE_FIELDS: readonly ChoiceField[] = [
  ...CATALOGUE_FIELDS,
  ...QUERY_FIELDS.filter(
    (field): field is ChoiceField => !contains(CATALOGUE_FIELDS, field) && !contains(NUMBER_FIELDS, field),
  ),
];

/** Fields given as a range. */
export const RANGE_FIELDS = NUMBER_FIELDS;

/** Field of a filter. */
export type FilterField = QueryField;

function contains(fields: readonly QueryField[], field: QueryField): boolean {
  return fields.includes(field);
}

/** One condition as the form holds it. */
export type Filter = { readonly key: number; readonly negated: boolean } & (
  | { readonly kind: 'choice'; readonly field: ChoiceField; readonly values: readonly string[] }
  | {
      readonly kind: 'range';
      readonly field: NumberField;
      readonly from: number | undefined;
      readonly to: number | undefined;
    }
);

/** The question that an address carries, so that a search can be kept, passed on and asked for access with. */
export function questionIn(address: string): CohortQuery | undefined {
  const text = new URLSearchParams(address).get('query');
  if (text === null) return undefined;
  try {
    // The router writes a text that looks like JSON as JSON.
    const value: unknown = JSON.parse(text);
    const parsed = cohortQuerySchema.safeParse(typeof value === 'string' ? JSON.parse(value) : value);
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** A condition that says nothing yet. */
export function newFilter(field: FilterField, key: number): Filter {
  const range = RANGE_FIELDS.find((name) => name === field);
  if (range !== undefined) return { key, negated: false, kind: 'range', field: range, from: undefined, to: undefined };
  const choice = CHOICE_FIELDS.find((name) => name === field) ?? 'finding';
  return { key, negated: false, kind: 'choice', field: choice, values: [] };
}

/** The question the form asks. Conditions that say nothing are left out; with none left it means everyone. */
export function cohortQueryOf(join: 'all' | 'any', filters: readonly Filter[]): CohortQuery {
  const conditions = filters.flatMap(conditionOf);
  if (conditions.length === 0 || join === 'all') return { all: conditions };
  return { any: conditions };
}

function conditionOf(filter: Filter): readonly CohortQuery[] {
  const condition = plainConditionOf(filter);
  if (condition === undefined) return [];
  return [filter.negated ? { not: condition } : condition];
}

function plainConditionOf(filter: Filter): CohortQuery | undefined {
  if (filter.kind === 'choice') {
    return filter.values.length === 0 ? undefined : { is: filter.field, in: [...filter.values] };
  }
  const { field, from, to } = filter;
  if (from === undefined && to === undefined) return undefined;
  return { is: field, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

/** The form's state for a question; undefined where the form cannot show it. */
export function filtersOf(
  query: CohortQuery,
): { readonly join: 'all' | 'any'; readonly filters: readonly Filter[] } | undefined {
  const join = 'any' in query ? 'any' : 'all';
  const parts = 'all' in query ? query.all : 'any' in query ? query.any : [query];
  const filters = parts.map((part, index) => filterOf(part, index + 1));
  return filters.some((filter) => filter === undefined)
    ? undefined
    : { join, filters: filters.filter((filter) => filter !== undefined) };
}

function filterOf(query: CohortQuery, key: number): Filter | undefined {
  if ('not' in query) {
    const inner = filterOf(query.not, key);
    return inner === undefined || inner.negated ? undefined : { ...inner, negated: true };
  }
  if (!('is' in query)) return undefined;
  const choice = CHOICE_FIELDS.find((name) => name === query.is);
  if ('in' in query) {
    return choice === undefined ? undefined : { key, negated: false, kind: 'choice', field: choice, values: query.in };
  }
  const range = RANGE_FIELDS.find((name) => name === query.is);
  if (range === undefined) return undefined;
  return { key, negated: false, kind: 'range', field: range, from: query.from, to: query.to };
}
