import { sql } from 'kysely';
import type { Migration } from '#store';

/** Records of who may speak. Times are milliseconds since the epoch; codes, sessions and tokens are kept as digests. */
export interface IdentityTables {
  sites: {
    site_id: string;
    display_name: string;
    country: string;
    state: 'invited' | 'pending' | 'active' | 'suspended' | 'ejected';
    /** Why it is suspended or ejected, in the words of whoever did it. */
    because: string | null;
    public_key: string | null;
    /** Since when the coordinator has let it take part; null before. */
    approved_at_ms: number | null;
    software: string | null;
    last_seen_at_ms: number | null;
    /** Its clock less the hub's, when it was last heard. */
    clock_offset_ms: number | null;
    /** JSON Readiness, as it last said. */
    readiness: string | null;
  };
  /** Keys by which a site was known, one after another; the last one without an end is the present one. */
  site_keys: {
    site_id: string;
    public_key: string;
    since_ms: number;
    until_ms: number | null;
    how: 'enrolled' | 'rotated' | 're-enrolled';
  };
  /** Starts of a site's node, by the number that each start draws: two that speak in turn are two nodes. */
  site_runs: { site_id: string; run: string; first_seen_ms: number; first_signed_ms: number };
  enrolment_codes: {
    code_sha256: string;
    site_id: string;
    expires_at_ms: number;
    used_at_ms: number | null;
    /** 1: for a site that is a member and has lost its key. */
    renews: number;
  };
  nonces: { site_id: string; nonce: string; at_ms: number };
  people: { person_id: string; issuer: string; subject: string; name: string; roles: string };
  /** Verified visas of a person's last sign-in, as JSON. */
  person_visas: { person_id: string; place: number; visa: string; expires_at_ms: number };
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
  /** Roles at one organisation; of a person, or of a token by its id. */
  posts: {
    post_id: string;
    person_id: string;
    role: string;
    site_id: string;
    source: 'invitation' | 'claim' | 'token' | 'stand-in';
    since_ms: number;
    until_ms: number | null;
    /** The absence that somebody stands in for. */
    absence_id?: string | null;
  };
  /** Somebody is away from a post for a time, with or without a stand-in. */
  post_absences: {
    absence_id: string;
    person_id: string;
    role: string;
    site_id: string;
    from_ms: number;
    until_ms: number;
    /** Its end was told in the journal. */
    told_ms: number | null;
  };
  post_invitations: {
    code_sha256: string;
    role: string;
    site_id: string;
    expires_at_ms: number;
    used_at_ms: number | null;
    absence_id?: string | null;
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
  {
    id: 'identity-002-membership',
    async up(db) {
      await db.schema.alterTable('sites').addColumn('because', 'text').execute();
      await db.schema.alterTable('sites').addColumn('approved_at_ms', 'bigint').execute();
      await db.schema.alterTable('sites').addColumn('clock_offset_ms', 'bigint').execute();
      await db.schema.alterTable('sites').addColumn('readiness', 'text').execute();
      await db.schema
        .alterTable('enrolment_codes')
        .addColumn('renews', 'integer', (column) => column.notNull().defaultTo(0))
        .execute();
      await db.schema
        .createTable('site_keys')
        .addColumn('site_id', 'text', (column) => column.notNull().references('sites.site_id'))
        .addColumn('public_key', 'text', (column) => column.notNull())
        .addColumn('since_ms', 'bigint', (column) => column.notNull())
        .addColumn('until_ms', 'bigint')
        .addColumn('how', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('site_keys_key', ['site_id', 'public_key'])
        .execute();
      await db.schema
        .createTable('site_runs')
        .addColumn('site_id', 'text', (column) => column.notNull().references('sites.site_id'))
        .addColumn('run', 'text', (column) => column.notNull())
        .addColumn('first_seen_ms', 'bigint', (column) => column.notNull())
        .addColumn('first_signed_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('site_runs_key', ['site_id', 'run'])
        .execute();
      // Who took part before sites were approved goes on, with a node or without one; since when is not known. One that was
      // suspended before it had enrolled is invited again when it is reinstated.
      await sql`UPDATE sites SET approved_at_ms = 0 WHERE state = 'active' OR (state = 'suspended' AND
        (public_key IS NOT NULL OR site_id NOT IN (SELECT site_id FROM enrolment_codes)))`.execute(db);
      await sql`INSERT INTO site_keys (site_id, public_key, since_ms, until_ms, how)
        SELECT site_id, public_key, 0, NULL, 'enrolled' FROM sites WHERE public_key IS NOT NULL`.execute(db);
    },
  },
  {
    id: 'identity-080-posts',
    async up(db) {
      await db.schema
        .createTable('posts')
        .addColumn('post_id', 'text', (column) => column.primaryKey())
        .addColumn('person_id', 'text', (column) => column.notNull())
        .addColumn('role', 'text', (column) => column.notNull())
        .addColumn('site_id', 'text', (column) => column.notNull())
        .addColumn('source', 'text', (column) => column.notNull())
        .addColumn('since_ms', 'bigint', (column) => column.notNull())
        .addColumn('until_ms', 'bigint')
        .execute();
      await db.schema.createIndex('posts_person').on('posts').column('person_id').execute();
      await db.schema
        .createTable('post_invitations')
        .addColumn('code_sha256', 'text', (column) => column.primaryKey())
        .addColumn('role', 'text', (column) => column.notNull())
        .addColumn('site_id', 'text', (column) => column.notNull())
        .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('used_at_ms', 'bigint')
        .execute();
    },
  },
  {
    id: 'identity-084-absences',
    async up(db) {
      await db.schema
        .createTable('post_absences')
        .addColumn('absence_id', 'text', (column) => column.primaryKey())
        .addColumn('person_id', 'text', (column) => column.notNull())
        .addColumn('role', 'text', (column) => column.notNull())
        .addColumn('site_id', 'text', (column) => column.notNull())
        .addColumn('from_ms', 'bigint', (column) => column.notNull())
        .addColumn('until_ms', 'bigint', (column) => column.notNull())
        .addColumn('told_ms', 'bigint')
        .execute();
      await db.schema.createIndex('post_absences_person').on('post_absences').column('person_id').execute();
      await db.schema.alterTable('posts').addColumn('absence_id', 'text').execute();
      await db.schema.alterTable('post_invitations').addColumn('absence_id', 'text').execute();
    },
  },
  {
    id: 'identity-124-visas',
    async up(db) {
      await db.schema
        .createTable('person_visas')
        .addColumn('person_id', 'text', (column) => column.notNull().references('people.person_id'))
        .addColumn('place', 'integer', (column) => column.notNull())
        .addColumn('visa', 'text', (column) => column.notNull())
        .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('person_visas_key', ['person_id', 'place'])
        .execute();
    },
  },
];
