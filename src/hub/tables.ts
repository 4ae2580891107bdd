import type { Migration } from '#store';

/** Records of the hub's own: what nodes published, which content a site may fetch, journal heads sites sent. */
export interface HubTables {
  datasets: {
    site_id: string;
    name: string;
    version: number;
    /** JSON DatasetRecord. */
    record: string;
    published_at_ms: number;
  };
  blob_grants: { site_id: string; sha256: string };
  site_checkpoints: {
    site_id: string;
    sequence: number;
    entry_sha256: string;
    signature: string;
    at_ms: number;
  };
  /** How a published version was scored when it came, 0 to 100: a version never changes, and scoring takes longer than reading. */
  dataset_scores: { site_id: string; name: string; version: number; fair: number; label: number };
  /** What coordinators set the network as its aims; the newest of each is in force. */
  target_changes: {
    change_id: string;
    measure: string;
    scope: string;
    key: string;
    value: number | null;
    /** ISO day. */
    due_on: string | null;
    because: string;
    by: string;
    at_ms: number;
  };
  /** What the network does with others; a change is a version more, and none is ever written over but for names of people who are forgotten. */
  activity_versions: {
    activity_id: string;
    version: number;
    /** JSON PlainActivity. */
    content: string;
    /** JSON names of those who took part; null: none, or forgotten. */
    people: string | null;
    because: string;
    by: string;
    at_ms: number;
  };
  /** Whose name stands on the campaign kit beside the network's. */
  kit_partners: {
    partner_id: string;
    /** JSON KitPartner. */
    partner: string;
    logo_type: string | null;
    /** Base64, made harmless before it was kept. */
    logo: string | null;
    changed_at_ms: number;
  };
  /** How often materials of the kit were used: sums, of nobody. */
  kit_uses: {
    material: string;
    language: string;
    /** ISO day (UTC). */
    day: string;
    use: string;
    count: number;
  };
  /** Runs that were started on a SuperLink of Flower, one of a hub for a job. */
  superlink_runs: {
    /** Digest of the key by which the hub is a SuperNode there. */
    hub_key: string;
    job_id: string;
    /** Decimal: numbers of Flower have 64 bits. */
    run_id: string;
  };
}

/** The hub's own tables, oldest first. */
export const hubMigrations: readonly Migration[] = [
  {
    id: 'hub-001-catalogue',
    async up(db) {
      await db.schema
        .createTable('datasets')
        .addColumn('site_id', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('record', 'text', (column) => column.notNull())
        .addColumn('published_at_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('datasets_key', ['site_id', 'name', 'version'])
        .execute();
      await db.schema
        .createTable('blob_grants')
        .addColumn('site_id', 'text', (column) => column.notNull())
        .addColumn('sha256', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('blob_grants_key', ['site_id', 'sha256'])
        .execute();
      await db.schema
        .createTable('site_checkpoints')
        .addColumn('site_id', 'text', (column) => column.notNull())
        .addColumn('sequence', 'bigint', (column) => column.notNull())
        .addColumn('entry_sha256', 'text', (column) => column.notNull())
        .addColumn('signature', 'text', (column) => column.notNull())
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('site_checkpoints_key', ['site_id', 'sequence'])
        .execute();
    },
  },
  {
    id: 'hub-002-superlink-runs',
    async up(db) {
      await db.schema
        .createTable('superlink_runs')
        .addColumn('hub_key', 'text', (column) => column.notNull())
        .addColumn('job_id', 'text', (column) => column.notNull())
        .addColumn('run_id', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('superlink_runs_key', ['hub_key', 'job_id'])
        .execute();
    },
  },
  {
    id: 'hub-153-progress',
    async up(db) {
      await db.schema
        .createTable('dataset_scores')
        .addColumn('site_id', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('fair', 'double precision', (column) => column.notNull())
        .addColumn('label', 'double precision', (column) => column.notNull())
        .addPrimaryKeyConstraint('dataset_scores_key', ['site_id', 'name', 'version'])
        .execute();
      await db.schema
        .createTable('target_changes')
        .addColumn('change_id', 'text', (column) => column.primaryKey())
        .addColumn('measure', 'text', (column) => column.notNull())
        .addColumn('scope', 'text', (column) => column.notNull())
        .addColumn('key', 'text', (column) => column.notNull())
        .addColumn('value', 'bigint')
        .addColumn('due_on', 'text')
        .addColumn('because', 'text', (column) => column.notNull())
        .addColumn('by', 'text', (column) => column.notNull())
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
  {
    id: 'hub-190-collaborations',
    async up(db) {
      await db.schema
        .createTable('activity_versions')
        .addColumn('activity_id', 'text', (column) => column.notNull())
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('content', 'text', (column) => column.notNull())
        .addColumn('people', 'text')
        .addColumn('because', 'text', (column) => column.notNull())
        .addColumn('by', 'text', (column) => column.notNull())
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('activity_versions_key', ['activity_id', 'version'])
        .execute();
    },
  },
  {
    id: 'hub-191-outreach',
    async up(db) {
      await db.schema
        .createTable('kit_partners')
        .addColumn('partner_id', 'text', (column) => column.primaryKey())
        .addColumn('partner', 'text', (column) => column.notNull())
        .addColumn('logo_type', 'text')
        .addColumn('logo', 'text')
        .addColumn('changed_at_ms', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('kit_uses')
        .addColumn('material', 'text', (column) => column.notNull())
        .addColumn('language', 'text', (column) => column.notNull())
        .addColumn('day', 'text', (column) => column.notNull())
        .addColumn('use', 'text', (column) => column.notNull())
        .addColumn('count', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('kit_uses_key', ['material', 'language', 'day', 'use'])
        .execute();
    },
  },
];
