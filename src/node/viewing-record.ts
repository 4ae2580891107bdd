import type { Journal } from '#audit';
import type { Clock } from '#base';

/** Looking at a study for an hour is one entry, however many frames are fetched. */
const ONE_ENTRY_MS = 3_600_000;
/** Beyond this many pairs of person and study the oldest hour is forgotten early. */
const LIMIT = 100_000;

/** Writes into the journal who looked at which study. */
export class ViewingRecord {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #notedAtMs = new Map<string, number>();

  constructor(journal: Journal, clock: Clock) {
    this.#journal = journal;
    this.#clock = clock;
  }

  async note(actor: string, studyInstanceUid: string): Promise<void> {
    const key = `${actor}\n${studyInstanceUid}`;
    const nowMs = this.#clock();
    if (nowMs - (this.#notedAtMs.get(key) ?? Number.NEGATIVE_INFINITY) < ONE_ENTRY_MS) return;
    if (this.#notedAtMs.size >= LIMIT) this.#notedAtMs.clear();
    this.#notedAtMs.set(key, nowMs);
    await this.#journal.append({ actor, action: 'images.viewed', subject: studyInstanceUid, facts: {} });
  }
}
