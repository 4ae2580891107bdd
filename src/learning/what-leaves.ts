import { parameterTable } from '#engine';
import { type JobSpec, type Leaving, whyOpen } from '#wire';
import { compressedBytes, isCompressing } from './compressed-change.ts';
import { isMasked } from './job-view.ts';
import { lanesOf } from './number-grid.ts';

/** Bytes of a number of an update. */
const BYTES_OF_A_NUMBER = 4;

/**
 * What a node would send for a job, worked out from what its owner is asked to approve and from nothing else.
 * @param sendsWhole the node makes no change smaller, whatever the job asks for
 */
export function whatLeaves(spec: JobSpec, sendsWhole = false): Leaving {
  const { entries, total } = parameterTable(spec.model);
  const masked = isMasked(spec);
  const bytesPerRound =
    isCompressing(spec) && !sendsWhole
      ? compressedBytes(spec)
      : total * BYTES_OF_A_NUMBER * (masked ? lanesOf(spec) : 1);
  return {
    tensors: entries.map(({ name, shape }) => ({ name, shape: [...shape] })),
    parameters: total,
    bytesPerRound,
    // The model trained here alone travels once, as it is.
    bytesInAll: bytesPerRound * spec.rounds + (spec.evaluation?.crossSite === true ? total * BYTES_OF_A_NUMBER : 0),
    isMasked: masked,
    compression: sendsWhole ? null : (spec.compression ?? null),
    evaluation: spec.evaluation ?? null,
    whyOpen: whyOpen(spec) ?? null,
    privacy: null,
  };
}
