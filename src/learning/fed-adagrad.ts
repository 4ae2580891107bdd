import type { AdaptiveSettings } from './fed-adam.ts';
import { serverStep } from './server-step.ts';
import type { ServerStrategy } from './strategy.ts';

/** FedAdagrad (Reddi et al. 2021, algorithm 2): as FedAdam with v ← v + Δ²: steps only become smaller. */
export function fedAdagrad({ serverLearningRate, beta1, tau }: Omit<AdaptiveSettings, 'beta2'>): ServerStrategy {
  return serverStep(['mean', 'square'], (change, memory) => {
    memory.first = beta1 * memory.first + (1 - beta1) * change;
    memory.second += change * change;
    return (serverLearningRate * memory.first) / (Math.sqrt(memory.second) + tau);
  });
}
