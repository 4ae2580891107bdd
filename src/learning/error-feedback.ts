import { type ChangeSpec, type Compressed, compressChange, isCompressing } from './compressed-change.ts';
import { remembered, type StrategyState } from './strategy.ts';

const RESIDUAL = 'residual';

/** A round's change as it is to leave. */
interface Fed {
  /** The change with what was left out before; what is made smaller, or leaves as it is. */
  readonly change: Float32Array;
  /** What the site remembers for its next round. */
  readonly own: StrategyState;
  /** Absent where the job makes nothing smaller. */
  readonly compressed?: Compressed | undefined;
}

/**
 * Error feedback (Seide et al. 2014; Karimireddy, Rebjock, Stich, Jaggi 2019, algorithm 2): what was left out of the last change
 * that counted is added to this one before it is made smaller, so that nothing is lost, only late.
 * @param before what the site remembered of that round
 * @param sendsWhole the site makes nothing smaller: what was left out before, if anything was, goes with the whole change
 */
export function withErrorFeedback(
  spec: ChangeSpec,
  before: StrategyState,
  concluded: { readonly change: Float32Array; readonly own: StrategyState },
  sendsWhole = false,
): Fed {
  if (!isCompressing(spec)) return concluded;
  const late = remembered(before, RESIDUAL, concluded.change.length);
  const change = concluded.change.map((value, at) => value + (late[at] ?? 0));
  if (sendsWhole) return { change, own: concluded.own };
  const compressed = compressChange(spec, change);
  return { change, own: { ...concluded.own, [RESIDUAL]: compressed.residual }, compressed };
}
