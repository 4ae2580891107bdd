import { tensorLength } from './examples.ts';
import { allFinite } from './finite.ts';
import { GraphBuilder } from './graph-builder.ts';
import type { Value } from './graph-value.ts';
import type { Network } from './network.ts';
import { OnnxSession } from './onnx-session.ts';
import { type ParameterTable, parameterTable } from './parameter-table.ts';
import { Tape } from './tape.ts';
import { splitParameters } from './training-graph.ts';
import { writeNetwork } from './write-network.ts';

/**
 * Where a step's numbers first stopped being finite: an input, a parameter, a layer on the way forward, or a parameter's
 * gradient on the way back.
 */
export async function findNotFinite(step: {
  readonly network: Network;
  readonly parameters: Float32Array;
  readonly inputs: Readonly<Record<string, Float32Array>>;
  readonly count: number;
  readonly gradient: Float32Array;
}): Promise<string> {
  const { network, parameters, inputs, gradient } = step;
  const table = parameterTable(network);
  const input = Object.entries(inputs).find(([, numbers]) => !allFinite(numbers));
  if (input) return input[0] === 'image' ? 'the pictures' : `the input ${input[0]}`;
  const parameter = notFiniteEntry(table, parameters);
  if (parameter !== undefined) return parameter;
  const layer = await notFiniteLayer(step);
  if (layer !== undefined) return layer;
  const slope = notFiniteEntry({ ...table, entries: table.entries.toReversed() }, gradient);
  return slope === undefined ? 'the loss' : `the gradient of ${slope}`;
}

function notFiniteEntry({ entries }: ParameterTable, flat: Float32Array): string | undefined {
  return entries.find(({ offset, size }) => !allFinite(flat.subarray(offset, offset + size)))?.name;
}

/** Runs the examples one by one with every operation's output visible, up to the answers. */
async function notFiniteLayer(step: {
  readonly network: Network;
  readonly parameters: Float32Array;
  readonly inputs: Readonly<Record<string, Float32Array>>;
  readonly count: number;
}): Promise<string | undefined> {
  const { network, parameters, inputs, count } = step;
  const graph = new GraphBuilder();
  const tape = new Tape(graph);
  const given = new Map<string, Value>(splitParameters(tape, parameterTable(network)));
  for (const { name, shape } of network.inputs) given.set(name, graph.input(name, [1, ...shape]));
  const answers = network.outputs.map(({ value }) => value);
  const values = writeNetwork(tape, network, given, answers);
  const watched = network.operations.map(({ output }) => output).filter((name) => values.has(name));
  for (const name of watched) {
    const value = values.get(name);
    if (value) graph.output(`watched ${name}`, value);
  }
  const session = await OnnxSession.open(graph.encode());
  try {
    for (let example = 0; example < count; example += 1) {
      const fed = network.inputs.map((tensor) => {
        const length = tensorLength(tensor);
        const data = (inputs[tensor.name] ?? new Float32Array()).slice(example * length, (example + 1) * length);
        return [tensor.name, { data, shape: [1, ...tensor.shape] }] as const;
      });
      const outputs = await session.run({
        ...Object.fromEntries(fed),
        parameters: { data: parameters, shape: [parameters.length] },
      });
      const found = watched.find((name) => !allFinite(outputs[`watched ${name}`]?.data ?? new Float32Array()));
      if (found !== undefined) return found;
    }
    return undefined;
  } finally {
    await session.close();
  }
}
