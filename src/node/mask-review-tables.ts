import type { Migration } from '#store';

/** What people said of what was blacked out, and what they were shown. Times are milliseconds since the epoch. */
export interface MaskReviewTables {
  mask_reviews: {
    review_id: string;
    /** Pseudonymous. */
    sop_instance_uid: string;
    /** 1 where something had been blacked out. */
    was_masked: number;
    verdict: 'right' | 'too-much' | 'readable';
    reviewer: string;
    at_ms: number;
    /** The random sample in which it was shown. */
    sample_id: string | null;
    /** When somebody blacked it out by hand after that. */
    settled_at_ms: number | null;
  };
  mask_samples: {
    sample_id: string;
    at_ms: number;
    drawn_by: string;
    /** Images of modalities at risk when it was drawn. */
    masked_images: number;
    unmasked_images: number;
  };
  mask_sample_items: { sample_id: string; place: number; sop_instance_uid: string; was_masked: number };
  /** Images that were taken out because something was readable, and wait in quarantine or were discarded there. */
  withdrawn_images: {
    sop_instance_uid: string;
    quarantine_id: string;
    /** JSON array of PixelMask: what is black in it already. */
    masks: string;
    at_ms: number;
  };
}

/** The tables of the review. */
export const maskReviewMigration: Migration = {
  id: 'node-019-mask-reviews',
  async up(db) {
    await db.schema
      .createTable('mask_reviews')
      .addColumn('review_id', 'text', (column) => column.primaryKey())
      .addColumn('sop_instance_uid', 'text', (column) => column.notNull())
      .addColumn('was_masked', 'integer', (column) => column.notNull())
      .addColumn('verdict', 'text', (column) => column.notNull())
      .addColumn('reviewer', 'text', (column) => column.notNull())
      .addColumn('at_ms', 'bigint', (column) => column.notNull())
      .addColumn('sample_id', 'text')
      .addColumn('settled_at_ms', 'bigint')
      .execute();
    await db.schema.createIndex('mask_reviews_image').on('mask_reviews').column('sop_instance_uid').execute();
    await db.schema.createIndex('mask_reviews_sample').on('mask_reviews').column('sample_id').execute();
    await db.schema
      .createTable('mask_samples')
      .addColumn('sample_id', 'text', (column) => column.primaryKey())
      .addColumn('at_ms', 'bigint', (column) => column.notNull())
      .addColumn('drawn_by', 'text', (column) => column.notNull())
      .addColumn('masked_images', 'integer', (column) => column.notNull())
      .addColumn('unmasked_images', 'integer', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('mask_sample_items')
      .addColumn('sample_id', 'text', (column) => column.notNull())
      .addColumn('place', 'integer', (column) => column.notNull())
      .addColumn('sop_instance_uid', 'text', (column) => column.notNull())
      .addColumn('was_masked', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('mask_sample_items_key', ['sample_id', 'place'])
      .execute();
    await db.schema
      .createTable('withdrawn_images')
      .addColumn('sop_instance_uid', 'text', (column) => column.primaryKey())
      .addColumn('quarantine_id', 'text', (column) => column.notNull())
      .addColumn('masks', 'text', (column) => column.notNull())
      .addColumn('at_ms', 'bigint', (column) => column.notNull())
      .execute();
  },
};
