/** What one site brings to a round. */
export interface SiteUpdate {
  readonly siteId: string;
  /** What its training changed, one number for each parameter. */
  readonly change: Float32Array;
  /** Films learned from: its weight. */
  readonly films: number;
  /** Steps of its optimiser. */
  readonly steps: number;
  /** Learning rate of these steps. */
  readonly learningRate: number;
  /** Versions of the model that appeared since it began; 0 in rounds. */
  readonly staleness: number;
}

/** The sum of a round's updates where the hub does not see one by itself. */
export interface SummedUpdates {
  /** Counted numbers (see `countedNumbers`) of all sites together. */
  readonly numbers: Int32Array;
  /** Sum of the sites' weights. */
  readonly weight: number;
  readonly sites: number;
  /** Of the sites' steps in this round. */
  readonly learningRate: number;
}

/** Numbers that a hub or a site remembers from round to round, by name. Nothing before the first round. */
export type StrategyState = Readonly<Record<string, Float64Array>>;

/** The model after a round, and what the next one starts from. */
export interface ClosedRound {
  readonly parameters: Float32Array;
  readonly state: StrategyState;
}

/** A round at the hub while updates come in. */
export interface ServerRound {
  /** Takes an update; the result does not depend on the order. @throws UnicaError `learning.update-refused`. */
  add(update: SiteUpdate): void;
  /** Takes the sum of updates; strategies that need each have none. @throws UnicaError `aggregation.aborted`. */
  addSummed?(summed: SummedUpdates): void;
  /** The end of the round. @throws UnicaError `learning.strategy-refused` when too few sites answered. */
  close(parameters: Float32Array): ClosedRound;
}

/**
 * How finely the changes of a job are counted that says how its updates are added up. A number is weighed first and rounded
 * then: w·Δ·scale. The scale is the power of two with which all sites together stay within ±2³⁰, so that the sum is exact in
 * 32 bits, masked or not; it follows from the specification alone, so every site and the hub take the same.
 */
export interface NumberGrid {
  /** Of weighed changes of parameters. */
  readonly changes: number;
  /** Of SCAFFOLD's changes per step, each site weighing 1. */
  readonly perStep: number;
  /** No site weighs more. */
  readonly mostFilms: number;
}

/** What of a strategy the hub does. Pure: the same updates and state give the same bits. */
export interface ServerStrategy {
  /**
   * `sum`: updates are folded as they come and memory does not grow with the sites; works under secure aggregation.
   * `each`: every site's change is held until the round closes, 4 bytes × parameters × sites; excludes secure aggregation.
   */
  readonly needs: 'sum' | 'each';
  /** Treats every parameter by itself and remembers nothing: a round can be folded a block of parameters at a time. */
  readonly blockwise?: true;
  /** A round is not closed with fewer sites; 1 unless told. */
  readonly fewestSites?: number;
  /** Refuses an update when it arrives, beyond what is checked of every change. @throws UnicaError `learning.update-refused`. */
  check?(update: SiteUpdate): void;
  /** @param sites all sites of the job, also those that do not take part in this round */
  openRound(round: {
    readonly length: number;
    readonly sites: number;
    readonly state: StrategyState;
    /** How finely changes are counted; undefined in jobs from before there was a choice. */
    readonly grid?: NumberGrid | undefined;
  }): ServerRound;
}

/** Numbers of the state by name; zeros before the first round. */
export function remembered(state: StrategyState, name: string, length: number): Float64Array {
  return state[name] ?? new Float64Array(length);
}
