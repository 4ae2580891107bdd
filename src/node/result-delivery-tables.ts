import type { Migration } from '#store';

/** Which results a system has confirmed. */
export interface ResultDeliveryTables {
  result_deliveries: {
    /** Keyed digest of the SOP Instance UID: results carry the hospital's own UIDs, which a node does not keep. */
    object: string;
    /** AET@host:port */
    destination: string;
    sent_at_ms: number;
  };
}

/** The table of deliveries. */
export const resultDeliveryMigration: Migration = {
  id: 'node-103-result-deliveries',
  async up(db) {
    await db.schema
      .createTable('result_deliveries')
      .addColumn('object', 'text', (column) => column.notNull())
      .addColumn('destination', 'text', (column) => column.notNull())
      .addColumn('sent_at_ms', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('result_deliveries_key', ['object', 'destination'])
      .execute();
  },
};
