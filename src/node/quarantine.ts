import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { type Clock, UnicaError } from '#base';
import type { PixelMask } from '#deid';
import { syncFolder } from '#store';
import type { FileContent } from './file-content.ts';
import { keepMasks, masksOf } from './pixel-masks.ts';
import type { NodeTables } from './tables.ts';

/** Why a file was set aside. */
export interface QuarantineReason {
  readonly code: string;
  readonly sentence: string;
  readonly mend: string;
  /** What a person should look at in the picture, where writing is the reason. */
  readonly suspects?: readonly PixelMask[];
}

/**
 * Files that could not be de-identified, kept as they came in a folder only the node's own user can read, with the
 * reason, until a person decides. Nothing else of the node ever reads them.
 */
export class Quarantine {
  readonly #db: Kysely<NodeTables>;
  readonly #folder: string;
  readonly #clock: Clock;

  constructor(db: Kysely<NodeTables>, folder: string, clock: Clock) {
    this.#db = db;
    this.#folder = folder;
    this.#clock = clock;
  }

  /** Keeps a file; the same file again changes nothing. False when it was there already. */
  async keep(
    sourceSha256: string,
    content: Uint8Array | FileContent,
    { suspects = [], ...reason }: QuarantineReason,
  ): Promise<boolean> {
    if (await this.holds(sourceSha256)) return false;
    const quarantineId = this.idOf(sourceSha256);
    await this.#write(join(this.#folder, `${quarantineId}.dcm`), content);
    await keepMasks(this.#db, quarantineId, suspects);
    await this.#db
      .insertInto('quarantine')
      .values({
        quarantine_id: quarantineId,
        source_sha256: sourceSha256,
        ...reason,
        size_bytes: content instanceof Uint8Array ? content.length : content.sizeBytes,
        at_ms: this.#clock(),
      })
      .onConflict((conflict) => conflict.column('source_sha256').doNothing())
      .execute();
    return true;
  }

  /** Whole and on the disk when it returns: whoever sent the file in may throw it away then. */
  async #write(path: string, content: Uint8Array | FileContent): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const file = await open(`${path}.part`, 'w', 0o600);
    try {
      if (content instanceof Uint8Array) await file.writeFile(content);
      else for await (const piece of createReadStream(content.path)) await file.writeFile(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.part`, path);
    await syncFolder(this.#folder);
  }

  /** The number of a file; from its digest, so that a second try after a kill writes over the first and not beside it. */
  idOf(sourceSha256: string): string {
    return `q-${sourceSha256.slice(0, 20)}`;
  }

  async holds(sourceSha256: string): Promise<boolean> {
    const row = await this.#db
      .selectFrom('quarantine')
      .select('quarantine_id')
      .where('source_sha256', '=', sourceSha256)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Rectangles that a person should look at; none where writing is not the reason. */
  async suspectsOf(quarantineId: string): Promise<readonly PixelMask[]> {
    return await masksOf(this.#db, quarantineId);
  }

  /** Where a file lies, and why it was set aside. @throws UnicaError `http.not-found`. */
  async find(quarantineId: string) {
    const row = await this.#db
      .selectFrom('quarantine')
      .selectAll()
      .where('quarantine_id', '=', quarantineId)
      .executeTakeFirst();
    if (row === undefined) throw new UnicaError('http.not-found', { what: 'file in quarantine of that number' });
    return { ...row, path: join(this.#folder, `${row.quarantine_id}.dcm`) };
  }

  /** Forgets a file that was decided about; nothing is left of it here. */
  async remove(quarantineId: string): Promise<void> {
    const { path } = await this.find(quarantineId);
    await rm(path, { force: true });
    await this.#db.deleteFrom('pixel_masks').where('subject', '=', quarantineId).execute();
    await this.#db.deleteFrom('quarantine').where('quarantine_id', '=', quarantineId).execute();
  }

  /** Newest first. */
  async list(limit: number) {
    return await this.#db.selectFrom('quarantine').selectAll().orderBy('at_ms', 'desc').limit(limit).execute();
  }

  async total(): Promise<number> {
    const row = await this.#db
      .selectFrom('quarantine')
      .select((select) => select.fn.countAll().as('total'))
      .executeTakeFirstOrThrow();
    return Number(row.total);
  }
}
