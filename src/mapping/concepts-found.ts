import type { ConceptSearch } from './concept-search.ts';

/** What is asked of a search over the network. */
export interface ConceptQuery {
  readonly q: string;
  readonly limit: number;
  readonly prefix?: string | undefined;
}

/** An answer of `GET /api/concepts`, of a node or of a hub. */
export function conceptsFound(concepts: ConceptSearch, { q, limit, prefix }: ConceptQuery) {
  const wish = { limit, ...(prefix === undefined ? {} : { prefixes: [prefix] }) };
  return {
    items: concepts.search(q, wish).map(({ concept: { code, name, domain }, score, by, matches }) => ({
      ...{ code, name, domain, score, by },
      matches: matches.map((match) => ({ ...match })),
    })),
  };
}
