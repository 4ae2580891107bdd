import { setTimeout as wait } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { type Clock, systemFailure, UnicaError } from '#base';
import type { Arrived, BlobDrafts, BlobReader, BlobStore, Draft, OpenBlob } from './blobs.ts';
import { contentDigest } from './content-digest.ts';
import type { Database } from './database.ts';
import { checkDraftNames } from './draft-names.ts';
import type { Migration } from './migrate.ts';

/** Content up to this size lies in the database. */
export const SMALL_CONTENT_BYTES = 65_536;

/** Small content under its digest, and when content came last. */
export interface SmallContentTables {
  small_contents: { sha256: string; content: Uint8Array; kept_at_ms: number };
  /** What lies among the objects, because it is not small. */
  large_contents: { sha256: string; kept_at_ms: number };
}

/** The tables of small content, oldest first. */
export const smallContentMigrations: readonly Migration[] = [
  {
    id: 'store-001-small-contents',
    async up(db, engine) {
      await db.schema
        .createTable('small_contents')
        .addColumn('sha256', 'text', (column) => column.primaryKey())
        .addColumn('content', engine === 'sqlite' ? 'blob' : sql`bytea`, (column) => column.notNull())
        .execute();
    },
  },
  {
    id: 'store-002-when-content-came',
    async up(db) {
      // What is here counts as having come now: its receipt may be on its way. So does what a hub before this step still writes.
      await db.schema
        .alterTable('small_contents')
        .addColumn('kept_at_ms', 'bigint', (column) => column.notNull().defaultTo(Date.now()))
        .execute();
      await db.schema
        .createTable('large_contents')
        .addColumn('sha256', 'text', (column) => column.primaryKey())
        .addColumn('kept_at_ms', 'bigint', (column) => column.notNull())
        .execute();
      // With the digest, so that looking for what is old reads no content.
      for (const table of ['small_contents', 'large_contents'])
        await db.schema.createIndex(`${table}_age`).on(table).columns(['kept_at_ms', 'sha256']).execute();
    },
  },
];

type Objects = BlobStore & BlobReader & BlobDrafts;

/** Content that can be thrown away by its age. */
export interface ClearsContents {
  /**
   * Removes what came before a moment and not again since, and is not to be kept. Content that comes meanwhile, from whichever
   * process on the same database, is there afterwards: its sender is told so only then.
   * @returns how many contents went
   */
  clear(what: { readonly beforeMs: number; readonly keeps: (sha256: string) => boolean }): Promise<number>;
}

/** So many contents are looked at and removed in one go. */
const CLEARED_AT_ONCE = 500;

/**
 * Objects of which small content lies in the database, where it is committed with what is written about it: a file of its own
 * costs eight calls of the disk and two flushes. Small content that lies among the objects from before is found there. What is put
 * here is as safe as any other record of that database. Of all content it is noted when it came last.
 */
export function keepSmall<Tables extends SmallContentTables>(
  objects: Objects,
  database: Database<Tables>,
  clock: Clock,
): Objects & ClearsContents {
  const db = (database as unknown as Database<SmallContentTables>).kysely;
  const find = async (sha256: string): Promise<Uint8Array | undefined> => {
    const row = await db.selectFrom('small_contents').select('content').where('sha256', '=', sha256).executeTakeFirst();
    return row === undefined ? undefined : new Uint8Array(row.content);
  };
  const isHere = async (sha256: string): Promise<boolean> =>
    (await db.selectFrom('small_contents').select('sha256').where('sha256', '=', sha256).executeTakeFirst()) !==
    undefined;
  /** Whether it is here, and from now on counts as having come just now. */
  const comesAgain = async (sha256: string): Promise<boolean> =>
    Number(
      (
        await db
          .updateTable('small_contents')
          .set({ kept_at_ms: clock() })
          .where('sha256', '=', sha256)
          .executeTakeFirst()
      ).numUpdatedRows,
    ) === 1;
  /**
   * Notes that large content came; false where it was thrown away in the same moment, or is being thrown away for longer than is
   * waited. Whoever throws away marks the row until the object is gone, so that a row without the mark stands for an object that stays.
   */
  const noteLarge = async (sha256: string): Promise<boolean> => {
    const untilMs = Date.now() + GOING_PATIENCE_MS;
    for (;;) {
      const noted = await db
        .updateTable('large_contents')
        .set({ kept_at_ms: clock() })
        .where('sha256', '=', sha256)
        .where('kept_at_ms', '>', MAY_BE_GONE)
        .executeTakeFirst();
      if (Number(noted.numUpdatedRows) === 1) return true;
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('large_contents')
        .values({ sha256, kept_at_ms: clock() })
        .onConflict((conflict) =>
          conflict
            .column('sha256')
            .doUpdateSet({ kept_at_ms: clock() })
            .where('large_contents.kept_at_ms', '>=', MAY_BE_GONE),
        )
        .executeTakeFirst();
      if (Number(numInsertedOrUpdatedRows ?? 0) > 0) return await objects.has(sha256);
      if (Date.now() >= untilMs) return false;
      await wait(GOING_LOOK_MS);
    }
  };
  /** What was told of large content, once that is noted. */
  const notedArrival = async ({ sha256, sizeBytes }: Draft, arrived: Arrived): Promise<Arrived> => {
    if (!arrived.whole || (await noteLarge(sha256))) return arrived;
    throw new UnicaError('store.piece-out-of-place', { start: sizeBytes, arrivedBytes: 0 });
  };
  const putLarge = async (content: Uint8Array | AsyncIterable<Uint8Array>) => {
    const kept = await objects.put(content);
    if (!(await noteLarge(kept.sha256))) throw new UnicaError('store.blob-missing', { sha256: kept.sha256 });
    return kept;
  };
  const keep = async (sha256: string, content: Uint8Array): Promise<void> => {
    const bytes = Buffer.from(content.buffer, content.byteOffset, content.length);
    try {
      await db
        .insertInto('small_contents')
        .values({ sha256, content: bytes, kept_at_ms: clock() })
        // In place of what may be there: the same content, or a damaged copy of it that is mended by this.
        .onConflict((conflict) => conflict.column('sha256').doUpdateSet({ content: bytes, kept_at_ms: clock() }))
        .execute();
    } catch (error) {
      throw isFull(error) ? new UnicaError('store.disk-full', { neededMib: 1, freeMib: 0 }, { cause: error }) : error;
    }
  };
  const read = async (sha256: string): Promise<Uint8Array | undefined> => {
    const content = await find(sha256);
    if (content !== undefined && contentDigest(content) !== sha256)
      throw new UnicaError('store.blob-damaged', { sha256 });
    return content;
  };
  const arrivedWhole = async (draft: Draft, content: Uint8Array) => {
    checkDraftNames(draft);
    const { sha256 } = draft;
    if (contentDigest(content) !== sha256) throw new UnicaError('store.draft-corrupt');
    await keep(sha256, content);
    return { arrivedBytes: content.length, whole: true };
  };
  return {
    ...objects,
    has: async (sha256) => (await isHere(sha256)) || (await objects.has(sha256)),
    async put(content) {
      const gathered = content instanceof Uint8Array ? content : await gather(content);
      if (!(gathered instanceof Uint8Array)) return await putLarge(gathered.all());
      if (gathered.length > SMALL_CONTENT_BYTES) return await putLarge(gathered);
      const sha256 = contentDigest(gathered);
      await keep(sha256, gathered);
      return { sha256, sizeBytes: gathered.length };
    },
    get: async (sha256) => (await read(sha256)) ?? (await objects.get(sha256)),
    async *stream(sha256) {
      const content = await read(sha256);
      if (content === undefined) yield* objects.stream(sha256);
      else yield content;
    },
    async open(sha256) {
      const content = await find(sha256);
      return content === undefined ? await objects.open(sha256) : openContent(content);
    },
    async remove(sha256) {
      await db.deleteFrom('small_contents').where('sha256', '=', sha256).execute();
      await db.deleteFrom('large_contents').where('sha256', '=', sha256).execute();
      await objects.remove(sha256);
    },
    async arrived(draft) {
      // Who hears that it is here does not send it.
      if (await comesAgain(draft.sha256)) return { arrivedBytes: 0, whole: true };
      const arrived = await objects.arrived(draft);
      return arrived.whole && !(await noteLarge(draft.sha256)) ? { arrivedBytes: 0, whole: false } : arrived;
    },
    async addPiece(draft, start, piece) {
      const { sizeBytes } = draft;
      if (start === 0 && piece.length === sizeBytes && sizeBytes <= SMALL_CONTENT_BYTES)
        return await arrivedWhole(draft, piece);
      if (await comesAgain(draft.sha256)) return { arrivedBytes: sizeBytes, whole: true };
      return await notedArrival(draft, await objects.addPiece(draft, start, piece));
    },
    async receive(draft, content) {
      const { sizeBytes } = draft;
      if (sizeBytes > SMALL_CONTENT_BYTES) return await notedArrival(draft, await objects.receive(draft, content));
      const gathered = await gather(content, sizeBytes);
      const arrivedBytes = gathered instanceof Uint8Array ? gathered.length : sizeBytes;
      if (!(gathered instanceof Uint8Array) || arrivedBytes !== sizeBytes)
        throw new UnicaError('store.piece-out-of-place', { start: 0, arrivedBytes });
      return await arrivedWhole(draft, gathered);
    },
    async clear({ beforeMs, keeps }) {
      let cleared = 0;
      // What was thrown away is not to be read in the pages of the file that it leaves free; of this connection, which stays open.
      if (database.engine === 'sqlite') await sql`PRAGMA secure_delete = ON`.execute(db);
      for (const table of ['small_contents', 'large_contents'] as const) {
        for await (const old of oldContents(db, table, beforeMs)) {
          const unwanted = old.filter((sha256) => !keeps(sha256));
          if (unwanted.length === 0) continue;
          if (table === 'large_contents') {
            for (const sha256 of unwanted)
              cleared += (await clearLarge(db, objects, { sha256, beforeMs, nowMs: clock() })) ? 1 : 0;
            continue;
          }
          const { numDeletedRows } = await db
            .deleteFrom(table)
            .where('sha256', 'in', unwanted)
            .where('kept_at_ms', '<', beforeMs)
            .executeTakeFirst();
          cleared += Number(numDeletedRows);
        }
      }
      return cleared;
    },
  };
}

/** Digests of what came before a moment, some at a time. */
async function* oldContents(
  db: Kysely<SmallContentTables>,
  table: keyof SmallContentTables,
  beforeMs: number,
): AsyncGenerator<readonly string[]> {
  for (let last = { sha256: '', kept_at_ms: Number.MIN_SAFE_INTEGER }; ; ) {
    const rows = await db
      .selectFrom(table)
      .select(['sha256', 'kept_at_ms'])
      .where('kept_at_ms', '<', beforeMs)
      .where((where) =>
        where.or([
          where('kept_at_ms', '>', last.kept_at_ms),
          where.and([where('kept_at_ms', '=', last.kept_at_ms), where('sha256', '>', last.sha256)]),
        ]),
      )
      .orderBy('kept_at_ms')
      .orderBy('sha256')
      .limit(CLEARED_AT_ONCE)
      .execute();
    const newest = rows.at(-1);
    if (newest === undefined) return;
    last = { sha256: newest.sha256, kept_at_ms: Number(newest.kept_at_ms) };
    yield rows.map(({ sha256 }) => sha256);
  }
}

/** In place of the time: a removal failed, and whether the object is there is not known. */
const MAY_BE_GONE = 0;
/** A removal that was begun so long ago has fallen with its process, and is begun again. */
const GOING_STALE_MS = 600_000;
/** So long who brings content waits for its removal, which may hang on the network. */
const GOING_PATIENCE_MS = 10_000;
const GOING_LOOK_MS = 20;

/**
 * The row is marked, the object removed, the row let go of: no statement waits for the network, and no user of the database for
 * either. A mark is the moment it was made, below zero; whoever notes that the same content came waits until it is gone.
 */
async function clearLarge(
  db: Kysely<SmallContentTables>,
  objects: Objects,
  { sha256, beforeMs, nowMs }: { readonly sha256: string; readonly beforeMs: number; readonly nowMs: number },
): Promise<boolean> {
  const mark = -1 - nowMs;
  const { numUpdatedRows } = await db
    .updateTable('large_contents')
    .set({ kept_at_ms: mark })
    .where('sha256', '=', sha256)
    .where((where) =>
      where.or([
        where.and([where('kept_at_ms', '>=', MAY_BE_GONE), where('kept_at_ms', '<', beforeMs)]),
        where.and([where('kept_at_ms', '<', MAY_BE_GONE), where('kept_at_ms', '>', mark + GOING_STALE_MS)]),
      ]),
    )
    .executeTakeFirst();
  if (Number(numUpdatedRows) === 0) return false;
  try {
    await objects.remove(sha256);
  } catch (error) {
    await db
      .updateTable('large_contents')
      .set({ kept_at_ms: MAY_BE_GONE })
      .where('sha256', '=', sha256)
      .where('kept_at_ms', '=', mark)
      .execute();
    throw error;
  }
  await db.deleteFrom('large_contents').where('sha256', '=', sha256).where('kept_at_ms', '=', mark).execute();
  return true;
}

/** Content in memory, as one that is read in parts. */
export function openContent(content: Uint8Array): OpenBlob {
  return {
    sizeBytes: content.length,
    async read(start, length, into) {
      const part = content.subarray(start, start + length);
      if (into === undefined) return part.slice();
      into.set(part);
      return into.subarray(0, part.length);
    },
    close: async () => {},
  };
}

/** Content as a whole; of more than is allowed what there is of it, and the rest as it comes. */
async function gather(
  content: AsyncIterable<Uint8Array>,
  mostBytes = SMALL_CONTENT_BYTES,
): Promise<Uint8Array | { all(): AsyncGenerator<Uint8Array> }> {
  const parts = content[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  let heldBytes = 0;
  for (;;) {
    const next = await parts.next();
    if (next.done === true) return Buffer.concat(held);
    // A copy: who makes content a block at a time may make the next one in the same memory.
    held.push(new Uint8Array(next.value));
    heldBytes += next.value.length;
    if (heldBytes > mostBytes) break;
  }
  return {
    async *all() {
      try {
        yield* held;
        held.length = 0;
        for (;;) {
          const next = await parts.next();
          if (next.done === true) return;
          yield next.value;
        }
      } finally {
        await parts.return?.();
      }
    },
  };
}

function isFull(error: unknown): boolean {
  return systemFailure(error)?.code === 'checkup.disk-full';
}
