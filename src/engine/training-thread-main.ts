// Entry of a training thread: computes micro-batches' gradients and validation scores; owned by `TrainingThreads`.
import { parentPort, workerData } from 'node:worker_threads';
import { channelBlock } from './feature-layout.ts';
import { imageLength } from './labelled-images.ts';
import { OnnxSession } from './onnx-session.ts';
import { openPredictor, PREDICTION_BATCH } from './predictor.ts';
import { trainingGraph } from './training-graph.ts';
import type { ThreadAnswer, ThreadOrder, ThreadSetup } from './training-messages.ts';
import { packError } from './transported-error.ts';

const { spec, microBatch, shared } = workerData as ThreadSetup;
const length = imageLength(spec);
const images = new Float32Array(shared.images);
const labels = new Float32Array(shared.labels);
const order = new Uint32Array(shared.order);
const parameters = new Float32Array(shared.parameters);
const gradients = new Float32Array(shared.gradients);
const losses = new Float64Array(shared.losses);
const validationImages = new Float32Array(shared.validationImages);
const validationScores = new Float32Array(shared.validationScores);
const next = new Int32Array(shared.next);

// ONNX Runtime refuses shared memory, so each thread feeds copies of its own.
const feed = {
  images: new Float32Array(microBatch * length),
  labels: new Float32Array(microBatch),
  weights: new Float32Array(microBatch),
  parameters: new Float32Array(parameters.length),
};
const session = await OnnxSession.open(trainingGraph(spec, microBatch, await channelBlock()));

async function step(start: number, count: number): Promise<void> {
  feed.parameters.set(parameters);
  for (let slot = take(); slot * microBatch < count; slot = take()) {
    const first = slot * microBatch;
    gather(start + first, Math.min(microBatch, count - first));
    const { loss, gradient } = await session.run({
      images: { data: feed.images, shape: [microBatch, spec.channels, spec.inputSize, spec.inputSize] },
      labels: { data: feed.labels, shape: [microBatch] },
      weights: { data: feed.weights, shape: [microBatch] },
      parameters: { data: feed.parameters, shape: [parameters.length] },
    });
    losses[slot] = loss?.data[0] ?? Number.NaN;
    if (gradient) gradients.set(gradient.data, slot * parameters.length);
  }
}

/** Fills the feed; a micro-batch that is not full keeps old pictures with weight 0. */
function gather(start: number, count: number): void {
  feed.weights.fill(0).fill(1, 0, count);
  for (let row = 0; row < count; row += 1) {
    const picture = order[start + row] as number;
    feed.images.set(images.subarray(picture * length, (picture + 1) * length), row * length);
    feed.labels[row] = labels[picture] as number;
  }
}

async function score(count: number): Promise<void> {
  const predictor = await openPredictor(spec, parameters.slice());
  try {
    for (let piece = take(); piece * PREDICTION_BATCH < count; piece = take()) {
      const first = piece * PREDICTION_BATCH;
      const here = Math.min(PREDICTION_BATCH, count - first);
      const pixels = validationImages.slice(first * length, (first + here) * length);
      validationScores.set(await predictor.predict(pixels, here), first);
    }
  } finally {
    await predictor.close();
  }
}

function take(): number {
  return Atomics.add(next, 0, 1);
}

async function obey(message: ThreadOrder): Promise<ThreadAnswer> {
  try {
    if (message.kind === 'step') await step(message.start, message.count);
    if (message.kind === 'score') await score(message.count);
    if (message.kind === 'close') {
      await session.close();
      parentPort?.close();
    }
    return { kind: 'done' };
  } catch (thrown) {
    return { kind: 'failed', error: packError(thrown) };
  }
}

parentPort?.on('message', async (message: ThreadOrder) => {
  const answer = await obey(message);
  if (message.kind !== 'close') parentPort?.postMessage(answer);
});
parentPort?.postMessage({ kind: 'done' } satisfies ThreadAnswer);
