import type { Json } from '#base';
import { LEVEL_DEPTH, SEARCH_ATTRIBUTES, type SearchAttribute, type SearchLevel } from './search-attributes.ts';
import type { SearchQuery } from './search-query.ts';

/** What the index knows of one result, by keyword; several values of one attribute are a list. */
export type SearchRow = Readonly<Record<string, string | number | readonly string[] | null | undefined>>;

/** Where a result can be fetched, and from which level on its attributes are told. */
export interface AnswerOptions {
  readonly retrieveUrl: string;
  /** Levels above it stand in the address of the search and are told by their UIDs alone. */
  readonly fromLevel: SearchLevel;
}

/** One result in the DICOM JSON model (PS3.18 annex F), tags in order. */
export function searchResult(row: SearchRow, query: SearchQuery, options: AnswerOptions): Json {
  const members: [string, Json][] = [
    ['00080005', { vr: 'CS', Value: ['ISO_IR 192'] }],
    ['00080056', { vr: 'CS', Value: ['ONLINE'] }],
    ['00081190', { vr: 'UR', Value: [options.retrieveUrl] }],
  ];
  for (const attribute of SEARCH_ATTRIBUTES) {
    if (isTold(attribute, query, options)) members.push([attribute.tag, member(attribute, row[attribute.keyword])]);
  }
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isTold(attribute: SearchAttribute, query: SearchQuery, { fromLevel }: AnswerOptions): boolean {
  if (LEVEL_DEPTH[attribute.level] > LEVEL_DEPTH[query.level]) return false;
  if (query.include === 'all' || query.include.has(attribute.tag)) return true;
  if (attribute.keyword === 'StudyInstanceUID' || attribute.keyword === 'SeriesInstanceUID') return true;
  return attribute.always && LEVEL_DEPTH[attribute.level] >= LEVEL_DEPTH[fromLevel];
}

function member({ vr }: SearchAttribute, value: SearchRow[string]): Json {
  const values = value === null || value === undefined || value === '' ? [] : Array.isArray(value) ? value : [value];
  if (values.length === 0) return { vr };
  return { vr, Value: vr === 'PN' ? values.map((name) => ({ Alphabetic: String(name) })) : [...(values as Json[])] };
}
