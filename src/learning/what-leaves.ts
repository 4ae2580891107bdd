import { parameterTable } from '#engine';
import { type JobSpec, type Leaving, WIRE_LIMITS, whyOpen } from '#wire';
import { headOf } from './change-head.ts';
import { compressedBytes, isCompressing } from './compressed-change.ts';
import { isMasked } from './is-masked.ts';
import { lanesOf } from './number-grid.ts';

/** Bytes of a number of an update. */
const BYTES_OF_A_NUMBER = 4;

/** What of a job tells what leaves for it. */
export type LeavingSpec = Pick<
  JobSpec,
  'model' | 'rounds' | 'strategy' | 'sites' | 'sitesPerRound' | 'aggregation' | 'compression' | 'evaluation' | 'engine'
>;

/**
 * What a node would send for a job, worked out from what its owner is asked to approve and from nothing else.
 * @param sendsWhole the node makes no change smaller, whatever the job asks for
 */
export function whatLeaves(spec: LeavingSpec, sendsWhole = false): Leaving {
  const { entries, total } = parameterTable(spec.model);
  const masked = isMasked(spec);
  const wholeBytes = headOf(spec.model).length + total * BYTES_OF_A_NUMBER;
  const bytesPerRound = masked
    ? total * BYTES_OF_A_NUMBER * lanesOf(spec)
    : isCompressing(spec) && !sendsWhole
      ? compressedBytes(spec)
      : wholeBytes;
  // The model trained here alone travels once, by itself.
  const alone = spec.evaluation?.crossSite === true ? wholeBytes : 0;
  return {
    tensors: entries.map(({ name, shape }) => ({ name, shape: [...shape] })),
    parameters: total,
    bytesPerRound,
    sentBytesPerRound: sentBytes(bytesPerRound),
    bytesInAll: sentBytes(bytesPerRound) * spec.rounds + alone,
    isMasked: masked,
    compression: sendsWhole ? null : (spec.compression ?? null),
    evaluation: spec.evaluation ?? null,
    whyOpen: whyOpen(spec) ?? null,
    privacy: null,
  };
}

/** Small content travels inside a receipt, where three bytes are four letters. */
function sentBytes(bytes: number): number {
  return bytes <= WIRE_LIMITS.contentOfTaskBytes ? Math.ceil(bytes / 3) * 4 : bytes;
}
