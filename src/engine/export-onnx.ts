import { storedNetwork } from './inference-graph.ts';
import { type Model, networkOf } from './model.ts';

/**
 * The model as standard ONNX (opset 17, no other domains): its inputs [batch, …] with any batch, its outputs by name; for
 * the residual networks `image` [batch, channel, row, column] and `probability` [batch, 1] in [0, 1].
 * @throws UnicaError `engine.spec-invalid`, `engine.parameters-mismatch`
 */
export function exportOnnx(
  model: Model,
  parameters: Float32Array,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const { outputs } = networkOf(model);
  const { graph, values } = storedNetwork(model, parameters, { batch: 1, wanted: outputs.map(({ value }) => value) });
  for (const { name, value } of outputs) {
    const answer = values.get(value);
    if (answer) graph.output(name, answer);
  }
  return graph.encode({ dynamicBatch: true, metadata });
}
