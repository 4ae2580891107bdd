import type { Kysely } from 'kysely';
import { fromBase64Url, toBase64Url } from '#base';
import type { ImageRecord } from '#quality';
import type { NodeTables } from './tables.ts';

/** Writes the record of an image down once. */
export async function keepImageRecord(db: Kysely<NodeTables>, record: ImageRecord): Promise<void> {
  const { likeness } = record;
  const text = likeness === null ? null : { hash: likeness.hash, thumbnail: toBase64Url(likeness.thumbnail) };
  await db
    .insertInto('image_records')
    .values({ sop_instance_uid: record.sopInstanceUid, record: JSON.stringify({ ...record, likeness: text }) })
    .onConflict((conflict) => conflict.column('sop_instance_uid').doNothing())
    .execute();
}

/** A record as it was written down. */
export function imageRecordOf(text: string): ImageRecord {
  const stored = JSON.parse(text) as Omit<ImageRecord, 'likeness'> & {
    readonly likeness: { readonly hash: readonly [number, number]; readonly thumbnail: string } | null;
  };
  const { likeness } = stored;
  if (likeness === null) return { ...stored, likeness: null };
  return { ...stored, likeness: { hash: likeness.hash, thumbnail: fromBase64Url(likeness.thumbnail) } };
}
