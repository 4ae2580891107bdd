import { CountedSum } from './counted-sum.ts';
import type { ServerStrategy } from './strategy.ts';

/**
 * Mean of the changes, weighted by films (McMahan et al. 2017, "Communication-efficient learning of deep networks from
 * decentralized data", algorithm 1). Also what the hub does for FedProx, FedBN and Ditto.
 */
export const fedAvg: ServerStrategy = {
  needs: 'sum',
  blockwise: true,
  openRound({ length, grid }) {
    const sum = new CountedSum(length, grid);
    return {
      add: (update) => sum.add(update),
      addSummed: (summed) => sum.addSummed(summed),
      close: (parameters) => ({ parameters: sum.applyTo(parameters), state: {} }),
    };
  },
};
