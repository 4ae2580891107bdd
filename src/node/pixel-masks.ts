import type { Kysely } from 'kysely';
import type { PixelMask } from '#deid';
import type { NodeTables } from './tables.ts';

/** Writes the masks of an image down once; none are not written. */
export async function keepMasks(db: Kysely<NodeTables>, subject: string, masks: readonly PixelMask[]): Promise<void> {
  if (masks.length === 0) return;
  await db
    .insertInto('pixel_masks')
    .values({ subject, masks: JSON.stringify(masks) })
    .onConflict((conflict) => conflict.column('subject').doNothing())
    .execute();
}

/** The masks of a stored instance, by its pseudonymous UID, or of a quarantined file, by its number. */
export async function masksOf(db: Kysely<NodeTables>, subject: string): Promise<readonly PixelMask[]> {
  const row = await db.selectFrom('pixel_masks').select('masks').where('subject', '=', subject).executeTakeFirst();
  return row === undefined ? [] : (JSON.parse(row.masks) as readonly PixelMask[]);
}
