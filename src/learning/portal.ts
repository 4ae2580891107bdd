// What of learning the portal carries: how data are dealt out, what a site does in a round, what the hub makes of it and what leaves, the same as in
// a real job. In the portal `#learning` is this file (decision 169).
export { type ClientStart, concludeRound, planRound } from './client-round.ts';
export { partition } from './partition.ts';
export { serverStrategy } from './strategies.ts';
export type { StrategyState } from './strategy.ts';
export { type LeavingSpec, whatLeaves } from './what-leaves.ts';
