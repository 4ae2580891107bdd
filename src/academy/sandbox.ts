import { SeededRandom, UnicaError } from '#base';
import {
  conv,
  defineNetwork,
  dense,
  evaluationGraph,
  globalAveragePool,
  gradientOutput,
  initialParameters,
  maxPool,
  type Network,
  parameterInput,
  parameterTable,
  relu,
  softmaxCrossEntropy,
  trainingGraph,
} from '#engine';
import { concludeRound, partition, planRound, type StrategyState, serverStrategy } from '#learning';
import { trainingCost } from '#privacy';
import type { StrategySpec } from '#wire';
import { type LessonPictures, lessonPictures, PICTURE_KINDS, PICTURE_SIDE } from './lesson-pictures.ts';

/** Strategies that can be tried, with the numbers they need. */
export const SANDBOX_STRATEGIES: Readonly<Record<'fedavg' | 'fedprox' | 'scaffold' | 'fedavgm', StrategySpec>> = {
  fedavg: { kind: 'fedavg' },
  fedprox: { kind: 'fedprox', mu: 0.5 },
  scaffold: { kind: 'scaffold', serverLearningRate: 1 },
  fedavgm: { kind: 'fedavgm', serverLearningRate: 1, momentum: 0.5 },
};

/** What a learner chooses. */
export interface SandboxSettings {
  readonly hospitals: 2 | 3;
  /** Pictures of all hospitals together. */
  readonly pictures: number;
  /** Whether the hospitals have about as many pictures, or the first most of them. */
  readonly sizes: 'equal' | 'unequal';
  /** Of the Dirichlet distribution that deals out each kind of picture: small, and the hospitals are unlike. */
  readonly alpha: number;
  readonly strategy: keyof typeof SANDBOX_STRATEGIES;
  /** Noise on every step as a multiple of the clipping bound (DP-SGD); 0: neither noise nor clipping. */
  readonly noiseMultiplier: number;
  readonly rounds: number;
  /** Passes over a hospital's pictures in a round. */
  readonly passes: number;
  readonly seed: number;
}

/** Least and greatest value of each number a learner may choose. */
export const SANDBOX_LIMITS = {
  pictures: [60, 480],
  alpha: [0.05, 100],
  noiseMultiplier: [0, 4],
  rounds: [3, 30],
  passes: [1, 5],
  seed: [1, 9999],
} as const;

/** What a learner finds at first: hospitals that are unlike. */
export const SANDBOX_START: SandboxSettings = {
  hospitals: 2,
  pictures: 240,
  sizes: 'equal',
  alpha: 0.1,
  strategy: 'fedavg',
  noiseMultiplier: 0,
  rounds: 15,
  passes: 2,
  seed: 1,
};

/** A loaded ONNX graph. Whoever opened it closes it. */
export interface OpenGraph {
  run(feeds: Readonly<Record<string, SandboxTensor>>): Promise<Readonly<Record<string, Float32Array>>>;
  close(): Promise<void>;
}

/** Numbers and their shape. */
export interface SandboxTensor {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/** Loads a graph: the browser's runtime in a worker, the node's in a test. */
export type OpenGraphs = (onnx: Uint8Array) => Promise<OpenGraph>;

/** What a virtual hospital has. */
export interface SandboxHospital {
  /** Its pictures of each kind, in the order of `PICTURE_KINDS`. */
  readonly counts: readonly number[];
  /** ε of one of its pictures after all rounds, for δ = 1e-3; null without noise. */
  readonly epsilon: number | null;
}

/** Shares (0 to 1) of pictures that are named rightly, none of which was learned from. */
export interface SandboxScores {
  /** On pictures of every kind, as many of each. */
  readonly everywhere: number;
  /** On each hospital's own mix of kinds. */
  readonly atHome: readonly number[];
}

/** How the models stand after a round; round 0 is before the first. */
export interface SandboxRound {
  readonly round: number;
  readonly federated: SandboxScores;
  /** Learned from all pictures in one place. */
  readonly pooled: SandboxScores;
  /** Each hospital's model of its own pictures alone. */
  readonly local: readonly SandboxScores[];
}

/** What a learner needs to know before the first round. */
export interface SandboxBegin {
  readonly hospitals: readonly SandboxHospital[];
  /** Numbers that leave a hospital in a round. */
  readonly parameters: number;
}

const BATCH = 16;
const TEST_PICTURES = 200;
/** Of the first round; it falls along half a cosine to a tenth, so that the last rounds are calm. */
const LEARNING_RATE = 0.25;
/** No hospital has fewer pictures: dealing is begun anew until it is so, as Li et al. 2022 (NIID-Bench) do. */
const FEWEST_PICTURES = 8;
const MOST_DEALS = 500;
const CLIP = 1;
/** The chance, at most, with which the promise of ε may fail. */
const DELTA = 1e-3;
const PIXELS = PICTURE_SIDE * PICTURE_SIDE;
/** Sizes of hospitals that are unequal, the first one's first. */
const UNEQUAL = { 2: [0.8, 0.2], 3: [0.7, 0.2, 0.1] } as const;

/** The network that is learned: two convolutions, 1,136 numbers. */
function sandboxNetwork(): Network {
  return defineNetwork((network) => {
    const image = network.input('image', [1, PICTURE_SIDE, PICTURE_SIDE]);
    const first = maxPool(relu(conv(image, { name: 'conv1', filters: 8, kernel: 5, bias: true })), { kernel: 2 });
    const second = relu(conv(first, { name: 'conv2', filters: 12, kernel: 3, bias: true }));
    const logits = dense(globalAveragePool(second), { name: 'kinds', outputs: PICTURE_KINDS.length });
    network.output('kinds', logits);
    network.loss(softmaxCrossEntropy(logits, network.target('kind', [PICTURE_KINDS.length])));
  });
}

/**
 * Virtual hospitals that learn together, each alone, and all in one place, from made pictures; the strategies and the accountant are
 * those of real jobs. Yields what the hospitals have, then the state after each round. Equal settings give equal numbers on one runtime.
 * @throws UnicaError `engine.settings-invalid`
 */
export async function* runSandbox(
  settings: SandboxSettings,
  open: OpenGraphs,
): AsyncGenerator<SandboxBegin | SandboxRound, void> {
  checkSettings(settings);
  const network = sandboxNetwork();
  const { total } = parameterTable(network);
  const seed = `academy/${settings.seed}`;
  const taught = lessonPictures(settings.pictures, `${seed}/taught`);
  const shares = dealt(settings, taught.kinds, seed);
  const counts = shares.map((own) =>
    PICTURE_KINDS.map((_, kind) => own.filter((at) => taught.kinds[at] === kind).length),
  );
  yield {
    hospitals: shares.map((own, at) => ({ counts: counts[at] ?? [], epsilon: epsilonOf(settings, own.length) })),
    parameters: total,
  };
  const step = await openSteps(network, { clipped: settings.noiseMultiplier > 0 }, open);
  let judge: Judge | undefined;
  try {
    judge = await openJudge(network, lessonPictures(TEST_PICTURES, `${seed}/unseen`), open);
    const start = initialParameters(network, seed);
    const all = Uint32Array.from(taught.kinds.keys());
    const learner = (own: Uint32Array, name: string) =>
      new Learner({ own, taught, settings, step, seed: `${seed}/${name}` });
    const pool = { learner: learner(all, 'pooled'), parameters: start };
    const alone = shares.map((own, at) => ({ learner: learner(own, `alone-${at}`), parameters: start }));
    const federation = new Federation(network, start, {
      strategy: SANDBOX_STRATEGIES[settings.strategy],
      learners: shares.map((own, at) => learner(own, `site-${at}`)),
    });
    for (let round = 0; round <= settings.rounds; round += 1) {
      if (round > 0) {
        const learningRate = rateOf(round, settings.rounds);
        await federation.round(learningRate);
        for (const one of [pool, ...alone])
          one.parameters = (await one.learner.train({ start: one.parameters }, learningRate)).trained;
      }
      const local: SandboxScores[] = [];
      for (const { parameters } of alone) local.push(await judge.scores(parameters, counts));
      yield {
        round,
        federated: await judge.scores(federation.parameters, counts),
        pooled: await judge.scores(pool.parameters, counts),
        local,
      };
    }
  } finally {
    await step.close();
    await judge?.close();
  }
}

function dealt({ hospitals, alpha, sizes }: SandboxSettings, kinds: Uint8Array, seed: string): readonly Uint32Array[] {
  const how = {
    kind: 'dirichlet',
    nodes: hospitals,
    alpha,
    sizes: sizes === 'unequal' ? UNEQUAL[hospitals] : undefined,
  } as const;
  for (let attempt = 0; ; attempt += 1) {
    const shares = partition(how, kinds, `${seed}/${attempt}`);
    if (attempt === MOST_DEALS || shares.every(({ length }) => length >= FEWEST_PICTURES)) return shares;
  }
}

/** As a falling cosine: the whole rate in round 1, a tenth of it in the last. */
function rateOf(round: number, rounds: number): number {
  const passed = (round - 1) / Math.max(1, rounds - 1);
  return LEARNING_RATE * (0.1 + 0.45 * (1 + Math.cos(Math.PI * passed)));
}

function checkSettings(settings: SandboxSettings): void {
  for (const [name, [least, most]] of Object.entries(SANDBOX_LIMITS)) {
    const value = settings[name as keyof typeof SANDBOX_LIMITS];
    if (!(value >= least && value <= most)) throw invalid(`${name} is not a number from ${least} to ${most}`);
  }
  for (const whole of ['pictures', 'rounds', 'passes', 'seed'] as const)
    if (!Number.isInteger(settings[whole])) throw invalid(`${whole} is not a whole number`);
  if (settings.hospitals !== 2 && settings.hospitals !== 3) throw invalid('there are two or three hospitals');
  if (SANDBOX_STRATEGIES[settings.strategy] === undefined) throw invalid('there is no such strategy');
  if (settings.noiseMultiplier > 0 && settings.noiseMultiplier < 0.3)
    throw invalid('noise below 0.3 protects nobody; take none, or 0.3 and more');
}

function epsilonOf({ noiseMultiplier, rounds, passes }: SandboxSettings, pictures: number): number | null {
  if (noiseMultiplier === 0) return null;
  const steps = rounds * stepsOf(pictures, passes);
  return trainingCost([{ noiseMultiplier, sampleRate: Math.min(1, BATCH / Math.max(1, pictures)), steps }], DELTA)
    .epsilon;
}

function stepsOf(pictures: number, passes: number): number {
  return passes * Math.ceil(pictures / BATCH);
}

/** The rounds of a job: the sites' part and the hub's, as in a real one. */
class Federation {
  parameters: Float32Array;
  readonly #network: Network;
  readonly #strategy: StrategySpec;
  readonly #sites: { readonly learner: Learner; own: StrategyState }[];
  #common: StrategyState = {};

  constructor(
    network: Network,
    start: Float32Array,
    { strategy, learners }: { readonly strategy: StrategySpec; readonly learners: readonly Learner[] },
  ) {
    this.#network = network;
    this.parameters = start;
    this.#strategy = strategy;
    // A hospital without a picture takes no part.
    this.#sites = learners.filter(({ films }) => films > 0).map((learner) => ({ learner, own: {} }));
  }

  async round(learningRate: number): Promise<void> {
    const open = serverStrategy(this.#strategy).openRound({
      length: this.parameters.length,
      sites: this.#sites.length,
      state: this.#common,
    });
    for (const [at, site] of this.#sites.entries()) {
      const start = {
        strategy: this.#strategy,
        model: this.#network,
        weights: this.parameters,
        own: site.own,
        common: this.#common,
      };
      const { common: plan } = planRound(start);
      const { trained, steps } = await site.learner.train(plan, learningRate);
      const { change, own } = concludeRound(start, { trained, steps, learningRate });
      site.own = own;
      const { films } = site.learner;
      open.add({ siteId: `hospital-${at}`, change, films, steps, learningRate, staleness: 0 });
    }
    ({ parameters: this.parameters, state: this.#common } = open.close(this.parameters));
  }
}

/** A training from given parameters: near an anchor under FedProx, with corrected gradients under SCAFFOLD. */
interface Training {
  readonly start: Float32Array;
  readonly proximal?: { readonly mu: number; readonly anchor: Float32Array } | undefined;
  readonly correction?: Float32Array | undefined;
}

interface LearnerParts {
  /** Places of its pictures among those taught. */
  readonly own: Uint32Array;
  readonly taught: LessonPictures;
  readonly settings: SandboxSettings;
  readonly step: GradientSteps;
  readonly seed: string;
}

/** Learns from some of the pictures by plain gradient descent, with DP-SGD (Abadi et al. 2016) where noise is chosen. */
class Learner {
  readonly #parts: LearnerParts;
  readonly #random: SeededRandom;

  constructor(parts: LearnerParts) {
    this.#parts = parts;
    this.#random = new SeededRandom(parts.seed);
  }

  get films(): number {
    return this.#parts.own.length;
  }

  async train(
    { start, proximal, correction }: Training,
    learningRate: number,
  ): Promise<{ readonly trained: Float32Array; readonly steps: number }> {
    const { own, settings, step, taught } = this.#parts;
    const trained = start.slice();
    const { noiseMultiplier } = settings;
    let steps = 0;
    for (const batch of this.#batches()) {
      const gradient = new Float32Array(trained.length);
      for (let from = 0; from < batch.length; from += BATCH) {
        const part = await step.gradient(trained, taught, batch.slice(from, from + BATCH));
        for (let at = 0; at < gradient.length; at += 1) gradient[at] = (gradient[at] ?? 0) + (part[at] ?? 0);
      }
      // With noise the sum is divided by the expected number, which tells nothing of who was drawn.
      const divisor = noiseMultiplier > 0 ? Math.min(BATCH, own.length) : batch.length;
      const stdDev = noiseMultiplier * CLIP;
      for (let at = 0; at < trained.length; at += 1) {
        const noise = stdDev === 0 ? 0 : stdDev * this.#random.normal();
        const before = trained[at] ?? 0;
        const pull = proximal === undefined ? 0 : proximal.mu * (before - (proximal.anchor[at] ?? 0));
        const slope = ((gradient[at] ?? 0) + noise) / divisor + pull + (correction?.[at] ?? 0);
        trained[at] = before - learningRate * slope;
      }
      steps += 1;
    }
    return { trained, steps };
  }

  /** The pictures of each step: in turn, or each drawn by chance where noise is chosen, as the accountant takes it. */
  *#batches(): Generator<Uint32Array> {
    const { own, settings } = this.#parts;
    for (let pass = 0; pass < settings.passes; pass += 1) {
      const order = this.#random.permutation(own.length);
      for (let from = 0; from < own.length; from += BATCH) {
        yield settings.noiseMultiplier > 0
          ? own.filter(() => this.#random.uniform() * own.length < BATCH)
          : Uint32Array.from(order.slice(from, from + BATCH), (at) => own[at] ?? 0);
      }
    }
  }
}

interface GradientSteps {
  /** Sum over the pictures (at most `BATCH`) of their gradients, each clipped where noise is chosen. */
  gradient(parameters: Float32Array, taught: LessonPictures, chosen: Uint32Array): Promise<Float32Array>;
  close(): Promise<void>;
}

async function openSteps(
  network: Network,
  { clipped }: { readonly clipped: boolean },
  open: OpenGraphs,
): Promise<GradientSteps> {
  const { entries, total } = parameterTable(network);
  const graph = await open(trainingGraph(network, { batch: BATCH, clipped }).onnx);
  return {
    async gradient(parameters, taught, chosen) {
      const answers = await graph.run({
        ...fedPictures(taught, chosen, BATCH),
        ...Object.fromEntries(
          entries.map(({ name, shape, offset, size }) => [
            parameterInput(name),
            { values: parameters.slice(offset, offset + size), shape },
          ]),
        ),
        ...(clipped ? { clip: { values: Float32Array.of(CLIP), shape: [1] } } : {}),
      });
      const gradient = new Float32Array(total);
      for (const { name, offset } of entries) gradient.set(answers[gradientOutput(name)] ?? [], offset);
      return gradient;
    },
    close: () => graph.close(),
  };
}

/** Pictures as the graph takes them; places of the batch that none is left for weigh nothing. */
function fedPictures(
  { values, kinds }: LessonPictures,
  chosen: Uint32Array,
  batch: number,
): Record<string, SandboxTensor> {
  const images = new Float32Array(batch * PIXELS);
  const truths = new Float32Array(batch * PICTURE_KINDS.length);
  const weights = new Float32Array(batch);
  chosen.forEach((picture, at) => {
    images.set(values.subarray(picture * PIXELS, (picture + 1) * PIXELS), at * PIXELS);
    truths[at * PICTURE_KINDS.length + (kinds[picture] ?? 0)] = 1;
    weights[at] = 1;
  });
  return {
    image: { values: images, shape: [batch, 1, PICTURE_SIDE, PICTURE_SIDE] },
    kind: { values: truths, shape: [batch, PICTURE_KINDS.length] },
    weights: { values: weights, shape: [batch] },
  };
}

interface Judge {
  scores(parameters: Float32Array, counts: readonly (readonly number[])[]): Promise<SandboxScores>;
  close(): Promise<void>;
}

async function openJudge(network: Network, unseen: LessonPictures, open: OpenGraphs): Promise<Judge> {
  const { length } = unseen.kinds;
  const graph = await open(evaluationGraph(network, length));
  const { total } = parameterTable(network);
  const fed = fedPictures(unseen, Uint32Array.from(unseen.kinds.keys()), length);
  return {
    async scores(parameters, counts) {
      const answers = await graph.run({ ...fed, parameters: { values: parameters, shape: [total] } });
      const rightly = rightlyNamed(answers['output.kinds'] ?? new Float32Array(), unseen.kinds);
      return {
        everywhere: weighed(
          rightly,
          PICTURE_KINDS.map(() => 1),
        ),
        atHome: counts.map((ofKinds) => weighed(rightly, ofKinds)),
      };
    },
    close: () => graph.close(),
  };
}

/** Share of the pictures of each kind whose largest answer is their kind's. */
function rightlyNamed(answers: Float32Array, kinds: Uint8Array): readonly number[] {
  const width = PICTURE_KINDS.length;
  const right = PICTURE_KINDS.map(() => 0);
  const all = PICTURE_KINDS.map(() => 0);
  kinds.forEach((kind, picture) => {
    const own = answers.subarray(picture * width, (picture + 1) * width);
    const named = own.reduce((best, value, at) => (value > (own[best] ?? 0) ? at : best), 0);
    all[kind] = (all[kind] ?? 0) + 1;
    if (named === kind) right[kind] = (right[kind] ?? 0) + 1;
  });
  return right.map((count, kind) => count / Math.max(1, all[kind] ?? 0));
}

function weighed(shares: readonly number[], weights: readonly number[]): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) return 0;
  return shares.reduce((sum, share, at) => sum + share * (weights[at] ?? 0), 0) / total;
}

function invalid(problem: string): UnicaError {
  return new UnicaError('engine.settings-invalid', { problem });
}
