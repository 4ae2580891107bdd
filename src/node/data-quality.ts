import { Worker } from 'node:worker_threads';
import type { Kysely } from 'kysely';
import type { CurrentData } from './current-data.ts';
import type { CheckedImage, QualityOfArchive } from './quality-messages.ts';
import type { NodeTables } from './tables.ts';

/** How good the data are that may be used: worked out in a thread, again when they have changed. */
export class DataQuality {
  readonly #db: Kysely<NodeTables>;
  readonly #data: CurrentData;
  #known: { readonly dataVersion: string; readonly quality: Promise<QualityOfArchive> } | undefined;

  constructor(db: Kysely<NodeTables>, data: CurrentData) {
    this.#db = db;
    this.#data = data;
  }

  /** The quality of the current data. */
  async current(): Promise<QualityOfArchive> {
    const { dataVersion, members } = await this.#data.cohort();
    const known = this.#known;
    if (known?.dataVersion === dataVersion) return await known.quality;
    const used = new Set(members.map(({ sopInstanceUid }) => sopInstanceUid));
    const quality = this.#images(used).then(inThread);
    this.#known = { dataVersion, quality };
    // A failure is not remembered.
    quality.catch(() => {
      this.#known = undefined;
    });
    return await quality;
  }

  async #images(used: ReadonlySet<string>): Promise<readonly CheckedImage[]> {
    const rows = await this.#db
      .selectFrom('instances as i')
      .leftJoin('image_records as r', 'r.sop_instance_uid', 'i.sop_instance_uid')
      .select(['i.sop_instance_uid as uid', 'i.study_instance_uid as studyInstanceUid', 'i.quality', 'r.record'])
      .orderBy('i.sop_instance_uid')
      .execute();
    return rows.filter(({ uid }) => used.has(uid)).map(({ uid: _, ...image }) => image);
  }
}

function inThread(images: readonly CheckedImage[]): Promise<QualityOfArchive> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./quality-thread.js', import.meta.url), { workerData: images });
    worker.once('message', resolve).once('error', reject);
    worker.unref();
  });
}
