import type { Json } from '#base';
import type { Device, Examples, ModelSpec, PictureViews } from '#engine';
import type { AddCommand, CommandContext } from './command-context.ts';
import { readNpzInput } from './npz-input.ts';
import { oneOf, wholeNumber } from './option-values.ts';

const ARCHITECTURES = ['resnet8', 'resnet14', 'resnet18'] as const;
const DEVICES = ['cpu', 'webgpu', 'cuda'] as const;
const SPLITS = ['train', 'val', 'test'] as const;

/** `train`, `evaluate`: one machine, no federation. */
export const addLearnCommands: AddCommand = (program, contextOf) => {
  program
    .command('train')
    .description('train a model on this machine and score it on the test part of the file')
    .requiredOption('--npz <file>', 'a MedMNIST file such as pneumoniamnist.npz')
    .option('--model <name>', ARCHITECTURES.join(', '), oneOf(ARCHITECTURES), 'resnet8')
    .option('--epochs <number>', 'passes over the training part', wholeNumber(1, 1000), 100)
    .option('--patience <number>', 'stop after so many passes without a better validation', wholeNumber(1, 1000))
    .option('--device <name>', DEVICES.join(', '), oneOf(DEVICES), 'cpu')
    .option('--seed <number>', 'makes the run repeatable', wholeNumber(0, 2 ** 31), 1)
    .option('--out <dir>', 'folder for the model')
    .addHelpText('after', '\nExample:\n  unica train --npz pneumoniamnist.npz --epochs 10 --out models/pneumonia')
    .action(async (options: TrainOptions) => await train(options, contextOf()));

  program
    .command('evaluate')
    .description('score a model on a part of a file')
    .requiredOption('--model <dir>', 'a model folder, from train or demo')
    .requiredOption('--npz <file>', "a MedMNIST file of the model's size")
    .option('--split <part>', SPLITS.join(', '), oneOf(SPLITS), 'test')
    .option('--device <name>', DEVICES.join(', '), oneOf(DEVICES), 'cpu')
    .addHelpText(
      'after',
      '\nExample:\n  unica evaluate --model models/pneumonia --npz pneumoniamnist.npz --split test --json',
    )
    .action(async (options: EvaluateOptions) => {
      const { terminal } = contextOf();
      const { readModelFolder } = await import('#models');
      const { medMnistExamples } = await import('#engine');
      const model = await readModelFolder(options.model);
      const data = await readNpzInput(options.npz);
      const result = await scored({ ...model, device: options.device }, medMnistExamples(data[options.split]));
      terminal.answer(result, () => terminal.line(sentence(result)));
    });
};

/**
 * How small pictures are learned. Chosen by cross-validation on the images of BreastMNIST (docs/benchmarks.md), not on any
 * test set: against the protocol of MedMNIST (batches of 128, steps, no augmentation) the mean AUC rose by 0.023.
 */
const RECIPE = {
  batchSize: 32,
  learningRate: 2e-3,
  schedule: { kind: 'cosine', warmUpEpochs: 3, end: 0.01 },
  augmentation: { shiftPixels: 3, rotateDegrees: 10, zoom: 0.1, contrast: 0.2, mirror: true },
} as const;

/** Pixels above which a picture is looked at once: eighteen views of it would take long and are not measured. */
const SMALL_PICTURE = 64;

/** A small picture is asked about in eighteen views, by cross-validation on the images of BreastMNIST (docs/benchmarks.md). */
function viewsFor(width: number): PictureViews | undefined {
  return width > SMALL_PICTURE ? undefined : { shiftPixels: Math.round(width / 14), mirror: true };
}

async function train(options: TrainOptions, { terminal, signal }: CommandContext): Promise<void> {
  const { checkLearnable, initialParameters, medMnistExamples, runTrainer } = await import('#engine');
  const data = await readNpzInput(options.npz);
  const { channels, width } = data.train;
  const learned = medMnistExamples(data.train);
  const validation = medMnistExamples(data.val);
  // Read before it is learned, so that a fault shows at once.
  const test = medMnistExamples(data.test);
  checkLearnable(learned);
  const spec: ModelSpec = {
    architecture: options.model,
    inputSize: width,
    channels,
    outputs: 1,
    widths: options.model === 'resnet18' ? [64, 128, 256, 512] : [16, 32, 64],
    stemStride: width > SMALL_PICTURE ? 2 : 1,
    views: viewsFor(width),
  };
  const started = performance.now();
  const trained = await runTrainer(
    {
      kind: 'train',
      model: spec,
      parameters: initialParameters(spec, options.seed),
      data: learned,
      validation,
      // With early stopping the best of the epochs counts; else the schedule has come to rest by the last one.
      keep: options.patience === undefined ? 'last' : 'best-validation',
      epochs: options.epochs,
      patience: options.patience,
      device: options.device,
      ...RECIPE,
      seed: options.seed,
      optimiser: { kind: 'adam' },
    },
    {
      signal,
      onProgress(progress) {
        if (progress.kind === 'step') {
          terminal.live(
            `epoch ${progress.epoch}  step ${progress.step} of ${progress.steps}  loss ${progress.loss.toFixed(4)}`,
          );
          return;
        }
        if (progress.kind !== 'epoch') return;
        const auc = progress.validationAuc == null ? '' : `  validation AUC ${progress.validationAuc.toFixed(4)}`;
        terminal.line(
          `epoch ${progress.epoch} of ${options.epochs}  loss ${progress.loss.toFixed(4)}${auc}  ${progress.seconds.toFixed(1)} s`,
        );
      },
    },
  );
  const result = await scored({ spec, parameters: trained.parameters, device: options.device }, test, started);
  if (options.out !== undefined) {
    const { writeModelFolder } = await import('#models');
    await writeModelFolder(options.out, { spec, parameters: trained.parameters });
  }
  terminal.answer({ ...result, ...(options.out === undefined ? {} : { dir: options.out }) }, () => {
    terminal.line(sentence(result));
    if (options.out !== undefined) terminal.line(`The model is in ${options.out}.`);
  });
}

/** The contract's figures of a model on labelled images. */
async function scored(
  model: { readonly spec: ModelSpec; readonly parameters: Float32Array; readonly device: Device },
  data: Examples,
  started = performance.now(),
): Promise<Scored> {
  const { accuracy, aucInterval, expectedCalibrationError, parameterTable, runTrainer } = await import('#engine');
  const { inputs, count } = data;
  const labels = data.targets['label'] ?? new Float32Array();
  const { spec, parameters, device } = model;
  const scores = await runTrainer({
    kind: 'predict',
    model: spec,
    parameters,
    inputs,
    count,
    device,
  });
  const interval = aucInterval(labels, scores);
  return {
    auc: interval?.auc ?? null,
    accuracy: accuracy(labels, scores),
    n: count,
    ece: expectedCalibrationError(labels, scores),
    ci: { auc: interval === null ? null : [interval.low, interval.high] },
    seconds: (performance.now() - started) / 1000,
    parameters: parameterTable(spec).total,
  };
}

function sentence(result: Scored): string {
  const [low, high] = result.ci.auc ?? [];
  const interval = low === undefined || high === undefined ? '' : ` (95 % ${low.toFixed(4)} to ${high.toFixed(4)})`;
  return `AUC ${result.auc?.toFixed(4) ?? 'not defined'}${interval}, accuracy ${result.accuracy.toFixed(4)}, calibration error ${result.ece.toFixed(4)}, ${result.n} images, ${result.seconds.toFixed(1)} s, ${result.parameters} parameters. Research use only, not a medical device.`;
}

interface Scored {
  readonly [key: string]: Json;
  readonly auc: number | null;
  readonly accuracy: number;
  readonly n: number;
  readonly ece: number;
  readonly ci: { readonly auc: readonly [number, number] | null };
  readonly seconds: number;
  readonly parameters: number;
}

interface TrainOptions {
  readonly npz: string;
  readonly model: (typeof ARCHITECTURES)[number];
  readonly patience?: number;
  readonly device: (typeof DEVICES)[number];
  readonly epochs: number;
  readonly seed: number;
  readonly out?: string;
}

interface EvaluateOptions {
  readonly model: string;
  readonly npz: string;
  readonly split: (typeof SPLITS)[number];
  readonly device: (typeof DEVICES)[number];
}
