import { UnicaError } from '#base';
import type { ChannelBlock } from './feature-layout.ts';
import type { GraphBuilder } from './graph-builder.ts';
import type { Value } from './graph-value.ts';

/**
 * From the gradient of an operator's output, the gradients of its inputs, in order. `wanted` says which are needed;
 * the others may be left undefined.
 */
export type Backward = (gradient: Value, wanted: readonly boolean[]) => readonly (Value | undefined)[];

interface Step {
  readonly output: Value;
  readonly inputs: readonly Value[];
  readonly backward: Backward;
}

/** Whether the network learns (dropout drops, batch normalisation measures) or answers. */
export type TapeMode = 'training' | 'inference';

/** A random mask that whoever runs the graph feeds: 0 with probability `rate`, else 1/(1 − rate). */
export interface DropoutMask {
  readonly name: string;
  readonly shape: readonly number[];
  readonly rate: number;
}

/** How a tape writes. */
export interface TapeSettings {
  /** Channel block of feature maps that fill it; other than 1 only in graphs that are trained, never in exported ones. */
  readonly block?: ChannelBlock;
  readonly mode?: TapeMode;
  /**
   * Examples in the batch, when the gradients of parameters are wanted for each of them apart: shapes then are
   * [example, …parameter].
   */
  readonly perExample?: number | undefined;
}

/**
 * Reverse-mode differentiation (Griewank & Walther 2008, chapter 3) that writes operators instead of computing numbers:
 * differentiable operators record here how gradients flow back, `gradients` then writes the backward half of the graph.
 */
export class Tape {
  readonly graph: GraphBuilder;
  readonly block: ChannelBlock;
  readonly mode: TapeMode;
  readonly perExample: number | undefined;
  readonly #steps: Step[] = [];
  readonly #recorded = new Set<string>();
  readonly #blocked = new Set<string>();
  readonly #readInBlocks = new Set<string>();
  readonly #parameters = new Set<string>();
  readonly #statistics = new Map<string, Value>();
  readonly #masks: DropoutMask[] = [];

  constructor(graph: GraphBuilder, { block = 1, mode = 'inference', perExample }: TapeSettings = {}) {
    this.graph = graph;
    this.block = block;
    this.mode = mode;
    this.perExample = perExample;
  }

  /** Remembers how `output` came from `inputs`; returns `output`. */
  record(output: Value, inputs: readonly Value[], backward: Backward): Value {
    // The graph writes equal operators once: what came out again is recorded already.
    if (this.#recorded.has(output.name)) return output;
    this.#recorded.add(output.name);
    this.#steps.push({ output, inputs, backward });
    return output;
  }

  /** Says that a value is a parameter: with `perExample`, its gradients keep the examples apart. */
  parameter(value: Value): Value {
    this.#parameters.add(value.name);
    return value;
  }

  isParameter(value: Value): boolean {
    return this.#parameters.has(value.name);
  }

  /** Says that the channels of a feature map lie in blocks. */
  inBlocks(value: Value): Value {
    this.#blocked.add(value.name);
    return value;
  }

  isInBlocks(value: Value): boolean {
    return this.#blocked.has(value.name);
  }

  /** Says that a convolution reads weights in blocks. */
  readInBlocks(weight: Value): void {
    this.#readInBlocks.add(weight.name);
  }

  isReadInBlocks(weight: Value): boolean {
    return this.#readInBlocks.has(weight.name);
  }

  /** Remembers what a running statistic was measured to be in this batch. */
  measure(statistic: Value, measured: Value): void {
    this.#statistics.set(statistic.name, measured);
  }

  /** What was measured of a running statistic. */
  measured(statistic: Value): Value | undefined {
    return this.#statistics.get(statistic.name);
  }

  /** A mask to be fed at each run. */
  mask(shape: readonly number[], rate: number): Value {
    const name = `mask${this.#masks.length}`;
    this.#masks.push({ name, shape, rate });
    return this.graph.input(name, shape);
  }

  get masks(): readonly DropoutMask[] {
    return this.#masks;
  }

  /**
   * Gradients of Σ `seed`·`of` with respect to the named values, all written into the graph.
   * @throws UnicaError `engine.shape-mismatch` when `of` does not depend on one of them
   */
  gradients(of: Value, seed: Value, withRespectTo: readonly Value[]): readonly Value[] {
    const concerned = this.#dependents(withRespectTo);
    const gradients = new Map<string, Value>([[of.name, seed]]);
    for (const { output, inputs, backward } of this.#steps.toReversed()) {
      const gradient = gradients.get(output.name);
      if (!gradient || !concerned.has(output.name)) continue;
      const wanted = inputs.map(({ name }) => concerned.has(name));
      if (!wanted.includes(true)) continue;
      backward(gradient, wanted).forEach((share, index) => {
        const input = inputs[index];
        if (!share || !input || !wanted[index]) return;
        const before = gradients.get(input.name);
        gradients.set(input.name, before ? this.graph.add('Add', [before, share]) : share);
      });
    }
    return withRespectTo.map((value) => {
      const gradient = gradients.get(value.name);
      if (!gradient)
        throw new UnicaError('engine.shape-mismatch', {
          operator: of.name,
          problem: `it does not depend on ${value.name}`,
        });
      if (this.perExample !== undefined && this.isParameter(value)) this.#checkApart(value, gradient);
      return gradient;
    });
  }

  #checkApart({ name, shape }: Value, gradient: Value): void {
    if (gradient.shape.length === shape.length + 1 && gradient.shape[0] === this.perExample) return;
    throw new UnicaError('engine.shape-mismatch', {
      operator: name,
      problem: 'it is used in a way in which the gradients of single examples cannot be told apart',
    });
  }

  #dependents(values: readonly Value[]): ReadonlySet<string> {
    const names = new Set(values.map(({ name }) => name));
    for (const { output, inputs } of this.#steps) {
      if (inputs.some(({ name }) => names.has(name))) names.add(output.name);
    }
    return names;
  }
}
