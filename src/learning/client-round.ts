import type { Model } from '#engine';
import type { JobSpec, StrategySpec } from '#wire';
import { ownOf, withOwn, withoutEntries } from './fed-bn.ts';
import { normalisationEntries } from './normalisation.ts';
import { CONTROL, correctionOf, nextControl } from './scaffold.ts';
import { remembered, type StrategyState } from './strategy.ts';

/** One training a site does in a round, in the words of the engine. */
export interface LocalTraining {
  readonly start: Float32Array;
  readonly proximal?: { readonly mu: number; readonly anchor: Float32Array } | undefined;
  readonly correction?: Float32Array | undefined;
}

/** What a site trains in a round. */
export interface ClientPlan {
  /** What changes the common model. */
  readonly common: LocalTraining;
  /** What makes the site's own model (Ditto); it stays there. */
  readonly personal?: LocalTraining | undefined;
}

/** What a site starts a round from. */
export interface ClientStart {
  readonly strategy: StrategySpec;
  readonly model: Model;
  /** The common model. */
  readonly weights: Float32Array;
  /** What the site remembers of its last round. */
  readonly own: StrategyState;
  /** What the hub remembers, where the strategy tells the sites (SCAFFOLD). */
  readonly common: StrategyState;
}

/**
 * What a site trains under a strategy. FedProx (Li et al. 2020, algorithm 2): held near the received model by mu. SCAFFOLD:
 * every gradient corrected by c − cᵢ. Ditto (Li, Hu, Beirami, Smith 2021, algorithm 1): a personal model beside, held near
 * the received one by lambda. FedBN: own normalisation. All others train plainly.
 */
export function planRound({ strategy, model, weights, own, common }: ClientStart): ClientPlan {
  switch (strategy.kind) {
    case 'fedprox':
      return { common: { start: weights, proximal: { mu: strategy.mu, anchor: weights } } };
    case 'scaffold': {
      const { length } = weights;
      const correction = correctionOf(remembered(own, CONTROL, length), remembered(common, CONTROL, length));
      return { common: { start: weights, correction } };
    }
    case 'fedbn':
      return { common: { start: withOwn(weights, normalisationEntries(model), own['normalisation']) } };
    case 'ditto': {
      const start = own['personal'] === undefined ? weights : Float32Array.from(own['personal']);
      return {
        common: { start: weights },
        personal: { start, proximal: { mu: strategy.lambda, anchor: weights } },
      };
    }
    default:
      return { common: { start: weights } };
  }
}

/** What a round made at a site. */
export interface ClientOutcome {
  /** Parameters after the training of the plan's `common`. */
  readonly trained: Float32Array;
  readonly personal?: Float32Array | undefined;
  readonly steps: number;
  readonly learningRate: number;
}

/** The change that leaves, and what the site remembers for its next round. */
export function concludeRound(
  start: ClientStart,
  { trained, personal, steps, learningRate }: ClientOutcome,
): { readonly change: Float32Array; readonly own: StrategyState } {
  const { strategy, model, weights, own, common } = start;
  const change = trained.map((value, index) => value - (weights[index] ?? 0));
  switch (strategy.kind) {
    case 'scaffold': {
      const { length } = weights;
      const control = nextControl({
        own: remembered(own, CONTROL, length),
        common: remembered(common, CONTROL, length),
        change,
        steps,
        learningRate,
      });
      return { change, own: { [CONTROL]: control } };
    }
    case 'fedbn': {
      const entries = normalisationEntries(model);
      return { change: withoutEntries(change, entries), own: { normalisation: ownOf(trained, entries) } };
    }
    case 'ditto':
      return { change, own: personal === undefined ? own : { personal: Float64Array.from(personal) } };
    default:
      return { change, own: {} };
  }
}

/** The model a site would use for itself after a round: its own (Ditto), the common one with its own parts (FedBN), else the common one. */
export function modelOfSite(start: Omit<ClientStart, 'common'>): Float32Array {
  const { strategy, model, weights, own } = start;
  if (strategy.kind === 'ditto' && own['personal'] !== undefined) return Float32Array.from(own['personal']);
  if (strategy.kind === 'fedbn') return withOwn(weights, normalisationEntries(model), own['normalisation']);
  return weights;
}

/** Whether what the hub remembers is sent to the sites with each round. */
export function tellsSites({ kind }: StrategySpec): boolean {
  return kind === 'scaffold';
}

/** Whether a site goes on from what it remembers of its last round. */
export function remembersAtSites({
  strategy: { kind },
  compression,
}: Pick<JobSpec, 'strategy' | 'compression'>): boolean {
  return compression !== undefined || kind === 'scaffold' || kind === 'fedbn' || kind === 'ditto';
}
