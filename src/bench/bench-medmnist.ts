import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, sha256Hex, UnicaError } from '#base';
import {
  auc,
  type Examples,
  initialParameters,
  type ModelSpec,
  medMnistExamples,
  predict,
  readMedMnist,
  train,
} from '#engine';
import { examplesAt, type Partition, partition, type Simulation, simulate } from '#learning';

/** The public sets that are learned from, by how far below pooled training the federation may end. */
export const MEDMNIST_SETS = [
  { name: 'pneumoniamnist', title: 'PneumoniaMNIST', belowPooled: 0.02 },
  { name: 'breastmnist', title: 'BreastMNIST', belowPooled: 0.03 },
] as const;

/** How far above the mean of the nodes alone the federation is to end. */
export const ABOVE_ALONE = 0.02;

const PARTITIONS = ['iid', 'dirichlet'] as const;
const NODES = 4;
const ALPHA = 0.5;

/**
 * What the nodes do in a round, and how many rounds: chosen on folds of the parts to learn from and to watch
 * (docs/decisions/195-few-steps-a-round-and-momentum-at-the-hub.md), the same for both sets and both partitions.
 */
const FEDERATED = {
  strategy: { kind: 'fedavgm', serverLearningRate: 1, momentum: 0.9 },
  rounds: 300,
  local: { steps: 2 },
  batchSize: 16,
  learningRate: 0.1,
  optimiser: { kind: 'sgd' },
  schedule: { kind: 'cosine', warmUpRounds: 0, end: 0.02 },
  workers: 1,
} as const;

/** What pooled training and a node alone do: the rate and the batches of `unica train`, each its own best use of as many images. */
const ALONE = {
  batchSize: 32,
  learningRate: 0.002,
  optimiser: { kind: 'adam' },
  schedule: { kind: 'cosine', warmUpEpochs: 0, end: 0.01 },
  workers: 1,
} as const;

/** One seed of one set and one partition. */
export interface MedMnistRun {
  readonly set: (typeof MEDMNIST_SETS)[number]['name'];
  readonly partition: (typeof PARTITIONS)[number];
  readonly seed: number;
  readonly rounds: number;
  /** Digest of all settings: runs of others are not taken for it. */
  readonly recipe: string;
  /** Images of each node and how many of them are of class 1. */
  readonly nodes: readonly { readonly images: number; readonly positive: number }[];
  /** AUC on the test part. */
  readonly federated: number;
  readonly pooled: number;
  /** Of each node's own model. */
  readonly alone: readonly number[];
  /** Of the federated model on the part to watch, by which nothing here is chosen. */
  readonly watched: number;
  readonly seconds: number;
}

/** What a benchmark is run with. */
export interface MedMnistBench {
  /** With `pneumoniamnist.npz` and `breastmnist.npz`. */
  readonly folder: string;
  readonly seeds: number;
  /** Both unless told. */
  readonly only?: MedMnistRun['set'] | undefined;
  /** Fewer for a trial. */
  readonly rounds?: number | undefined;
  /** Runs that are there already: they are given again and not made again. */
  readonly known?: readonly MedMnistRun[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Learning over four virtual nodes beside pooled training and beside each node alone, all of the same small network: each set, each
 * partition, each seed. A run is given as soon as it is made.
 * @throws UnicaError `bench.data-missing`
 */
export async function* benchMedMnist(bench: MedMnistBench): AsyncGenerator<MedMnistRun> {
  const { folder, seeds, signal, rounds = FEDERATED.rounds } = bench;
  const recipe = sha256Hex(canonicalJson({ ...{ FEDERATED, ALONE, NODES, ALPHA }, rounds }));
  const known = (bench.known ?? []).filter((run) => run.recipe === recipe);
  for (const { name } of MEDMNIST_SETS.filter((set) => bench.only === undefined || set.name === bench.only)) {
    const parts = await readParts(folder, name);
    for (let seed = 1; seed <= seeds; seed += 1) {
      let pooled = known.find((run) => run.set === name && run.seed === seed)?.pooled;
      for (const kind of PARTITIONS) {
        const before = known.find((run) => run.set === name && run.partition === kind && run.seed === seed);
        if (before !== undefined) {
          yield before;
          continue;
        }
        const run = await runOf(parts, { set: name, kind, seed, rounds, recipe, pooled, signal });
        pooled = run.pooled;
        yield run;
      }
    }
  }
}

interface Parts {
  readonly model: ModelSpec;
  readonly learned: Examples;
  readonly watched: Examples;
  readonly test: Examples;
}

async function readParts(folder: string, name: string): Promise<Parts> {
  const bytes = await readFile(join(folder, `${name}.npz`)).catch((cause: unknown) => {
    throw new UnicaError('bench.data-missing', { what: `${name}.npz of MedMNIST` }, { cause });
  });
  const { train: learned, val, test } = readMedMnist(bytes);
  return {
    model: {
      architecture: 'resnet8',
      inputSize: learned.width,
      channels: learned.channels,
      outputs: 1,
      widths: [16, 32, 64],
      stemStride: 1,
    },
    learned: medMnistExamples(learned),
    watched: medMnistExamples(val),
    test: medMnistExamples(test),
  };
}

async function runOf(
  { model, learned, watched, test }: Parts,
  {
    set,
    kind,
    seed,
    rounds,
    recipe,
    pooled,
    signal,
  }: Pick<MedMnistRun, 'set' | 'seed' | 'rounds' | 'recipe'> & {
    readonly kind: MedMnistRun['partition'];
    /** Does not depend on the partition. */
    readonly pooled: number | undefined;
    readonly signal: AbortSignal | undefined;
  },
): Promise<MedMnistRun> {
  const startedMs = performance.now();
  const labels = labelsOf(learned);
  const how: Partition = kind === 'iid' ? { kind, nodes: NODES } : { kind, nodes: NODES, alpha: ALPHA };
  const nodes = partition(how, labels, seed);
  const score = async (parameters: Float32Array, part: Examples): Promise<number> =>
    auc(labelsOf(part), await predict(model, parameters, part.inputs, part.count)) ?? Number.NaN;
  const job: Simulation = { ...FEDERATED, model, data: learned, nodes, rounds, seed, signal };
  const federated = (await simulate(job)).parameters;
  const stepsOfNode = rounds * FEDERATED.local.steps;
  const images = stepsOfNode * FEDERATED.batchSize;
  const trained = async (data: Examples, seen: number): Promise<number> => {
    const steps = Math.ceil(seen / ALONE.batchSize);
    const parameters = initialParameters(model, seed);
    const settings = { ...ALONE, model, parameters, data, epochs: 1, steps, seed };
    return await score((await train({ ...settings, signal })).parameters, test);
  };
  const alone: number[] = [];
  for (const chosen of nodes)
    if (chosen.length > 0) alone.push(await trained(examplesAt(model, learned, chosen), images));
  return {
    ...{ set, partition: kind, seed, rounds, recipe },
    nodes: nodes.map((chosen) => ({
      images: chosen.length,
      positive: chosen.reduce((sum, image) => sum + (labels[image] ?? 0), 0),
    })),
    federated: await score(federated, test),
    pooled: pooled ?? (await trained(learned, NODES * images)),
    alone,
    watched: await score(federated, watched),
    seconds: (performance.now() - startedMs) / 1000,
  };
}

function labelsOf({ targets }: Examples): Float32Array {
  return targets['label'] ?? new Float32Array();
}
