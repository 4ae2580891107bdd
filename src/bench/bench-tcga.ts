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

/** Concordance of one row of FLamby's table over many seeds, beside FLamby's. */
export interface TcgaRow {
  readonly name: string;
  /** On the test people of all regions together. */
  readonly mean: number;
  readonly stdDev: number;
  readonly seeds: number;
  /** Of each seed, in order. */
  readonly values: readonly number[];
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
  signal,
}: {
  readonly folder: string;
  readonly seeds: number;
  /** Rows that are there already: they are given again and not made again. */
  readonly known?: readonly TcgaRow[];
  readonly signal?: AbortSignal;
}): AsyncGenerator<TcgaRow> {
  const data = await readFedTcgaBrca(folder);
  const published = await readPublishedScores(folder);
  const nodes = partition({ kind: 'column', values: data.centres }, data.train.targets['event'] ?? [], 0);
  for (const { name, method, otherSeeds, job } of ROWS) {
    const before = known.find((row) => row.name === name && row.seeds === seeds);
    if (before !== undefined) {
      yield before;
      continue;
    }
    const values: number[] = [];
    const regions: number[] = [];
    for await (const parameters of runsOf(job, { data: data.train, nodes, seeds, signal })) {
      const scores = await scoresOf(parameters, data);
      values.push(scores.pooled);
      regions.push(meanOf(scores.regions));
    }
    const { pooled, regions: flambyRegions } = published.get(method) ?? NOT_PUBLISHED;
    yield {
      ...{ name, mean: meanOf(values), stdDev: stdDevOf(values), seeds, values },
      regions: { mean: meanOf(regions), stdDev: stdDevOf(regions) },
      flamby: { ...pooled, regions: flambyRegions, otherSeeds },
    };
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
  readonly signal?: AbortSignal | undefined;
}

/** The model of each seed. */
function runsOf(job: Row['job'], runs: Runs): AsyncGenerator<Float32Array> {
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

const SGD = { model: LINEAR_COX, local: { steps: UPDATES }, batchSize: BATCH, optimiser: { kind: 'sgd' } } as const;

async function* federated(
  { strategy, learningRate }: { readonly strategy: StrategySpec; readonly learningRate: number },
  { data, nodes, seeds, signal }: Runs,
): AsyncGenerator<Float32Array> {
  for (let seed = 1; seed <= seeds; seed += 1)
    yield (await simulate({ ...SGD, strategy, learningRate, data, nodes, rounds: ROUNDS, seed, signal })).parameters;
}

/**
 * Cyclical weight transfer (Chang et al. 2018): the model goes from centre to centre and is trained at one at a time, in an order that
 * the seed chooses; as many rounds as the others, which five of the six centres have a part in. A round is a job of one site that goes
 * on from the model of the one before.
 */
async function* cyclic(learningRate: number, { data, nodes, seeds, signal }: Runs): AsyncGenerator<Float32Array> {
  for (let seed = 1; seed <= seeds; seed += 1) {
    let start = initialParameters(LINEAR_COX, seed);
    for (const centre of new SeededRandom(`${seed}/cycle`).permutation(nodes.length).subarray(0, ROUNDS)) {
      const one = { strategy: { kind: 'fedavg' }, nodes: [nodes[centre] ?? new Uint32Array()], rounds: 1 } as const;
      ({ parameters: start } = await simulate({ ...SGD, ...one, learningRate, data, start, seed, signal }));
    }
    yield start;
  }
}

async function* alone(data: Examples, { seeds, signal }: Runs): AsyncGenerator<Float32Array> {
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
      yield training.parameters();
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
