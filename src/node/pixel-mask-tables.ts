import type { Migration } from '#store';

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
