import type { Clock } from '#base';

/** What came in during a stretch of time. */
export interface Arrivals {
  readonly objects: number;
  readonly bytes: number;
}

/** Stretches that are remembered: ten minutes in steps of ten seconds. */
export const ARRIVAL_STEPS = { count: 60, seconds: 10 } as const;

/** How fast images come in, over the last minutes. */
export class ArrivalRate {
  readonly #clock: Clock;
  readonly #steps: { objects: number; bytes: number }[];
  /** Number of the step, since the epoch, that was written last. */
  #at: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#at = this.#now();
    this.#steps = Array.from({ length: ARRIVAL_STEPS.count }, () => ({ objects: 0, bytes: 0 }));
  }

  /** An object of so many bytes has come in. */
  add(sizeBytes: number): void {
    this.#advance();
    const step = this.#steps[this.#at % ARRIVAL_STEPS.count];
    if (step === undefined) return;
    step.objects += 1;
    step.bytes += sizeBytes;
  }

  /** Step by step, the oldest first, the present one last. */
  lately(): readonly Arrivals[] {
    this.#advance();
    const next = (this.#at + 1) % ARRIVAL_STEPS.count;
    return [...this.#steps.slice(next), ...this.#steps.slice(0, next)].map((step) => ({ ...step }));
  }

  #now(): number {
    return Math.floor(this.#clock() / (1000 * ARRIVAL_STEPS.seconds));
  }

  /** Empties what has become too old; a clock that is set back writes to the step it had reached. */
  #advance(): void {
    const now = this.#now();
    const emptied = Math.min(now - this.#at, ARRIVAL_STEPS.count);
    for (let step = 1; step <= emptied; step += 1) {
      this.#steps[(this.#at + step) % ARRIVAL_STEPS.count] = { objects: 0, bytes: 0 };
    }
    this.#at = Math.max(this.#at, now);
  }
}
