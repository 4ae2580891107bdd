import { CountedSum, SlopeSum } from './counted-sum.ts';
import { checkChange, SITE_BOUNDS } from './fixed-point.ts';
import { remembered, type ServerStrategy } from './strategy.ts';

/** Name of the hub's control variate in the state; the sites receive it with each round. */
export const CONTROL = 'control';

/**
 * SCAFFOLD with option II (Karimireddy et al. 2020, algorithm 1). A site's control variate changes by
 * −c − Δᵢ/(Kᵢη): the hub works that out from the change of the parameters and the number of steps, so a site sends no more
 * than with FedAvg. The model follows the mean weighted by films, the control variate the plain mean, |S|/N of it.
 */
export function scaffold({ serverLearningRate }: { readonly serverLearningRate: number }): ServerStrategy {
  return {
    needs: 'sum',
    check: (update) => checkChange(update.change, SITE_BOUNDS.largest / perStep(update)),
    openRound({ length, sites, state, grid }) {
      const changes = new CountedSum(length, grid);
      const slopes = new SlopeSum(length, grid);
      return {
        add(update) {
          // Refused by one, an update must not stay in the other.
          checkChange(update.change);
          slopes.add(update);
          changes.add(update);
        },
        addSummed(summed) {
          changes.addSummed(summed);
          slopes.addSummed(summed);
        },
        close(parameters) {
          const control = remembered(state, CONTROL, length);
          const share = slopes.sites / sites;
          const slope = slopes.mean();
          const change = changes.mean();
          return {
            parameters: parameters.map((value, index) => value + serverLearningRate * (change[index] ?? 0)),
            state: { [CONTROL]: control.map((own, index) => own - share * (own + (slope[index] ?? 0))) },
          };
        },
      };
    },
  };
}

/** A site's control variate after its round: cᵢ − c − Δᵢ/(Kᵢη). */
export function nextControl(round: {
  /** cᵢ; zeros before the first round. */
  readonly own: Float64Array;
  /** c, as received. */
  readonly common: Float64Array;
  readonly change: Float32Array;
  readonly steps: number;
  readonly learningRate: number;
}): Float64Array {
  const factor = perStep(round);
  return round.own.map((own, index) => own - (round.common[index] ?? 0) - factor * (round.change[index] ?? 0));
}

/** What is added to every gradient of a site: c − cᵢ. */
export function correctionOf(own: Float64Array, common: Float64Array): Float32Array {
  return Float32Array.from(own, (value, index) => (common[index] ?? 0) - value);
}

function perStep({ steps, learningRate }: { readonly steps: number; readonly learningRate: number }): number {
  return 1 / (Math.max(1, steps) * learningRate);
}
