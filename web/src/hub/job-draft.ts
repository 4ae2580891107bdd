import type { AccessRequest, JobSpec } from '#wire';

/** What a researcher chooses; everything else has a value that is safe for a first run. */
export interface JobDraft {
  readonly title: string;
  readonly task: string;
  readonly dataset: string;
  readonly rounds: number;
  readonly localEpochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly inputSize: number;
  readonly seed: number;
  readonly quorumPercent: number;
  readonly deadlineMinutes: number;
  /** Training with differential privacy. */
  readonly isPrivate: boolean;
  readonly noiseMultiplier: number;
  readonly clipNorm: number;
  /** The most a site may spend. */
  readonly epsilon: number;
}

/** Below 1 over the films of any hospital. */
const DELTA = 1e-5;

/** A first draft for a granted request: a small network, few rounds, a round closed by two thirds of the sites. */
export function firstDraft(request: AccessRequest, task: string): JobDraft {
  return {
    title: request.title,
    task,
    dataset: datasetNames(request)[0] ?? '',
    rounds: 10,
    localEpochs: 1,
    batchSize: 32,
    learningRate: 0.001,
    inputSize: 64,
    seed: 1,
    quorumPercent: 67,
    deadlineMinutes: 30,
    isPrivate: false,
    noiseMultiplier: 1.1,
    clipNorm: 1,
    epsilon: 8,
  };
}

/** Names under which the request's sites hold their datasets; one job learns from one name at all its sites. */
export function datasetNames({ datasets }: AccessRequest): readonly string[] {
  return [...new Set(datasets.map(({ name }) => name))];
}

/** The specification that the node owners will be asked to approve. */
export function specOf(request: AccessRequest, draft: JobDraft): JobSpec {
  return {
    title: draft.title,
    task: draft.task,
    purpose: request.purpose,
    sites: request.datasets.filter(({ name }) => name === draft.dataset).map(({ siteId }) => siteId),
    dataset: draft.dataset,
    cohort: { all: [] },
    model: {
      architecture: 'resnet8',
      inputSize: draft.inputSize,
      channels: 1,
      outputs: 1,
      widths: [16, 32, 64],
      stemStride: 1,
    },
    strategy: { kind: 'fedavg' },
    rounds: draft.rounds,
    localEpochs: draft.localEpochs,
    batchSize: draft.batchSize,
    learningRate: draft.learningRate,
    optimiser: { kind: 'adam' },
    seed: draft.seed,
    ...(draft.isPrivate
      ? {
          privacy: {
            noiseMultiplier: draft.noiseMultiplier,
            clipNorm: draft.clipNorm,
            delta: DELTA,
            epsilon: draft.epsilon,
          },
        }
      : {}),
    quorum: draft.quorumPercent / 100,
    roundDeadlineMs: draft.deadlineMinutes * 60_000,
  };
}
