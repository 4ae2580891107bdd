import type { Kysely } from 'kysely';
import { concatBytes, fromUtf8, UnicaError, utf8 } from '#base';
import type { KeptMessage, MessageShelf } from '#flower';
import type { BlobStore, Migration } from '#store';

/** Messages of a Flower SuperLink that are not yet answered. */
export interface FlowerTables {
  flower_messages: { message_id: string; content_sha256: string; reply_sha256: string | null };
}

/** The table of open messages. */
export const flowerMigration: Migration = {
  id: 'node-043-flower-messages',
  async up(db) {
    await db.schema
      .createTable('flower_messages')
      .addColumn('message_id', 'text', (column) => column.primaryKey())
      .addColumn('content_sha256', 'text', (column) => column.notNull())
      .addColumn('reply_sha256', 'text')
      .execute();
  },
};

/** Keeps open messages on disk, so that a node that falls does not lose what a SuperLink handed it. */
export function flowerShelf<Tables extends FlowerTables>(database: Kysely<Tables>, blobs: BlobStore): MessageShelf {
  const db = database as unknown as Kysely<FlowerTables>;
  const clear = async (messageId: string) => {
    const rows = await db.selectFrom('flower_messages').selectAll().where('message_id', '=', messageId).execute();
    await db.deleteFrom('flower_messages').where('message_id', '=', messageId).execute();
    return rows.flatMap(({ content_sha256, reply_sha256 }) => [content_sha256, reply_sha256 ?? content_sha256]);
  };
  return {
    async keep({ messageId, objects, reply }: KeptMessage) {
      const content = await blobs.put(packObjects(objects));
      const answer = reply === undefined ? undefined : await blobs.put(packObjects(reply));
      const values = {
        content_sha256: content.sha256,
        reply_sha256: answer?.sha256 ?? null,
      };
      await db
        .insertInto('flower_messages')
        .values({ message_id: messageId, ...values })
        .onConflict((conflict) => conflict.column('message_id').doUpdateSet(values))
        .execute();
    },
    async list() {
      const rows = await db.selectFrom('flower_messages').selectAll().execute();
      return await Promise.all(
        rows.map(async (row) => ({
          messageId: row.message_id,
          objects: unpackObjects(await blobs.get(row.content_sha256)),
          reply: row.reply_sha256 === null ? undefined : unpackObjects(await blobs.get(row.reply_sha256)),
        })),
      );
    },
    async remove(messageId) {
      for (const sha256 of new Set(await clear(messageId))) await blobs.remove(sha256);
    },
  };
}

/** Objects one after the other behind a line that names them and their lengths. */
function packObjects(objects: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const head = [...objects].map(([id, bytes]) => [id, bytes.length] as const);
  return concatBytes([utf8(`${JSON.stringify(head)}\n`), ...objects.values()]);
}

function unpackObjects(bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const end = bytes.indexOf(10);
  if (end < 0) throw new UnicaError('internal');
  const head = JSON.parse(fromUtf8(bytes.subarray(0, end))) as readonly (readonly [string, number])[];
  let at = end + 1;
  return new Map(
    head.map(([id, length]) => {
      at += length;
      return [id, bytes.slice(at - length, at)] as const;
    }),
  );
}
