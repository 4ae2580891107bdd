export { answerCount, type CountAnswer } from './answer-count.ts';
export { canonicalQuery, queryText } from './canonical-query.ts';
export { matches, type Searchable } from './matches.ts';
export { openSearches, type Searches, type SearchTables, searchMigrations } from './searches.ts';
