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

/** One step of the optimiser on a range of the parameters. */
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
  /** Range of indices: from … to − 1. */
  readonly from: number;
  readonly to: number;
}

/** Moves a range of the parameters one step against the gradient. Each number is moved by itself, so ranges may be shared out. */
export function takeStep(step: OptimiserStep): void {
  if (step.spec.kind === 'sgd') descend(step, step.spec);
  else adapt(step, step.spec);
}

function adapt(
  { parameters, gradient, scale = 1, memory, learningRate, step, from, to }: OptimiserStep,
  spec: Extract<OptimiserSpec, { kind: 'adam' | 'adamw' }>,
): void {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = spec;
  const apart = spec.kind === 'adamw';
  const decay = spec.weightDecay ?? (apart ? 0.01 : 0);
  const [mean, square] = memory as readonly [Float32Array, Float32Array];
  const rate = learningRate / (1 - beta1 ** step);
  const inverse = 1 / Math.sqrt(1 - beta2 ** step);
  const kept = apart ? 1 - learningRate * decay : 1;
  const pulled = apart ? 0 : decay;
  for (let index = from; index < to; index += 1) {
    const before = parameters[index] as number;
    const slope = (gradient[index] as number) * scale + pulled * before;
    const m = beta1 * (mean[index] as number) + (1 - beta1) * slope;
    const v = beta2 * (square[index] as number) + (1 - beta2) * slope * slope;
    mean[index] = m;
    square[index] = v;
    parameters[index] = before * kept - (rate * m) / (Math.sqrt(v) * inverse + epsilon);
  }
}

function descend(
  { parameters, gradient, scale = 1, memory, learningRate, from, to }: OptimiserStep,
  { momentum = 0, weightDecay = 0 }: Extract<OptimiserSpec, { kind: 'sgd' }>,
): void {
  const [velocity] = memory;
  for (let index = from; index < to; index += 1) {
    const before = parameters[index] as number;
    let slope = (gradient[index] as number) * scale + weightDecay * before;
    if (velocity !== undefined) {
      slope += momentum * (velocity[index] as number);
      velocity[index] = slope;
    }
    parameters[index] = before - learningRate * slope;
  }
}
