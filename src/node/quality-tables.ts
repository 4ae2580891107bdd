import type { Migration } from '#store';

/** What the checks of a whole data set need of each image. */
export interface QualityTables {
  image_records: {
    sop_instance_uid: string;
    /** JSON ImageRecord, its likeness as text. */
    record: string;
  };
}

/** The table of image records. */
export const qualityMigration: Migration = {
  id: 'node-016-image-records',
  async up(db) {
    await db.schema
      .createTable('image_records')
      .addColumn('sop_instance_uid', 'text', (column) => column.primaryKey())
      .addColumn('record', 'text', (column) => column.notNull())
      .execute();
  },
};
