import type { Clock } from '#base';

/** What the hub said of the time is gone by for this long; after that it is the node's own clock again. */
const GOOD_FOR_MS = 3_600_000;

/**
 * The hub's time as its signed answers tell it, carried on by a clock that nobody sets: a node whose own clock is wrong, or is
 * set while it runs, is understood all the same. What is not signed is never believed.
 */
export class HubClock {
  readonly #clock: Clock;
  readonly #elapsedMs: () => number;
  #told: { readonly hubMs: number; readonly atMs: number } | undefined;

  /** @param elapsedMs milliseconds since some moment, never set */
  constructor(clock: Clock, elapsedMs: () => number = () => performance.now()) {
    this.#clock = clock;
    this.#elapsedMs = elapsedMs;
  }

  /** The time to sign a request with. */
  nowMs(): number {
    const told = this.#told;
    const sinceMs = told === undefined ? Number.POSITIVE_INFINITY : this.#elapsedMs() - told.atMs;
    return told === undefined || sinceMs > GOOD_FOR_MS ? this.#clock() : Math.round(told.hubMs + sinceMs);
  }

  /** This node's own clock less the hub's; null where the hub has not said. */
  get offsetMs(): number | null {
    return this.#told === undefined ? null : Math.round(this.#clock() - this.nowMs());
  }

  /** The hub's time, from an answer that it signed. */
  tell(hubMs: number): void {
    this.#told = { hubMs, atMs: this.#elapsedMs() };
  }

  /** What was told does not hold any more: the machine slept, or the hub's own clock was set. */
  forget(): void {
    this.#told = undefined;
  }
}
