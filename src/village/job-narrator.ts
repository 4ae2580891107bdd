import type { JobView } from '#wire';
import type { DemoReporter } from './demo-reporter.ts';

/** Tells what is new in a job each time it is shown it: approvals, each node's part of a round, each round's end. */
export class JobNarrator {
  readonly #reporter: DemoReporter;
  readonly #rounds: number;
  readonly #told = new Set<string>();

  constructor(reporter: DemoReporter, rounds: number) {
    this.#reporter = reporter;
    this.#rounds = rounds;
  }

  /** Tells what has not been told yet. */
  show(job: JobView): void {
    for (const { siteId, decision, decidedBy, because } of job.sites) {
      if (decision === 'waiting') continue;
      this.#once(`site/${siteId}`, () =>
        this.#reporter.line(`${siteId.padEnd(14)} ${decision}: ${[decidedBy, because].filter(Boolean).join('; ')}`),
      );
    }
    for (const round of job.rounds) {
      const name = `round ${String(round.round).padStart(String(this.#rounds).length)}/${this.#rounds}`;
      for (const { siteId, state, metrics, because } of round.sites) {
        if (state === 'failed') {
          this.#once(`${round.round}/${siteId}/failed`, () =>
            this.#reporter.line(`${name}  ${siteId.padEnd(14)} failed: ${because ?? 'no reason was given'}`),
          );
        }
        if (metrics === null) continue;
        this.#once(`${round.round}/${siteId}`, () => {
          const cells = [
            name,
            siteId.padEnd(14),
            `${String(metrics.samples).padStart(5)} films`,
            `loss ${metrics.loss.toFixed(4)}`,
            `${metrics.seconds.toFixed(1).padStart(5)} s`,
            `${(metrics.bytesOut / 1000).toFixed(0).padStart(5)} kB out`,
          ];
          this.#reporter.line(cells.join('  '));
        });
      }
      if (round.state !== 'closed') {
        const waiting = round.sites.filter(({ state }) => state === 'working').map(({ siteId }) => siteId);
        if (waiting.length > 0) this.#reporter.live(`${name}  training at ${waiting.join(', ')}`);
        continue;
      }
      this.#once(`${round.round}/closed`, () => {
        const loss = round.loss === null ? '–' : round.loss.toFixed(4);
        const auc = round.auc === null ? 'withheld' : round.auc.toFixed(3);
        this.#reporter.line(`${name}  ${'all'.padEnd(14)} mean loss ${loss}  validation AUC before it ${auc}`);
      });
    }
  }

  #once(what: string, tell: () => void): void {
    if (this.#told.has(what)) return;
    this.#told.add(what);
    tell();
  }
}
