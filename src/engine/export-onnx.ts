import { answeringGraph } from './inference-graph.ts';
import type { Model } from './model.ts';

/**
 * The model as standard ONNX (opset 17, no other domains): its inputs [batch, …] with any batch, its outputs by name; for
 * the residual networks `image` [batch, channel, row, column] and `probability` [batch, 1] in [0, 1]. Where the model
 * looks at several views of a picture, so does the file.
 * @throws UnicaError `engine.spec-invalid`, `engine.parameters-mismatch`
 */
export function exportOnnx(
  model: Model,
  parameters: Float32Array,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  return answeringGraph(model, parameters, { batch: 1 }).encode({ dynamicBatch: true, metadata });
}
