import { UnicaError } from '#base';
import { GraphBuilder } from './graph-builder.ts';
import type { Value } from './graph-value.ts';
import type { Initial, Network, NetworkOperation, NetworkParameter, NetworkTensor } from './network.ts';
import { OPERATIONS, type OperationName, type Settings } from './operations.ts';
import type { PictureViews } from './picture-views.ts';
import { text } from './shape-rules.ts';
import { Tape } from './tape.ts';

/** Name of the examples' weights among a network's values. */
export const EXAMPLE_WEIGHTS = 'weights';

/** Larger and smaller by more a picture is another one. */
const MOST_ZOOM = 0.5;

/** A tensor inside a network that is being defined. */
export interface Node {
  readonly network: NetworkBuilder;
  readonly name: string;
  /** For a batch of one example: the first side says how many rows an example has. */
  readonly shape: readonly number[];
}

/** Describes a network and has it at once as plain data. @throws UnicaError `engine.spec-invalid`, `engine.shape-mismatch` */
export function defineNetwork(define: (network: NetworkBuilder) => void): Network {
  const builder = new NetworkBuilder();
  define(builder);
  return builder.finish();
}

/**
 * Collects what a network is made of. Every operation is tried on a batch of one example as it is added, so that a shape
 * that does not fit shows at the line that wrote it.
 */
export class NetworkBuilder {
  readonly #inputs: NetworkTensor[] = [];
  readonly #targets: NetworkTensor[] = [];
  readonly #parameters: NetworkParameter[] = [];
  readonly #operations: NetworkOperation[] = [];
  readonly #outputs: { readonly name: string; readonly value: string }[] = [];
  readonly #values = new Map<string, Value>();
  readonly #trial = new Tape(new GraphBuilder(), { mode: 'training' });
  #loss: string | undefined;
  #explained: Network['explained'];
  #views: PictureViews | undefined;

  /** What is fed: `shape` is that of one example, such as [channel, row, column]. */
  input(name: string, shape: readonly number[]): Node {
    this.#inputs.push({ name, shape });
    return this.#tensor(name, shape);
  }

  /** What the loss compares with; `shape` is that of one example. */
  target(name: string, shape: readonly number[]): Node {
    this.#targets.push({ name, shape });
    return this.#tensor(name, shape);
  }

  /**
   * The weight of each example [row, 1]: 0 for those that only fill up a batch. Losses that compare examples with one
   * another leave these out.
   */
  exampleWeights(): Node {
    const known = this.#values.get(EXAMPLE_WEIGHTS);
    if (known !== undefined) return { network: this, name: EXAMPLE_WEIGHTS, shape: known.shape };
    return this.#keep(EXAMPLE_WEIGHTS, this.#trial.graph.input(EXAMPLE_WEIGHTS, [1, 1]));
  }

  /** Numbers that training finds; `measured` ones are running statistics. */
  parameter(
    name: string,
    shape: readonly number[],
    initial: Initial,
    kind: NetworkParameter['kind'] = 'learned',
  ): Node {
    this.#parameters.push({ name, shape, initial, kind });
    return this.#keep(name, this.#trial.parameter(this.#trial.graph.input(name, shape)));
  }

  /** One operation; `name` is what messages and explanations call it. */
  apply(operation: OperationName, inputs: readonly Node[], settings: Settings = {}, name?: string): Node {
    const output = name ?? `${operation}#${this.#operations.length + 1}`;
    const values = inputs.map((node) => this.#valueOf(node));
    this.#operations.push({ operation, inputs: inputs.map((node) => node.name), output, settings });
    return this.#keep(output, OPERATIONS[operation](this.#trial, values, settings), `${output} (${operation})`);
  }

  /** Names an answer of the network. */
  output(name: string, value: Node): void {
    this.#valueOf(value);
    this.#outputs.push({ name, value: value.name });
  }

  /** What learning makes small: the loss of each example, [1] or [1, 1] here. */
  loss(value: Node): void {
    if (this.#valueOf(value).shape.some((side) => side !== 1))
      throw invalid(`its loss is ${text(value.shape)} for one example, not one number`);
    this.#loss = value.name;
  }

  /** Where explanations look. */
  explain(of: { readonly logits: Node; readonly featureMap: Node }): void {
    this.#explained = { logits: of.logits.name, featureMap: of.featureMap.name };
  }

  /** How its picture is looked at when it answers. @throws UnicaError `engine.spec-invalid` */
  views(views: PictureViews): void {
    const { shiftPixels, zoom = 0 } = views;
    const [picture] = this.#inputs;
    const shortest = Math.min(...(picture?.shape.slice(1) ?? []));
    if (this.#inputs.length !== 1 || picture?.shape.length !== 3)
      throw invalid('only a network whose one input is a picture [channel, row, column] can look at views of it');
    if (!Number.isInteger(shiftPixels) || shiftPixels < 0 || 4 * shiftPixels > shortest)
      throw invalid(`its views are not moved by 0 to ${Math.floor(shortest / 4)} whole pixels`);
    if (!(zoom >= 0 && zoom <= MOST_ZOOM))
      throw invalid(`its views are not larger and smaller by a share from 0 to ${MOST_ZOOM}`);
    this.#views = { ...views };
  }

  finish(): Network {
    if (this.#inputs.length === 0) throw invalid('it has no input');
    if (this.#outputs.length === 0) throw invalid('it has no output');
    return {
      inputs: this.#inputs,
      targets: this.#targets,
      parameters: this.#parameters,
      operations: this.#operations,
      outputs: this.#outputs,
      loss: this.#loss,
      explained: this.#explained,
      views: this.#views,
    };
  }

  #tensor(name: string, shape: readonly number[]): Node {
    if (shape.some((side) => !Number.isInteger(side) || side < 1))
      throw invalid(`${name} has the shape ${text(shape)}`);
    return this.#keep(name, this.#trial.graph.input(name, [1, ...shape]));
  }

  #keep(name: string, value: Value, said = name): Node {
    if (this.#values.has(name)) throw invalid(`two of its parts are called ${said}`);
    this.#values.set(name, value);
    return { network: this, name, shape: value.shape };
  }

  #valueOf(node: Node): Value {
    const value = this.#values.get(node.name);
    if (node.network !== this || value === undefined) throw invalid(`${node.name} belongs to another network`);
    return value;
  }
}

function invalid(problem: string): UnicaError {
  return new UnicaError('engine.spec-invalid', { problem });
}
