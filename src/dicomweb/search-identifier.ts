import { tagHex } from '#vocab';
import { LEVEL_DEPTH, type SearchAttribute, type SearchLevel, searchAttribute } from './search-attributes.ts';
import { parseSearch, SEARCH_LIMIT, type SearchQuery } from './search-query.ts';

/** One key of the identifier of a C-FIND: what it is matched by, or '' where it is only wanted back. */
export interface IdentifierKey {
  readonly tag: number;
  readonly value: string;
}

/**
 * The identifier of a C-FIND as a search; conditions are read as those of QIDO-RS. `isLoose` where keys with a value are not
 * searched by, so that more is found than was meant (PS3.4 section C.4.1.1.3.2). `wanted` are the keys that results have.
 * @throws UnicaError `dicomweb.query-invalid`
 */
export function searchOfIdentifier(
  level: SearchLevel,
  keys: readonly IdentifierKey[],
): { readonly query: SearchQuery; readonly isLoose: boolean; readonly wanted: ReadonlyMap<number, SearchAttribute> } {
  const wanted = new Map<number, SearchAttribute>();
  const parameters: Record<string, string> = {};
  let isLoose = false;
  for (const { tag, value } of keys) {
    const attribute = searchAttribute(tagHex(tag).toUpperCase());
    const isKnown = attribute !== undefined && LEVEL_DEPTH[attribute.level] <= LEVEL_DEPTH[level];
    if (isKnown) wanted.set(tag, attribute);
    if (value === '') continue;
    if (isKnown && attribute.matching !== 'shown') parameters[attribute.keyword] = value;
    else isLoose = true;
  }
  return { query: { ...parseSearch(level, parameters), limit: SEARCH_LIMIT }, isLoose, wanted };
}
