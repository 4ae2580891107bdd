import type { Kysely } from 'kysely';
import { canonicalJson } from '#base';
import type { Migration } from '#store';
import { type AccessForm, accessFormSchema } from '#wire';
import type { RequestEvent } from './request-events.ts';
import { holdersOf } from './request-state.ts';

/** The hub's records of requests and permits. */
export interface AccessTables {
  /** One row for each request, which its permits refer to; what happened to it are its events. */
  access_requests: { request_id: string; state: string; request: string; requested_at_ms: number };
  access_events: {
    request_id: string;
    version: number;
    /** JSON RequestEvent. */
    event: string;
  };
  permits: {
    permit_id: string;
    request_id: string;
    site_id: string;
    dataset: string;
    claims: string;
    token: string;
    issued_at_ms: number;
    expires_at_ms: number;
    revoked_at_ms: number | null;
    /** Its site has been given the task to revoke it. */
    revocation_sent_at_ms: number | null;
  };
  /** How many votes a holder's committee decides with. */
  access_quorums: { site_id: string; quorum: number };
}

/** Tables of the hub's access office. */
export const accessMigrations: readonly Migration[] = [
  {
    id: 'access-001-requests',
    async up(db) {
      await db.schema
        .createTable('access_requests')
        .addColumn('request_id', 'text', (column) => column.primaryKey())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('request', 'text', (column) => column.notNull())
        .addColumn('requested_at_ms', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('permits')
        .addColumn('permit_id', 'text', (column) => column.primaryKey())
        .addColumn('request_id', 'text', (column) => column.notNull().references('access_requests.request_id'))
        .addColumn('site_id', 'text', (column) => column.notNull())
        .addColumn('dataset', 'text', (column) => column.notNull())
        .addColumn('claims', 'text', (column) => column.notNull())
        .addColumn('token', 'text', (column) => column.notNull())
        .addColumn('issued_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('revoked_at_ms', 'bigint')
        .execute();
    },
  },
  {
    id: 'access-080-events',
    async up(db) {
      await db.schema
        .createTable('access_events')
        .addColumn('request_id', 'text', (column) => column.notNull().references('access_requests.request_id'))
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('event', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('access_events_key', ['request_id', 'version'])
        .execute();
      await db.schema
        .createTable('access_quorums')
        .addColumn('site_id', 'text', (column) => column.primaryKey())
        .addColumn('quorum', 'integer', (column) => column.notNull())
        .execute();
      await db.schema.alterTable('permits').addColumn('revocation_sent_at_ms', 'bigint').execute();
      const records = db as unknown as Kysely<Pick<AccessTables, 'access_requests' | 'access_events' | 'permits'>>;
      const rows = await records.selectFrom('access_requests').select(['request_id', 'request']).execute();
      const permits = await records.selectFrom('permits').select(['permit_id', 'request_id', 'site_id']).execute();
      for (const row of rows) {
        const issued = permits.filter(({ request_id }) => request_id === row.request_id);
        const events = earlierEvents(
          JSON.parse(row.request),
          issued.map((permit) => ({ permitId: permit.permit_id, siteId: permit.site_id })),
        );
        for (const [index, event] of events.entries()) {
          await records
            .insertInto('access_events')
            .values({ request_id: row.request_id, version: index + 1, event: canonicalJson(event) })
            .execute();
        }
      }
    },
  },
];

/** What had happened to a request of the time when one committee decided for all holders at once. */
function earlierEvents(
  request: EarlierRequest,
  permits: readonly { readonly permitId: string; readonly siteId: string }[],
): readonly RequestEvent[] {
  const form = earlierForm(request);
  const asked = { atMs: request.requestedAtMs, by: request.requestedBy };
  const seats = Object.fromEntries(
    holdersOf(form).map((siteId) => [siteId, { committee: 'network' as const, quorum: 1 }]),
  );
  const { state, decidedAtMs, decidedBy, because } = request;
  return [
    { kind: 'drafted', ...asked, requestId: request.requestId, form },
    { kind: 'submitted', ...asked, seats },
    ...(state === 'submitted'
      ? []
      : holdersOf(form).map(
          (siteId): RequestEvent => ({
            kind: 'decided',
            atMs: decidedAtMs ?? request.requestedAtMs,
            by: decidedBy ?? '',
            siteId,
            decision: state,
            text: because ?? '',
            reason: state === 'refused' ? 'other' : null,
            conditions: [],
            waivers: [],
            permitIds: permits.filter((permit) => permit.siteId === siteId).map(({ permitId }) => permitId),
          }),
        )),
  ];
}

/** What was asked then, as forms are now: each operation and dataset once, and no marks that turn the direction of reading. */
function earlierForm({ title, purpose, operations, datasets, days }: EarlierRequest): AccessForm {
  const plain = (text: string) => text.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, ' ').trim() || '–';
  return accessFormSchema.parse({
    title: plain(title),
    purpose: plain(purpose),
    operations: [...new Set(operations)],
    datasets: [...new Map(datasets.map((one) => [`${one.siteId}/${one.name}`, one])).values()],
    days,
  });
}

interface EarlierRequest {
  readonly requestId: string;
  readonly title: string;
  readonly purpose: string;
  readonly operations: readonly string[];
  readonly datasets: readonly { readonly siteId: string; readonly name: string }[];
  readonly days: number;
  readonly requestedBy: string;
  readonly requestedAtMs: number;
  readonly state: 'submitted' | 'granted' | 'refused';
  readonly decidedBy: string | null;
  readonly decidedAtMs: number | null;
  readonly because: string | null;
}
