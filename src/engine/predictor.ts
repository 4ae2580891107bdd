import { setImmediate } from 'node:timers/promises';
import { checkTensors, tensorLength } from './examples.ts';
import { exportOnnx } from './export-onnx.ts';
import { type Model, networkOf } from './model.ts';
import { type Numbers, OnnxSession, type SessionSettings } from './onnx-session.ts';

/** Examples in one run: bounds memory, keeps the pauses of the event loop short. */
const PREDICTION_BATCH = 32;

/** Numbers of all examples by the name of their input. */
export type Inputs = Readonly<Record<string, Float32Array>>;

/** A loaded model. @note It computes on the calling thread; a service uses `runTrainer` or a worker. */
export interface Predictor {
  /** The first output of `count` examples, one after the other. @throws UnicaError `engine.data-mismatch` */
  predict(inputs: Inputs, count: number): Promise<Float32Array>;
  /** Frees its memory; whoever opened it calls this. */
  close(): Promise<void>;
}

/** Loads a model for many questions. @throws UnicaError `engine.spec-invalid`, `engine.parameters-mismatch` */
export async function openPredictor(
  model: Model,
  parameters: Float32Array,
  settings: SessionSettings = {},
): Promise<Predictor> {
  const network = networkOf(model);
  const session = await OnnxSession.open(exportOnnx(model, parameters), settings);
  const [output] = network.outputs;
  return {
    async predict(inputs, count) {
      checkTensors(network.inputs, inputs, count);
      const parts: Float32Array[] = [];
      for (let first = 0; first < count; first += PREDICTION_BATCH) {
        const results = await session.run(
          batchOf(network.inputs, inputs, first, Math.min(PREDICTION_BATCH, count - first)),
        );
        parts.push(results[output?.name ?? '']?.data ?? new Float32Array());
        await setImmediate();
      }
      const answers = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
      let at = 0;
      for (const part of parts) {
        answers.set(part, at);
        at += part.length;
      }
      return answers;
    },
    close: () => session.close(),
  };
}

/** The first output of `count` examples. @throws UnicaError `engine.data-mismatch`, `engine.parameters-mismatch` */
export async function predict(
  model: Model,
  parameters: Float32Array,
  inputs: Inputs,
  count: number,
  settings: SessionSettings = {},
): Promise<Float32Array> {
  const predictor = await openPredictor(model, parameters, settings);
  try {
    return await predictor.predict(inputs, count);
  } finally {
    await predictor.close();
  }
}

/** The examples first … first + count − 1 as they are fed; ONNX Runtime refuses shared memory, so always copies. */
export function batchOf(
  tensors: readonly { readonly name: string; readonly shape: readonly number[] }[],
  inputs: Inputs,
  first: number,
  count: number,
): Readonly<Record<string, Numbers>> {
  return Object.fromEntries(
    tensors.map((tensor) => {
      const length = tensorLength(tensor);
      const data = (inputs[tensor.name] ?? new Float32Array()).slice(first * length, (first + count) * length);
      return [tensor.name, { data, shape: [count, ...tensor.shape] }];
    }),
  );
}
