import type { ChannelBlock } from './feature-layout.ts';
import { GraphBuilder } from './graph-builder.ts';
import type { Value } from './graph-value.ts';
import { type Model, networkOf } from './model.ts';
import { checkParameters, parameterTable } from './parameter-table.ts';
import { Tape } from './tape.ts';
import { writeNetwork } from './write-network.ts';

/** A network with its parameters inside, behind its inputs. */
export interface StoredNetwork {
  readonly graph: GraphBuilder;
  readonly tape: Tape;
  readonly values: ReadonlyMap<string, Value>;
}

/**
 * Writes a network with fixed parameters for `batch` examples, as far as `wanted` needs it.
 * @throws UnicaError `engine.parameters-mismatch`
 */
export function storedNetwork(
  model: Model,
  parameters: Float32Array,
  {
    batch,
    wanted,
    block = 1,
  }: { readonly batch: number; readonly wanted: readonly string[]; readonly block?: ChannelBlock },
): StoredNetwork {
  const network = networkOf(model);
  const table = parameterTable(network);
  checkParameters(table, parameters);
  const graph = new GraphBuilder();
  const tape = new Tape(graph, { block });
  const given = new Map<string, Value>(
    table.entries.map(({ name, shape, offset, size }) => [
      name,
      graph.initializer(name, shape, parameters.slice(offset, offset + size)),
    ]),
  );
  for (const { name, shape } of network.inputs) given.set(name, graph.input(name, [batch, ...shape]));
  return { graph, tape, values: writeNetwork(tape, network, given, wanted) };
}
