import type { SharedTraining } from './training-messages.ts';
import type { TrainingPlan } from './training-plan.ts';

/** Lays out the memory that one training's threads share. */
export function shareTraining(plan: TrainingPlan): SharedTraining {
  const { data, validation, parameters, batchSize, microBatch } = plan;
  const microBatches = Math.ceil(Math.min(batchSize, data.count) / microBatch);
  return {
    images: sharedFloats(data.images),
    labels: sharedFloats(data.labels),
    order: new SharedArrayBuffer(4 * data.count),
    parameters: sharedFloats(parameters.slice()),
    gradients: new SharedArrayBuffer(4 * microBatches * parameters.length),
    losses: new SharedArrayBuffer(8 * microBatches),
    validationImages: sharedFloats(validation?.images ?? new Float32Array()),
    validationScores: new SharedArrayBuffer(4 * (validation?.count ?? 0)),
    next: new SharedArrayBuffer(4),
  };
}

/**
 * Mean gradient of a step's pictures into `gradient`, loss sum as the result; micro-batches are added in their own
 * order, which keeps the bits independent of the threads.
 */
export function reduceStep(
  shared: SharedTraining,
  gradient: Float32Array,
  microBatches: number,
  count: number,
): number {
  const parts = Array.from(
    { length: microBatches },
    (_, slot) => new Float32Array(shared.gradients, 4 * slot * gradient.length, gradient.length),
  );
  gradient.fill(0);
  for (const part of parts) {
    for (let index = 0; index < gradient.length; index += 1)
      gradient[index] = (gradient[index] as number) + (part[index] as number);
  }
  for (let index = 0; index < gradient.length; index += 1) gradient[index] = (gradient[index] as number) / count;
  return new Float64Array(shared.losses).subarray(0, microBatches).reduce((sum, loss) => sum + loss, 0);
}

function sharedFloats(values: Float32Array): SharedArrayBuffer {
  if (values.buffer instanceof SharedArrayBuffer && values.byteLength === values.buffer.byteLength)
    return values.buffer;
  const shared = new SharedArrayBuffer(values.byteLength);
  new Float32Array(shared).set(values);
  return shared;
}
