import { type Clock, canonicalJson, UnicaError } from '#base';
import type { Database, Migration } from '#store';
import { type ModelWatch, type ModelWatches, type WatchAnswer, type WatchFigures, watchAnswerSchema } from '#wire';
import { watchFigures } from './watch-figures.ts';

/** Questions how a model does in clinics, and what sites answered: sums and histograms. */
export interface ModelWatchTables {
  model_watches: { watch_id: string; model: string; because: string; asked_by: string; asked_at_ms: number };
  model_watch_sites: {
    watch_id: string;
    site_id: string;
    state: 'waiting' | 'answered' | 'refused';
    because: string | null;
    /** JSON WatchAnswer. */
    answer: string | null;
    answered_at_ms: number | null;
  };
}

/** The tables of those questions. */
export const modelWatchMigrations: readonly Migration[] = [
  {
    id: 'models-166-watches',
    async up(db) {
      await db.schema
        .createTable('model_watches')
        .addColumn('watch_id', 'text', (column) => column.primaryKey())
        .addColumn('model', 'text', (column) => column.notNull())
        .addColumn('because', 'text', (column) => column.notNull())
        .addColumn('asked_by', 'text', (column) => column.notNull())
        .addColumn('asked_at_ms', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('model_watch_sites')
        .addColumn('watch_id', 'text', (column) => column.notNull().references('model_watches.watch_id'))
        .addColumn('site_id', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('because', 'text')
        .addColumn('answer', 'text')
        .addColumn('answered_at_ms', 'bigint')
        .addPrimaryKeyConstraint('model_watch_sites_key', ['watch_id', 'site_id'])
        .execute();
    },
  },
];

/** Newest questions that are listed. */
const MOST_LISTED = 200;

/** A question as one site is asked it. */
export interface WaitingQuestion {
  readonly watchId: string;
  readonly siteId: string;
  readonly model: string;
  readonly because: string;
  readonly askedBy: string;
  readonly askedAtMs: number;
}

/** Questions how a model does in clinics. */
export interface WatchRegister {
  ask(wish: {
    readonly model: string;
    readonly sites: readonly string[];
    readonly because: string;
    readonly askedBy: string;
  }): Promise<string>;
  /** A site's answer, once; whether it was taken now. @throws UnicaError `http.not-found` */
  answer(watchId: string, siteId: string, answer: WatchAnswer): Promise<boolean>;
  refuse(watchId: string, siteId: string, because: string): Promise<void>;
  /** Questions that sites have not answered, one entry for each site. */
  waiting(): Promise<readonly WaitingQuestion[]>;
  /** With the figures of each site. @throws UnicaError `http.not-found` */
  view(watchId: string): Promise<ModelWatch>;
  list(): Promise<ModelWatches>;
}

/** Opens them over a migrated database. */
export function openModelWatches<Tables extends ModelWatchTables>(
  database: Database<Tables>,
  { clock, newId }: { readonly clock: Clock; readonly newId: (prefix: string) => string },
): WatchRegister {
  const own = database as unknown as Database<ModelWatchTables>;
  const db = own.kysely;
  const figures = new KeptFigures();
  return {
    async ask({ model, sites, because, askedBy }) {
      const watchId = newId('watch');
      await own.transaction(async (transaction) => {
        await transaction
          .insertInto('model_watches')
          .values({ watch_id: watchId, model, because, asked_by: askedBy, asked_at_ms: clock() })
          .execute();
        for (const siteId of new Set(sites))
          await transaction
            .insertInto('model_watch_sites')
            .values({
              ...{ watch_id: watchId, site_id: siteId, state: 'waiting' },
              ...{ because: null, answer: null, answered_at_ms: null },
            })
            .execute();
      });
      return watchId;
    },
    async answer(watchId, siteId, answer) {
      const taken = await db
        .updateTable('model_watch_sites')
        .set({ state: 'answered', answer: canonicalJson(answer), answered_at_ms: clock() })
        .where('watch_id', '=', watchId)
        .where('site_id', '=', siteId)
        .where('state', '=', 'waiting')
        .executeTakeFirst();
      return Number(taken.numUpdatedRows) > 0;
    },
    async refuse(watchId, siteId, because) {
      await db
        .updateTable('model_watch_sites')
        .set({ state: 'refused', because, answered_at_ms: clock() })
        .where('watch_id', '=', watchId)
        .where('site_id', '=', siteId)
        .where('state', '=', 'waiting')
        .execute();
    },
    async waiting() {
      const rows = await db
        .selectFrom('model_watch_sites')
        .innerJoin('model_watches', 'model_watches.watch_id', 'model_watch_sites.watch_id')
        .select(['model_watches.watch_id', 'site_id', 'model', 'model_watches.because', 'asked_by', 'asked_at_ms'])
        .where('state', '=', 'waiting')
        .orderBy('asked_at_ms')
        .execute();
      return rows.map((row) => ({
        ...{ watchId: row.watch_id, siteId: row.site_id, model: row.model, because: row.because },
        ...{ askedBy: row.asked_by, askedAtMs: Number(row.asked_at_ms) },
      }));
    },
    async view(watchId) {
      const watch = await db.selectFrom('model_watches').selectAll().where('watch_id', '=', watchId).executeTakeFirst();
      if (watch === undefined) throw new UnicaError('http.not-found', { what: 'question of that number' });
      const rows = await db
        .selectFrom('model_watch_sites')
        .selectAll()
        .where('watch_id', '=', watchId)
        .orderBy('site_id')
        .execute();
      const told = rows.map((row) => ({
        row,
        answer: row.answer === null ? null : watchAnswerSchema.parse(JSON.parse(row.answer)),
      }));
      return {
        ...{ watchId, model: watch.model, because: watch.because, askedBy: watch.asked_by },
        askedAtMs: Number(watch.asked_at_ms),
        sites: told.map(({ row, answer }) => ({
          siteId: row.site_id,
          state: row.state,
          because: row.because,
          answeredAtMs: row.answered_at_ms === null ? null : Number(row.answered_at_ms),
          version: answer?.model.version ?? null,
          mode: answer?.mode ?? null,
          figures:
            answer === null
              ? null
              : figures.of(`${watchId}/${row.site_id}`, answer, {
                  // Scores of another version are another scale.
                  others: told.flatMap((other) =>
                    other.answer !== null &&
                    other.row.site_id !== row.site_id &&
                    other.answer.model.version === answer.model.version
                      ? [other.answer]
                      : [],
                  ),
                }),
        })),
      };
    },
    async list() {
      const [watches, sites] = await Promise.all([
        db.selectFrom('model_watches').selectAll().orderBy('asked_at_ms', 'desc').limit(MOST_LISTED).execute(),
        db
          .selectFrom('model_watch_sites')
          .select(['watch_id', 'state'])
          .where('watch_id', 'in', (select) =>
            select.selectFrom('model_watches').select('watch_id').orderBy('asked_at_ms', 'desc').limit(MOST_LISTED),
          )
          .execute(),
      ]);
      return {
        items: watches.map((watch) => {
          const states = sites.flatMap((site) => (site.watch_id === watch.watch_id ? [site.state] : []));
          const count = (state: string) => states.filter((one) => one === state).length;
          return {
            ...{ watchId: watch.watch_id, model: watch.model, because: watch.because, askedBy: watch.asked_by },
            askedAtMs: Number(watch.asked_at_ms),
            ...{ asked: states.length, answered: count('answered'), refused: count('refused') },
          };
        }),
      };
    },
  };
}

/** Sites whose figures are kept. */
const MOST_KEPT = 500;

/** Figures by site and question: a page that is open asks for them again and again, and their intervals take a tenth of a second or more. */
class KeptFigures {
  readonly #kept = new Map<string, { readonly others: number; readonly figures: WatchFigures }>();

  /** An answer never changes, and others are only added. */
  of(key: string, answer: WatchAnswer, { others }: { readonly others: readonly WatchAnswer[] }): WatchFigures {
    const known = this.#kept.get(key);
    if (known?.others === others.length) return known.figures;
    const figures = watchFigures(answer, { others, seed: key });
    this.#kept.delete(key);
    this.#kept.set(key, { others: others.length, figures });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return figures;
  }
}
