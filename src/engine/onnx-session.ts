import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Shape } from './graph-value.ts';

/** Numbers going into or coming out of a run. */
export interface Numbers {
  readonly data: Float32Array;
  readonly shape: Shape;
}

/** One loaded graph. @note `run` blocks the event loop while it computes: long work belongs in a worker thread. */
export class OnnxSession {
  readonly #session: InferenceSession;

  private constructor(session: InferenceSession) {
    this.#session = session;
  }

  /** Loads a graph for one thread: several single-threaded sessions beat one that spins on small networks. */
  static async open(model: Uint8Array): Promise<OnnxSession> {
    const session = await InferenceSession.create(model, {
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
    });
    return new OnnxSession(session);
  }

  /** All outputs by name. */
  async run(feeds: Readonly<Record<string, Numbers>>): Promise<Readonly<Record<string, Numbers>>> {
    const tensors = Object.entries(feeds).map(([name, { data, shape }]) => [name, new Tensor('float32', data, shape)]);
    const results = await this.#session.run(Object.fromEntries(tensors));
    return Object.fromEntries(
      Object.entries(results).map(([name, { data, dims }]) => [name, { data: data as Float32Array, shape: dims }]),
    );
  }

  /** Frees its memory; who opened it calls this. */
  async close(): Promise<void> {
    await this.#session.release();
  }
}
