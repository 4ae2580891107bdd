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

/**
 * Reverse-mode differentiation (Griewank & Walther 2008, chapter 3) that writes operators instead of computing numbers:
 * differentiable operators record here how gradients flow back, `gradients` then writes the backward half of the graph.
 */
export class Tape {
  readonly graph: GraphBuilder;
  /** How channels lie in memory; other than 1 only for graphs that are trained here, never for exported ones. */
  readonly block: ChannelBlock;
  readonly #steps: Step[] = [];

  constructor(graph: GraphBuilder, block: ChannelBlock = 1) {
    this.graph = graph;
    this.block = block;
  }

  /** Remembers how `output` came from `inputs`; returns `output`. */
  record(output: Value, inputs: readonly Value[], backward: Backward): Value {
    this.#steps.push({ output, inputs, backward });
    return output;
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
      return gradient;
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
