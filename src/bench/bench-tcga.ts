import { SeededRandom } from '#base';
import { concordanceIndex, type Examples, initialParameters, openSteppedTraining, predict } from '#engine';
import { examplesAt, partition, simulate } from '#learning';
import type { StrategySpec } from '#wire';
import {
  type FedTcgaBrca,
  LINEAR_COX,
  type PublishedScores,
  readFedTcgaBrca,
  readPublishedScores,
} from './fed-tcga-brca.ts';
import { TCGA_SITES, type TcgaModel, TcgaNetwork } from './tcga-network.ts';

/** Concordance of one row of FLamby's table over many seeds, beside FLamby's. */
export interface TcgaRow {
  readonly name: string;
  /** On the test people of all regions together. */
  readonly mean: number;
  readonly stdDev: number;
  readonly seeds: number;
  /** Of each seed, in order. */
  readonly values: readonly number[];
  /** Models learned through a hub and six processes, and how many of them have the bits of the same job simulated. */
  readonly throughHub?: { readonly models: number; readonly identical: number; readonly seconds: number } | undefined;
  /** Mean over the six regions of the C-index on each one's test people, over the same seeds. */
  readonly regions: { readonly mean: number; readonly stdDev: number };
  readonly flamby: {
    /** Mean and standard deviation over 5 seeds, `flamby_results.json`. */
    readonly mean: number;
    readonly stdDev: number;
    /** Mean over the six regions, of the same runs. */
    readonly regions: number;
    /** Over the 5 other seeds that its repository holds runs of, with the same numbers. */
    readonly otherSeeds: { readonly mean: number; readonly stdDev: number };
  };
}

const ROUNDS = 5;
const UPDATES = 100;
const BATCH = 8;
/** Of pooled training and of a centre alone, as FLamby's `common.py` has it: Adam. */
const ALONE_EPOCHS = 30;
const ALONE_RATE = 0.1;

interface Row {
  readonly name: string;
  /** What FLamby calls it in its results. */
  readonly method: string;
  readonly otherSeeds: TcgaRow['flamby']['otherSeeds'];
  readonly job:
    | { readonly kind: 'federated'; readonly strategy: StrategySpec; readonly learningRate: number }
    | { readonly kind: 'cyclic'; readonly learningRate: number }
    | { readonly kind: 'pooled' }
    | { readonly kind: 'alone'; readonly centre: number };
}

const adaptive = { serverLearningRate: 0.1, beta1: 0.9, beta2: 0.999, tau: 1e-8 };

/** Seeds 13 to 17 (`flamby/results/results_benchmark_fed_tcga_brca/` in FLamby's repository): C-index on the pooled test. */
const OTHER_ALONE: readonly TcgaRow['flamby']['otherSeeds'][] = [
  { mean: 0.6714, stdDev: 0.0385 },
  { mean: 0.6194, stdDev: 0.0849 },
  { mean: 0.6464, stdDev: 0.0497 },
  { mean: 0.5469, stdDev: 0.0238 },
  { mean: 0.7518, stdDev: 0.0213 },
  { mean: 0.7091, stdDev: 0.0035 },
];

/** FLamby's hyper-parameters (its `config_tcga_brca.json` and `common.py`). */
const ROWS: readonly Row[] = [
  {
    ...{ name: 'pooled', method: 'Pooled Training', otherSeeds: { mean: 0.6438, stdDev: 0.2209 } },
    job: { kind: 'pooled' },
  },
  {
    ...{ name: 'FedAvg', method: 'FedAvg100', otherSeeds: { mean: 0.6651, stdDev: 0.2188 } },
    job: { kind: 'federated', strategy: { kind: 'fedavg' }, learningRate: 0.1 },
  },
  {
    ...{ name: 'FedProx', method: 'FedProx100', otherSeeds: { mean: 0.6613, stdDev: 0.2063 } },
    job: { kind: 'federated', strategy: { kind: 'fedprox', mu: 0.1 }, learningRate: 0.1 },
  },
  {
    ...{ name: 'SCAFFOLD', method: 'Scaffold100', otherSeeds: { mean: 0.7082, stdDev: 0.0418 } },
    job: { kind: 'federated', strategy: { kind: 'scaffold', serverLearningRate: 1 }, learningRate: 0.01 },
  },
  {
    ...{ name: 'FedAdam', method: 'FedAdam100', otherSeeds: { mean: 0.8237, stdDev: 0.0261 } },
    job: { kind: 'federated', strategy: { kind: 'fedadam', ...adaptive }, learningRate: 0.01 },
  },
  {
    ...{ name: 'FedYogi', method: 'FedYogi100', otherSeeds: { mean: 0.8195, stdDev: 0.0216 } },
    job: { kind: 'federated', strategy: { kind: 'fedyogi', ...adaptive }, learningRate: 0.01 },
  },
  {
    ...{ name: 'FedAdagrad', method: 'FedAdagrad100', otherSeeds: { mean: 0.8083, stdDev: 0.0509 } },
    job: {
      kind: 'federated',
      strategy: { kind: 'fedadagrad', serverLearningRate: 1, beta1: 0.9, tau: 1e-8 },
      learningRate: 0.01,
    },
  },
  {
    ...{ name: 'cyclic', method: 'Cyclic100', otherSeeds: { mean: 0.6875, stdDev: 0.0235 } },
    job: { kind: 'cyclic', learningRate: 0.01 },
  },
  ...OTHER_ALONE.map(
    (otherSeeds, centre): Row => ({
      ...{ name: `region ${centre} alone`, method: `Local ${centre}`, otherSeeds },
      job: { kind: 'alone', centre },
    }),
  ),
];

/** The federated rows: what FLamby calls each, and with what it is learned. */
export const TCGA_STRATEGIES = ROWS.flatMap(({ name, method, job }) =>
  job.kind === 'federated' ? [{ name, method, strategy: job.strategy, learningRate: job.learningRate }] : [],
);

/** What all their jobs have in common, in the words of a simulation. */
export function tcgaJob() {
  return { ...SIMULATED, rounds: ROUNDS };
}

/**
 * FLamby's Fed-TCGA-BRCA on virtual nodes: 6 centres, 5 rounds of 100 steps, batch 8, C-index on the test people, of all regions
 * together and as the mean over the regions.
 * @param folder with FLamby's files
 * @throws UnicaError `bench.data-missing`
 */
export async function* benchTcga({
  folder,
  seeds,
  known = [],
  throughHub = false,
  signal,
}: {
  readonly folder: string;
  readonly seeds: number;
  /** Rows that are there already: they are given again and not made again. */
  readonly known?: readonly TcgaRow[];
  /** Strategies, and cyclic transfer, are learned through a hub and six processes, and simulated beside it. */
  readonly throughHub?: boolean | undefined;
  readonly signal?: AbortSignal;
}): AsyncGenerator<TcgaRow> {
  const data = await readFedTcgaBrca(folder);
  const published = await readPublishedScores(folder);
  const nodes = partition({ kind: 'column', values: data.centres }, data.train.targets['event'] ?? [], 0);
  let network: TcgaNetwork | undefined;
  try {
    for (const { name, method, otherSeeds, job } of ROWS) {
      const isThroughHub = throughHub && (job.kind === 'federated' || job.kind === 'cyclic');
      const before = known.find((row) => row.name === name && row.seeds === seeds);
      if (before !== undefined && (!isThroughHub || before.throughHub !== undefined)) {
        yield before;
        continue;
      }
      if (isThroughHub) network ??= await TcgaNetwork.open(folder, signal);
      const runs = { data: data.train, nodes, seeds, network: isThroughHub ? network : undefined, signal };
      const models = [];
      for await (const model of runsOf(job, runs))
        models.push({ ...model, scores: await scoresOf(model.parameters, data) });
      const values = models.map(({ scores }) => scores.pooled);
      const regions = models.map(({ scores }) => meanOf(scores.regions));
      const hub = models.flatMap((model) => model.throughHub ?? []);
      const { pooled, regions: flambyRegions } = published.get(method) ?? NOT_PUBLISHED;
      yield {
        ...{ name, mean: meanOf(values), stdDev: stdDevOf(values), seeds, values },
        ...(hub.length === 0
          ? {}
          : {
              throughHub: {
                models: hub.length,
                identical: hub.filter(({ isIdentical }) => isIdentical).length,
                seconds: hub.reduce((sum, { seconds }) => sum + seconds, 0),
              },
            }),
        regions: { mean: meanOf(regions), stdDev: stdDevOf(regions) },
        flamby: { ...pooled, regions: flambyRegions, otherSeeds },
      };
    }
  } finally {
    await network?.close();
  }
}

const NOT_PUBLISHED: PublishedScores = { pooled: { mean: Number.NaN, stdDev: Number.NaN }, regions: Number.NaN };

/** C-index of a model on the test people of all regions together, and on those of each region. */
export async function scoresOf(
  parameters: Float32Array,
  { test, testCentres }: Pick<FedTcgaBrca, 'test' | 'testCentres'>,
): Promise<{ readonly pooled: number; readonly regions: readonly number[] }> {
  const risks = await predict(LINEAR_COX, parameters, test.inputs, test.count);
  const of = (people: readonly number[]): number => {
    const taken = (numbers: ArrayLike<number>) => people.map((person) => numbers[person] ?? 0);
    const { time = [], event = [] } = test.targets;
    return concordanceIndex(taken(risks), taken(time), taken(event)) ?? Number.NaN;
  };
  const everybody = [...testCentres.keys()];
  return {
    pooled: of(everybody),
    regions: [...new Set(testCentres)]
      .sort()
      .map((region) => of(everybody.filter((person) => testCentres[person] === region))),
  };
}

interface Runs {
  readonly data: Examples;
  readonly nodes: readonly Uint32Array[];
  readonly seeds: number;
  /** Where jobs are run beside their simulation; absent: nowhere. */
  readonly network: TcgaNetwork | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A finished model; one that was learned through a hub also says whether the same job simulated has its bits. */
interface Run {
  readonly parameters: Float32Array;
  readonly throughHub?: { readonly isIdentical: boolean; readonly seconds: number } | undefined;
}

/** The model of each seed. */
function runsOf(job: Row['job'], runs: Runs): AsyncGenerator<Run> {
  switch (job.kind) {
    case 'pooled':
      return alone(runs.data, runs);
    case 'alone':
      return alone(examplesAt(LINEAR_COX, runs.data, runs.nodes[job.centre] ?? new Uint32Array()), runs);
    case 'cyclic':
      return cyclic(job.learningRate, runs);
    case 'federated':
      return federated(job, runs);
  }
}

const SGD = {
  model: LINEAR_COX,
  batchSize: BATCH,
  optimiser: { kind: 'sgd' },
  // The largest region has 248 people. Masked, which the sites of this benchmark cannot, the sums would be the same.
  aggregation: { updates: 'open', mostFilms: 256 },
} as const;
/** The same in the words of a simulation and in those of a job. */
const SIMULATED = { ...SGD, local: { steps: UPDATES } } as const;
const SUBMITTED = { ...SGD, localEpochs: 1, localSteps: UPDATES } as const;

async function* federated(
  { strategy, learningRate }: { readonly strategy: StrategySpec; readonly learningRate: number },
  { data, nodes, seeds, network, signal }: Runs,
): AsyncGenerator<Run> {
  for (let seed = 1; seed <= seeds; seed += 1) {
    const asked = { strategy, learningRate, rounds: ROUNDS, seed };
    const { parameters } = await simulate({ ...SIMULATED, ...asked, data, nodes, signal });
    yield await besideHub(
      parameters,
      network && (async () => (await network.run({ ...SUBMITTED, ...asked })).parameters),
    );
  }
}

/**
 * Cyclical weight transfer (Chang et al. 2018): the model goes from centre to centre and is trained at one at a time, in an order that
 * the seed chooses; as many rounds as the others, which five of the six centres have a part in. A round is a job of one site that goes
 * on from the model of the one before.
 */
async function* cyclic(learningRate: number, { data, nodes, seeds, network, signal }: Runs): AsyncGenerator<Run> {
  for (let seed = 1; seed <= seeds; seed += 1) {
    const centres = new SeededRandom(`${seed}/cycle`).permutation(nodes.length).subarray(0, ROUNDS);
    const one = { strategy: { kind: 'fedavg' }, learningRate, rounds: 1, seed } as const;
    let start = initialParameters(LINEAR_COX, seed);
    for (const centre of centres) {
      const there = { nodes: [nodes[centre] ?? new Uint32Array()], siteIds: [TCGA_SITES[centre] ?? ''] };
      ({ parameters: start } = await simulate({ ...SIMULATED, ...one, ...there, data, start, signal }));
    }
    const throughHub = async ({ run }: Pick<TcgaNetwork, 'run'>): Promise<Float32Array> => {
      let model: TcgaModel | undefined;
      for (const centre of centres) {
        const sites = [TCGA_SITES[centre] ?? ''];
        model = await run({ ...SUBMITTED, ...one, sites, ...(model === undefined ? {} : { warmStart: model.start }) });
      }
      return model?.parameters ?? new Float32Array();
    };
    yield await besideHub(
      start,
      network && (async () => await throughHub({ run: async (job) => await network.run(job) })),
    );
  }
}

/** The model of the hub where there is one, beside that of the simulation. */
async function besideHub(simulated: Float32Array, run: (() => Promise<Float32Array>) | undefined): Promise<Run> {
  if (run === undefined) return { parameters: simulated };
  const beganMs = performance.now();
  const parameters = await run();
  const seconds = (performance.now() - beganMs) / 1000;
  const isIdentical =
    parameters.length === simulated.length && parameters.every((one, index) => Object.is(one, simulated[index]));
  return { parameters, throughHub: { isIdentical, seconds } };
}

async function* alone(data: Examples, { seeds, signal }: Runs): AsyncGenerator<Run> {
  const training = await openSteppedTraining({
    model: LINEAR_COX,
    parameters: initialParameters(LINEAR_COX, 1),
    data,
    epochs: ALONE_EPOCHS,
    batchSize: BATCH,
    learningRate: ALONE_RATE,
    seed: 1,
    optimiser: { kind: 'adam' },
    workers: 1,
  });
  try {
    for (let seed = 1; seed <= seeds; seed += 1) {
      signal?.throwIfAborted();
      training.begin({ parameters: initialParameters(LINEAR_COX, seed), learningRate: ALONE_RATE, seed });
      await training.run(ALONE_EPOCHS * Math.ceil(data.count / BATCH));
      yield { parameters: training.parameters() };
    }
  } finally {
    await training.close();
  }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length;
}

function stdDevOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (values.length - 1));
}
