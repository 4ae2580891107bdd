import type { AdaptiveSettings } from './fed-adam.ts';
import { serverStep } from './server-step.ts';
import type { ServerStrategy } from './strategy.ts';

/** FedYogi (Reddi et al. 2021, algorithm 2): as FedAdam with v ← v − (1 − β₂)Δ²·sign(v − Δ²), which forgets more slowly. */
export function fedYogi({ serverLearningRate, beta1, beta2, tau }: AdaptiveSettings): ServerStrategy {
  return serverStep(['mean', 'square'], (change, memory) => {
    const square = change * change;
    memory.first = beta1 * memory.first + (1 - beta1) * change;
    memory.second -= (1 - beta2) * square * Math.sign(memory.second - square);
    return (serverLearningRate * memory.first) / (Math.sqrt(memory.second) + tau);
  });
}
