import { CountedSum } from './counted-sum.ts';
import { remembered, type ServerStrategy, type StrategyState } from './strategy.ts';

/** How one parameter follows the mean change: `memory` is read and written; → what is added to the parameter. */
export type StepOfOne = (meanChange: number, memory: { first: number; second: number }) => number;

/**
 * A strategy that takes the mean change as the gradient of an optimiser at the hub (Reddi et al. 2021, algorithm 2). The
 * mean is exact (see `FixedPointSum`), everything after it is 64-bit; only the new parameters are rounded to 32 bits.
 * @param names what the memories are called in the state, one or two; zeros before the first round
 */
export function serverStep(names: readonly [string] | readonly [string, string], step: StepOfOne): ServerStrategy {
  const [first, second] = names;
  return {
    needs: 'sum',
    openRound({ length, state, grid }) {
      const sum = new CountedSum(length, grid);
      return {
        add: (update) => sum.add(update),
        addSummed: (summed) => sum.addSummed(summed),
        close(parameters) {
          const mean = sum.mean();
          const ones = remembered(state, first, length).slice();
          const others = second === undefined ? ones : remembered(state, second, length).slice();
          const memory = { first: 0, second: 0 };
          const moved = parameters.map((value, index) => {
            memory.first = ones[index] ?? 0;
            memory.second = others[index] ?? 0;
            const next = value + step(mean[index] ?? 0, memory);
            if (second !== undefined) others[index] = memory.second;
            ones[index] = memory.first;
            return next;
          });
          const kept: StrategyState = second === undefined ? { [first]: ones } : { [first]: ones, [second]: others };
          return { parameters: moved, state: kept };
        },
      };
    },
  };
}
