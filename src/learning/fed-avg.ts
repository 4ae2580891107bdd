import { FixedPointSum } from './fixed-point.ts';
import type { ServerStrategy } from './strategy.ts';

/**
 * Mean of the changes, weighted by films (McMahan et al. 2017, "Communication-efficient learning of deep networks from
 * decentralized data", algorithm 1). Also what the hub does for FedProx, FedBN and Ditto.
 */
export const fedAvg: ServerStrategy = {
  needs: 'sum',
  blockwise: true,
  openRound({ length }) {
    const sum = new FixedPointSum(length);
    return {
      add: ({ change, films }) => sum.add(change, films),
      close: (parameters) => ({ parameters: sum.applyTo(parameters), state: {} }),
    };
  },
};
