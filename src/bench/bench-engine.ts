import { SeededRandom } from '#base';
import {
  examplesOf,
  initialParameters,
  openPredictor,
  openSteppedTraining,
  parameterTable,
  type ResidualSpec,
  type SteppedTraining,
} from '#engine';
import { type Measurement, median, rounded } from './measurement.ts';
import { openTorchPeer, type TorchPeer } from './torch-peer.ts';

/** Work that both sides do. */
interface Case {
  readonly spec: ResidualSpec;
  readonly batch: number;
  /** Steps of one turn, so that a turn takes about half a second. */
  readonly steps: number;
}

const base = { channels: 1, outputs: 1, stemStride: 1 } as const;
const CASES: readonly Case[] = [
  { spec: { ...base, architecture: 'resnet8', inputSize: 28, widths: [16, 32, 64] }, batch: 128, steps: 6 },
  { spec: { ...base, architecture: 'resnet14', inputSize: 64, widths: [16, 32, 64] }, batch: 32, steps: 3 },
  { spec: { ...base, architecture: 'resnet18', inputSize: 128, widths: [64, 128, 256, 512] }, batch: 16, steps: 1 },
];
const THREADS = 2;
/** Turns of each side, one after the other, so that what else the machine does meets both. */
const PAIRS = 9;

/**
 * Training and inference beside PyTorch in the same run, the cost of privacy beside plain training, and memory over a
 * long training. `cases`: architectures to run; all unless told.
 */
export async function* benchEngine(
  options: { readonly cases?: readonly string[]; readonly pairs?: number } = {},
): AsyncGenerator<Measurement> {
  const { pairs = PAIRS } = options;
  const torch = await openTorchPeer();
  const peer = typeof torch === 'string' ? undefined : torch;
  const reference =
    typeof torch === 'string' ? `PyTorch, absent: ${torch}` : `PyTorch ${torch.version}, ${THREADS} threads`;
  try {
    for (const one of CASES.filter(({ spec }) => options.cases?.includes(spec.architecture) ?? true)) {
      yield await training(one, { peer, reference, pairs });
      yield await inference(one, { peer, reference, pairs });
    }
    if (options.cases === undefined) {
      yield await privacyCost(pairs);
      yield await memoryOverSteps();
    }
  } finally {
    await peer?.close();
  }
}

interface Against {
  readonly peer: TorchPeer | undefined;
  readonly reference: string;
  readonly pairs: number;
}

async function training({ spec, batch, steps }: Case, { peer, reference, pairs }: Against): Promise<Measurement> {
  const ours = await stepped(spec, batch);
  try {
    const theirs = peer && (await sameNetwork(peer, spec, batch));
    const turns = await inTurn(pairs, () => ours.run(steps), theirs && (() => theirs.run('train', steps)));
    return compared(`train ${spec.architecture} ${spec.inputSize}², batch ${batch}`, steps * batch, turns, reference);
  } finally {
    await ours.close();
  }
}

async function inference({ spec, batch, steps }: Case, { peer, reference, pairs }: Against): Promise<Measurement> {
  const predictor = await openPredictor(spec, initialParameters(spec, 1), { threads: THREADS });
  try {
    const { images } = noise(spec, batch);
    const run = async (): Promise<number> => {
      const started = performance.now();
      for (let step = 0; step < steps; step += 1) await predictor.predict({ image: images }, batch);
      return (performance.now() - started) / 1000;
    };
    await run();
    const turns = await inTurn(pairs, run, peer && (() => peer.run('infer', steps)));
    return compared(`infer ${spec.architecture} ${spec.inputSize}², batch ${batch}`, steps * batch, turns, reference);
  } finally {
    await predictor.close();
  }
}

async function sameNetwork(peer: TorchPeer, spec: ResidualSpec, batch: number): Promise<TorchPeer> {
  const parameters = await peer.prepare(spec.architecture, batch, THREADS);
  // Another network would make the comparison worthless.
  if (parameters !== parameterTable(spec).total) throw new RangeError(`PyTorch's ${spec.architecture} differs`);
  return peer;
}

async function privacyCost(pairs: number): Promise<Measurement> {
  const { spec, batch, steps } = CASES[1] as Case;
  const plain = await stepped(spec, batch);
  const hidden = await stepped(spec, batch, { clip: 1, noiseMultiplier: 1 });
  try {
    const turns = await inTurn(
      pairs,
      () => hidden.run(steps),
      () => plain.run(steps),
    );
    const ratios = turns.map(({ ours, theirs }) => ours / (theirs ?? Number.NaN));
    const perStep = (values: readonly (number | undefined)[]): number =>
      (1000 * median(values.map((value) => value ?? Number.NaN))) / steps;
    return {
      name: `DP-SGD step ${spec.architecture} ${spec.inputSize}², batch ${batch}`,
      value: rounded(perStep(turns.map(({ ours }) => ours))),
      unit: 'ms/step (ratio: less is better)',
      reference: 'the plain step',
      reference_value: rounded(perStep(turns.map(({ theirs }) => theirs))),
      ratio: rounded(median(ratios)),
    };
  } finally {
    await plain.close();
    await hidden.close();
  }
}

async function memoryOverSteps(): Promise<Measurement> {
  const { spec, batch } = CASES[0] as Case;
  const training = await stepped(spec, batch);
  try {
    await training.run(100);
    const early = process.memoryUsage.rss();
    await training.run(400);
    const late = process.memoryUsage.rss();
    const megabytes = (bytes: number): number => rounded(bytes / 2 ** 20);
    return {
      name: `resident memory after 500 steps, ${spec.architecture} ${spec.inputSize}², batch ${batch}`,
      value: megabytes(late),
      unit: 'MiB (ratio: 1 is flat)',
      reference: 'the same process after 100 steps',
      reference_value: megabytes(early),
      ratio: rounded(late / early),
    };
  } finally {
    await training.close();
  }
}

async function stepped(
  spec: ResidualSpec,
  batch: number,
  privacy?: { readonly clip: number; readonly noiseMultiplier: number },
): Promise<SteppedTraining> {
  const training = await openSteppedTraining({
    model: spec,
    parameters: initialParameters(spec, 1),
    data: examplesOf(noise(spec, 4 * batch)),
    batchSize: batch,
    epochs: 1,
    learningRate: 1e-3,
    seed: 1,
    optimiser: { kind: 'adam' },
    workers: THREADS,
    privacy,
  });
  await training.run(2);
  return training;
}

function noise(spec: ResidualSpec, count: number) {
  const random = new SeededRandom('bench');
  const length = spec.channels * spec.inputSize ** 2;
  return {
    images: Float32Array.from({ length: count * length }, () => random.normal()),
    labels: Float32Array.from({ length: count }, (_, index) => index % 2),
    count,
  };
}

interface Turn {
  readonly ours: number;
  readonly theirs: number | undefined;
}

/** Seconds of both sides, turn about, the other first every second time. */
async function inTurn(
  pairs: number,
  ours: () => Promise<number>,
  theirs: (() => Promise<number>) | undefined,
): Promise<readonly Turn[]> {
  const turns: Turn[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    if (pair % 2 === 0) {
      const first = await ours();
      turns.push({ ours: first, theirs: await theirs?.() });
    } else {
      const first = await theirs?.();
      turns.push({ ours: await ours(), theirs: first });
    }
  }
  return turns;
}

function compared(name: string, images: number, turns: readonly Turn[], reference: string): Measurement {
  const theirs = turns.flatMap((turn) => (turn.theirs === undefined ? [] : [turn.theirs]));
  return {
    name,
    value: rounded(images / median(turns.map(({ ours }) => ours))),
    unit: 'images/s',
    reference,
    reference_value: theirs.length === 0 ? null : rounded(images / median(theirs)),
    ratio: theirs.length === 0 ? null : rounded(median(turns.map((turn) => (turn.theirs ?? Number.NaN) / turn.ours))),
  };
}
