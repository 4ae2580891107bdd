import { storedNetwork } from './inference-graph.ts';
import type { ModelSpec } from './model-spec.ts';

/**
 * For one picture: `probability` [1, 1], the last block's `activation` and the logit's `gradient` with respect to it,
 * both [1, channel, row, column].
 */
export function camGraph(spec: ModelSpec, parameters: Float32Array): Uint8Array {
  const { graph, tape, logits, lastFeatureMap } = storedNetwork(spec, parameters, 1);
  const [gradient] = tape.gradients(logits, graph.filled([1, 1], 1), [lastFeatureMap]);
  graph.output('probability', graph.add('Sigmoid', [logits]));
  graph.output('activation', lastFeatureMap);
  if (gradient) graph.output('gradient', gradient);
  return graph.encode();
}
