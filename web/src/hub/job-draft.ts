import {
  type AccessRequest,
  type CohortQuery,
  type Compression,
  type JobSpec,
  maskingHindrance,
  type RateSchedule,
  type StrategySpec,
} from '#wire';

/** What a researcher chooses; everything else has a value that is safe for a first run. */
export interface JobDraft {
  readonly title: string;
  readonly task: string;
  readonly dataset: string;
  readonly sites: readonly string[];
  readonly cohort: CohortQuery;
  readonly strategy: StrategySpec;
  readonly rounds: number;
  readonly local: { readonly kind: 'epochs' | 'steps'; readonly count: number };
  readonly batchSize: number;
  readonly learningRate: number;
  readonly schedule: RateSchedule | null;
  /** Null: updates travel as they are. */
  readonly compression: Compression | null;
  /** Null: the finished model is not evaluated. */
  readonly evaluation: NonNullable<JobSpec['evaluation']> | null;
  readonly optimiser: 'adam' | 'sgd';
  readonly inputSize: number;
  readonly seed: number;
  /** Null: all. */
  readonly sitesPerRound: number | null;
  readonly warmStart: JobSpec['warmStart'] | null;
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
  const dataset = datasetNames(request)[0] ?? '';
  return {
    title: request.title,
    task,
    dataset,
    sites: holdersOf(request, dataset),
    cohort: { all: [] },
    strategy: { kind: 'fedavg' },
    rounds: 10,
    local: { kind: 'epochs', count: 1 },
    batchSize: 32,
    learningRate: 0.001,
    schedule: null,
    compression: null,
    evaluation: { localOnly: false },
    optimiser: 'adam',
    inputSize: 64,
    seed: 1,
    sitesPerRound: null,
    warmStart: null,
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

/** Sites of the request that hold the dataset. */
export function holdersOf({ datasets }: AccessRequest, dataset: string): readonly string[] {
  return datasets.filter(({ name }) => name === dataset).map(({ siteId }) => siteId);
}

/** The specification that the node owners will be asked to approve. */
export function specOf(request: AccessRequest, draft: JobDraft): JobSpec {
  const { local } = draft;
  return {
    title: draft.title,
    task: draft.task,
    purpose: request.purpose,
    sites: [...draft.sites],
    dataset: draft.dataset,
    cohort: draft.cohort,
    model: {
      architecture: 'resnet8',
      inputSize: draft.inputSize,
      channels: 1,
      outputs: 1,
      widths: [16, 32, 64],
      stemStride: 1,
    },
    strategy: draft.strategy,
    rounds: draft.rounds,
    localEpochs: local.kind === 'epochs' ? local.count : 1,
    ...(local.kind === 'steps' ? { localSteps: local.count } : {}),
    batchSize: draft.batchSize,
    learningRate: draft.learningRate,
    ...(draft.schedule === null ? {} : { schedule: draft.schedule }),
    ...(draft.compression === null ? {} : { compression: draft.compression }),
    ...(draft.evaluation === null ? {} : { evaluation: evaluationOf(draft, draft.evaluation) }),
    optimiser: { kind: draft.optimiser },
    seed: draft.seed,
    ...(draft.sitesPerRound === null ? {} : { sitesPerRound: draft.sitesPerRound }),
    ...(draft.warmStart == null ? {} : { warmStart: draft.warmStart }),
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

/** Models of one site, or without one, are compared only where updates travel open. */
function evaluationOf(
  draft: JobDraft,
  { localOnly, crossSite, withoutEach }: NonNullable<JobSpec['evaluation']>,
): NonNullable<JobSpec['evaluation']> {
  const { strategy, sites } = draft;
  const masking = {
    strategy,
    sites,
    ...(draft.sitesPerRound === null ? {} : { sitesPerRound: draft.sitesPerRound }),
    ...(draft.compression === null ? {} : { compression: draft.compression }),
  };
  const isOpen = maskingHindrance(masking) !== undefined && sites.length > 1;
  return {
    localOnly,
    ...(isOpen && localOnly && crossSite === true ? { crossSite } : {}),
    ...(isOpen && withoutEach === true ? { withoutEach } : {}),
  };
}
