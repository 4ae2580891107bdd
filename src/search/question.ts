import { canonicalJson, sha256Hex } from '#base';
import { type CohortQuery, QUERY_FIELDS, type QueryField } from '#wire';
import type { Range } from './bins.ts';
import { canonicalQuery } from './canonical-query.ts';
import { type Diagram, Diagrams, type Variable } from './decision-diagram.ts';
import { hasMany } from './matches.ts';

type Condition = Exclude<
  CohortQuery,
  { readonly all: unknown } | { readonly any: unknown } | { readonly not: unknown }
>;

/** No value can be taken for it: texts are told with a letter before them. */
const ANYTHING_ELSE = 'else';
const UNKNOWN = 'unknown';

/**
 * The text that stands for a question, which noise and budgets go by: a digest that is the same for two questions exactly
 * when they mean the same, however they are put. Otherwise the noise of a count could be averaged away by asking "A", "A or (A and B)", "not not A".
 * @throws UnicaError `search.too-intricate` where that would take too long to tell.
 */
export function queryText(query: CohortQuery): string {
  const canonical = canonicalQuery(query);
  const conditions = conditionsOf(canonical);
  const variables = [...textVariables(conditions), ...manyVariables(conditions), ...numberVariables(conditions)];
  const diagrams = new Diagrams(variables);
  const places = new Map(variables.map(({ name }, place) => [name, place]));
  const ask = (name: string, fits: (answer: string) => boolean): Diagram =>
    diagrams.answered(places.get(name) ?? -1, fits);

  const diagramOf = (one: CohortQuery): Diagram => {
    if ('all' in one) return diagrams.and(one.all.map(diagramOf));
    if ('any' in one) return diagrams.or(one.any.map(diagramOf));
    if ('not' in one) return diagrams.not(diagramOf(one.not));
    if (!('in' in one)) return ask(one.is, (answer) => answer !== UNKNOWN && within(one, Number(answer)));
    if (hasMany(one.is)) return diagrams.or(one.in.map((value) => ask(nameOf(one.is, value), (had) => had === 'yes')));
    const wanted = new Set(one.in.map(told));
    return ask(one.is, (answer) => wanted.has(answer));
  };
  return sha256Hex(canonicalJson(diagrams.rows(diagramOf(canonical))));
}

function conditionsOf(query: CohortQuery): readonly Condition[] {
  if ('all' in query) return query.all.flatMap(conditionsOf);
  if ('any' in query) return query.any.flatMap(conditionsOf);
  return 'not' in query ? conditionsOf(query.not) : [query];
}

/** Of a field that has one value: each value that is asked for, or anything else. */
function textVariables(conditions: readonly Condition[]): readonly Variable[] {
  return QUERY_FIELDS.filter((field) => !hasMany(field)).flatMap((field) => {
    const values = valuesOf(conditions, field);
    return values.length === 0
      ? []
      : [{ name: field, kind: 'values' as const, answers: [...values.map(told), ANYTHING_ELSE] }];
  });
}

/** A study has any number of findings and other codes, so each is a question of its own. */
function manyVariables(conditions: readonly Condition[]): readonly Variable[] {
  return QUERY_FIELDS.filter(hasMany).flatMap((field) =>
    valuesOf(conditions, field).map((value) => ({
      name: nameOf(field, value),
      kind: 'values' as const,
      answers: ['yes', ANYTHING_ELSE],
    })),
  );
}

function numberVariables(conditions: readonly Condition[]): readonly Variable[] {
  return QUERY_FIELDS.flatMap((field) => {
    const ranges = conditions.flatMap((one) => (one.is === field && !('in' in one) ? [one] : []));
    if (ranges.length === 0) return [];
    const edges = ranges.flatMap(({ from, to }) => [0, from ?? 0, ...(to === undefined ? [] : [to + 1])]);
    const sorted = [...new Set(edges)].sort((a, b) => a - b);
    return [{ name: field, kind: 'runs' as const, answers: [UNKNOWN, ...sorted.map(String)] }];
  });
}

function valuesOf(conditions: readonly Condition[], field: Condition['is']): readonly string[] {
  const values = conditions.flatMap((one) => ('in' in one && one.is === field ? one.in : []));
  return [...new Set(values)].sort();
}

/** True when the interval that starts at `edge` lies within a range; it does whole or not at all. */
function within({ from, to }: Range, edge: number): boolean {
  return edge >= (from ?? 0) && edge <= (to ?? Number.POSITIVE_INFINITY);
}

function nameOf(field: QueryField, value: string): string {
  return `${field} ${value}`;
}

function told(value: string): string {
  return `=${value}`;
}
