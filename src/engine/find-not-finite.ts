import { GraphBuilder } from './graph-builder.ts';
import { imageLength } from './labelled-images.ts';
import type { ModelSpec } from './model-spec.ts';
import { OnnxSession } from './onnx-session.ts';
import { type ParameterTable, parameterTable } from './parameter-table.ts';
import { resnet8Forward } from './resnet8.ts';
import { Tape } from './tape.ts';
import { splitParameters } from './training-graph.ts';

/** False when any number is infinite or undefined. */
export function allFinite(values: Float32Array): boolean {
  let zero = 0;
  for (let index = 0; index < values.length; index += 1) zero += 0 * (values[index] as number);
  return zero === 0;
}

/**
 * Where a step's numbers first stopped being finite: the pictures, a parameter, a layer on the way forward, or a
 * parameter's gradient on the way back.
 */
export async function findNotFinite(
  spec: ModelSpec,
  parameters: Float32Array,
  images: Float32Array,
  gradient: Float32Array,
): Promise<string> {
  const table = parameterTable(spec);
  if (!allFinite(images)) return 'the pictures';
  const parameter = notFiniteEntry(table, parameters);
  if (parameter !== undefined) return parameter;
  const layer = await notFiniteLayer(spec, parameters, images);
  if (layer !== undefined) return layer;
  const slope = notFiniteEntry({ ...table, entries: table.entries.toReversed() }, gradient);
  return slope === undefined ? 'the loss' : `the gradient of ${slope}`;
}

function notFiniteEntry({ entries }: ParameterTable, flat: Float32Array): string | undefined {
  return entries.find(({ offset, size }) => !allFinite(flat.subarray(offset, offset + size)))?.name;
}

/** Runs the pictures one by one with every layer's output visible. */
async function notFiniteLayer(
  spec: ModelSpec,
  parameters: Float32Array,
  images: Float32Array,
): Promise<string | undefined> {
  const graph = new GraphBuilder();
  const shape = [1, spec.channels, spec.inputSize, spec.inputSize];
  const image = graph.input('image', shape);
  const values = splitParameters(graph, parameterTable(spec));
  const { activations } = resnet8Forward(new Tape(graph), spec, image, values);
  for (const { name, value } of activations) graph.output(name, value);
  const session = await OnnxSession.open(graph.encode());
  try {
    const length = imageLength(spec);
    for (let first = 0; first < images.length; first += length) {
      const outputs = await session.run({
        image: { data: images.slice(first, first + length), shape },
        parameters: { data: parameters, shape: [parameters.length] },
      });
      const found = activations.find(({ name }) => !allFinite(outputs[name]?.data ?? new Float32Array()));
      if (found) return found.name;
    }
    return undefined;
  } finally {
    await session.close();
  }
}
