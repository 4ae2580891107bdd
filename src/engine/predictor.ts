import { setImmediate } from 'node:timers/promises';
import { checkTensors, tensorLength } from './examples.ts';
import { exportOnnx } from './export-onnx.ts';
import { channelBlock } from './feature-layout.ts';
import { answeringGraph } from './inference-graph.ts';
import { type Model, networkOf } from './model.ts';
import type { Network } from './network.ts';
import { type Numbers, OnnxSession, type SessionSettings } from './onnx-session.ts';
import { viewCount } from './picture-views.ts';

/** Pictures, or views of them, in one full run: bounds memory, keeps the pauses of the event loop short. */
const PREDICTION_BATCH = 32;

/** Numbers of all examples by the name of their input. */
export type Inputs = Readonly<Record<string, Float32Array>>;

/** A loaded model. @note It computes on the calling thread; a service uses `runTrainer` or a worker. */
export interface Predictor {
  /** The first output of `count` examples, one after the other. @throws UnicaError `engine.data-mismatch` */
  predict(inputs: Inputs, count: number): Promise<Float32Array>;
  /** Every output by name, each of `count` examples one after the other. @throws UnicaError `engine.data-mismatch` */
  predictAll(inputs: Inputs, count: number): Promise<Readonly<Record<string, Float32Array>>>;
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
  const output = network.outputs[0]?.name ?? '';
  const atOnce = Math.max(1, Math.floor(PREDICTION_BATCH / viewCount(network.views)));
  const kept = parameters.slice();
  // The exported model for any number of examples; full runs in the machine's own order of channels, which is faster.
  const any = await OnnxSession.open(exportOnnx(network, kept), settings);
  let full: Promise<OnnxSession> | undefined;
  return {
    async predict(inputs, count) {
      checkTensors(network.inputs, inputs, count);
      const parts: Float32Array[] = [];
      for (let first = 0; first < count; first += atOnce) {
        const here = Math.min(atOnce, count - first);
        if (here === atOnce) full ??= openFull(network, kept, atOnce, settings);
        const session = here === atOnce && full ? await full : any;
        const results = await session.run(batchOf(network.inputs, inputs, first, here));
        parts.push(results[output]?.data ?? new Float32Array());
        await setImmediate();
      }
      return joined(parts);
    },
    async predictAll(inputs, count) {
      checkTensors(network.inputs, inputs, count);
      const parts: Readonly<Record<string, Numbers>>[] = [];
      for (let first = 0; first < count; first += atOnce) {
        parts.push(await any.run(batchOf(network.inputs, inputs, first, Math.min(atOnce, count - first))));
        await setImmediate();
      }
      const ofOutput = (name: string) => parts.map((part) => part[name]?.data ?? new Float32Array());
      return Object.fromEntries(network.outputs.map(({ name }) => [name, joined(ofOutput(name))]));
    },
    async close() {
      await any.close();
      const opened = await full?.catch(() => undefined);
      await opened?.close();
    },
  };
}

async function openFull(
  network: Network,
  parameters: Float32Array,
  batch: number,
  settings: SessionSettings,
): Promise<OnnxSession> {
  const block = (settings.device ?? 'cpu') === 'cpu' ? await channelBlock() : 1;
  return await OnnxSession.open(answeringGraph(network, parameters, { batch, block, most: 1 }).encode(), settings);
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
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

/** Every output of `count` examples by name. @throws UnicaError `engine.data-mismatch`, `engine.parameters-mismatch` */
export async function predictAll(
  model: Model,
  parameters: Float32Array,
  inputs: Inputs,
  count: number,
  settings: SessionSettings = {},
): Promise<Readonly<Record<string, Float32Array>>> {
  const predictor = await openPredictor(model, parameters, settings);
  try {
    return await predictor.predictAll(inputs, count);
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
