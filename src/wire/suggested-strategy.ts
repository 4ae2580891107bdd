import type { StrategySpec } from './strategy.ts';

const SUGGESTED: { readonly [Kind in StrategySpec['kind']]: Extract<StrategySpec, { kind: Kind }> } = {
  fedavg: { kind: 'fedavg' },
  fedavgm: { kind: 'fedavgm', serverLearningRate: 1, momentum: 0.9 },
  fedprox: { kind: 'fedprox', mu: 0.01 },
  fedadam: { kind: 'fedadam', serverLearningRate: 0.01, beta1: 0.9, beta2: 0.99, tau: 0.001 },
  fedyogi: { kind: 'fedyogi', serverLearningRate: 0.01, beta1: 0.9, beta2: 0.99, tau: 0.001 },
  fedadagrad: { kind: 'fedadagrad', serverLearningRate: 0.1, beta1: 0, tau: 0.001 },
  scaffold: { kind: 'scaffold', serverLearningRate: 1 },
  fedbn: { kind: 'fedbn' },
  ditto: { kind: 'ditto', lambda: 0.1 },
  median: { kind: 'median' },
  'trimmed-mean': { kind: 'trimmed-mean', trimShare: 0.2 },
  krum: { kind: 'krum', badSites: 1, keep: 3 },
  fedbuff: { kind: 'fedbuff', bufferSize: 3, serverLearningRate: 1, exponent: 0.5 },
};

/** A strategy with numbers to begin with (docs/researchers/strategies.md). */
export function suggestedStrategy(kind: StrategySpec['kind']): StrategySpec {
  return SUGGESTED[kind];
}
