import { concordanceIndex, type Examples, initialParameters, openSteppedTraining, predict } from '#engine';
import { partition, simulate } from '#learning';
import type { StrategySpec } from '#wire';
import { LINEAR_COX, readFedTcgaBrca } from './fed-tcga-brca.ts';

/** Concordance of one row of FLamby's table over many seeds, beside FLamby's. */
export interface TcgaRow {
  readonly name: string;
  readonly mean: number;
  readonly stdDev: number;
  readonly seeds: number;
  /** Of each seed, in order. */
  readonly values: readonly number[];
  /** Mean and standard deviation over 5 seeds, `flamby_results.json`. */
  readonly flamby: { readonly mean: number; readonly stdDev: number };
}

const ROUNDS = 5;
const UPDATES = 100;
const BATCH = 8;
/** Of pooled and local training, as FLamby's baseline. */
const POOLED_EPOCHS = 30;
const POOLED_RATE = 0.1;

interface Row {
  readonly name: string;
  readonly flamby: TcgaRow['flamby'];
  readonly job:
    | { readonly kind: 'federated'; readonly strategy: StrategySpec; readonly learningRate: number }
    | { readonly kind: 'pooled' };
}

const adaptive = { serverLearningRate: 0.1, beta1: 0.9, beta2: 0.999, tau: 1e-8 };

/** FLamby's hyper-parameters (its config_tcga_brca.json) and results. */
const ROWS: readonly Row[] = [
  { name: 'pooled', flamby: { mean: 0.7041, stdDev: 0.1023 }, job: { kind: 'pooled' } },
  {
    name: 'FedAvg',
    flamby: { mean: 0.7353, stdDev: 0.1565 },
    job: { kind: 'federated', strategy: { kind: 'fedavg' }, learningRate: 0.1 },
  },
  {
    name: 'FedProx',
    flamby: { mean: 0.7167, stdDev: 0.145 },
    job: { kind: 'federated', strategy: { kind: 'fedprox', mu: 0.1 }, learningRate: 0.1 },
  },
  {
    name: 'SCAFFOLD',
    flamby: { mean: 0.6995, stdDev: 0.031 },
    job: { kind: 'federated', strategy: { kind: 'scaffold', serverLearningRate: 1 }, learningRate: 0.01 },
  },
  {
    name: 'FedAdam',
    flamby: { mean: 0.8421, stdDev: 0.015 },
    job: { kind: 'federated', strategy: { kind: 'fedadam', ...adaptive }, learningRate: 0.01 },
  },
  {
    name: 'FedYogi',
    flamby: { mean: 0.8421, stdDev: 0.0149 },
    job: { kind: 'federated', strategy: { kind: 'fedyogi', ...adaptive }, learningRate: 0.01 },
  },
  {
    name: 'FedAdagrad',
    flamby: { mean: 0.8338, stdDev: 0.0067 },
    job: {
      kind: 'federated',
      strategy: { kind: 'fedadagrad', serverLearningRate: 1, beta1: 0.9, tau: 1e-8 },
      learningRate: 0.01,
    },
  },
];

/**
 * FLamby's Fed-TCGA-BRCA on virtual nodes: 6 centres, 5 rounds of 100 steps, batch 8, C-index on the pooled test set.
 * @param folder with FLamby's files
 * @throws UnicaError `bench.data-missing`
 */
export async function* benchTcga({
  folder,
  seeds,
  signal,
}: {
  readonly folder: string;
  readonly seeds: number;
  readonly signal?: AbortSignal;
}): AsyncGenerator<TcgaRow> {
  const data = await readFedTcgaBrca(folder);
  const nodes = partition({ kind: 'column', values: data.centres }, data.train.targets['event'] ?? [], 0);
  const score = async (parameters: Float32Array): Promise<number> => {
    const risks = await predict(LINEAR_COX, parameters, data.test.inputs, data.test.count);
    return concordanceIndex(risks, data.test.targets['time'] ?? [], data.test.targets['event'] ?? []) ?? Number.NaN;
  };
  for (const { name, flamby, job } of ROWS) {
    const values: number[] = [];
    for await (const parameters of job.kind === 'pooled'
      ? pooled(data.train, seeds, signal)
      : federated({ ...job, data: data.train, nodes, seeds, signal })) {
      values.push(await score(parameters));
    }
    const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
    const stdDev = Math.sqrt(values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (values.length - 1));
    yield { name, mean, stdDev, seeds, values, flamby };
  }
}

async function* federated(job: {
  readonly strategy: StrategySpec;
  readonly learningRate: number;
  readonly data: Examples;
  readonly nodes: readonly Uint32Array[];
  readonly seeds: number;
  readonly signal?: AbortSignal | undefined;
}): AsyncGenerator<Float32Array> {
  for (let seed = 1; seed <= job.seeds; seed += 1) {
    const { parameters } = await simulate({
      ...job,
      model: LINEAR_COX,
      rounds: ROUNDS,
      local: { steps: UPDATES },
      batchSize: BATCH,
      optimiser: { kind: 'sgd' },
      seed,
    });
    yield parameters;
  }
}

async function* pooled(data: Examples, seeds: number, signal?: AbortSignal): AsyncGenerator<Float32Array> {
  const training = await openSteppedTraining({
    model: LINEAR_COX,
    parameters: initialParameters(LINEAR_COX, 1),
    data,
    epochs: POOLED_EPOCHS,
    batchSize: BATCH,
    learningRate: POOLED_RATE,
    seed: 1,
    optimiser: { kind: 'adam' },
    workers: 1,
  });
  try {
    for (let seed = 1; seed <= seeds; seed += 1) {
      signal?.throwIfAborted();
      training.begin({ parameters: initialParameters(LINEAR_COX, seed), learningRate: POOLED_RATE, seed });
      await training.run(POOLED_EPOCHS * Math.ceil(data.count / BATCH));
      yield training.parameters();
    }
  } finally {
    await training.close();
  }
}
