import { conceptName, SEARCH_FIELDS, type SearchField } from '#vocab';
import { type CohortQuery, type LensAst, type LensCondition, QUERY_FIELDS, type QueryField } from '#wire';
import { isNumberField } from './bins.ts';
import { knownCode } from './coded-value.ts';

/** A tree of the explorer in our language. */
export interface LensReading {
  /** Asks for nobody where something is unsupported: a criterion that is dropped would count too many. */
  readonly query: CohortQuery;
  /** Keys of criteria that cannot be honoured, each once. */
  readonly unsupported: readonly string[];
}

const NOBODY: CohortQuery = { any: [] };
const WHOLE_NUMBERS: ReadonlySet<string> = new Set(['ageYears', 'studyYear', 'diagnosisYear']);

/**
 * Reads the tree that the search form of Cancer Image Europe (Samply Lens) sends. Every criterion is applied, also within
 * an OR; the empty tree asks for everyone. `system` says nothing that the key does not.
 */
export function readLensAst(ast: LensAst): LensReading {
  if ('operand' in ast && ast.children.length === 0) return { query: { all: [] }, unsupported: [] };
  const unsupported = new Set<string>();
  const read = (node: LensAst): CohortQuery => {
    if (!('operand' in node)) {
      const query = conditionOf(node);
      if (query === undefined) unsupported.add(node.key);
      return query ?? NOBODY;
    }
    const children = node.children.map(read);
    if (node.operand === 'NOT') return { not: { any: children } };
    return node.operand === 'AND' ? { all: children } : { any: children };
  };
  const query = read(ast);
  return unsupported.size === 0 ? { query, unsupported: [] } : { query: NOBODY, unsupported: [...unsupported] };
}

/** Undefined where the key, the value or the comparison is not known. */
function conditionOf({ key, type, value }: LensCondition): CohortQuery | undefined {
  const plainKey = withoutPrefix(key);
  const fields = [...SEARCH_FIELDS.values()].filter(({ keys }) => keys.includes(key) || keys.includes(plainKey));
  const [first] = fields;
  if (first === undefined) return undefined;
  if (isNumberField(first.field)) return numberCondition(first.field, type, value);
  const values = typeof value === 'string' ? [value] : Array.isArray(value) ? value : undefined;
  if (values === undefined || values.length === 0) return undefined;
  if (type === 'CONTAINS') return anyOf(values.map((text) => containing(fields, text)));
  if (type !== 'EQUALS' && type !== 'IN' && type !== 'NOT_EQUALS') return undefined;
  const found = anyOf(values.map((text) => equal(fields, text)));
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
  type: LensCondition['type'],
  value: LensCondition['value'],
): CohortQuery | undefined {
  if (!isNumberField(is)) return undefined;
  if (type === 'BETWEEN') {
    if (typeof value !== 'object' || Array.isArray(value) || !('min' in value || 'max' in value)) return undefined;
    const [min, max] = [boundOf(value.min), boundOf(value.max)];
    if (min === null || max === null || (min === undefined && max === undefined)) return undefined;
    return {
      is,
      ...(min === undefined ? {} : { from: within(min) }),
      ...(max === undefined ? {} : { to: within(max) }),
    };
  }
  const values = (Array.isArray(value) ? value : [value]).map(boundOf);
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
