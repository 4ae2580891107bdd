import {
  type Examples,
  type Model,
  networkOf,
  type OptimiserSpec,
  openSteppedTraining,
  type SteppedTraining,
  type TrainSettings,
} from '#engine';
import type { Compression, StrategySpec } from '#wire';
import { type ClientStart, concludeRound, type LocalTraining, planRound } from './client-round.ts';
import { withErrorFeedback } from './error-feedback.ts';
import type { SiteUpdate, StrategyState } from './strategy.ts';

/** What all virtual nodes of a simulation do alike. */
export interface VirtualWork {
  readonly model: Model;
  readonly strategy: StrategySpec;
  readonly batchSize: number;
  readonly optimiser: OptimiserSpec;
  /** Either so many passes over the node's examples in a round, or so many steps. */
  readonly local: { readonly epochs: number } | { readonly steps: number };
  readonly seed: number | string;
  /** Noise and clipping of every step (DP-SGD); a run with noise cannot be repeated. */
  readonly privacy?: { readonly noiseMultiplier: number; readonly clipNorm: number } | undefined;
  /** How changes are made smaller before they leave; as they are unless told. */
  readonly compression?: Compression | undefined;
  /** Threads of a node's training, 1 unless told; the bits do not depend on it. */
  readonly workers?: number | undefined;
}

/** What a node is given for a round. */
export interface VirtualRound {
  readonly number: number;
  readonly weights: Float32Array;
  /** What the hub remembers. */
  readonly common: StrategyState;
  readonly learningRate: number;
}

/** What a node brings to a round. */
export type VirtualUpdate = Omit<SiteUpdate, 'staleness'> & {
  readonly loss: number;
  /** Bytes of the change as it travels; numbers alone where it is not made smaller. */
  readonly bytesOut: number;
  /** The change as it travels, where it is made smaller. */
  readonly file?: Uint8Array | undefined;
};

/** A node that trains as a hospital's would, in this process, on threads that stay open from round to round. */
export interface VirtualNode {
  readonly siteId: string;
  readonly films: number;
  /** What it remembers of its last round. */
  own(): StrategyState;
  train(round: VirtualRound): Promise<VirtualUpdate>;
  /** Ends its threads; who opened it calls this. */
  close(): Promise<void>;
}

/** The examples of a node. @param chosen their places among all */
export function examplesAt(model: Model, data: Examples, chosen: Uint32Array): Examples {
  const { inputs, targets } = networkOf(model);
  const picked = (tensors: typeof inputs, numbers: Examples['inputs']): Record<string, Float32Array> =>
    Object.fromEntries(
      tensors.map(({ name, shape }) => {
        const length = shape.reduce((product, side) => product * side, 1);
        const own = new Float32Array(chosen.length * length);
        chosen.forEach((example, at) => {
          own.set((numbers[name] ?? own).subarray(example * length, (example + 1) * length), at * length);
        });
        return [name, own];
      }),
    );
  return { count: chosen.length, inputs: picked(inputs, data.inputs), targets: picked(targets, data.targets) };
}

/** Opens a node over its own examples. @throws UnicaError as `openSteppedTraining` */
export async function openVirtualNode(siteId: string, data: Examples, work: VirtualWork): Promise<VirtualNode> {
  const { model, strategy, batchSize, optimiser } = work;
  const stepsPerEpoch = Math.ceil(data.count / batchSize);
  const steps = 'steps' in work.local ? work.local.steps : work.local.epochs * stepsPerEpoch;
  const opened = new Map<string, SteppedTraining>();
  let own: StrategyState = {};

  const trained = async (name: string, { start, proximal, correction }: LocalTraining, round: VirtualRound) => {
    const seed = `${work.seed}/${siteId}/${round.number}`;
    const { learningRate } = round;
    const settings: TrainSettings = {
      model,
      parameters: start,
      data,
      epochs: 1,
      batchSize,
      learningRate,
      seed,
      optimiser,
      proximal,
      correction,
      privacy: work.privacy && { clip: work.privacy.clipNorm, noiseMultiplier: work.privacy.noiseMultiplier },
      workers: work.workers ?? 1,
    };
    const training = opened.get(name) ?? (await openSteppedTraining(settings));
    opened.set(name, training);
    training.begin({ parameters: start, learningRate, seed, anchor: proximal?.anchor, correction });
    await training.run(steps);
    return { parameters: training.parameters(), loss: training.loss() };
  };

  return {
    siteId,
    films: data.count,
    own: () => own,
    async train(round) {
      const start: ClientStart = { strategy, model, weights: round.weights, own, common: round.common };
      const plan = planRound(start);
      const { parameters, loss } = await trained('common', plan.common, round);
      const personal = plan.personal && (await trained('personal', plan.personal, round)).parameters;
      const { learningRate } = round;
      const concluded = concludeRound(start, { trained: parameters, personal, steps, learningRate });
      const fed = withErrorFeedback({ model, compression: work.compression }, own, concluded);
      own = fed.own;
      const { sent = fed.change, file } = fed.compressed ?? {};
      const bytesOut = file?.length ?? 4 * sent.length;
      return { siteId, change: sent, films: data.count, steps, learningRate, loss, bytesOut, file };
    },
    async close() {
      for (const training of opened.values()) await training.close();
    },
  };
}
