import { GraphBuilder } from './graph-builder.ts';
import type { Value } from './graph-value.ts';
import type { ModelSpec } from './model-spec.ts';
import { checkParameters, parameterTable } from './parameter-table.ts';
import { type Forward, resnet8Forward } from './resnet8.ts';
import { Tape } from './tape.ts';

/** The network with its parameters inside, behind the input `image`. */
export interface StoredNetwork extends Forward {
  readonly graph: GraphBuilder;
  readonly tape: Tape;
}

/** Writes the network with fixed parameters for `batch` pictures. @throws UnicaError `engine.parameters-mismatch` */
export function storedNetwork(spec: ModelSpec, parameters: Float32Array, batch: number): StoredNetwork {
  const table = parameterTable(spec);
  checkParameters(table, parameters);
  const graph = new GraphBuilder();
  const tape = new Tape(graph);
  const image = graph.input('image', [batch, spec.channels, spec.inputSize, spec.inputSize]);
  const values = new Map<string, Value>(
    table.entries.map(({ name, shape, offset, size }) => [
      name,
      graph.initializer(name, shape, parameters.slice(offset, offset + size)),
    ]),
  );
  return { graph, tape, ...resnet8Forward(tape, spec, image, values) };
}
