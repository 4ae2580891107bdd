/** How parameters follow gradients. */
export type OptimiserSpec =
  | {
      readonly kind: 'adam';
      /** Decay of the running mean of gradients; 0.9 unless told. */
      readonly beta1?: number;
      /** Decay of the running mean of squares; 0.999 unless told. */
      readonly beta2?: number;
      readonly epsilon?: number;
    }
  | {
      readonly kind: 'sgd';
      /** 0 unless told. */
      readonly momentum?: number;
    };

/** Moves `parameters` in place one step against `gradient`. */
export type Optimiser = (parameters: Float32Array, gradient: Float32Array, learningRate: number) => void;

/** A fresh optimiser for so many parameters; its running means live as long as it does. */
export function createOptimiser(spec: OptimiserSpec, size: number): Optimiser {
  return spec.kind === 'adam' ? adam(spec, size) : sgd(spec, size);
}

/** Adam (Kingma & Ba 2015, algorithm 1). */
function adam(spec: Extract<OptimiserSpec, { kind: 'adam' }>, size: number): Optimiser {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = spec;
  const mean = new Float32Array(size);
  const square = new Float32Array(size);
  let step = 0;
  return (parameters, gradient, learningRate) => {
    step += 1;
    const rate = learningRate / (1 - beta1 ** step);
    const squareScale = 1 / (1 - beta2 ** step);
    for (let index = 0; index < size; index += 1) {
      const slope = gradient[index] as number;
      const first = beta1 * (mean[index] as number) + (1 - beta1) * slope;
      const second = beta2 * (square[index] as number) + (1 - beta2) * slope * slope;
      mean[index] = first;
      square[index] = second;
      parameters[index] = (parameters[index] as number) - (rate * first) / (Math.sqrt(second * squareScale) + epsilon);
    }
  };
}

/** Stochastic gradient descent with heavy-ball momentum, PyTorch's form: v ← m·v + g, p ← p − rate·v. */
function sgd({ momentum = 0 }: Extract<OptimiserSpec, { kind: 'sgd' }>, size: number): Optimiser {
  const velocity = new Float32Array(size);
  return (parameters, gradient, learningRate) => {
    for (let index = 0; index < size; index += 1) {
      const moved = momentum * (velocity[index] as number) + (gradient[index] as number);
      velocity[index] = moved;
      parameters[index] = (parameters[index] as number) - learningRate * moved;
    }
  };
}
