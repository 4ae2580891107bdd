import { type ChannelBlock, isBlockable } from './feature-layout.ts';
import { GraphBuilder } from './graph-builder.ts';
import type { Value } from './graph-value.ts';
import type { ModelSpec } from './model-spec.ts';
import { bceLoss } from './operators/bce-loss.ts';
import { reshape } from './operators/reshape.ts';
import { type ParameterTable, parameterTable } from './parameter-table.ts';
import { resnet8Forward } from './resnet8.ts';
import { Tape } from './tape.ts';

/**
 * One gradient step as an ONNX graph. Inputs: `images` [batch, channel, row, column], `labels` [batch],
 * `weights` [batch] (0 takes an example out), `parameters` flat. Outputs: `loss` [1], the weighted sum over the
 * examples, and `gradient`, flat like the parameters. `block`: the machine's channel block (`channelBlock`).
 */
export function trainingGraph(spec: ModelSpec, batch: number, block: ChannelBlock = 1): Uint8Array {
  const graph = new GraphBuilder();
  const tape = new Tape(graph, isBlockable(spec.widths, block) ? block : 1);
  const table = parameterTable(spec);
  const images = graph.input('images', [batch, spec.channels, spec.inputSize, spec.inputSize]);
  const labels = graph.input('labels', [batch]);
  const weights = graph.input('weights', [batch]);
  const parameters = splitParameters(graph, table);
  const { logits } = resnet8Forward(tape, spec, images, parameters);
  const loss = bceLoss(tape, reshape(tape, logits, [batch]), labels, weights);
  const gradients = tape.gradients(loss, graph.filled([1], 1), [...parameters.values()]);
  const flat = gradients.map((gradient) => graph.add('Reshape', [gradient, graph.integers(-1)]));
  graph.output('loss', loss);
  graph.output('gradient', graph.add('Concat', flat, { axis: 0 }));
  return graph.encode();
}

/** The flat input `parameters` cut into the model's tensors, by name. */
export function splitParameters(graph: GraphBuilder, table: ParameterTable): ReadonlyMap<string, Value> {
  const flat = graph.input('parameters', [table.total]);
  const sizes = graph.integers(...table.entries.map(({ size }) => size));
  const parts = graph.addAll('Split', [flat, sizes], { axis: 0 }, table.entries.length);
  return new Map(
    table.entries.map(({ name, shape }, index) => {
      const part = parts[index] ?? flat;
      return [name, shape.length === 1 ? part : graph.add('Reshape', [part, graph.integers(...shape)])];
    }),
  );
}
