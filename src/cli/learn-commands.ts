import { closeSync, existsSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Json, UnicaError } from '#base';
import type { Device, Examples, ModelSpec, PictureViews } from '#engine';
import type { AddCommand, CommandContext } from './command-context.ts';
import type { CohortOptions } from './evaluate-cohort.ts';
import { mustExist, readInput } from './input-file.ts';
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
    .option('--npz <file>', 'a MedMNIST file such as pneumoniamnist.npz')
    .option('--images <dir>', 'or films: DICOM files, PNG films with a labels.csv, or a public set as it is published')
    .option('--task <name>', 'what films are learned for', 'chest-opacity')
    .option('--layout <name>', 'public set that the films are: auto, none, or a name as in unica import --help', 'auto')
    .option('--clinical <csv>', 'the table that goes with DICOM films')
    .option('--model <name>', ARCHITECTURES.join(', '), oneOf(ARCHITECTURES), 'resnet8')
    .option('--epochs <number>', 'passes over the training part', wholeNumber(1, 1000), 100)
    .option('--patience <number>', 'stop after so many passes without a better validation', wholeNumber(1, 1000))
    .option('--device <name>', DEVICES.join(', '), oneOf(DEVICES), 'cpu')
    .option('--seed <number>', 'makes the run repeatable', wholeNumber(0, 2 ** 31), 1)
    .option('--out <dir>', 'folder for the model')
    .option('--checkpoint <file>', 'keep what is learned there after each pass, and go on from it where it is there')
    .addHelpText(
      'after',
      '\nExamples:\n  unica train --npz pneumoniamnist.npz --epochs 10 --out models/pneumonia\n  unica train --images ChestXray-NIHCC --layout nih-chest-xray14 --epochs 10 --out models/opacity',
    )
    .action(async (options: TrainOptions) => await train(options, contextOf()));

  program
    .command('evaluate')
    .description('score a model on a part of a file, or a model of a pilot on a cohort')
    .requiredOption(
      '--model <dir>',
      'a model folder, from train or demo, or a model that ships (chest-nodule, breast-risk)',
    )
    .option('--npz <file>', "a MedMNIST file of the model's size")
    .option('--cohort <dir>', 'or the DICOM films of a cohort')
    .option('--clinical <csv>', 'with --cohort: what became of its people (default: clinical.csv in the folder)')
    .option('--synthetic', 'with --cohort: it was made, and says nothing about real people')
    .option('--run <file>', 'with --cohort: write the record of the run, for unica model dossier')
    .option('--split <part>', SPLITS.join(', '), oneOf(SPLITS), 'test')
    .option('--device <name>', DEVICES.join(', '), oneOf(DEVICES), 'cpu')
    .addHelpText(
      'after',
      '\nExamples:\n  unica evaluate --model models/pneumonia --npz pneumoniamnist.npz --split test --json\n  unica evaluate --model breast-risk --cohort films --run held-out.json',
    )
    .action(async ({ cohort, npz, ...options }: EvaluateOptions) => {
      const { terminal } = contextOf();
      if (cohort !== undefined && npz === undefined) {
        const { evaluateFolder } = await import('./evaluate-cohort.ts');
        await evaluateFolder({ ...options, cohort }, contextOf());
        return;
      }
      if (npz === undefined || cohort !== undefined)
        throw new UnicaError('cli.unreadable', {
          path: 'evaluate',
          problem: 'one of --npz and --cohort is needed',
          hint: 'See unica evaluate --help.',
        });
      const { readModelFolder } = await import('#models');
      const { medMnistExamples } = await import('#engine');
      const model = await readModelFolder(options.model);
      const data = await readNpzInput(npz);
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

/** Pixels above which a picture is looked at once: many views of it would take long and are not measured. */
const SMALL_PICTURE = 64;

/**
 * A small picture is asked about in 36 views, by cross-validation on the images of BreastMNIST (docs/benchmarks.md): moved,
 * mirrored, larger and smaller, as those it was learned from were.
 */
function viewsFor(width: number): PictureViews | undefined {
  return width > SMALL_PICTURE
    ? undefined
    : { shiftPixels: Math.round(width / 14), mirror: true, zoom: RECIPE.augmentation.zoom };
}

async function train(options: TrainOptions, { terminal, signal }: CommandContext): Promise<void> {
  const { checkLearnable, initialParameters, runTrainer } = await import('#engine');
  // All read and asked before it is learned, so that a fault shows at once.
  if (options.out !== undefined) {
    const { checkModelPlace } = await import('#models');
    await checkModelPlace(options.out);
  }
  const { learned, validation, test, channels, width } = await inputOf(options, terminal, signal);
  checkLearnable(learned);
  const spec: ModelSpec = {
    architecture: options.model,
    inputSize: width,
    channels,
    outputs: 1,
    widths: options.model === 'resnet18' ? [64, 128, 256, 512] : [16, 32, 64],
    stemStride: width > SMALL_PICTURE ? 2 : 1,
    views: viewsFor(width),
    // By folds of BreastMNIST (docs/decisions/133); of large pictures too few are looked at together.
    normalisation: width > SMALL_PICTURE ? undefined : 'batch',
  };
  const { checkpoint } = options;
  const resume = checkpoint === undefined ? undefined : await readCheckpoint(checkpoint);
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
      resume,
      checkpoints: checkpoint !== undefined,
    },
    {
      signal,
      onProgress(progress) {
        if (progress.kind === 'checkpoint' && checkpoint !== undefined) {
          keepCheckpoint(checkpoint, progress.checkpoint);
          return;
        }
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

/** A training that was begun; undefined where there is none yet. @throws UnicaError `cli.no-file` without a folder for it */
async function readCheckpoint(path: string): Promise<Uint8Array | undefined> {
  await mustExist(dirname(resolve(path)));
  return existsSync(path) ? await readInput(path) : undefined;
}

/** Whole or not at all: a run that ends here, or a power cut, leaves the pass before. */
function keepCheckpoint(path: string, checkpoint: Uint8Array): void {
  const part = `${path}.part`;
  const file = openSync(part, 'w');
  try {
    writeFileSync(file, checkpoint);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(part, path);
}

interface TrainInput {
  readonly learned: Examples;
  readonly validation: Examples;
  readonly test: Examples;
  readonly channels: 1 | 3;
  readonly width: number;
}

/** @throws UnicaError `cli.unreadable` unless one of both is named, and what reading it throws */
async function inputOf(
  options: TrainOptions,
  terminal: CommandContext['terminal'],
  signal: AbortSignal,
): Promise<TrainInput> {
  const { npz, images } = options;
  if (npz !== undefined && images === undefined) {
    const { medMnistExamples } = await import('#engine');
    const { train: learned, val, test } = await readNpzInput(npz);
    return {
      ...{ learned: medMnistExamples(learned), validation: medMnistExamples(val), test: medMnistExamples(test) },
      ...{ channels: learned.channels, width: learned.width },
    };
  }
  if (images === undefined || npz !== undefined) {
    throw new UnicaError('cli.unreadable', {
      path: 'train',
      problem: 'one of --npz and --images is needed',
      hint: 'See unica train --help.',
    });
  }
  const { readPictureInput } = await import('./picture-input.ts');
  const { taskByName } = await import('#pilots');
  const read = await readPictureInput(images, {
    ...{ task: options.task, layout: options.layout, clinical: options.clinical, seed: options.seed, signal },
    onProgress: (films) => terminal.progress(`${films} films read`),
  });
  const films = read.train.count + read.val.count + read.test.count;
  const without = read.left === 0 ? '' : `; ${read.left} without a row in a table, or not usable, are left out`;
  terminal.line(`${films} films of ${read.people} people, each person in one part only${without}.`);
  const { inputSize } = taskByName(options.task);
  return { learned: read.train, validation: read.val, test: read.test, channels: 1, width: inputSize };
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
  readonly npz?: string;
  readonly images?: string;
  readonly task: string;
  readonly layout: string;
  readonly clinical?: string;
  readonly model: (typeof ARCHITECTURES)[number];
  readonly patience?: number;
  readonly device: (typeof DEVICES)[number];
  readonly epochs: number;
  readonly seed: number;
  readonly out?: string;
  readonly checkpoint?: string;
}

interface EvaluateOptions extends Omit<CohortOptions, 'cohort'> {
  readonly cohort?: string;
  readonly npz?: string;
  readonly split: (typeof SPLITS)[number];
  readonly device: (typeof DEVICES)[number];
}
