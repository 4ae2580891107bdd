// What of consent the portal carries: the rule that both ledgers come to, the same as a node's. In the portal `#consent` is this file
// (decision 169).
export type { DatasetBasis } from './dataset-basis.ts';
export { type LeftOutBy, leftOutBy } from './left-out-by.ts';
