import { type JobSpec, jobSpecSchema } from './job.ts';

/**
 * A small job that is valid as it stands, for whoever wants to see one and for the tests of every room: FedAvg on pictures of
 * 8 × 8 by a network of a few thousand numbers.
 */
export function exampleJob(change: Partial<JobSpec> = {}): JobSpec {
  return jobSpecSchema.parse({
    title: 'Opacities',
    task: 'chest-28',
    purpose: 'To learn opacities.',
    sites: ['aa'],
    dataset: 'chest-films',
    cohort: { all: [] },
    model: { architecture: 'resnet8', inputSize: 8, channels: 1, outputs: 1, widths: [4, 4, 4], stemStride: 1 },
    strategy: { kind: 'fedavg' },
    rounds: 2,
    localEpochs: 1,
    batchSize: 4,
    learningRate: 0.01,
    optimiser: { kind: 'sgd' },
    seed: 1,
    quorum: 1,
    roundDeadlineMs: 1000,
    ...change,
  });
}
