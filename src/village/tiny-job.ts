import { exampleJob } from '#wire';

/** A job that trains in a second, for tests and rigs: two rounds of a network of a few thousand numbers on films of 28 × 28. */
export const TINY_JOB = exampleJob({
  model: { architecture: 'resnet8', inputSize: 28, channels: 1, outputs: 1, widths: [4, 4, 4], stemStride: 1 },
  batchSize: 16,
  learningRate: 0.001,
  roundDeadlineMs: 60_000,
});
