import { SignJWT } from 'jose';
import type { Journal } from '#audit';
import { type Clock, canonicalJson, UnicaError } from '#base';
import type { SiteKeys } from '#identity';
import type { Database, Migration } from '#store';
import {
  type AccessRequest,
  accessRequestSchema,
  type Operation,
  type PermitClaims,
  type PermitView,
  permitClaimsSchema,
} from '#wire';
import { PERMIT_TYPE } from './permit-verifier.ts';

/** The hub's records of requests and permits. */
export interface AccessTables {
  access_requests: { request_id: string; state: AccessRequest['state']; request: string; requested_at_ms: number };
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
  };
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
];

/** What a requester writes. */
export interface AccessApplication {
  readonly title: string;
  readonly purpose: string;
  readonly operations: readonly Operation[];
  readonly datasets: readonly { readonly siteId: string; readonly name: string }[];
  readonly days: number;
}

/** Requests, their decisions, and the permits that follow. */
export interface AccessOffice {
  submit(application: AccessApplication, requester: string): Promise<AccessRequest>;
  /** Once, and never by the requester. @throws UnicaError `access.already-decided`, `access.own-request`. */
  decide(
    requestId: string,
    decision: { readonly decision: 'granted' | 'refused'; readonly because: string },
    member: string,
  ): Promise<AccessRequest>;
  requests(): Promise<readonly AccessRequest[]>;
  permits(): Promise<readonly PermitView[]>;
  /** The signed token of a permit. @throws UnicaError `http.not-found`. */
  token(permitId: string): Promise<string>;
  revoke(permitId: string, actor: string): Promise<void>;
}

/** Opens the office over a migrated database. */
export function openAccessOffice<Tables extends AccessTables>(
  database: Database<Tables>,
  options: {
    readonly keys: SiteKeys;
    readonly journal: Journal;
    readonly clock: Clock;
    readonly newId: (prefix: string) => string;
    /** The hub's address, stated as issuer. */
    readonly issuer: string;
  },
): AccessOffice {
  const office = database as unknown as Database<AccessTables>;
  const db = office.kysely;
  const { clock, journal, newId } = options;

  const find = async (requestId: string) => {
    const row = await db
      .selectFrom('access_requests')
      .selectAll()
      .where('request_id', '=', requestId)
      .executeTakeFirst();
    if (row === undefined) throw new UnicaError('http.not-found', { what: 'access request of that number' });
    return accessRequestSchema.parse(JSON.parse(row.request));
  };

  const issue = async (request: AccessRequest, dataset: AccessRequest['datasets'][number]) => {
    const nowSeconds = Math.floor(clock() / 1000);
    const claims: PermitClaims = permitClaimsSchema.parse({
      iss: options.issuer,
      sub: request.requestedBy,
      aud: dataset.siteId,
      jti: newId('permit'),
      iat: nowSeconds,
      nbf: nowSeconds,
      exp: nowSeconds + request.days * 86_400,
      dataset: dataset.name,
      operations: request.operations,
      purpose: request.purpose,
      requestId: request.requestId,
    });
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA', typ: PERMIT_TYPE })
      .sign(options.keys.privateKey);
    return { claims, token };
  };

  return {
    async submit(application, requester) {
      const request = accessRequestSchema.parse({
        ...application,
        requestId: newId('request'),
        requestedBy: requester,
        requestedAtMs: clock(),
        state: 'submitted',
        decidedBy: null,
        decidedAtMs: null,
        because: null,
        permitIds: [],
      });
      await db
        .insertInto('access_requests')
        .values({
          request_id: request.requestId,
          state: request.state,
          request: canonicalJson(request),
          requested_at_ms: request.requestedAtMs,
        })
        .execute();
      await journal.append({
        actor: requester,
        action: 'access.requested',
        subject: request.requestId,
        facts: { datasets: request.datasets.length, operations: request.operations },
      });
      return request;
    },
    async decide(requestId, { decision, because }, member) {
      const request = await find(requestId);
      if (request.requestedBy === member) throw new UnicaError('access.own-request');
      if (request.state !== 'submitted') throw new UnicaError('access.already-decided', { requestId });
      const permits =
        decision === 'granted' ? await Promise.all(request.datasets.map((dataset) => issue(request, dataset))) : [];
      const decided: AccessRequest = {
        ...request,
        state: decision,
        decidedBy: member,
        decidedAtMs: clock(),
        because,
        permitIds: permits.map(({ claims }) => claims.jti),
      };
      await office.transaction(async (transaction) => {
        const taken = await transaction
          .updateTable('access_requests')
          .set({ state: decision, request: canonicalJson(decided) })
          .where('request_id', '=', requestId)
          .where('state', '=', 'submitted')
          .executeTakeFirst();
        if (Number(taken.numUpdatedRows) !== 1) throw new UnicaError('access.already-decided', { requestId });
        for (const { claims, token } of permits) {
          await transaction
            .insertInto('permits')
            .values({
              permit_id: claims.jti,
              request_id: requestId,
              site_id: claims.aud,
              dataset: claims.dataset,
              claims: canonicalJson(claims),
              token,
              issued_at_ms: claims.iat * 1000,
              expires_at_ms: claims.exp * 1000,
              revoked_at_ms: null,
            })
            .execute();
        }
      });
      await journal.append({
        actor: member,
        action: `access.${decision}`,
        subject: requestId,
        facts: { permits: permits.length },
      });
      return decided;
    },
    async requests() {
      const rows = await db
        .selectFrom('access_requests')
        .select('request')
        .orderBy('requested_at_ms', 'desc')
        .execute();
      return rows.map((row) => accessRequestSchema.parse(JSON.parse(row.request)));
    },
    async permits() {
      const rows = await db.selectFrom('permits').selectAll().orderBy('issued_at_ms', 'desc').execute();
      return rows.map((row) => {
        const claims = permitClaimsSchema.parse(JSON.parse(row.claims));
        return {
          permitId: row.permit_id,
          siteId: row.site_id,
          dataset: row.dataset,
          operations: claims.operations,
          purpose: claims.purpose,
          issuedAtMs: row.issued_at_ms,
          expiresAtMs: row.expires_at_ms,
          revokedAtMs: row.revoked_at_ms,
        };
      });
    },
    async token(permitId) {
      const row = await db.selectFrom('permits').select('token').where('permit_id', '=', permitId).executeTakeFirst();
      if (row === undefined) throw new UnicaError('http.not-found', { what: 'permit of that number' });
      return row.token;
    },
    async revoke(permitId, actor) {
      await db
        .updateTable('permits')
        .set({ revoked_at_ms: clock() })
        .where('permit_id', '=', permitId)
        .where('revoked_at_ms', 'is', null)
        .execute();
      await journal.append({ actor, action: 'permit.revoked', subject: permitId, facts: {} });
    },
  };
}
