import type { Transaction } from 'kysely';
import { type Clock, sha256Hex, UnicaError, utf8 } from '#base';
import type { Database } from '#store';
import {
  type ForeignRecord,
  type ForeignRecordDetail,
  foreignRecordDetailSchema,
  foreignRecordSchema,
  type HarvestSource,
  harvestProblemSchema,
  harvestSourceSchema,
} from '#wire';
import { harvestAddress } from './harvest-address.ts';
import type { HarvestTables } from './harvest-tables.ts';

/** Other catalogues that one hub reads at most. */
const SOURCES = 20;
/** "Read now" is for people, not for loops. */
const AGAIN_AFTER_MS = 60_000;
/** Records in one answer. */
const PAGE = 50;

/** What a search of foreign records asks for. */
export interface ForeignQuestion {
  /** Each word must be in the record. */
  readonly words: string;
  readonly sourceId?: string | undefined;
  readonly offset: number;
}

/** Which other catalogues are read, and what is known of their records. Nothing in here is counted with the network's own. */
export class HarvestRegister {
  readonly #database: Database<HarvestTables>;
  readonly #clock: Clock;
  readonly #newId: (prefix: string) => string;
  readonly #allowedHosts: ReadonlySet<string>;

  constructor(
    database: Database<HarvestTables>,
    options: {
      readonly clock: Clock;
      readonly newId: (prefix: string) => string;
      /** Hosts that may be private, as the operator lists them. */
      readonly allowedHosts: ReadonlySet<string>;
    },
  ) {
    this.#database = database;
    this.#clock = options.clock;
    this.#newId = options.newId;
    this.#allowedHosts = options.allowedHosts;
  }

  /**
   * Adds a catalogue, due at once.
   * @throws UnicaError `harvest.address`, `harvest.private-address`, `harvest.already-there`, `harvest.too-many`
   */
  async add(input: { readonly address: string; readonly everyHours: number }): Promise<HarvestSource> {
    const address = harvestAddress(input.address, this.#allowedHosts).href;
    const sourceId = this.#newId('source');
    const nowMs = this.#clock();
    await this.#database.transaction(async (db) => {
      const known = await db.selectFrom('harvest_sources').select('address').execute();
      if (known.some((one) => one.address === address)) throw new UnicaError('harvest.already-there', { address });
      if (known.length >= SOURCES) throw new UnicaError('harvest.too-many', { limit: SOURCES });
      await db
        .insertInto('harvest_sources')
        .values({
          source_id: sourceId,
          address,
          title: address.slice(0, 300),
          every_hours: input.everyHours,
          added_at_ms: nowMs,
          visited_at_ms: null,
          next_at_ms: nowMs,
          claimed_until_ms: 0,
          outcome: 'never',
          documents: 0,
          unchanged: 0,
          problems: '[]',
          failures: 0,
        })
        .execute();
    });
    return await this.source(sourceId);
  }

  /** All of them, by when they were added. */
  async sources(): Promise<readonly HarvestSource[]> {
    const { kysely } = this.#database;
    const [rows, counts] = await Promise.all([
      kysely.selectFrom('harvest_sources').selectAll().orderBy('added_at_ms').orderBy('source_id').execute(),
      kysely
        .selectFrom('foreign_records')
        .select(({ fn }) => ['source_id', fn.countAll<number>().as('records')])
        .groupBy('source_id')
        .execute(),
    ]);
    const nowMs = this.#clock();
    const recordsOf = new Map(counts.map(({ source_id, records }) => [source_id, Number(records)]));
    return rows.map((row) =>
      harvestSourceSchema.parse({
        sourceId: row.source_id,
        address: row.address,
        title: row.title,
        everyHours: row.every_hours,
        addedAtMs: row.added_at_ms,
        visitedAtMs: row.visited_at_ms,
        nextAtMs: row.next_at_ms,
        isBeingRead: row.claimed_until_ms > nowMs,
        outcome: row.outcome,
        records: recordsOf.get(row.source_id) ?? 0,
        documents: row.documents,
        unchanged: row.unchanged,
        problems: harvestProblemSchema.array().parse(JSON.parse(row.problems)),
      }),
    );
  }

  /** @throws UnicaError `http.not-found` */
  async source(sourceId: string): Promise<HarvestSource> {
    const found = (await this.sources()).find((one) => one.sourceId === sourceId);
    if (found === undefined) throw new UnicaError('http.not-found', { what: 'catalogue of that number' });
    return found;
  }

  /** Makes a catalogue due now. @throws UnicaError `http.not-found`, `harvest.too-soon` */
  async makeDue(sourceId: string): Promise<HarvestSource> {
    const { isBeingRead, visitedAtMs } = await this.source(sourceId);
    const nowMs = this.#clock();
    if (isBeingRead || (visitedAtMs !== null && visitedAtMs > nowMs - AGAIN_AFTER_MS)) {
      throw new UnicaError('harvest.too-soon');
    }
    await this.#database.kysely
      .updateTable('harvest_sources')
      .set({ next_at_ms: nowMs })
      .where('source_id', '=', sourceId)
      .execute();
    return await this.source(sourceId);
  }

  /** Forgets a catalogue with everything that was read of it. @throws UnicaError `http.not-found` */
  async remove(sourceId: string): Promise<HarvestSource> {
    const gone = await this.source(sourceId);
    await this.#database.transaction(async (db) => {
      await db.deleteFrom('harvest_sources').where('source_id', '=', sourceId).execute();
      await db.deleteFrom('harvest_documents').where('source_id', '=', sourceId).execute();
      await db.deleteFrom('foreign_records').where('source_id', '=', sourceId).execute();
    });
    return gone;
  }

  /** A page of the records that fit, by title. */
  async records({ words, sourceId, offset }: ForeignQuestion): Promise<{ records: ForeignRecord[]; found: number }> {
    let fitting = this.#rows();
    if (sourceId !== undefined) fitting = fitting.where('foreign_records.source_id', '=', sourceId);
    for (const word of wordsOf(words)) {
      fitting = fitting.where((where) => where('foreign_records.words', 'like', `%${word}%`));
    }
    const { found } = await fitting
      .clearSelect()
      .select(({ fn }) => fn.countAll<number>().as('found'))
      .executeTakeFirstOrThrow();
    const rows = await fitting
      .orderBy('foreign_records.title')
      .orderBy('record_id')
      .offset(offset)
      .limit(PAGE)
      .execute();
    return { records: rows.map(recordOf), found: Number(found) };
  }

  /** One record with what it lacks. @throws UnicaError `http.not-found` */
  async record(recordId: string): Promise<ForeignRecordDetail> {
    const row = await this.#rows().where('record_id', '=', recordId).executeTakeFirst();
    if (row === undefined) throw new UnicaError('http.not-found', { what: 'record of that number' });
    const { missing } = JSON.parse(row.lacks) as { readonly missing: unknown };
    return foreignRecordDetailSchema.parse({ record: recordOf(row), missing });
  }

  #rows() {
    return this.#database.kysely
      .selectFrom('foreign_records')
      .innerJoin('harvest_sources', 'harvest_sources.source_id', 'foreign_records.source_id')
      .selectAll('foreign_records')
      .select(['harvest_sources.title as source_title', 'harvest_sources.address as source_address']);
  }
}

type Row = HarvestTables['foreign_records'] & { readonly source_title: string; readonly source_address: string };

function recordOf(row: Row): ForeignRecord {
  const { eucaim, r8 } = JSON.parse(row.lacks) as { readonly eucaim: unknown; readonly r8: unknown };
  return foreignRecordSchema.parse({
    ...(JSON.parse(row.summary) as Record<string, unknown>),
    recordId: row.record_id,
    sourceId: row.source_id,
    sourceTitle: row.source_title,
    sourceAddress: row.source_address,
    iri: row.iri,
    sha256: row.sha256,
    firstSeenAtMs: row.first_seen_ms,
    changedAtMs: row.changed_ms,
    seenAtMs: row.seen_ms,
    state: row.state,
    lacks: { eucaim, r8 },
  });
}

/** What stands in LIKE for something else stands for itself here: it is no letter of a word. */
function wordsOf(text: string): readonly string[] {
  return [...new Set(searchable(text).split(' '))].filter((word) => word !== '').slice(0, 5);
}

/** Letters and digits in their small form without marks, words with a space between them. */
export function searchable(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** The number of a record: the same as long as its source and its identifier are. */
export function recordIdOf(sourceId: string, iri: string): string {
  return `record-${sha256Hex(utf8(`${sourceId}\n${iri}`)).slice(0, 32)}`;
}

/** Writes within a visit come to nothing once the catalogue was removed. @throws UnicaError `http.not-found` */
export async function stillThere(db: Transaction<HarvestTables>, sourceId: string): Promise<void> {
  const row = await db
    .selectFrom('harvest_sources')
    .select('source_id')
    .where('source_id', '=', sourceId)
    .executeTakeFirst();
  if (row === undefined) throw new UnicaError('http.not-found', { what: 'catalogue of that number' });
}
