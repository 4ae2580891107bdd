import type { Value } from '../graph-value.ts';
import type { Tape } from '../tape.ts';
import { multiply } from './arithmetic.ts';
import { apart } from './layout.ts';

/** Each number left out with probability `rate` while learning, the others raised to make up for it (Srivastava et al. 2014). */
export function dropout(tape: Tape, x: Value, rate: number): Value {
  if (tape.mode === 'inference' || rate === 0) return x;
  const plain = apart(tape, x);
  return multiply(tape, plain, tape.mask(plain.shape, rate));
}
