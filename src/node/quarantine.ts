import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import type { Clock } from '#base';
import type { NodeTables } from './tables.ts';

/** Why a file was set aside. */
export interface QuarantineReason {
  readonly code: string;
  readonly sentence: string;
  readonly mend: string;
}

/**
 * Files that could not be de-identified, kept as they came in a folder only the node's own user can read, with the
 * reason, until a person decides. Nothing else of the node ever reads them.
 */
export class Quarantine {
  readonly #db: Kysely<NodeTables>;
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #newId: (prefix: string) => string;

  constructor(db: Kysely<NodeTables>, folder: string, clock: Clock, newId: (prefix: string) => string) {
    this.#db = db;
    this.#folder = folder;
    this.#clock = clock;
    this.#newId = newId;
  }

  /** Keeps a file; the same file again changes nothing. False when it was there already. */
  async keep(sourceSha256: string, bytes: Uint8Array, reason: QuarantineReason): Promise<boolean> {
    if (await this.holds(sourceSha256)) return false;
    const quarantineId = this.#newId('q');
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const path = join(this.#folder, `${quarantineId}.dcm`);
    await writeFile(`${path}.part`, bytes, { mode: 0o600 });
    await rename(`${path}.part`, path);
    await this.#db
      .insertInto('quarantine')
      .values({
        quarantine_id: quarantineId,
        source_sha256: sourceSha256,
        ...reason,
        size_bytes: bytes.length,
        at_ms: this.#clock(),
      })
      .onConflict((conflict) => conflict.column('source_sha256').doNothing())
      .execute();
    return true;
  }

  async holds(sourceSha256: string): Promise<boolean> {
    const row = await this.#db
      .selectFrom('quarantine')
      .select('quarantine_id')
      .where('source_sha256', '=', sourceSha256)
      .executeTakeFirst();
    return row !== undefined;
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
