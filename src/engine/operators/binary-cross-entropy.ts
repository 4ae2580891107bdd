import type { Value } from '../graph-value.ts';
import type { Tape } from '../tape.ts';
import { sameShape } from './parameter-gradient.ts';

/** softplus(logit) − logit·label: binary cross-entropy of logits, number by number; labels in [0, 1], of equal shape. */
export function binaryCrossEntropy(tape: Tape, logits: Value, targets: Value): Value {
  const { graph } = tape;
  const labels = sameShape(logits.shape, targets.shape)
    ? targets
    : graph.add('Reshape', [targets, graph.integers(...logits.shape)]);
  const output = graph.add('Sub', [graph.add('Softplus', [logits]), graph.add('Mul', [logits, labels])]);
  return tape.record(output, [logits], (gradient) => [
    graph.add('Mul', [graph.add('Sub', [graph.add('Sigmoid', [logits]), labels]), gradient]),
  ]);
}
