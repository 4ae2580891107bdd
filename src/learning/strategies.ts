import type { StrategySpec } from '#wire';
import { coordinateMedian } from './coordinate-median.ts';
import { fedAdagrad } from './fed-adagrad.ts';
import { fedAdam } from './fed-adam.ts';
import { fedAvg } from './fed-avg.ts';
import { fedAvgM } from './fed-avg-m.ts';
import { fedBuff } from './fed-buff.ts';
import { fedYogi } from './fed-yogi.ts';
import { krum } from './krum.ts';
import { scaffold } from './scaffold.ts';
import type { ServerStrategy } from './strategy.ts';
import { trimmedMean } from './trimmed-mean.ts';

/** What the hub does under a strategy. */
export function serverStrategy(spec: StrategySpec): ServerStrategy {
  switch (spec.kind) {
    case 'fedavg':
    case 'fedprox':
    case 'fedbn':
    case 'ditto':
      return fedAvg;
    case 'fedavgm':
      return fedAvgM(spec);
    case 'fedadam':
      return fedAdam(spec);
    case 'fedyogi':
      return fedYogi(spec);
    case 'fedadagrad':
      return fedAdagrad(spec);
    case 'scaffold':
      return scaffold(spec);
    case 'median':
      return coordinateMedian;
    case 'trimmed-mean':
      return trimmedMean(spec);
    case 'krum':
      return krum(spec);
    case 'fedbuff':
      return fedBuff(spec);
  }
}
