import { asUnicaError, type Clock, canonicalJson, type Json, sha256Hex, UnicaError } from '#base';
import { readRdf, type ShaclFinding, standingOfStatements } from '#shacl';
import type { Database } from '#store';
import type { HarvestProblem } from '#wire';
import type { DocumentFetcher } from './fetch-document.ts';
import { recordIdOf, searchable, stillThere } from './harvest-register.ts';
import type { HarvestTables } from './harvest-tables.ts';
import { summaryOf } from './record-summary.ts';
import { type ReadDocument, type WalkEvent, type WalkLimits, walkDataPoint } from './walk-data-point.ts';

/** A visit, and how long another hub keeps away from what one reads. */
export interface VisitLimits extends WalkLimits {
  readonly visitMs: number;
  /** Between two questions to the same catalogue. */
  readonly pauseMs: number;
}

/** What came of a visit. */
export interface VisitReport {
  readonly sourceId: string;
  readonly outcome: 'complete' | 'partial' | 'failed';
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  /** Asked for, and of them those that had not changed. */
  readonly documents: number;
  readonly unchanged: number;
  readonly problems: readonly HarvestProblem[];
}

/** What a visit needs. */
export interface VisitParts {
  readonly database: Database<HarvestTables>;
  /** A fetcher for a visit of the catalogue at an address, which the visit closes. */
  readonly openFetcherFor: (address: string) => DocumentFetcher;
  readonly clock: Clock;
  readonly limits: VisitLimits;
}

const HOUR_MS = 3_600_000;
const SHOWN_PROBLEMS = 20;
const SHOWN_FINDINGS = 50;
/** Characters that a record is found by: everybody may search. */
const FOUND_BY = 1000;
/** A claim outlives the longest visit. */
const CLAIM_SPARE_MS = 60_000;

/** Takes the catalogue that is due longest, so that no other hub reads it at once; undefined when none, or not the `only` one, is due. */
export async function claimDue({ database, clock, limits }: VisitParts, only?: string): Promise<string | undefined> {
  const nowMs = clock();
  return await database.transaction(async (db) => {
    const free = db
      .selectFrom('harvest_sources')
      .select('source_id')
      .where('next_at_ms', '<=', nowMs)
      .where('claimed_until_ms', '<=', nowMs);
    const due = await (only === undefined ? free : free.where('source_id', '=', only))
      .orderBy('next_at_ms')
      .limit(1)
      .executeTakeFirst();
    if (due === undefined) return undefined;
    await db
      .updateTable('harvest_sources')
      .set({ claimed_until_ms: nowMs + limits.visitMs + CLAIM_SPARE_MS })
      .where('source_id', '=', due.source_id)
      .execute();
    return due.source_id;
  });
}

/** Gives a claim back after a visit that came to no end; one that failed by a fault of ours is not tried again at once. */
export async function letGo(sourceId: string, { database, clock }: VisitParts, wasStopped: boolean): Promise<void> {
  await database.kysely
    .updateTable('harvest_sources')
    .set({ claimed_until_ms: 0, ...(wasStopped ? {} : { next_at_ms: clock() + HOUR_MS }) })
    .where('source_id', '=', sourceId)
    .execute();
}

/**
 * Reads a catalogue that was claimed, keeps what it tells, and lets go of what it does not tell any more. A record that cannot be read this
 * time stays as it was; after a visit that did not see everything nothing is let go of.
 * @throws UnicaError `http.not-found` when the catalogue is removed meanwhile; the signal's reason when it is aborted
 */
export async function visitSource(sourceId: string, parts: VisitParts, signal: AbortSignal): Promise<VisitReport> {
  const { database, clock, limits } = parts;
  const {
    address,
    every_hours: everyHours,
    failures,
  } = await database.kysely
    .selectFrom('harvest_sources')
    .select(['address', 'every_hours', 'failures'])
    .where('source_id', '=', sourceId)
    .executeTakeFirstOrThrow();
  const beganMs = clock();
  const fetcher = parts.openFetcherFor(address);
  const visit = new Visit(sourceId, address, { ...parts, fetcher });
  const late = AbortSignal.timeout(limits.visitMs);
  let isWhole = false;
  try {
    const within = AbortSignal.any([signal, late]);
    const read = async (at: string) => await visit.read(at, within);
    for await (const event of walkDataPoint(address, { read, limits, signal: within })) {
      if (event.kind === 'end') isWhole = event.isWhole;
      else await visit.take(event);
    }
  } catch (thrown) {
    if (!late.aborted || signal.aborted) throw thrown;
    const limit = { address, limit: Math.round(limits.visitMs / 1000), what: 'seconds' };
    await visit.take(problemOf(new UnicaError('harvest.limit', limit)));
  } finally {
    fetcher.close();
  }
  const removed = await visit.end({ isWhole, beganMs, everyHours, failures });
  return { ...visit.report(isWhole), removed };
}

function problemOf(failure: UnicaError): WalkEvent {
  const { code, sentence, facts } = failure;
  return {
    kind: 'problem',
    problem: { address: String(facts['address'] ?? ''), code, problem: sentence.slice(0, 500) },
    asUnica: failure,
  };
}

/** The bookkeeping of one visit. */
class Visit {
  readonly #sourceId: string;
  readonly #address: string;
  readonly #parts: VisitParts & { readonly fetcher: DocumentFetcher };
  readonly #seen = new Set<string>();
  readonly #problems: HarvestProblem[] = [];
  #title: string | undefined;
  #records = 0;
  #added = 0;
  #changed = 0;
  #documents = 0;
  #unchanged = 0;
  #isBusy = false;

  constructor(sourceId: string, address: string, parts: VisitParts & { readonly fetcher: DocumentFetcher }) {
    this.#sourceId = sourceId;
    this.#address = address;
    this.#parts = parts;
  }

  /** A document: asked for with what is known of the one that is held, which is taken where it still holds. */
  async read(address: string, signal: AbortSignal): Promise<ReadDocument> {
    const { database, fetcher, limits, clock } = this.#parts;
    // Who asks to be left alone is, for the rest of this visit.
    if (this.#isBusy) throw new UnicaError('harvest.busy', { address, status: 503 });
    if (this.#documents > 0) await pause(limits.pauseMs, signal);
    this.#documents += 1;
    const held = await database.kysely
      .selectFrom('harvest_documents')
      .selectAll()
      .where('source_id', '=', this.#sourceId)
      .where('address', '=', address)
      .executeTakeFirst();
    const validators = held === undefined ? undefined : { etag: held.etag, lastModified: held.last_modified };
    const answer = await fetcher.fetch(address, validators, signal).catch((thrown: unknown) => {
      if (asUnicaError(thrown).code === 'harvest.busy') this.#isBusy = true;
      throw thrown;
    });
    if (answer.kind === 'unchanged') {
      if (held === undefined) throw new UnicaError('harvest.refused', { address, status: 304 });
      this.#unchanged += 1;
      const bytes = new TextEncoder().encode(held.body);
      const quads = await readRdf(bytes, held.syntax, held.base);
      await database.kysely
        .updateTable('harvest_documents')
        .set({ seen_at_ms: clock() })
        .where('source_id', '=', this.#sourceId)
        .where('address', '=', address)
        .execute();
      return { address: held.base, quads, sha256: held.sha256, bytes: bytes.length };
    }
    const quads = await readRdf(answer.bytes, answer.syntax, answer.address);
    const sha256 = sha256Hex(answer.bytes);
    await this.#keep(address, { ...answer, sha256 });
    return { address: answer.address, quads, sha256, bytes: answer.bytes.length };
  }

  async #keep(
    address: string,
    document: {
      readonly address: string;
      readonly syntax: 'turtle' | 'json-ld';
      readonly bytes: Uint8Array;
      readonly etag: string | null;
      readonly lastModified: string | null;
      readonly sha256: string;
    },
  ): Promise<void> {
    const { database, clock } = this.#parts;
    // Without a validator it is asked for in full each time, and nothing is held for it.
    if (document.etag === null && document.lastModified === null) return;
    const body = new TextDecoder().decode(document.bytes);
    // No database of the two takes this character in a text.
    if (body.includes('\0')) return;
    const row = {
      base: document.address,
      syntax: document.syntax,
      etag: document.etag,
      last_modified: document.lastModified,
      sha256: document.sha256,
      body,
      seen_at_ms: clock(),
    };
    await database.transaction(async (db) => {
      await stillThere(db, this.#sourceId);
      await db
        .insertInto('harvest_documents')
        .values({ source_id: this.#sourceId, address, ...row })
        .onConflict((conflict) => conflict.columns(['source_id', 'address']).doUpdateSet(row))
        .execute();
    });
  }

  async take(event: WalkEvent): Promise<void> {
    switch (event.kind) {
      case 'point':
        this.#title = event.title.slice(0, 300);
        return;
      case 'problem':
        if (this.#problems.length < SHOWN_PROBLEMS) this.#problems.push(event.problem);
        return;
      case 'unread':
        this.#seen.add(recordIdOf(this.#sourceId, event.iri));
        return;
      case 'record':
        return await this.#record(event);
      case 'end':
        return;
    }
  }

  async #record({ iri, quads, sha256, isWhole }: Extract<WalkEvent, { kind: 'record' }>): Promise<void> {
    const { database, clock } = this.#parts;
    const recordId = recordIdOf(this.#sourceId, iri);
    this.#seen.add(recordId);
    this.#records += 1;
    const summary = summaryOf(quads, iri, this.#address);
    const { state, missing } = await standingOfStatements({ 'eucaim-v2': quads, 'healthdcat-r8': quads });
    const findingsOf = (profile: string) => missing.find((one) => one.profile === profile)?.findings ?? [];
    const lacks = {
      eucaim: findingsOf('eucaim-v2').length,
      r8: findingsOf('healthdcat-r8').length,
      missing: missing.map(({ profile, findings }) => ({
        profile,
        findings: findings.slice(0, SHOWN_FINDINGS).map(shown),
      })),
    };
    const nowMs = clock();
    const row = {
      sha256,
      summary: canonicalJson(summary as unknown as Json),
      words: searchable(
        [summary.title, summary.publisher, ...summary.keywords, summary.description].join(' ').slice(0, FOUND_BY),
      ),
      title: summary.title,
      state,
      lacks: canonicalJson(lacks as unknown as Json),
      seen_ms: nowMs,
    };
    await database.transaction(async (db) => {
      await stillThere(db, this.#sourceId);
      const known = await db
        .selectFrom('foreign_records')
        .select('sha256')
        .where('record_id', '=', recordId)
        .executeTakeFirst();
      if (known === undefined) {
        const first = { first_seen_ms: nowMs, changed_ms: nowMs };
        const keys = { record_id: recordId, source_id: this.#sourceId, iri: iri.slice(0, 2000) };
        await db
          .insertInto('foreign_records')
          .values({ ...keys, ...row, ...first })
          .execute();
        this.#added += 1;
        return;
      }
      // Half of a record does not take the place of the whole one that is known.
      if (!isWhole) return;
      const isChanged = known.sha256 !== sha256;
      await db
        .updateTable('foreign_records')
        .set({ ...row, ...(isChanged ? { changed_ms: nowMs } : {}) })
        .where('record_id', '=', recordId)
        .execute();
      if (isChanged) this.#changed += 1;
    });
  }

  /** Lets go of what is gone and says when the next visit is. */
  async end({
    isWhole,
    beganMs,
    everyHours,
    failures,
  }: {
    readonly isWhole: boolean;
    readonly beganMs: number;
    readonly everyHours: number;
    readonly failures: number;
  }): Promise<number> {
    const { database, clock } = this.#parts;
    const { outcome } = this.report(isWhole);
    const nowMs = clock();
    const failed = outcome === 'failed' || this.#isBusy ? failures + 1 : 0;
    // A catalogue in trouble is asked again after an hour, two, four … but never more rarely than it is asked at all.
    const waitHours = failed === 0 ? everyHours : Math.min(everyHours, 2 ** Math.min(failed - 1, 10));
    return await database.transaction(async (db) => {
      await stillThere(db, this.#sourceId);
      await db
        .updateTable('harvest_sources')
        .set({
          ...(this.#title === undefined ? {} : { title: this.#title }),
          visited_at_ms: nowMs,
          next_at_ms: nowMs + waitHours * HOUR_MS,
          claimed_until_ms: 0,
          outcome,
          documents: this.#documents,
          unchanged: this.#unchanged,
          problems: canonicalJson(this.#problems as unknown as Json),
          failures: failed,
        })
        .where('source_id', '=', this.#sourceId)
        .execute();
      if (!isWhole) return 0;
      const known = await db
        .selectFrom('foreign_records')
        .select('record_id')
        .where('source_id', '=', this.#sourceId)
        .execute();
      const gone = known.map((row) => row.record_id).filter((recordId) => !this.#seen.has(recordId));
      for (const recordId of gone) {
        await db.deleteFrom('foreign_records').where('record_id', '=', recordId).execute();
      }
      // What was not asked for in a visit that saw everything belongs to nothing any more.
      await db
        .deleteFrom('harvest_documents')
        .where('source_id', '=', this.#sourceId)
        .where('seen_at_ms', '<', beganMs)
        .execute();
      return gone.length;
    });
  }

  report(isWhole: boolean): Omit<VisitReport, 'removed'> {
    const isFailed = this.#title === undefined || (!isWhole && this.#records === 0);
    return {
      sourceId: this.#sourceId,
      outcome: isFailed ? 'failed' : isWhole && this.#problems.length === 0 ? 'complete' : 'partial',
      added: this.#added,
      changed: this.#changed,
      documents: this.#documents,
      unchanged: this.#unchanged,
      problems: this.#problems,
    };
  }
}

function shown({ path, fix }: ShaclFinding): { path: string; fix: string } {
  return { path: path.slice(0, 500), fix: fix.slice(0, 1000) };
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done);
  });
  signal.throwIfAborted();
}
