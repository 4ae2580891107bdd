// Entry of a training thread: micro-batches' gradients, their sum, the optimiser, validation; owned by `TrainingThreads`.
import { parentPort, workerData } from 'node:worker_threads';
import { packError, SeededRandom } from '#base';
import { augment } from './augmentation.ts';
import { tensorLength } from './examples.ts';
import { GradientSession } from './gradient-session.ts';
import type { NetworkTensor } from './network.ts';
import { type Numbers, OnnxSession } from './onnx-session.ts';
import { takeStep } from './optimiser.ts';
import { evaluationGraph } from './training-graph.ts';
import type { SharedTensors, ThreadAnswer, ThreadOrder, ThreadSetup } from './training-messages.ts';
import { VectorMemory } from './vector-memory.ts';

/** Parameters that a thread takes at once when sums and steps are shared out: whole fours. */
const PIECE = 65_536;
/** Validation examples in one run. */
const SCORED_AT_ONCE = 32;

const {
  network,
  block,
  packed,
  microBatch,
  session: settings,
  seed,
  optimiser,
  clip,
  augmentation,
  proximal,
  shared,
} = workerData as ThreadSetup;
const tensors = [...network.inputs, ...network.targets];
const order = new Uint32Array(shared.order);
const vectors = new VectorMemory(shared.vectors);
const parameters = vectors.numbers(shared.parameters);
const scored = new Float32Array(shared.scored);
const gradient = vectors.numbers(shared.gradient);
const slots = shared.slots.map((span) => vectors.numbers(span));
const losses = new Float64Array(shared.losses);
const memory = shared.memory.map((span) => vectors.numbers(span));
const anchor = new Float32Array(shared.anchor);
const correction = new Float32Array(shared.correction);
const kinds = new Uint8Array(shared.kinds);
const flags = new Int32Array(shared.flags);
const pulled = anchor.length > 0 || correction.length > 0;
const followed = kinds.every((kind) => kind === 0);

const feed = feedOf(microBatch);
let session: Promise<GradientSession> | undefined;
let masks: readonly { readonly name: string; readonly rate: number; readonly numbers: Numbers }[] | undefined;
let evaluation: Promise<OnnxSession> | undefined;

interface Feed {
  readonly tensors: readonly { readonly tensor: NetworkTensor; readonly numbers: Numbers }[];
  readonly weights: Numbers;
  readonly all: Record<string, Numbers>;
}

function feedOf(batch: number): Feed {
  const own = tensors.map((tensor) => ({ tensor, numbers: zeros([batch, ...tensor.shape]) }));
  const weights = zeros([batch]);
  const all = Object.fromEntries(own.map(({ tensor, numbers }) => [tensor.name, numbers]));
  return { tensors: own, weights, all: { ...all, weights } };
}

function zeros(shape: readonly number[]): Numbers {
  return { data: new Float32Array(shape.reduce((product, side) => product * side, 1)), shape };
}

async function runSlots({ epoch, step: turn, start, count }: Extract<ThreadOrder, { kind: 'step' }>): Promise<void> {
  for (let slot = take(); slot * microBatch < count; slot = take()) {
    const first = slot * microBatch;
    gather(feed, shared.tensors, Math.min(microBatch, count - first), (row) => order[start + first + row] as number);
    if (augmentation !== undefined) change(epoch, (row) => order[start + first + row] as number);
    session ??= GradientSession.open(
      network,
      { batch: microBatch, block, packed, clipped: clip !== undefined },
      settings,
    );
    const gradients = await session;
    masks ??= gradients.masks.map(({ name, shape, rate }) => ({ name, rate, numbers: zeros(shape) }));
    for (const { name, rate, numbers } of masks) drop(numbers.data, rate, `${seed}/${name}/${turn}/${start + first}`);
    const answer = await gradients.run(parameters, {
      ...feed.all,
      ...Object.fromEntries(masks.map(({ name, numbers }) => [name, numbers])),
      ...(clip === undefined ? {} : { clip: { data: Float32Array.of(clip), shape: [1] } }),
    });
    losses[slot] = answer.loss;
    slots[slot]?.set(answer.gradient);
  }
}

/** Fills a feed; a micro-batch that is not full repeats its own examples with weight 0. */
function gather(into: Feed, from: SharedTensors, count: number, exampleAt: (row: number) => number): void {
  const rows = into.weights.data.length;
  into.weights.data.fill(0).fill(1, 0, count);
  for (const { tensor, numbers } of into.tensors) {
    const length = tensorLength(tensor);
    const source = new Float32Array(from[tensor.name] ?? new SharedArrayBuffer(0));
    for (let row = 0; row < rows; row += 1) {
      const example = exampleAt(row % count);
      numbers.data.set(source.subarray(example * length, (example + 1) * length), row * length);
    }
  }
}

function change(epoch: number, exampleAt: (row: number) => number): void {
  const fed = feed.tensors.find(({ tensor }) => tensor.name === augmentation?.input);
  if (fed === undefined || augmentation === undefined) return;
  const { tensor, numbers } = fed;
  const pictures = tensor.shape.slice(0, -3).reduce((product, side) => product * side, 1);
  const length = tensorLength(tensor) / pictures;
  for (let row = 0; row < microBatch; row += 1) {
    if (feed.weights.data[row] === 0) continue;
    for (let picture = 0; picture < pictures; picture += 1) {
      const at = (row * pictures + picture) * length;
      const random = new SeededRandom(`${seed}/augment/${epoch}/${exampleAt(row)}/${picture}`);
      const target = numbers.data.subarray(at, at + length);
      augment(target.slice(), target, tensor.shape.slice(-3), augmentation.how, random);
    }
  }
}

function drop(mask: Float32Array, rate: number, stream: string): void {
  const random = new SeededRandom(stream);
  const kept = 1 / (1 - rate);
  for (let index = 0; index < mask.length; index += 1) mask[index] = random.uniform() < rate ? 0 : kept;
}

function reduce(count: number, onto: boolean): void {
  const length = parameters.length;
  for (let from = take() * PIECE; from < length; from = take() * PIECE) {
    const to = Math.min(length, from + PIECE);
    const sum = gradient.subarray(from, to);
    const parts = slots.slice(0, count).map((slot) => slot.subarray(from, to));
    const [first] = parts;
    if (!onto && first) sum.set(first);
    // In the order of the slots, which keeps the bits independent of the threads.
    for (const part of onto ? parts : parts.slice(1)) vectors.add(sum, part);
    if (!vectors.allFinite(sum)) Atomics.store(flags, 1, 1);
  }
}

/** Share of a measured statistic that a step replaces, as PyTorch's momentum. */
const STATISTICS_MOMENTUM = 0.1;

function update({ scale, learningRate, step: turn }: Extract<ThreadOrder, { kind: 'update' }>): void {
  const length = parameters.length;
  for (let from = take() * PIECE; from < length; from = take() * PIECE) {
    const to = Math.min(length, from + PIECE);
    for (let index = from; pulled && index < to; index += 1) {
      if (kinds[index] !== 0) continue;
      const pull =
        (anchor.length > 0 ? proximal * ((parameters[index] as number) - (anchor[index] as number)) : 0) +
        (correction.length > 0 ? (correction[index] as number) : 0);
      gradient[index] = (gradient[index] as number) + pull / scale;
    }
    const before = followed ? undefined : parameters.slice(from, to);
    takeStep(vectors, {
      spec: optimiser,
      parameters: parameters.subarray(from, to),
      gradient: gradient.subarray(from, to),
      memory: memory.map((numbers) => numbers.subarray(from, to)),
      scale,
      learningRate,
      step: turn,
    });
    if (before === undefined) continue;
    for (let index = from; index < to; index += 1) {
      const old = before[index - from] as number;
      if (kinds[index] === 1)
        parameters[index] = old + STATISTICS_MOMENTUM * ((gradient[index] as number) * scale - old);
      else if (kinds[index] === 2) parameters[index] = old;
    }
  }
}

async function score(count: number): Promise<void> {
  evaluation ??= OnnxSession.open(evaluationGraph(network, SCORED_AT_ONCE), settings);
  const scoring = await evaluation;
  const fed = feedOf(SCORED_AT_ONCE);
  // ONNX Runtime refuses shared memory.
  const fedParameters = { data: new Float32Array(scored), shape: [scored.length] };
  const answers = new Float32Array(shared.validationAnswers);
  const each = new Float32Array(shared.validationLosses);
  const first = network.outputs[0]?.name;
  for (let piece = take(); piece * SCORED_AT_ONCE < count; piece = take()) {
    const start = piece * SCORED_AT_ONCE;
    const here = Math.min(SCORED_AT_ONCE, count - start);
    gather(fed, shared.validationTensors, here, (row) => start + row);
    const results = await scoring.run({ ...fed.all, parameters: fedParameters });
    const answer = results[`output.${first}`]?.data ?? new Float32Array();
    const width = answer.length / SCORED_AT_ONCE;
    for (let row = 0; row < here; row += 1) {
      answers[start + row] = answer[row * width] ?? Number.NaN;
      each[start + row] = results['loss']?.data[row] ?? Number.NaN;
    }
  }
}

function take(): number {
  return Atomics.add(flags, 0, 1);
}

/** Ends the thread whatever became of its graphs: one that could not be loaded has nothing to free. */
async function end(): Promise<void> {
  const opened = await Promise.allSettled([session, evaluation]);
  for (const one of opened) if (one.status === 'fulfilled') await one.value?.close();
  parentPort?.close();
}

async function obey(message: ThreadOrder): Promise<ThreadAnswer> {
  try {
    if (message.kind === 'step') await runSlots(message);
    if (message.kind === 'reduce') reduce(message.slots, message.onto);
    if (message.kind === 'update') update(message);
    if (message.kind === 'score') await score(message.count);
    if (message.kind === 'close') await end();
    return { kind: 'done' };
  } catch (thrown) {
    return { kind: 'failed', error: packError(thrown) };
  }
}

parentPort?.on('message', async (message: ThreadOrder) => {
  const answer = await obey(message);
  if (message.kind !== 'close') parentPort?.postMessage(answer);
});
parentPort?.postMessage({ kind: 'done' } satisfies ThreadAnswer);
