import { setImmediate } from 'node:timers/promises';
import { camGraph } from './cam-graph.ts';
import { exportOnnx } from './export-onnx.ts';
import { type GradCam, heatMap } from './heat-map.ts';
import { checkImages, imageLength } from './labelled-images.ts';
import type { ModelSpec } from './model-spec.ts';
import { OnnxSession } from './onnx-session.ts';

/** Pictures in one run: bounds memory, keeps the pauses of the event loop short. */
export const PREDICTION_BATCH = 32;

/** A loaded model. @note It computes on the calling thread; a service uses `runTrainer` or a worker. */
export interface Predictor {
  /** Probabilities in [0, 1] of `count` pictures [image, channel, row, column]. @throws UnicaError `engine.data-mismatch` */
  predict(images: Float32Array, count: number): Promise<Float32Array>;
  /** Where one picture [channel, row, column] speaks for the finding. @throws UnicaError `engine.data-mismatch` */
  gradCam(image: Float32Array): Promise<GradCam>;
  /** Frees its memory; whoever opened it calls this. */
  close(): Promise<void>;
}

/** Loads a model for many questions. @throws UnicaError `engine.spec-invalid`, `engine.parameters-mismatch` */
export async function openPredictor(spec: ModelSpec, parameters: Float32Array): Promise<Predictor> {
  const session = await OnnxSession.open(exportOnnx(spec, parameters));
  const kept = parameters.slice();
  let camSession: Promise<OnnxSession> | undefined;
  const { channels, inputSize } = spec;
  return {
    async predict(images, count) {
      checkImages(spec, images, count);
      const length = imageLength(spec);
      const probabilities = new Float32Array(count);
      for (let first = 0; first < count; first += PREDICTION_BATCH) {
        const here = Math.min(PREDICTION_BATCH, count - first);
        const data = unshared(images.subarray(first * length, (first + here) * length));
        const shape = [here, channels, inputSize, inputSize];
        const { probability } = await session.run({ image: { data, shape } });
        if (probability) probabilities.set(probability.data, first);
        await setImmediate();
      }
      return probabilities;
    },
    async gradCam(image) {
      checkImages(spec, image, 1);
      camSession ??= OnnxSession.open(camGraph(spec, kept));
      const shape = [1, channels, inputSize, inputSize];
      const outputs = await (await camSession).run({ image: { data: unshared(image), shape } });
      return heatMap(outputs, inputSize);
    },
    async close() {
      await session.close();
      if (camSession) await (await camSession).close();
    },
  };
}

/** Probabilities in [0, 1] of `count` pictures. @throws UnicaError `engine.data-mismatch`, `engine.parameters-mismatch` */
export async function predict(
  spec: ModelSpec,
  parameters: Float32Array,
  images: Float32Array,
  count: number,
): Promise<Float32Array> {
  return withPredictor(spec, parameters, (predictor) => predictor.predict(images, count));
}

/**
 * Grad-CAM (Selvaraju et al. 2017) of one picture on the last block's feature map, for the finding.
 * @throws UnicaError `engine.data-mismatch`, `engine.parameters-mismatch`
 */
export async function gradCam(spec: ModelSpec, parameters: Float32Array, image: Float32Array): Promise<GradCam> {
  return withPredictor(spec, parameters, (predictor) => predictor.gradCam(image));
}

async function withPredictor<T>(
  spec: ModelSpec,
  parameters: Float32Array,
  ask: (predictor: Predictor) => Promise<T>,
): Promise<T> {
  const predictor = await openPredictor(spec, parameters);
  try {
    return await ask(predictor);
  } finally {
    await predictor.close();
  }
}

/** ONNX Runtime refuses shared memory. */
function unshared(values: Float32Array): Float32Array {
  return values.buffer instanceof SharedArrayBuffer ? values.slice() : values;
}
