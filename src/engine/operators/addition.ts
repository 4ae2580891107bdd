import { UnicaError } from '#base';
import type { Value } from '../graph-value.ts';
import { text } from '../shape-rules.ts';
import type { Tape } from '../tape.ts';

/** a + b of equal shapes: a residual connection. */
export function addition(tape: Tape, a: Value, b: Value): Value {
  if (text(a.shape) !== text(b.shape))
    throw new UnicaError('engine.shape-mismatch', {
      operator: 'residual addition',
      problem: `${text(a.shape)} and ${text(b.shape)} differ`,
    });
  return tape.record(tape.graph.add('Add', [a, b]), [a, b], (gradient) => [gradient, gradient]);
}
