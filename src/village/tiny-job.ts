import type { JobSpec } from '#wire';

/** A job that trains in a second, for tests and rigs: two rounds of a network of a few thousand numbers on films of 28 × 28. */
export const TINY_JOB: JobSpec = {
  title: 'Opacities',
  task: 'chest-28',
  purpose: 'To learn opacities.',
  sites: [],
  dataset: 'chest-films',
  cohort: { all: [] },
  model: { architecture: 'resnet8', inputSize: 28, channels: 1, outputs: 1, widths: [4, 4, 4], stemStride: 1 },
  strategy: { kind: 'fedavg' },
  rounds: 2,
  localEpochs: 1,
  batchSize: 16,
  learningRate: 0.001,
  optimiser: { kind: 'sgd' },
  seed: 1,
  quorum: 1,
  roundDeadlineMs: 60_000,
};
