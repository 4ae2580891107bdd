import { UnicaError } from '#base';
import { attributeOf, isPrivate, tagOf } from '#vocab';
import { LEVEL_DEPTH, type SearchAttribute, type SearchLevel, searchAttribute } from './search-attributes.ts';

/** One condition; all conditions of a query hold together. */
export type Match = { readonly attribute: SearchAttribute } & (
  | { readonly kind: 'equal'; readonly anyOf: readonly string[] }
  /** `*` any text, `?` any character. */
  | { readonly kind: 'wildcard'; readonly pattern: string }
  /** Both ends belong to it; null is open. Dates `YYYYMMDD`, times `HHMMSS`. */
  | { readonly kind: 'range'; readonly from: string | null; readonly to: string | null }
  | { readonly kind: 'number'; readonly equals: number }
);

/** A search after reading. */
export interface SearchQuery {
  readonly level: SearchLevel;
  readonly matches: readonly Match[];
  /** Tags asked for beyond what every answer has; 'all' for everything known at the level. */
  readonly include: 'all' | ReadonlySet<string>;
  readonly limit: number;
  readonly offset: number;
  /** True where fuzzy matching was asked for; it is not done. */
  readonly fuzzyAsked: boolean;
}

/** At most this many results in one answer, whatever is asked for. */
export const SEARCH_LIMIT = 10_000;

/** Results of an answer when nothing is asked for; at the level of instances a study's all. */
const DEFAULT_LIMIT: Readonly<Record<SearchLevel, number>> = { study: 1000, series: 1000, instance: SEARCH_LIMIT };

/** Bounds that keep a query's work small. */
const LIMITS = { parameters: 64, valueCharacters: 4096, uids: 1000, offset: 10_000_000 } as const;

/** A query string as parsed: repeated parameters are a list. */
export type QueryParameters = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Reads the parameters of a search (PS3.18 section 8.3.4): conditions by keyword or tag, `includefield`, `limit`,
 * `offset`, `fuzzymatching`. Empty values match everything.
 * @throws UnicaError `dicomweb.query-invalid`, which names the parameter and never its value.
 */
export function parseSearch(level: SearchLevel, parameters: QueryParameters): SearchQuery {
  const entries = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined
      ? []
      : typeof value === 'string'
        ? [[name, value] as const]
        : value.map((one) => [name, one] as const),
  );
  if (entries.length > LIMITS.parameters) refuse('the query', `it has more than ${LIMITS.parameters} parameters`);
  const matches: Match[] = [];
  const matched = new Set<string>();
  const include = new Set<string>();
  let all = false;
  let limit = DEFAULT_LIMIT[level];
  let offset = 0;
  let fuzzyAsked = false;
  for (const [name, value] of entries) {
    if (value.length > charactersOf(name)) refuse(shown(name), 'its value is too long');
    switch (name) {
      case 'limit':
        limit = Math.min(SEARCH_LIMIT, wholeNumber(name, value));
        break;
      case 'offset':
        offset = wholeNumber(name, value);
        if (offset > LIMITS.offset) refuse(name, `it is at most ${LIMITS.offset}`);
        break;
      case 'fuzzymatching':
        if (value !== 'true' && value !== 'false') refuse(name, 'it is true or false');
        fuzzyAsked = value === 'true';
        break;
      case 'includefield':
        for (const field of value.split(',')) {
          if (field === 'all') all = true;
          else for (const tag of includedTag(field.trim(), level)) include.add(tag);
        }
        break;
      default: {
        const match = matchOf(name, value, level);
        if (match === undefined) break;
        if (matched.has(match.attribute.tag)) refuse(shown(name), 'it is given twice');
        matched.add(match.attribute.tag);
        include.add(match.attribute.tag);
        matches.push(match);
      }
    }
  }
  return { level, matches, include: all ? 'all' : include, limit, offset, fuzzyAsked };
}

/** A list of UIDs may be long; each has 64 characters at most. */
function charactersOf(name: string): number {
  return searchAttribute(name)?.matching === 'uid' ? LIMITS.uids * 65 : LIMITS.valueCharacters;
}

function wholeNumber(name: string, value: string): number {
  if (!/^\d{1,15}$/.test(value)) refuse(name, 'it is not a whole number from 0 on');
  return Number(value);
}

/** A field that PS3.6 knows and the index does not is left out of the answer, as the standard allows. */
function includedTag(field: string, level: SearchLevel): readonly string[] {
  if (field === '') return [];
  if (field.includes('.')) return [];
  const known = searchAttribute(field);
  if (known !== undefined) return LEVEL_DEPTH[known.level] <= LEVEL_DEPTH[level] ? [known.tag] : [];
  if (/^[0-9a-f]{8}$/i.test(field) || isKeyword(field)) return [];
  return refuse('includefield', 'it names a field that DICOM does not have');
}

function matchOf(name: string, value: string, level: SearchLevel): Match | undefined {
  if (name.includes('.')) refuse(shown(name), 'attributes inside sequences cannot be searched by');
  const attribute = searchAttribute(name);
  if (attribute === undefined) return refuse(shown(name), whyUnknown(name));
  if (LEVEL_DEPTH[attribute.level] > LEVEL_DEPTH[level]) {
    refuse(attribute.keyword, `it belongs to the level of ${attribute.level === 'series' ? 'series' : 'instances'}`);
  }
  if (value === '' || value === '*') return undefined;
  switch (attribute.matching) {
    case 'uid':
      return { attribute, kind: 'equal', anyOf: uidsOf(attribute, value) };
    case 'code-list':
      return /[*?]/.test(value)
        ? { attribute, kind: 'wildcard', pattern: value }
        : { attribute, kind: 'equal', anyOf: codesOf(attribute, value) };
    case 'text':
      return /[*?]/.test(value)
        ? { attribute, kind: 'wildcard', pattern: value.trim() }
        : { attribute, kind: 'equal', anyOf: [value.trim()] };
    case 'date':
      return range(attribute, value, dateEnd);
    case 'time':
      return range(attribute, value, timeEnd);
    case 'number':
      if (!/^[+-]?\d{1,12}$/.test(value)) refuse(attribute.keyword, 'it is not a whole number');
      return { attribute, kind: 'number', equals: Number(value) };
    case 'shown':
      return refuse(attribute.keyword, 'it is told in answers, and cannot be searched by');
  }
}

function uidsOf(attribute: SearchAttribute, value: string): readonly string[] {
  const uids = value.split(/[,\\]/).filter((uid) => uid !== '');
  if (uids.length > LIMITS.uids) refuse(attribute.keyword, `it has more than ${LIMITS.uids} values`);
  if (!uids.every((uid) => /^[0-9.]{1,64}$/.test(uid))) refuse(attribute.keyword, 'it is not a UID or a list of UIDs');
  return uids;
}

function codesOf(attribute: SearchAttribute, value: string): readonly string[] {
  const codes = value.split(/[,\\]/).flatMap((code) => (code.trim() === '' ? [] : [code.trim().toUpperCase()]));
  if (codes.length > 32 || !codes.every((code) => /^[A-Z0-9 _]{1,16}$/.test(code))) {
    refuse(attribute.keyword, 'it is not a code or a short list of codes');
  }
  return codes;
}

type EndOf = (attribute: SearchAttribute, text: string, end: 'from' | 'to') => string;

function range(attribute: SearchAttribute, value: string, endOf: EndOf): Match {
  const parts = value.split('-');
  const [first = '', second = ''] = parts;
  if (parts.length > 2 || (first === '' && second === '')) refuse(attribute.keyword, 'it is not a range');
  const from = first === '' ? null : endOf(attribute, first, 'from');
  const to = parts.length === 1 ? endOf(attribute, first, 'to') : second === '' ? null : endOf(attribute, second, 'to');
  if (from !== null && to !== null && from > to) refuse(attribute.keyword, 'the range ends before it begins');
  return { attribute, kind: 'range', from, to };
}

function dateEnd(attribute: SearchAttribute, text: string): string {
  const [, month = '', day = ''] =
    /^\d{4}(\d{2})(\d{2})$/.exec(text) ?? refuse(attribute.keyword, 'a date is YYYYMMDD');
  if (month < '01' || month > '12' || day < '01' || day > '31') refuse(attribute.keyword, 'a date is YYYYMMDD');
  return text;
}

function timeEnd(attribute: SearchAttribute, text: string, end: 'from' | 'to'): string {
  const [whole = ''] =
    /^([01]\d|2[0-3])([0-5]\d([0-5]\d|60)?)?(?=$|\.\d{1,6}$)/.exec(text) ??
    refuse(attribute.keyword, 'a time is HHMMSS');
  return whole + (end === 'from' ? '000000' : '235959').slice(whole.length);
}

function whyUnknown(name: string): string {
  if (/^[0-9a-f]{8}$/i.test(name)) {
    const tag = Number.parseInt(name, 16);
    return isPrivate(tag) || attributeOf(tag) === undefined
      ? 'private and unknown attributes cannot be searched by'
      : 'this node keeps no index of it';
  }
  return isKeyword(name) ? 'this node keeps no index of it' : 'DICOM has no attribute of that name';
}

function isKeyword(name: string): boolean {
  try {
    return /^[A-Z]\w{1,63}$/.test(name) && tagOf(name) > 0;
  } catch {
    return false;
  }
}

/** A parameter's name as it may be repeated in a message. */
function shown(name: string): string {
  return /^[\w.]{1,64}$/.test(name) ? name : 'a parameter';
}

function refuse(parameter: string, problem: string): never {
  throw new UnicaError('dicomweb.query-invalid', { parameter, problem });
}
