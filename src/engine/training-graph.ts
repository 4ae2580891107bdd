import { UnicaError } from '#base';
import type { ChannelBlock } from './feature-layout.ts';
import { GraphBuilder } from './graph-builder.ts';
import { elementCount, type Shape, type Value } from './graph-value.ts';
import { type Model, networkOf } from './model.ts';
import type { Network } from './network.ts';
import { EXAMPLE_WEIGHTS } from './network-builder.ts';
import { multiply } from './operators/arithmetic.ts';
import { sum } from './operators/reduction.ts';
import { reshape } from './operators/shape.ts';
import { type ParameterTable, parameterTable } from './parameter-table.ts';
import { type DropoutMask, Tape } from './tape.ts';
import { writeNetwork } from './write-network.ts';

/** How a gradient step is written. */
export interface TrainingGraphSettings {
  /** Examples in one run. */
  readonly batch: number;
  /** The machine's channel block (`channelBlock`); 1 unless told. */
  readonly block?: ChannelBlock | undefined;
  /** Parameters that are fed, and whose gradients are answered, packed (see `packingOf`); none unless told. */
  readonly packed?: ReadonlySet<string> | undefined;
  /** Clip the gradient of each example alone, as DP-SGD needs it. */
  readonly clipped?: boolean | undefined;
}

/** A gradient step as an ONNX graph. */
export interface TrainingGraph {
  readonly onnx: Uint8Array;
  /** Random masks that must be fed. */
  readonly masks: readonly DropoutMask[];
  /** Parameters whose gradients are answered, with the shapes in which they come. */
  readonly gradients: ReadonlyMap<string, Shape>;
}

/**
 * One gradient step. Fed: the network's inputs and targets [batch, …], `weights` [batch] (0 takes an example out), each
 * parameter as `parameterInput` names it, the masks, and when clipped the bound `clip` [1]. Answered: `loss` [1], the
 * weighted sum over the examples, and each gradient as `gradientOutput` names it, its numbers in the parameter's order:
 * for running statistics what was measured times the number of examples, for frozen parameters none; when clipped also
 * `norms` [batch], the length of each example's gradient.
 * @throws UnicaError `engine.spec-invalid` when the network has no loss, `engine.shape-mismatch`
 */
export function trainingGraph(model: Model, settings: TrainingGraphSettings): TrainingGraph {
  const network = networkOf(model);
  const { batch, block = 1, clipped = false, packed } = settings;
  const graph = new GraphBuilder();
  const tape = new Tape(graph, { block, mode: 'training', perExample: clipped ? batch : undefined });
  const table = parameterTable(network);
  const weights = graph.input('weights', [batch]);
  const parameters = separateParameters(tape, table);
  for (const name of packed ?? []) {
    const value = parameters.get(name);
    if (value) tape.inBlocks(value);
  }
  const each = lossOfEach(tape, network, { batch, parameters, weights });
  const loss = sum(tape, multiply(tape, each, weights), [0], true);
  graph.output('loss', loss);
  const learned = network.parameters.flatMap(({ name, kind }) => {
    const value = parameters.get(name);
    return kind === 'learned' && value !== undefined ? [value] : [];
  });
  const gradients = tape.gradients(loss, graph.filled([1], 1), learned);
  const summed = clipped ? clippedSums(graph, gradients, batch) : gradients;
  const byName = new Map(learned.map(({ name }, index) => [name, summed[index]]));
  const shapes = new Map<string, Shape>();
  for (const { name, kind } of network.parameters) {
    const parameter = parameters.get(name);
    const value =
      kind === 'measured' && parameter ? measured(tape, parameter, weights) : byName.get(parameter?.name ?? '');
    if (value === undefined) continue;
    const written = graph.beforeReshape(value);
    shapes.set(name, written.shape);
    graph.output(gradientOutput(name), written);
  }
  return { onnx: graph.encode(), masks: tape.masks, gradients: shapes };
}

/** Names of the weights that a training graph's convolutions read in blocks: how large the feature maps are decides. */
export function weightsReadInBlocks(
  network: Network,
  { batch, block }: Pick<TrainingGraphSettings, 'batch' | 'block'>,
): ReadonlySet<string> {
  const tape = new Tape(new GraphBuilder(), { block: block ?? 1, mode: 'training' });
  const weights = tape.graph.input('weights', [batch]);
  const parameters = separateParameters(tape, parameterTable(network));
  lossOfEach(tape, network, { batch, parameters, weights });
  return new Set([...parameters].flatMap(([name, value]) => (tape.isReadInBlocks(value) ? [name] : [])));
}

function separateParameters(tape: Tape, { entries }: ParameterTable): ReadonlyMap<string, Value> {
  return new Map(
    entries.map(({ name, shape }) => [name, tape.parameter(tape.graph.input(parameterInput(name), shape))]),
  );
}

/**
 * The network without learning: for inputs and targets [batch, …], `weights` and flat `parameters`, the `loss` of each
 * example [batch] and the outputs by name.
 */
export function evaluationGraph(model: Model, batch: number): Uint8Array {
  const network = networkOf(model);
  const graph = new GraphBuilder();
  const tape = new Tape(graph, { mode: 'inference' });
  const weights = graph.input('weights', [batch]);
  const parameters = splitParameters(tape, parameterTable(network));
  const given = fedValues(tape, network, { batch, parameters, weights });
  const wanted = [...network.outputs.map(({ value }) => value), ...(network.loss === undefined ? [] : [network.loss])];
  const values = writeNetwork(tape, network, given, wanted);
  for (const { name, value } of network.outputs) {
    const answer = values.get(value);
    if (answer) graph.output(`output.${name}`, answer);
  }
  const loss = network.loss === undefined ? undefined : values.get(network.loss);
  if (loss) graph.output('loss', graph.add('Reshape', [loss, graph.integers(batch)]));
  return graph.encode();
}

interface Fed {
  readonly batch: number;
  readonly parameters: ReadonlyMap<string, Value>;
  readonly weights: Value;
}

function fedValues(tape: Tape, network: Network, { batch, parameters, weights }: Fed): Map<string, Value> {
  const values = new Map(parameters);
  for (const { name, shape } of [...network.inputs, ...network.targets])
    values.set(name, tape.graph.input(name, [batch, ...shape]));
  return values.set(EXAMPLE_WEIGHTS, tape.graph.add('Reshape', [weights, tape.graph.integers(batch, 1)]));
}

function lossOfEach(tape: Tape, network: Network, fed: Fed): Value {
  if (network.loss === undefined)
    throw new UnicaError('engine.spec-invalid', { problem: 'it has no loss, so it cannot learn' });
  const values = writeNetwork(tape, network, fedValues(tape, network, fed), [network.loss]);
  const loss = values.get(network.loss);
  if (loss === undefined || elementCount(loss.shape) !== fed.batch)
    throw new UnicaError('engine.spec-invalid', { problem: 'its loss is not one number for each example' });
  return reshape(tape, loss, [fed.batch]);
}

/** Name of the input by which a training graph takes a parameter. */
export function parameterInput(name: string): string {
  return `parameter ${name}`;
}

/** Name of the output by which a training graph answers a parameter's gradient. */
export function gradientOutput(name: string): string {
  return `gradient ${name}`;
}

/** The flat input `parameters` cut into the model's tensors, by name. */
export function splitParameters(tape: Tape, table: ParameterTable): ReadonlyMap<string, Value> {
  const { graph } = tape;
  const flat = graph.input('parameters', [table.total]);
  const sizes = graph.integers(...table.entries.map(({ size }) => size));
  const parts = graph.addAll('Split', [flat, sizes], { axis: 0 }, table.entries.length);
  return new Map(
    table.entries.map(({ name, shape }, index) => {
      const part = parts[index] ?? flat;
      return [name, tape.parameter(shape.length === 1 ? part : graph.add('Reshape', [part, graph.integers(...shape)]))];
    }),
  );
}

/** What was measured, times the examples that count, as gradients are sums over examples. */
function measured(tape: Tape, parameter: Value, weights: Value): Value | undefined {
  const { graph } = tape;
  const value = tape.measured(parameter);
  return value && graph.add('Mul', [value, graph.add('ReduceSum', [weights, graph.integers(0)], { keepdims: 1 })]);
}

/**
 * Σ min(1, clip/‖g‖)·g over the examples' gradients g (Abadi et al. 2016, algorithm 1). Each gradient comes as
 * [example, …parameter].
 */
function clippedSums(graph: GraphBuilder, gradients: readonly Value[], batch: number): readonly Value[] {
  const flat = gradients.map((gradient) => graph.add('Reshape', [gradient, graph.integers(batch, -1)]));
  const squares = flat.map((rows) =>
    graph.add('ReduceSum', [graph.add('Mul', [rows, rows]), graph.integers(1)], { keepdims: 1 }),
  );
  const total = graph.add('ReduceSum', [graph.add('Concat', squares, { axis: 1 }), graph.integers(1)], { keepdims: 1 });
  const norms = graph.add('Sqrt', [total]);
  graph.output('norms', graph.add('Reshape', [norms, graph.integers(batch)]));
  // clip / max(clip, ‖g‖)
  const clip = graph.input('clip', [1]);
  const over = graph.add('Relu', [graph.add('Sub', [norms, clip])]);
  const factors = graph.add('Div', [clip, graph.add('Add', [over, clip])]);
  return flat.map((rows) => graph.add('FusedMatMul', [factors, rows], { transA: 1, transB: 0 }));
}
