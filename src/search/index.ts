export { canonicalQuery } from './canonical-query.ts';
export { factsOfCodes, numberFieldOf } from './facts-of-codes.ts';
export { matches, type Searchable } from './matches.ts';
export { queryText } from './question.ts';
export {
  openQuestionLedger,
  type QuestionLedger,
  type QuestionTables,
  questionMigrations,
} from './question-ledger.ts';
export { type LensReading, readLensAst } from './read-lens-ast.ts';
export { type SearchAnswer, SearchDesk, type SearchSource } from './search-desk.ts';
export { SearchIndex } from './search-index.ts';
export { openSearches, type Searches, type SearchTables, searchMigrations } from './searches.ts';
