import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { UnicaError } from '#base';
import type { Shape } from './graph-value.ts';

/** Numbers going into or coming out of a run. */
export interface Numbers {
  readonly data: Float32Array;
  readonly shape: Shape;
}

/** Where a graph computes. */
export type Device = 'cpu' | 'webgpu' | 'cuda';

/** How a graph is loaded. */
export interface SessionSettings {
  /** The processor unless told. */
  readonly device?: Device | undefined;
  /** Threads of one run; 1 unless told: several single-threaded sessions beat one that spins on small networks. */
  readonly threads?: number | undefined;
}

/** One loaded graph. @note `run` blocks the event loop while it computes: long work belongs in a worker thread. */
export class OnnxSession {
  readonly #session: InferenceSession;
  readonly #tensor: typeof Tensor;

  private constructor(session: InferenceSession, tensor: typeof Tensor) {
    this.#session = session;
    this.#tensor = tensor;
  }

  /** Loads a graph. @throws UnicaError `engine.device-absent` when ONNX Runtime cannot use the device here. */
  static async open(model: Uint8Array, { device = 'cpu', threads = 1 }: SessionSettings = {}): Promise<OnnxSession> {
    // A house that computes nothing does without the memory of the runtime.
    const runtime = await import('onnxruntime-node');
    try {
      const session = await runtime.InferenceSession.create(model, {
        executionProviders: [device],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        graphOptimizationLevel: 'all',
        logSeverityLevel: 3,
      });
      return new OnnxSession(session, runtime.Tensor);
    } catch (cause) {
      if (device === 'cpu') throw cause;
      throw new UnicaError('engine.device-absent', { device }, { cause });
    }
  }

  /** All outputs by name. `into`: outputs that are to be written to memory that is there. */
  async run(
    feeds: Readonly<Record<string, Numbers>>,
    into: Readonly<Record<string, Numbers | undefined>> = {},
  ): Promise<Readonly<Record<string, Numbers>>> {
    const fetches = this.#session.outputNames.map((name) => {
      const given = into[name];
      return [name, given ? this.#tensorOf(given) : null];
    });
    const fed = Object.entries(feeds).map(([name, numbers]) => [name, this.#tensorOf(numbers)]);
    const results = await this.#session.run(Object.fromEntries(fed), Object.fromEntries(fetches));
    return Object.fromEntries(
      Object.entries(results).map(([name, { data, dims }]) => [name, { data: data as Float32Array, shape: dims }]),
    );
  }

  #tensorOf({ data, shape }: Numbers): Tensor {
    return new this.#tensor('float32', data, shape);
  }

  /** Frees its memory; who opened it calls this. */
  async close(): Promise<void> {
    await this.#session.release();
  }
}
