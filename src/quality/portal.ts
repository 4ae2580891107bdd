// What of quality the portal carries: the words of its checks, to say them in the reader's language. In the portal `#quality` is this
// file (decision 169).
export { CHECK_TABLE } from './check-table.ts';
