import { UnicaError } from '#base';
import { VECTOR_KERNELS } from './vector-kernels-binary.ts';

/** Where numbers lie in a training's memory. */
export interface Span {
  /** In bytes. */
  readonly offset: number;
  /** In numbers. */
  readonly length: number;
}

/** Loops over whole fours of numbers; see vector-kernels.wat. */
interface Kernels {
  add(target: number, more: number, bytes: number): void;
  finite(at: number, bytes: number): number;
  adapt(
    parameter: number,
    gradient: number,
    mean: number,
    square: number,
    bytes: number,
    ...by: readonly number[]
  ): void;
  descend(parameter: number, gradient: number, bytes: number, ...by: readonly number[]): void;
  roll(parameter: number, gradient: number, velocity: number, bytes: number, ...by: readonly number[]): void;
}

/** How Adam moves; named as in vector-kernels.wat. */
export interface AdamNumbers {
  readonly scale: number;
  readonly pulled: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly rate: number;
  readonly inverse: number;
  readonly epsilon: number;
  readonly kept: number;
}

const PAGE_BYTES = 65_536;
const MOST_PAGES = 65_536;
/** What the kernels take at once. */
const FOUR_BYTES = 16;

/**
 * Numbers of a training in one memory that its threads share, and the loops over them four at a time: in WebAssembly,
 * three times as fast as in JavaScript. Every span is followed by zeros up to whole fours.
 */
export class VectorMemory {
  readonly memory: WebAssembly.Memory;
  readonly #kernels: Kernels;

  /** The loops over memory laid out by `layOut`, here or in another thread. */
  constructor(memory: WebAssembly.Memory) {
    this.memory = memory;
    const module = new WebAssembly.Module(Buffer.from(VECTOR_KERNELS, 'base64'));
    this.#kernels = new WebAssembly.Instance(module, { training: { memory } }).exports as unknown as Kernels;
  }

  /**
   * Memory of zeros for so many numbers each, and where they lie.
   * @throws UnicaError `engine.spec-invalid` when they do not fit into 4 GiB
   */
  static layOut(lengths: readonly number[]): { readonly memory: WebAssembly.Memory; readonly spans: readonly Span[] } {
    let end = 0;
    const spans = lengths.map((length): Span => {
      const span = { offset: end, length };
      end += paddedLength(length) * Float32Array.BYTES_PER_ELEMENT;
      return span;
    });
    const pages = Math.max(1, Math.ceil(end / PAGE_BYTES));
    if (pages > MOST_PAGES)
      throw new UnicaError('engine.spec-invalid', {
        problem: 'it has more parameters than 4 GiB can hold while it learns',
      });
    return { memory: new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }), spans };
  }

  /** The numbers of a span. */
  numbers({ offset, length }: Span): Float32Array {
    return new Float32Array(this.memory.buffer, offset, length);
  }

  /** target += more */
  add(target: Float32Array, more: Float32Array): void {
    this.#kernels.add(target.byteOffset, more.byteOffset, wholeBytes(target));
  }

  allFinite(values: Float32Array): boolean {
    return this.#kernels.finite(values.byteOffset, wholeBytes(values)) === 1;
  }

  /** One step of Adam. */
  adapt(
    parameters: Float32Array,
    gradient: Float32Array,
    [mean, square]: readonly [Float32Array, Float32Array],
    { scale, pulled, beta1, beta2, rate, inverse, epsilon, kept }: AdamNumbers,
  ): void {
    const places = [parameters.byteOffset, gradient.byteOffset, mean.byteOffset, square.byteOffset] as const;
    const decays = [beta1, 1 - beta1, beta2, 1 - beta2];
    this.#kernels.adapt(...places, wholeBytes(parameters), scale, pulled, ...decays, rate, inverse, epsilon, kept);
  }

  /** One step of gradient descent, with momentum when there is a velocity. */
  descend(
    parameters: Float32Array,
    gradient: Float32Array,
    velocity: Float32Array | undefined,
    by: { readonly scale: number; readonly pulled: number; readonly momentum: number; readonly rate: number },
  ): void {
    const { scale, pulled, momentum, rate } = by;
    const [at, slopes, bytes] = [parameters.byteOffset, gradient.byteOffset, wholeBytes(parameters)];
    if (velocity === undefined) this.#kernels.descend(at, slopes, bytes, scale, pulled, rate);
    else this.#kernels.roll(at, slopes, velocity.byteOffset, bytes, scale, pulled, momentum, rate);
  }
}

/** Numbers in whole fours. */
function paddedLength(length: number): number {
  return Math.ceil(length / 4) * 4;
}

function wholeBytes({ byteLength }: Float32Array): number {
  return Math.ceil(byteLength / FOUR_BYTES) * FOUR_BYTES;
}
