import type { Value } from '../graph-value.ts';
import type { Tape } from '../tape.ts';

/**
 * Σ weight·(softplus(logit) − logit·label): binary cross-entropy of logits, summed over the examples.
 * All three are [batch]; a weight of 0 takes an example out. → [1]
 */
export function bceLoss(tape: Tape, logits: Value, labels: Value, weights: Value): Value {
  const { graph } = tape;
  const each = graph.add('Sub', [graph.add('Softplus', [logits]), graph.add('Mul', [logits, labels])]);
  const loss = graph.add('ReduceSum', [graph.add('Mul', [each, weights]), graph.integers(0)], { keepdims: 1 });
  return tape.record(loss, [logits], (gradient) => {
    const residual = graph.add('Sub', [graph.add('Sigmoid', [logits]), labels]);
    return [graph.add('Mul', [graph.add('Mul', [residual, weights]), gradient])];
  });
}
