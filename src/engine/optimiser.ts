import type { AdamNumbers, VectorMemory } from './vector-memory.ts';

/** How parameters follow gradients. */
export type OptimiserSpec =
  | {
      /** Adam (Kingma & Ba 2015, algorithm 1); `adamw` shrinks the parameters apart from the gradient (Loshchilov & Hutter 2019). */
      readonly kind: 'adam' | 'adamw';
      /** Decay of the running mean of gradients; 0.9 unless told. */
      readonly beta1?: number;
      /** Decay of the running mean of squares; 0.999 unless told. */
      readonly beta2?: number;
      readonly epsilon?: number;
      /** 0 unless told; for adamw 0.01. */
      readonly weightDecay?: number;
    }
  | {
      readonly kind: 'sgd';
      /** 0 unless told. */
      readonly momentum?: number;
      readonly weightDecay?: number;
    };

/** How many arrays of the parameters' length an optimiser remembers. */
export function optimiserMemory(spec: OptimiserSpec): number {
  if (spec.kind === 'sgd') return (spec.momentum ?? 0) === 0 ? 0 : 1;
  return 2;
}

/** One step of the optimiser on a piece of the parameters: whole fours of numbers, unless it is the last piece. */
export interface OptimiserStep {
  readonly spec: OptimiserSpec;
  /** In place. */
  readonly parameters: Float32Array;
  readonly gradient: Float32Array;
  /** The gradient counts so many times; 1 unless told. */
  readonly scale?: number;
  /** As many as `optimiserMemory` says, zeros before the first step; in place. */
  readonly memory: readonly Float32Array[];
  readonly learningRate: number;
  /** From 1. */
  readonly step: number;
}

/**
 * Moves a piece of the parameters one step against the gradient, all of it numbers of `vectors`. Each number is moved by
 * itself, so pieces may be shared out.
 */
export function takeStep(vectors: VectorMemory, step: OptimiserStep): void {
  const { spec, parameters, gradient, scale = 1, memory, learningRate } = step;
  const [first, second] = memory;
  if (spec.kind !== 'sgd') {
    if (first && second) vectors.adapt(parameters, gradient, [first, second], adamNumbers(step, spec));
    return;
  }
  const { momentum = 0, weightDecay = 0 } = spec;
  vectors.descend(parameters, gradient, first, { scale, pulled: weightDecay, momentum, rate: learningRate });
}

function adamNumbers(
  { scale = 1, learningRate, step }: OptimiserStep,
  spec: Extract<OptimiserSpec, { kind: 'adam' | 'adamw' }>,
): AdamNumbers {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = spec;
  const apart = spec.kind === 'adamw';
  const decay = spec.weightDecay ?? (apart ? 0.01 : 0);
  return {
    scale,
    pulled: apart ? 0 : decay,
    beta1,
    beta2,
    rate: learningRate / (1 - beta1 ** step),
    inverse: 1 / Math.sqrt(1 - beta2 ** step),
    epsilon,
    kept: apart ? 1 - learningRate * decay : 1,
  };
}
