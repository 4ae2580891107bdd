import type { Kysely } from 'kysely';
import { asUnicaError, type Log } from '#base';
import { MOST_VECTORS, ofVersion } from './case-vectors.ts';
import type { ClinicModels, EnabledModel } from './clinic-models.ts';
import type { KillSwitch } from './kill-switch.ts';
import type { SimilarPermits } from './similar-permits.ts';
import type { NodeTables } from './tables.ts';

/** What studies are brought among the cases with. */
export interface CaseFillingParts {
  readonly db: Kysely<NodeTables>;
  readonly models: Pick<ClinicModels, 'enabled'>;
  readonly permits: Pick<SimilarPermits, 'standing'>;
  readonly killSwitch: Pick<KillSwitch, 'stopped'>;
  /** Scores a study again, which keeps what the models make of it. */
  score(study: string): Promise<unknown>;
  readonly log: Log;
}

const PAGE = 100;

/**
 * Brings studies that were scored before a permit for similar cases was given among the cases, one at a time, so that whoever asks for
 * a study waits for one other at most. What an ended process left is taken up by the next. Whoever made it closes it.
 */
export class CaseFilling {
  readonly #parts: CaseFillingParts;
  #running: Promise<void> | undefined;
  #again = false;
  #ended = false;

  constructor(parts: CaseFillingParts) {
    this.#parts = parts;
  }

  /** Begins, where something allows it; again when it is running already. */
  start(): void {
    if (this.#ended) return;
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    this.#running = this.#fill()
      .catch((error: unknown) => this.#parts.log.error('node.similar-not-filled', {}, error))
      .finally(() => {
        this.#running = undefined;
        if (!this.#again) return;
        this.#again = false;
        this.start();
      });
  }

  /** Resolves when nothing more is to be brought in. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async close(): Promise<void> {
    this.#ended = true;
    await this.settled();
  }

  async #fill(): Promise<void> {
    for (const model of await this.#parts.models.enabled()) {
      let after = '';
      for (;;) {
        // More would push out newer ones.
        if ((await this.#kept(model)) >= MOST_VECTORS) break;
        const rows = await this.#missing(model, after);
        for (const { study } of rows) {
          if (!(await this.#mayGoOn())) return;
          await this.#scoreAgain(study);
          after = study;
        }
        if (rows.length < PAGE) break;
      }
    }
  }

  /** What cannot be scored any more, such as a study of somebody who opted out since, holds up nothing else. */
  async #scoreAgain(study: string): Promise<void> {
    const { score, log } = this.#parts;
    await score(study).catch((error: unknown) => {
      const { code } = asUnicaError(error);
      if (code !== 'http.not-found') log.warn('node.similar-left-out', { code });
    });
  }

  async #mayGoOn(): Promise<boolean> {
    const { permits, killSwitch } = this.#parts;
    return !this.#ended && !killSwitch.stopped && (await permits.standing()).kind === 'allowed';
  }

  async #kept(model: EnabledModel): Promise<number> {
    const row = await this.#parts.db
      .selectFrom('case_vectors')
      .select((select) => select.fn.countAll().as('count'))
      .where(ofVersion(model))
      .executeTakeFirst();
    return Number(row?.count ?? 0);
  }

  /** Studies after one, by their UIDs, that the model has scored and of which nothing is kept. */
  async #missing({ name, version, digest }: EnabledModel, after: string) {
    return await this.#parts.db
      .selectFrom('clinic_results as r')
      .select('r.study')
      .distinct()
      .where('r.model', '=', name)
      .where('r.version', '=', version)
      .where('r.digest', '=', digest)
      .where('r.outcome', '=', 'scored')
      .where('r.study', '>', after)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('case_vectors as v')
              .select('v.number')
              .whereRef('v.study', '=', 'r.study')
              .where('v.model', '=', name)
              .where('v.version', '=', version)
              .where('v.digest', '=', digest),
          ),
        ),
      )
      .orderBy('r.study')
      .limit(PAGE)
      .execute();
  }
}
