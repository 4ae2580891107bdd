import type { Kysely } from 'kysely';
import type { Journal } from '#audit';
import { UnicaError } from '#base';
import type { StudyScorer } from '#clinic';
import type { Standing } from '#consent';
import type { LocalBlobs } from '#store';
import type { ClinicResult } from '#wire';
import type { ClinicModels, EnabledModel } from './clinic-models.ts';
import type { ClinicResults } from './clinic-results.ts';
import type { KillSwitch } from './kill-switch.ts';
import type { NodeTables } from './tables.ts';

/** What a desk works with. */
export interface ClinicDeskParts {
  readonly db: Kysely<NodeTables>;
  readonly models: ClinicModels;
  readonly results: ClinicResults;
  readonly scorer: StudyScorer;
  readonly blobs: LocalBlobs;
  readonly standing: Standing;
  readonly killSwitch: KillSwitch;
  readonly journal: Journal;
  readonly siteId: string;
  readonly clock: () => number;
}

/** Scores studies of the node's archive for those who read them, with the models that the owner shows. */
export class ClinicDesk {
  readonly #parts: ClinicDeskParts;
  /** Asked for twice at once, a study is scored once. */
  readonly #running = new Map<string, Promise<void>>();

  constructor(parts: ClinicDeskParts) {
    this.#parts = parts;
  }

  /** What readers may see of a study. @throws UnicaError `http.not-found` also of people who are left out */
  async shown(study: string): Promise<readonly ClinicResult[]> {
    await this.#films(study);
    return await this.#parts.results.shown(study);
  }

  /**
   * Scores a study of the archive with every model that is enabled, shown or not, where that was not done before.
   * @throws UnicaError `http.not-found`, `node.stopped`, `clinic.no-model`, those of `StudyScorer.score`
   */
  async score(study: string, actor: string): Promise<readonly ClinicResult[]> {
    const { killSwitch } = this.#parts;
    if (killSwitch.stopped) throw new UnicaError('node.stopped');
    const films = await this.#films(study);
    let running = this.#running.get(study);
    if (running === undefined) {
      running = this.#scoreAll(study, films, actor).finally(() => this.#running.delete(study));
      this.#running.set(study, running);
    }
    await running;
    // Asked again: she may have decided otherwise while it was scored.
    return await this.shown(study);
  }

  async #scoreAll(study: string, films: readonly StoredFilm[], actor: string): Promise<void> {
    const { models, journal } = this.#parts;
    const reads = (model: EnabledModel) => films.filter(({ modality }) => model.modalities.includes(modality ?? ''));
    const fitting = (await models.enabled()).filter((model) => reads(model).length > 0);
    if (fitting.length === 0) throw new UnicaError('clinic.no-model');
    let results = 0;
    for (const model of fitting) results += await this.#scoreWith(model, study, reads(model));
    await journal.append({ actor, action: 'clinic.study-scored', subject: study, facts: { results } });
  }

  async #scoreWith(model: EnabledModel, study: string, films: readonly StoredFilm[]): Promise<number> {
    const { results, scorer, blobs, killSwitch, clock, siteId } = this.#parts;
    const earlier = await results.earlier(
      study,
      model.name,
      films.map(({ sop_instance_uid }) => sop_instance_uid),
      'archive',
    );
    const { version, digest, folder, name, correction } = model;
    const paths = films.map(({ blob_sha256 }) => blobs.pathOf(blob_sha256));
    const own = { folder, name, expects: { version, digest }, correction: correction ?? undefined };
    const order = { ...own, paths, nowMs: clock(), earlier, siteId };
    const { results: scores, processorMs } = await scorer.score(order, killSwitch.signal);
    // Nothing is kept of who decided otherwise while it was scored.
    await this.#films(study);
    for (const scored of scores) {
      const person = films[0]?.person ?? '';
      const share = processorMs / scores.length;
      await results.keep({ scored, uids: 'archive', person, model, accession: null, processorMs: share });
    }
    return scores.length;
  }

  async #films(study: string): Promise<readonly StoredFilm[]> {
    const { db, standing } = this.#parts;
    await standing.refresh();
    const rows = await db
      .selectFrom('instances')
      .select(['sop_instance_uid', 'blob_sha256', 'modality', 'person'])
      .where('study_instance_uid', '=', study)
      .orderBy('sop_instance_uid')
      .execute();
    // Of whoever decided against it there is nothing to be seen, nor that there was.
    if (rows.length === 0 || rows.some(({ person }) => standing.isLeftOut(person)))
      throw new UnicaError('http.not-found', { what: 'study of that number' });
    return rows;
  }
}

type StoredFilm = Pick<NodeTables['instances'], 'sop_instance_uid' | 'blob_sha256' | 'modality' | 'person'>;
