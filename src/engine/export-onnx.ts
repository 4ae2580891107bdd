import { storedNetwork } from './inference-graph.ts';
import type { ModelSpec } from './model-spec.ts';

/**
 * The model as standard ONNX (opset 17, no other domains): input `image` [batch, channel, row, column], any batch;
 * output `probability` [batch, 1] in [0, 1].
 * @throws UnicaError `engine.spec-invalid`, `engine.parameters-mismatch`
 */
export function exportOnnx(
  spec: ModelSpec,
  parameters: Float32Array,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const { graph, logits } = storedNetwork(spec, parameters, 1);
  graph.output('probability', graph.add('Sigmoid', [logits]));
  return graph.encode({ dynamicBatch: true, metadata });
}
