import type { Migration } from '#store';

/** Records of who may speak. Times are milliseconds since the epoch; codes, sessions and tokens are kept as digests. */
export interface IdentityTables {
  sites: {
    site_id: string;
    display_name: string;
    country: string;
    state: 'invited' | 'active' | 'suspended';
    public_key: string | null;
    software: string | null;
    last_seen_at_ms: number | null;
  };
  enrolment_codes: { code_sha256: string; site_id: string; expires_at_ms: number; used_at_ms: number | null };
  nonces: { site_id: string; nonce: string; at_ms: number };
  people: { person_id: string; issuer: string; subject: string; name: string; roles: string };
  sessions: {
    session_sha256: string;
    person_id: string;
    csrf_token: string;
    created_at_ms: number;
    seen_at_ms: number;
  };
  api_tokens: {
    token_sha256: string;
    token_id: string;
    name: string;
    roles: string;
    expires_at_ms: number;
    revoked_at_ms: number | null;
  };
}

/** Tables of sites and people. */
export const identityMigrations: readonly Migration[] = [
  {
    id: 'identity-001-sites-and-people',
    async up(db) {
      await db.schema
        .createTable('sites')
        .addColumn('site_id', 'text', (column) => column.primaryKey())
        .addColumn('display_name', 'text', (column) => column.notNull())
        .addColumn('country', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('public_key', 'text')
        .addColumn('software', 'text')
        .addColumn('last_seen_at_ms', 'bigint')
        .execute();
      await db.schema
        .createTable('enrolment_codes')
        .addColumn('code_sha256', 'text', (column) => column.primaryKey())
        .addColumn('site_id', 'text', (column) => column.notNull().references('sites.site_id'))
        .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('used_at_ms', 'bigint')
        .execute();
      await db.schema
        .createTable('nonces')
        .addColumn('site_id', 'text', (column) => column.notNull())
        .addColumn('nonce', 'text', (column) => column.notNull())
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('nonces_key', ['site_id', 'nonce'])
        .execute();
      await db.schema.createIndex('nonces_at').on('nonces').column('at_ms').execute();
      await db.schema
        .createTable('people')
        .addColumn('person_id', 'text', (column) => column.primaryKey())
        .addColumn('issuer', 'text', (column) => column.notNull())
        .addColumn('subject', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('roles', 'text', (column) => column.notNull())
        .addUniqueConstraint('people_subject', ['issuer', 'subject'])
        .execute();
      await db.schema
        .createTable('sessions')
        .addColumn('session_sha256', 'text', (column) => column.primaryKey())
        .addColumn('person_id', 'text', (column) => column.notNull().references('people.person_id'))
        .addColumn('csrf_token', 'text', (column) => column.notNull())
        .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('seen_at_ms', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('api_tokens')
        .addColumn('token_sha256', 'text', (column) => column.primaryKey())
        .addColumn('token_id', 'text', (column) => column.notNull().unique())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('roles', 'text', (column) => column.notNull())
        .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('revoked_at_ms', 'bigint')
        .execute();
    },
  },
];
