import { type Clock, canonicalJson, type Json, UnicaError } from '#base';
import type { Database, Migration } from '#store';
import { type CohortQuery, type GuardedCount, type Receipt, receiptSchema, type SearchView } from '#wire';
import { summedFacets } from './summed-facets.ts';

/** The hub's records of federated counts. */
export interface SearchTables {
  searches: { search_id: string; query: string; requester: string; asked_at_ms: number };
  search_answers: {
    search_id: string;
    site_id: string;
    state: 'pending' | 'answered' | 'failed';
    persons: string | null;
    studies: string | null;
    /** JSON: the receipt as it came, from version 2 on. */
    receipt: string | null;
    because: string | null;
    milliseconds: number | null;
  };
}

/** Tables of federated counts. */
export const searchMigrations: readonly Migration[] = [
  {
    id: 'search-001-searches',
    async up(db) {
      await db.schema
        .createTable('searches')
        .addColumn('search_id', 'text', (column) => column.primaryKey())
        .addColumn('query', 'text', (column) => column.notNull())
        .addColumn('requester', 'text', (column) => column.notNull())
        .addColumn('asked_at_ms', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('search_answers')
        .addColumn('search_id', 'text', (column) => column.notNull().references('searches.search_id'))
        .addColumn('site_id', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('persons', 'text')
        .addColumn('studies', 'text')
        .addColumn('because', 'text')
        .addColumn('milliseconds', 'double precision')
        .addPrimaryKeyConstraint('search_answers_key', ['search_id', 'site_id'])
        .execute();
    },
  },
  {
    id: 'search-002-receipts',
    async up(db) {
      await db.schema.alterTable('search_answers').addColumn('receipt', 'text').execute();
    },
  },
];

/** A node's answer to a count. */
export type Counted = Extract<Receipt, { readonly kind: 'counted' }>;

/** Federated counts as the hub keeps them: only what nodes let out. */
export interface Searches {
  start(search: {
    readonly searchId: string;
    readonly query: CohortQuery;
    readonly requester: string;
    readonly sites: readonly string[];
  }): Promise<void>;
  /** The first answer of a site counts. */
  answer(searchId: string, siteId: string, answer: Counted): Promise<void>;
  fail(searchId: string, siteId: string, because: string): Promise<void>;
  /** @throws UnicaError `http.not-found`. */
  view(searchId: string): Promise<SearchView>;
  /** Sites that have answered, and when the first of the questions that they answered was asked. */
  answering(): Promise<ReadonlyMap<string, number>>;
}

/** A site that has not answered by then counts as silent, so that one node out of reach holds nobody up. */
const SILENT_AFTER_MS = 60_000;

/** Opens the searches over a migrated database. */
export function openSearches<Tables extends SearchTables>(database: Database<Tables>, clock: Clock): Searches {
  const search = database as unknown as Database<SearchTables>;
  const db = search.kysely;
  const settle = async (searchId: string, siteId: string, set: Partial<SearchTables['search_answers']>) => {
    await db
      .updateTable('search_answers')
      .set(set)
      .where('search_id', '=', searchId)
      .where('site_id', '=', siteId)
      .where('state', '=', 'pending')
      .execute();
  };
  return {
    async start({ searchId, query, requester, sites }) {
      await search.transaction(async (transaction) => {
        await transaction
          .insertInto('searches')
          .values({ search_id: searchId, query: canonicalJson(query), requester, asked_at_ms: clock() })
          .execute();
        for (const siteId of sites) {
          await transaction
            .insertInto('search_answers')
            .values({
              search_id: searchId,
              site_id: siteId,
              state: 'pending',
              persons: null,
              studies: null,
              receipt: null,
              because: null,
              milliseconds: null,
            })
            .execute();
        }
      });
    },
    answer: async (searchId, siteId, counted) =>
      await settle(searchId, siteId, {
        state: 'answered',
        persons: canonicalJson(counted.persons),
        studies: canonicalJson(counted.studies),
        receipt: canonicalJson(counted as Json),
        milliseconds: counted.milliseconds,
      }),
    async answering() {
      const rows = await db
        .selectFrom('search_answers')
        .innerJoin('searches', 'searches.search_id', 'search_answers.search_id')
        .select((select) => ['site_id', select.fn.min('asked_at_ms').as('first_at_ms')])
        .where('state', '=', 'answered')
        .groupBy('site_id')
        .execute();
      return new Map(rows.map((row) => [row.site_id, Number(row.first_at_ms)]));
    },
    fail: async (searchId, siteId, because) => await settle(searchId, siteId, { state: 'failed', because }),
    async view(searchId) {
      const head = await db.selectFrom('searches').selectAll().where('search_id', '=', searchId).executeTakeFirst();
      if (head === undefined) throw new UnicaError('http.not-found', { what: 'search of that number' });
      const rows = await db
        .selectFrom('search_answers')
        .selectAll()
        .where('search_id', '=', searchId)
        .orderBy('site_id')
        .execute();
      const silent = clock() - head.asked_at_ms > SILENT_AFTER_MS;
      const nodes = rows.flatMap((row) => {
        if (row.state !== 'answered') return [];
        const { persons, studies, facets, unsupported, exact } = countedOf(row);
        return [
          {
            site: row.site_id,
            persons,
            studies,
            suppressed: 'below' in persons,
            ms: Math.round(row.milliseconds ?? 0),
            ...(facets === undefined ? {} : { facets }),
            ...(unsupported === undefined ? {} : { unsupported }),
            ...(exact === undefined ? {} : { exact }),
          },
        ];
      });
      const facets = summedFacets(nodes.flatMap((node) => ('facets' in node ? [node.facets] : [])));
      return {
        id: searchId,
        total: {
          persons: nodes.reduce((sum, node) => sum + disclosed(node.persons), 0),
          studies: nodes.reduce((sum, node) => sum + disclosed(node.studies), 0),
        },
        nodes,
        pending: silent ? [] : rows.filter((row) => row.state === 'pending').map((row) => row.site_id),
        failed: rows.flatMap((row) => {
          if (row.state === 'failed') return [{ site: row.site_id, because: row.because ?? '' }];
          return row.state === 'pending' && silent ? [{ site: row.site_id, because: 'it did not answer in time' }] : [];
        }),
        ...(facets === undefined ? {} : { facets }),
      };
    },
  };
}

function countedOf(row: SearchTables['search_answers']): Counted {
  const { persons, studies, receipt, milliseconds } = row;
  const whole: unknown =
    receipt === null
      ? {
          kind: 'counted',
          persons: JSON.parse(persons ?? 'null'),
          studies: JSON.parse(studies ?? 'null'),
          milliseconds,
        }
      : JSON.parse(receipt);
  const counted = receiptSchema.parse(whole);
  if (counted.kind !== 'counted') throw new UnicaError('internal');
  return counted;
}

function disclosed(count: GuardedCount): number {
  return 'count' in count ? count.count : 0;
}
