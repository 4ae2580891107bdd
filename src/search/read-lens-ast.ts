import { conceptName, SEARCH_FIELDS, type SearchField } from '#vocab';
import { type CohortQuery, type ExplorerAst, QUERY_CONDITION_LIMIT, QUERY_FIELDS, type QueryField } from '#wire';
import { isNumberField } from './bins.ts';
import { knownCode } from './coded-value.ts';

/** A tree of the explorer in our language. */
export interface LensReading {
  /** Asks for nobody where something is unsupported: a criterion that is dropped would count too many. */
  readonly query: CohortQuery;
  /** Keys of criteria that cannot be honoured, and names of properties that are not known, each once. */
  readonly unsupported: readonly string[];
  /** By which keys the tree asks for a field. */
  readonly keysOf: ReadonlyMap<QueryField, readonly string[]>;
}

type Criterion = Extract<ExplorerAst, { readonly key: string }>;

const NOBODY: CohortQuery = { any: [] };
const WHOLE_NUMBERS: ReadonlySet<string> = new Set(['ageYears', 'studyYear', 'diagnosisYear']);
/** What a node of the tree may say. Anything else may mean that fewer people are asked for. */
const OF_BRANCH: ReadonlySet<string> = new Set(['nodeType', 'operand', 'key', 'children']);
const OF_LEAF: ReadonlySet<string> = new Set(['nodeType', 'key', 'type', 'system', 'value']);
/** Longest text of a value, and of a name that is told back. */
const TEXT_LIMIT = 200;

/**
 * Reads the tree that the search form of Cancer Image Europe (Samply Lens) sends. Every criterion is applied, also within
 * an OR; the empty tree asks for everyone. `system` says nothing that the key does not. A criterion with a property that is not known is
 * not honoured; of a group, the property is named.
 */
export function readLensAst(ast: ExplorerAst): LensReading {
  const unsupported = new Set<string>();
  const keysOf = new Map<QueryField, readonly string[]>();
  const read = (node: ExplorerAst): CohortQuery => {
    const isBranch = 'operand' in node;
    const unknown = unknownIn(node, isBranch ? OF_BRANCH : OF_LEAF, isBranch ? 'branch' : 'leaf');
    if (!isBranch) {
      const query = unknown.length > 0 ? undefined : conditionOf(node);
      if (query === undefined) unsupported.add(node.key);
      else for (const field of fieldsAsked(query)) keysOf.set(field, [...(keysOf.get(field) ?? []), node.key]);
      return query ?? NOBODY;
    }
    for (const name of unknown) unsupported.add(name.slice(0, TEXT_LIMIT));
    // The key of a group is that of its values; were it another, something would be asked that no criterion says.
    if (node.key !== undefined && !node.children.every((child) => child.key === node.key)) unsupported.add(node.key);
    if (node.operand === 'XOR') unsupported.add(node.operand);
    const children = node.children.map(read);
    if (node.operand === 'NOT') return { not: { any: children } };
    return node.operand === 'AND' ? { all: children } : { any: children };
  };
  const isEmpty = 'operand' in ast && ast.key === undefined && ast.children.length === 0;
  const said = read(ast);
  const query: CohortQuery = isEmpty ? { all: [] } : said;
  return { query: unsupported.size === 0 ? query : NOBODY, unsupported: [...unsupported], keysOf };
}

function unknownIn(node: ExplorerAst, known: ReadonlySet<string>, nodeType: string): readonly string[] {
  return Object.entries(node).flatMap(([name, value]) =>
    known.has(name) && (name !== 'nodeType' || value === nodeType) ? [] : [name],
  );
}

function fieldsAsked(query: CohortQuery): readonly QueryField[] {
  if ('is' in query) return [query.is];
  if ('not' in query) return fieldsAsked(query.not);
  return [...new Set(('all' in query ? query.all : query.any).flatMap(fieldsAsked))];
}

/** Undefined where the key, the value or the comparison is not known. */
function conditionOf({ key, type, value }: Criterion): CohortQuery | undefined {
  const plainKey = withoutPrefix(key);
  const fields = [...SEARCH_FIELDS.values()].filter(({ keys }) => keys.includes(key) || keys.includes(plainKey));
  const [first] = fields;
  if (first === undefined) return undefined;
  if (isNumberField(first.field)) return numberCondition(first.field, type, value);
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = values.flatMap((one) => (typeof one === 'string' && one.length <= TEXT_LIMIT ? [one] : []));
  if (texts.length === 0 || texts.length < values.length || texts.length > QUERY_CONDITION_LIMIT) return undefined;
  if (type === 'CONTAINS') return anyOf(texts.map((text) => containing(fields, text)));
  if (type !== 'EQUALS' && type !== 'IN' && type !== 'NOT_EQUALS') return undefined;
  const found = anyOf(texts.map((text) => equal(fields, text)));
  return found === undefined || type !== 'NOT_EQUALS' ? found : { not: found };
}

/** A key such as IMG1005459 names BI-RADS and PI-RADS: the value tells which. */
function equal(fields: readonly SearchField[], text: string): CohortQuery | undefined {
  for (const field of fields) {
    const is = fieldOf(field);
    const code = is === undefined ? undefined : knownCode(is, withoutPrefix(text));
    if (is !== undefined && code !== undefined) return { is, in: [code] };
  }
  return undefined;
}

function containing(fields: readonly SearchField[], text: string): CohortQuery | undefined {
  const part = text.trim().toLowerCase();
  if (part === '') return undefined;
  const found = fields.flatMap((field): readonly CohortQuery[] => {
    const is = fieldOf(field);
    const codes = field.terms.flatMap(({ code }) => (conceptName(code).toLowerCase().includes(part) ? [code] : []));
    return is === undefined ? [] : codes.map((code) => ({ is, in: [code] }));
  });
  return found.length === 0 ? undefined : { any: found };
}

function anyOf(queries: readonly (CohortQuery | undefined)[]): CohortQuery | undefined {
  const known = queries.flatMap((query) => (query === undefined ? [] : [query]));
  if (known.length < queries.length) return undefined;
  return known.length === 1 ? known[0] : { any: known };
}

function numberCondition(
  is: Parameters<typeof isNumberField>[0],
  type: string,
  value: unknown,
): CohortQuery | undefined {
  if (!isNumberField(is)) return undefined;
  if (type === 'BETWEEN') {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const { min: from, max: to, ...others }: { readonly min?: unknown; readonly max?: unknown } = value;
    if (Object.keys(others).length > 0) return undefined;
    const [min, max] = [boundOf(from), boundOf(to)];
    if (min === null || max === null || (min === undefined && max === undefined)) return undefined;
    return {
      is,
      ...(min === undefined ? {} : { from: within(min) }),
      ...(max === undefined ? {} : { to: within(max) }),
    };
  }
  const given: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (given.length > QUERY_CONDITION_LIMIT) return undefined;
  const values = given.map(boundOf);
  const numbers = values.flatMap((number) => (typeof number === 'number' ? [number] : []));
  const [number] = numbers;
  if (number === undefined || numbers.length < values.length) return undefined;
  // Strict comparisons of numbers with decimals are rounded outwards to bins like all others.
  const whole = WHOLE_NUMBERS.has(is);
  switch (type) {
    case 'GREATER_THAN':
      return numbers.length > 1 ? undefined : { is, from: within(whole ? Math.floor(number) + 1 : number) };
    case 'LOWER_THAN':
      return numbers.length > 1 ? undefined : number <= 0 ? NOBODY : { is, to: within(Math.ceil(number) - 1) };
    case 'EQUALS':
    case 'IN':
      return { any: numbers.map((one) => ({ is, from: within(one), to: within(one) })) };
    case 'NOT_EQUALS':
      return { not: { any: numbers.map((one) => ({ is, from: within(one), to: within(one) })) } };
    default:
      return undefined;
  }
}

/** Undefined where there is no bound; null where it is no number. */
function boundOf(value: unknown): number | null | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const number = typeof value === 'string' && /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

/** Bounds of our language. */
function within(value: number): number {
  return Math.min(3000, Math.max(0, value));
}

function fieldOf({ field }: SearchField): QueryField | undefined {
  return QUERY_FIELDS.find((name) => name === field);
}

/** `EUCAIM_Hyper-Ontology_V1.0.CLIN1045815`, of whatever version, is CLIN1045815. */
function withoutPrefix(key: string): string {
  return key.replace(/^EUCAIM_Hyper-Ontology_V\d+(\.\d+)*\./i, '');
}
