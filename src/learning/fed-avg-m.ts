import { serverStep } from './server-step.ts';
import type { ServerStrategy } from './strategy.ts';

/**
 * Server momentum (Hsu, Qi, Brown 2019, "Measuring the effects of non-identical data distribution for federated visual
 * classification"): v ← momentum·v + Δ, w ← w + rate·v.
 */
export function fedAvgM(settings: { readonly serverLearningRate: number; readonly momentum: number }): ServerStrategy {
  const { serverLearningRate, momentum } = settings;
  return serverStep(['velocity'], (change, memory) => {
    memory.first = momentum * memory.first + change;
    return serverLearningRate * memory.first;
  });
}
