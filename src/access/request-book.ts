import { canonicalJson, UnicaError } from '#base';
import type { Database } from '#store';
import type { AccessTables } from './access-tables.ts';
import type { IssuedPermit } from './issue-permit.ts';
import { type RequestEvent, requestEventSchema } from './request-events.ts';
import { foldRequest, type RequestState } from './request-state.ts';

/** Somebody who keeps being overtaken gives up after so many tries. */
const TRIES = 20;

/**
 * Events of one request. What ends something stays possible beyond them, and so does what follows from who sits on a committee: a
 * request that somebody filled must not be in the way of the others.
 */
const MOST_EVENTS = 2000;
/** Each holds a whole form, which everybody who reads the request reads again. */
const MOST_REVISIONS = 200;
const BEYOND: ReadonlySet<RequestEvent['kind']> = new Set([
  'withdrawn',
  'revoked',
  'reseated',
  'decided',
  'fee-declined',
]);

/** What a step adds to a request. */
export interface Step {
  readonly events: readonly RequestEvent[];
  /** Permits that the events tell of. */
  readonly permits?: readonly IssuedPermit[];
  /** Permits that end with the events. */
  readonly revoked?: readonly string[];
}

/**
 * The book of requests: events in order, each request's state their fold. Events and the permits they tell of are written in one
 * transaction, which the event log of the room jobs has no place for. Of two people who act at once one is first; what the other
 * wanted is weighed anew against what then stands.
 */
export class RequestBook {
  readonly #database: Database<AccessTables>;

  constructor(database: Database<AccessTables>) {
    this.#database = database;
  }

  /** @throws UnicaError `http.not-found`. */
  async read(requestId: string): Promise<RequestState> {
    const rows = await this.#database.kysely
      .selectFrom('access_events')
      .select('event')
      .where('request_id', '=', requestId)
      .orderBy('version')
      .execute();
    const state = foldRequest(rows.map(({ event }) => parsed(event)));
    if (state === undefined) throw new UnicaError('http.not-found', { what: 'access request of that number' });
    return state;
  }

  /** All requests, newest first. */
  async all(): Promise<readonly RequestState[]> {
    const rows = await this.#database.kysely
      .selectFrom('access_events')
      .select(['request_id', 'event'])
      .orderBy('request_id')
      .orderBy('version')
      .execute();
    const streams = new Map<string, RequestEvent[]>();
    for (const row of rows) {
      const stream = streams.get(row.request_id) ?? [];
      stream.push(parsed(row.event));
      streams.set(row.request_id, stream);
    }
    return [...streams.values()]
      .flatMap((events) => foldRequest(events) ?? [])
      .sort((a, b) => b.draftedAtMs - a.draftedAtMs || (a.requestId < b.requestId ? 1 : -1));
  }

  /** Begins a request. */
  async begin(requestId: string, events: readonly RequestEvent[], atMs: number): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      await transaction
        .insertInto('access_requests')
        .values({ request_id: requestId, state: 'events', request: '{}', requested_at_ms: atMs })
        .execute();
      await transaction
        .insertInto('access_events')
        .values(events.map((event, index) => rowOf(requestId, index + 1, event)))
        .execute();
    });
  }

  /**
   * Weighs a step against what stands and writes it down; weighs it again where somebody was faster.
   * @throws UnicaError `access.overtaken`, and what `weigh` throws.
   */
  async take(requestId: string, weigh: (state: RequestState) => Promise<Step> | Step): Promise<RequestState> {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const state = await this.read(requestId);
      const step = await weigh(state);
      if (step.events.length === 0) return state;
      const isRevision = ({ kind }: RequestEvent) => kind === 'revised' || kind === 'amended';
      if (step.events.some(isRevision) && state.events.filter(isRevision).length >= MOST_REVISIONS) {
        throw new UnicaError('access.too-many', { what: 'changes of one request', most: MOST_REVISIONS });
      }
      if (
        state.events.length + step.events.length > MOST_EVENTS &&
        !step.events.every(({ kind }) => BEYOND.has(kind))
      ) {
        throw new UnicaError('access.too-many', { what: 'steps of one request', most: MOST_EVENTS });
      }
      if (await this.#append(requestId, state.events.length, step)) {
        const after = foldRequest([...state.events, ...step.events]);
        if (after !== undefined) return after;
      }
    }
    throw new UnicaError('access.overtaken', { requestId });
  }

  async #append(requestId: string, version: number, { events, permits = [], revoked = [] }: Step): Promise<boolean> {
    try {
      await this.#database.transaction(async (transaction) => {
        const result = await transaction
          .insertInto('access_events')
          .values(events.map((event, index) => rowOf(requestId, version + 1 + index, event)))
          .onConflict((conflict) => conflict.columns(['request_id', 'version']).doNothing())
          .executeTakeFirst();
        // Somebody else took the first numbers meanwhile: what is behind them must not stay.
        if (Number(result.numInsertedOrUpdatedRows ?? 0) !== events.length) throw new Overtaken();
        const atMs = events.at(-1)?.atMs ?? 0;
        for (const permitId of revoked) {
          await transaction
            .updateTable('permits')
            .set({ revoked_at_ms: atMs })
            .where('permit_id', '=', permitId)
            .where('revoked_at_ms', 'is', null)
            .execute();
        }
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
              revocation_sent_at_ms: null,
            })
            .execute();
        }
      });
      return true;
    } catch (error) {
      if (error instanceof Overtaken) return false;
      throw error;
    }
  }
}

/** Rolls a transaction back in which another writer was first. */
class Overtaken extends Error {}

function parsed(event: string): RequestEvent {
  return requestEventSchema.parse(JSON.parse(event));
}

function rowOf(requestId: string, version: number, event: RequestEvent) {
  return { request_id: requestId, version, event: canonicalJson(event) };
}
