import type { Kysely } from 'kysely';
import type { PixelMask } from '#deid';
import type { Migration } from '#store';
import type { NodeTables } from './tables.ts';

/** What was blacked out in stored images, and what to look at in those set aside. */
export interface PixelMaskTables {
  pixel_masks: {
    /** Pseudonymous SOP instance UID, or the number of a quarantined file. */
    subject: string;
    /** JSON array of PixelMask. */
    masks: string;
  };
}

/** The table of masks. */
export const pixelMaskMigration: Migration = {
  id: 'node-015-pixel-masks',
  async up(db) {
    await db.schema
      .createTable('pixel_masks')
      .addColumn('subject', 'text', (column) => column.primaryKey())
      .addColumn('masks', 'text', (column) => column.notNull())
      .execute();
  },
};

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
