import { FixedPointSum } from './fixed-point.ts';
import type { ServerStrategy } from './strategy.ts';

/**
 * FedBuff (Nguyen et al. 2022, "Federated learning with buffered asynchronous aggregation", algorithm 1): the buffer is
 * emptied onto the model when it holds as many updates as the caller lets into a round; each is weighed by
 * (1 + staleness)^−exponent (½ in the paper) and their plain mean taken with the hub's learning rate.
 */
export function fedBuff({
  serverLearningRate,
  exponent,
}: {
  readonly serverLearningRate: number;
  readonly exponent: number;
}): ServerStrategy {
  return {
    needs: 'sum',
    openRound({ length }) {
      const sum = new FixedPointSum(length);
      return {
        add: ({ change, staleness }) => sum.add(change, 1, stalenessWeight(staleness, exponent)),
        close(parameters) {
          const mean = sum.mean();
          return {
            parameters: parameters.map((value, index) => value + serverLearningRate * (mean[index] ?? 0)),
            state: {},
          };
        },
      };
    },
  };
}

/** In (0, 1]. */
function stalenessWeight(staleness: number, exponent: number): number {
  return (1 + staleness) ** -exponent;
}
