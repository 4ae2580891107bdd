import type { ChannelBlock } from './feature-layout.ts';
import { GraphBuilder } from './graph-builder.ts';
import type { Value } from './graph-value.ts';
import { type Model, networkOf } from './model.ts';
import { apart } from './operators/layout.ts';
import { checkParameters, parameterTable } from './parameter-table.ts';
import { meanOfViews, type PictureViews, viewsOf } from './picture-views.ts';
import { Tape } from './tape.ts';
import { writeNetwork } from './write-network.ts';

/** A network with its parameters inside, behind its inputs. */
export interface StoredNetwork {
  readonly graph: GraphBuilder;
  readonly tape: Tape;
  readonly values: ReadonlyMap<string, Value>;
}

/** How a network with fixed parameters is written. */
export interface StoredSettings {
  /** Examples in one run. */
  readonly batch: number;
  /** The machine's channel block; 1 unless told. */
  readonly block?: ChannelBlock;
}

/**
 * Writes a network with fixed parameters for `batch` examples, as far as `wanted` needs it. Pictures are looked at once.
 * @throws UnicaError `engine.parameters-mismatch`
 */
export function storedNetwork(
  model: Model,
  parameters: Float32Array,
  { wanted, ...settings }: StoredSettings & { readonly wanted: readonly string[] },
): StoredNetwork {
  return written(model, parameters, { ...settings, wanted, views: undefined });
}

/**
 * Writes a network that answers: the first `most` of its outputs by name, each the mean over the network's views of the
 * picture.
 * @throws UnicaError `engine.parameters-mismatch`
 */
export function answeringGraph(
  model: Model,
  parameters: Float32Array,
  { most, ...settings }: StoredSettings & { readonly most?: number },
): GraphBuilder {
  const { outputs, views } = networkOf(model);
  const told = outputs.slice(0, most);
  const wanted = told.map(({ value }) => value);
  const { graph, tape, values } = written(model, parameters, { ...settings, wanted, views });
  for (const { name, value } of told) {
    const answer = values.get(value);
    if (!answer) continue;
    const one = apart(tape, answer);
    graph.output(name, views === undefined ? one : meanOfViews(graph, one, views));
  }
  return graph;
}

function written(
  model: Model,
  parameters: Float32Array,
  {
    batch,
    block = 1,
    wanted,
    views,
  }: StoredSettings & { readonly wanted: readonly string[]; readonly views: PictureViews | undefined },
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
  for (const { name, shape } of network.inputs) {
    const fed = graph.input(name, [batch, ...shape]);
    given.set(name, views === undefined ? fed : viewsOf(graph, fed, views));
  }
  return { graph, tape, values: writeNetwork(tape, network, given, wanted) };
}
