import { parameterTable } from '#engine';
import type { JobSpec, Leaving } from '#wire';

/** Bytes of a number of an update. */
const BYTES_OF_A_NUMBER = 4;

/** What a node would send for a job, worked out from what its owner is asked to approve and from nothing else. */
export function whatLeaves(spec: JobSpec): Leaving {
  const { entries, total } = parameterTable(spec.model);
  const bytesPerRound = total * BYTES_OF_A_NUMBER;
  return {
    tensors: entries.map(({ name, shape }) => ({ name, shape: [...shape] })),
    parameters: total,
    bytesPerRound,
    bytesInAll: bytesPerRound * spec.rounds,
    isMasked: false,
    privacy: null,
  };
}
