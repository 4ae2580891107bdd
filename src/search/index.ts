export { answerCount, type CountAnswer } from './answer-count.ts';
export { canonicalQuery } from './canonical-query.ts';
export { matches, type Searchable } from './matches.ts';
export { queryText } from './question.ts';
export { openSearches, type Searches, type SearchTables, searchMigrations } from './searches.ts';
