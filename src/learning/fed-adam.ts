import { serverStep } from './server-step.ts';
import type { ServerStrategy } from './strategy.ts';

/** Numbers of the adaptive strategies; tau keeps steps finite where changes vanish. */
export interface AdaptiveSettings {
  readonly serverLearningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly tau: number;
}

/**
 * FedAdam (Reddi et al. 2021, algorithm 2): m ← β₁m + (1 − β₁)Δ, v ← β₂v + (1 − β₂)Δ², w ← w + rate·m/(√v + τ). As there
 * and in FLamby without bias correction; v begins at 0 as in FLamby (the paper allows any v ≥ τ²).
 */
export function fedAdam({ serverLearningRate, beta1, beta2, tau }: AdaptiveSettings): ServerStrategy {
  return serverStep(['mean', 'square'], (change, memory) => {
    memory.first = beta1 * memory.first + (1 - beta1) * change;
    memory.second = beta2 * memory.second + (1 - beta2) * change * change;
    return (serverLearningRate * memory.first) / (Math.sqrt(memory.second) + tau);
  });
}
