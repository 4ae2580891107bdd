import type { Shape } from './graph-value.ts';
import type { Model } from './model.ts';
import { type Numbers, OnnxSession, type SessionSettings } from './onnx-session.ts';
import { type ParameterTable, parameterTable } from './parameter-table.ts';
import type { DropoutMask } from './tape.ts';
import { gradientOutput, parameterInput, type TrainingGraphSettings, trainingGraph } from './training-graph.ts';

/** What a gradient step answers. */
export interface GradientAnswer {
  /** The weighted sum of the examples' losses. */
  readonly loss: number;
  /** Flat like the parameters, in memory of the session: the next run overwrites it. */
  readonly gradient: Float32Array;
  /** Length of each example's gradient, when they are clipped. */
  readonly norms: Float32Array | undefined;
}

/**
 * A training graph, loaded. Parameters and gradients are flat to the outside; ONNX Runtime reads and writes each of their
 * tensors in place, in memory that belongs to the session (it refuses memory shared between threads).
 */
export class GradientSession {
  /** Random masks that must be fed. */
  readonly masks: readonly DropoutMask[];
  readonly #session: OnnxSession;
  readonly #parameters: Float32Array;
  readonly #gradient: Float32Array;
  readonly #fed: Readonly<Record<string, Numbers>>;
  readonly #answered: Readonly<Record<string, Numbers | undefined>>;

  private constructor(
    session: OnnxSession,
    table: ParameterTable,
    { masks, gradients }: { readonly masks: readonly DropoutMask[]; readonly gradients: ReadonlyMap<string, Shape> },
  ) {
    const parameters = new Float32Array(table.total);
    const gradient = new Float32Array(table.total);
    const place = (flat: Float32Array, { offset, size }: { readonly offset: number; readonly size: number }) =>
      flat.subarray(offset, offset + size);
    this.masks = masks;
    this.#session = session;
    this.#parameters = parameters;
    this.#gradient = gradient;
    this.#fed = Object.fromEntries(
      table.entries.map((entry) => [
        parameterInput(entry.name),
        { data: place(parameters, entry), shape: entry.shape },
      ]),
    );
    this.#answered = Object.fromEntries(
      table.entries.flatMap((entry) => {
        const shape = gradients.get(entry.name);
        return shape ? [[gradientOutput(entry.name), { data: place(gradient, entry), shape }]] : [];
      }),
    );
  }

  /** @throws UnicaError as `trainingGraph` and `OnnxSession.open` do */
  static async open(
    model: Model,
    settings: TrainingGraphSettings,
    session: SessionSettings = {},
  ): Promise<GradientSession> {
    const graph = trainingGraph(model, settings);
    return new GradientSession(await OnnxSession.open(graph.onnx, session), parameterTable(model), graph);
  }

  /** Feeds what the graph asks for (see `trainingGraph`); the parameters flat, from any memory. */
  async run(parameters: Float32Array, feeds: Readonly<Record<string, Numbers>>): Promise<GradientAnswer> {
    this.#parameters.set(parameters);
    const { loss, norms } = await this.#session.run({ ...feeds, ...this.#fed }, this.#answered);
    return { loss: loss?.data[0] ?? Number.NaN, gradient: this.#gradient, norms: norms?.data };
  }

  /** Frees its memory; who opened it calls this. */
  async close(): Promise<void> {
    await this.#session.close();
  }
}
