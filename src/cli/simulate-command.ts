import { InvalidArgumentError } from 'commander';
import type { Examples, MedMnist, ModelSpec } from '#engine';
import type { Partition, Simulation } from '#learning';
import {
  type Compression,
  compressionSchema,
  type StrategySpec,
  SUGGESTED_SHARE,
  strategySchema,
  suggestedStrategy,
} from '#wire';
import type { AddCommand, CommandContext } from './command-context.ts';
import { readNpzInput } from './npz-input.ts';
import { oneOf, positiveNumber, wholeNumber } from './option-values.ts';

const PARTITIONS = ['iid', 'dirichlet', 'quantity'] as const;
const OPTIMISERS = ['adam', 'sgd'] as const;

/** `learn simulate` */
export const addSimulateCommand: AddCommand = (program, contextOf) => {
  program
    .command('learn')
    .description('federated learning')
    .command('simulate')
    .description('a learning job on virtual nodes in this process, beside training alone and on everything together')
    .requiredOption('--npz <file>', 'a MedMNIST file such as breastmnist.npz')
    .option('--nodes <number>', 'virtual nodes', wholeNumber(1, 200), 4)
    .option('--partition <name>', `how the images are dealt out: ${PARTITIONS.join(', ')}`, oneOf(PARTITIONS), 'iid')
    .option('--alpha <number>', 'for dirichlet and quantity: small is uneven', positiveNumber(1e6), 0.5)
    .option('--strategy <name or JSON>', 'fedavg, fedprox, … (docs/researchers/strategies.md)', readStrategy)
    .option('--rounds <number>', 'rounds', wholeNumber(1, 1000), 10)
    .option('--epochs <number>', "passes over a node's images in a round", wholeNumber(1, 100), 1)
    .option('--steps <number>', 'steps of the optimiser in a round, in place of epochs', wholeNumber(1, 100_000))
    .option('--sites-per-round <number>', 'nodes drawn for each round (default: all)', wholeNumber(1, 200))
    .option('--batch <number>', 'images in a step', wholeNumber(1, 1024), 32)
    .option('--rate <number>', 'learning rate of the nodes', positiveNumber(10), 0.002)
    .option('--optimiser <name>', OPTIMISERS.join(', '), oneOf(OPTIMISERS), 'adam')
    .option('--compression <name>', 'int8, or top-k:<share> such as top-k:0.02', readCompression)
    .option('--seed <number>', 'makes the run repeatable', wholeNumber(0, 2 ** 31), 1)
    .addHelpText(
      'after',
      '\nExample:\n  unica learn simulate --npz breastmnist.npz --nodes 4 --partition dirichlet --strategy fedavgm --optimiser sgd --rate 0.1 --steps 2 --batch 16 --rounds 300 --json',
    )
    .action(async (options: SimulateOptions) => await simulateJob(options, contextOf()));
};

interface SimulateOptions {
  readonly npz: string;
  readonly nodes: number;
  readonly partition: (typeof PARTITIONS)[number];
  readonly alpha: number;
  readonly strategy?: StrategySpec | StrategySpec['kind'];
  readonly rounds: number;
  readonly epochs: number;
  readonly steps?: number;
  readonly sitesPerRound?: number;
  readonly batch: number;
  readonly rate: number;
  readonly optimiser: (typeof OPTIMISERS)[number];
  readonly compression?: Compression;
  readonly seed: number;
}

/** A strategy in JSON with all its numbers, or a name that is looked up later, with those we suggest. */
function readStrategy(text: string): StrategySpec | StrategySpec['kind'] {
  if (!text.startsWith('{')) return oneOf(strategySchema.options.map(({ shape }) => shape.kind.value))(text);
  try {
    return strategySchema.parse(JSON.parse(text));
  } catch {
    throw new InvalidArgumentError('Give a name such as fedprox, or JSON such as {"kind":"fedprox","mu":0.01}.');
  }
}

/** `int8`, `top-k` or `top-k:0.02`. */
function readCompression(text: string): Compression {
  const [kind, share = String(SUGGESTED_SHARE)] = text.split(':');
  const read = compressionSchema.safeParse(kind === 'top-k' ? { kind, share: Number(share) } : { kind: text });
  if (read.success) return read.data;
  throw new InvalidArgumentError('Give int8, or top-k with a share from 0.0001 to 0.25 such as top-k:0.02.');
}

async function simulateJob(options: SimulateOptions, { terminal, signal }: CommandContext): Promise<void> {
  const { auc, medMnistExamples, predict } = await import('#engine');
  const { compareLearning, partition } = await import('#learning');
  const { strategy = 'fedavg' } = options;
  const spec = typeof strategy === 'string' ? suggestedStrategy(strategy) : strategy;
  const files = await readNpzInput(options.npz);
  const data = medMnistExamples(files.train);
  const test = medMnistExamples(files.test);
  const labels = data.targets['label'] ?? new Float32Array();
  const nodes = partition(howOf(options), labels, options.seed);
  const model = modelOf(files);
  const started = performance.now();
  const job: Simulation = {
    model,
    strategy: spec,
    data,
    nodes,
    rounds: options.rounds,
    local: options.steps === undefined ? { epochs: options.epochs } : { steps: options.steps },
    sitesPerRound: options.sitesPerRound,
    batchSize: options.batch,
    learningRate: options.rate,
    schedule: { kind: 'cosine', warmUpRounds: 0, end: 0.05 },
    optimiser: { kind: options.optimiser },
    seed: options.seed,
    compression: options.compression,
    workers: 2,
    signal,
    onRound: ({ round, loss }) => terminal.line(`round ${round} of ${options.rounds}  loss ${loss.toFixed(4)}`),
  };
  const { federated, localOnly, pooled } = await compareLearning(job);
  const score = async (parameters: Float32Array): Promise<number> =>
    auc(testLabels(test), await predict(model, parameters, test.inputs, test.count)) ?? Number.NaN;
  const each = (all: readonly Float32Array[]) =>
    all.reduce<Promise<readonly number[]>>(
      async (before, parameters) => [...(await before), await score(parameters)],
      Promise.resolve([]),
    );
  const alone = await each(localOnly);
  const federatedAuc = await score(federated.parameters);
  const pooledAuc = await score(pooled);
  const localMean = alone.reduce((sum, one) => sum + one, 0) / alone.length;
  const personal = spec.kind === 'ditto' || spec.kind === 'fedbn' ? await each(federated.personal) : null;
  const result = {
    strategy: spec,
    nodes: nodes.map((chosen) => ({
      images: chosen.length,
      positive: chosen.reduce((sum, image) => sum + (labels[image] ?? 0), 0),
    })),
    rounds: federated.rounds.map(({ round, loss, sites }) => ({ round, loss, sites: [...sites] })),
    compression: options.compression ?? null,
    bytes_out: federated.rounds.reduce((sum, { bytesOut }) => sum + bytesOut, 0),
    auc: federatedAuc,
    local_only_auc: localMean,
    local_only: [...alone],
    pooled_auc: pooledAuc,
    personal: personal === null ? null : [...personal],
    seconds: (performance.now() - started) / 1000,
  };
  terminal.answer(result, () =>
    terminal.line(
      `AUC federated ${federatedAuc.toFixed(4)}, pooled ${pooledAuc.toFixed(4)}, mean of nodes alone ${localMean.toFixed(4)}, ${result.seconds.toFixed(1)} s. Research use only, not a medical device.`,
    ),
  );
}

function testLabels({ targets }: Examples): Float32Array {
  return targets['label'] ?? new Float32Array();
}

function howOf({ partition, nodes, alpha }: SimulateOptions): Partition {
  return partition === 'iid' ? { kind: partition, nodes } : { kind: partition, nodes, alpha };
}

/** The smallest network that learns small pictures. */
function modelOf({ train: { channels, width } }: MedMnist): ModelSpec {
  return {
    architecture: 'resnet8',
    inputSize: width,
    channels,
    outputs: 1,
    widths: [16, 32, 64],
    stemStride: width > 64 ? 2 : 1,
  };
}
