import type { JobEvent } from '#wire';
import type { JobState } from './job-view.ts';

/** What open jobs still read. */
export interface NeededContents {
  readonly digests: ReadonlySet<string>;
  /** What came from then on may be an update that no event names yet; infinity where no site is at work. */
  readonly sinceMs: number;
}

/** Events that give sites work. */
const OPENINGS: readonly JobEvent['kind'][] = ['round-opened', 'evaluation-opened', 'comparison-opened'];

/**
 * What a job that has not ended may read again: whatever it was told of since its last round began, and what it keeps from before.
 * Too much is named rather than too little.
 */
export function neededContents(state: JobState, events: readonly JobEvent[]): NeededContents {
  const digests = new Set<string>();
  const lastRound = events.findLastIndex(({ kind }) => kind === 'round-opened');
  for (const event of events.slice(Math.max(0, lastRound))) addDigests(event, digests);
  addDigests(state.view.spec, digests);
  addDigests([state.startWeightsSha256, state.weightsSha256, state.firstWeightsSha256, state.stateSha256], digests);
  addDigests([[...state.updates.values()], [...state.working.values()], [...state.localModels.values()]], digests);
  addDigests([state.folded, state.compared], digests);
  const opened = events.findLast(({ kind }) => OPENINGS.includes(kind))?.atMs ?? Number.POSITIVE_INFINITY;
  // Under FedBuff a site may have begun in an earlier round.
  const begun = [...state.working.values()].map(
    ({ round }) => state.view.rounds.find((one) => one.round === round)?.openedAtMs ?? 0,
  );
  return { digests, sinceMs: Math.min(opened, ...begun) };
}

/** Digests anywhere in a value. */
function addDigests(value: unknown, digests: Set<string>): void {
  if (typeof value === 'string') {
    if (/^[0-9a-f]{64}$/.test(value)) digests.add(value);
  } else if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) addDigests(inner, digests);
  }
}
