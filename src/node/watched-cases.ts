import type { Kysely } from 'kysely';
import { ownScore } from '#clinic';
import type { Standing } from '#consent';
import { logitOf } from '#evaluation';
import { clinicResultSchema, MOST_WATCH_PARTS, scoreCorrectionSchema } from '#wire';
import type { EnabledModel } from './clinic-models.ts';
import { type StudyOutcome, studyOutcomes } from './study-outcomes.ts';
import type { NodeTables } from './tables.ts';

/** Every group of a thing, so that a site without anybody in one tells of it as of a small one. */
export const WATCH_GROUPS = {
  age: ['under-40', '40-49', '50-59', '60-69', '70+', 'unknown'],
  density: ['a', 'b', 'c', 'd', 'unknown'],
  images: ['1', '2', '3', '4', '5+'],
  manufacturer: ['agfa', 'canon', 'carestream', 'fujifilm', 'ge', 'hologic', 'philips', 'siemens', 'other', 'unknown'],
} as const;

/** A study that a model scored, as it is counted; of people who are not left out. */
export interface ScoredCase {
  readonly person: string;
  readonly study: string;
  readonly scoredAtMs: number;
  /** The model's own, before a correction of the site. */
  readonly score: number;
  /** As it was told, with the correction of its day: what alarms go by. */
  readonly shown: number;
  readonly logit: number;
  readonly groups: { readonly [Of in keyof typeof WATCH_GROUPS]: (typeof WATCH_GROUPS)[Of][number] };
  /** The clinical table goes before what readers found. */
  readonly outcome: StudyOutcome | undefined;
}

const keptSchema = clinicResultSchema.pick({ outcome: true, images: true });

/** How much is looked at: the newest results, in whole months, so that no month is counted in part. */
export interface WatchBounds {
  readonly months: number;
  readonly results: number;
  /** Results that are read at once: each has the maps of its films in it. */
  readonly page: number;
}

/** Answers tell of no more months; a result that is counted takes some hundred bytes of memory. */
const BOUNDS: WatchBounds = { months: MOST_WATCH_PARTS, results: 200_000, page: 200 };

type Results = NodeTables['clinic_results'];
type ReadResult = Pick<
  Results,
  'result_id' | 'study' | 'person' | 'scored_at_ms' | 'score' | 'result' | 'correction' | 'accession'
>;

/** What else is known of the studies of a page. */
interface Beside {
  readonly heads: ReadonlyMap<string, { readonly ageYears: number | null; readonly manufacturer: string | null }>;
  readonly outcomes: ReadonlyMap<string, StudyOutcome>;
}

/** What a model of a version said of studies, in the order in which it did. */
export class WatchedCases {
  readonly #db: Kysely<NodeTables>;
  readonly #standing: Standing;
  readonly #bounds: WatchBounds;

  constructor({
    db,
    standing,
    bounds = BOUNDS,
  }: {
    readonly db: Kysely<NodeTables>;
    readonly standing: Standing;
    readonly bounds?: WatchBounds;
  }) {
    this.#db = db;
    this.#standing = standing;
    this.#bounds = bounds;
  }

  /** Of several films of one examination the one with the highest score counts; results that were replaced do not. */
  async of(model: EnabledModel, nowMs: number): Promise<readonly ScoredCase[]> {
    await this.#standing.refresh();
    const { task } = model;
    const replaced = new Set(
      (await this.#results(model).select('replaces').where('replaces', 'is not', null).execute()).map(
        ({ replaces }) => replaces,
      ),
    );
    const cases = new Map<string, ScoredCase>();
    for await (const { rows, heads, outcomes } of this.#pages(model, await this.#sinceMs(model, nowMs))) {
      for (const row of rows) {
        if (replaced.has(row.result_id) || this.#standing.isLeftOut(row.person)) continue;
        const score = ownScoreOf(row);
        const before = cases.get(row.study);
        if (before !== undefined && task === 'chest-nodule' && before.score > score) continue;
        const head = heads.get(row.study);
        cases.delete(row.study);
        cases.set(row.study, {
          person: row.person,
          study: row.study,
          scoredAtMs: Number(row.scored_at_ms),
          score,
          shown: Number(row.score),
          logit: logitOf(score),
          groups: {
            age: ageGroup(head?.ageYears ?? null),
            manufacturer: makerGroup(head?.manufacturer ?? null),
            ...keptGroups(row.result),
          },
          outcome: outcomes.get(row.study),
        });
      }
    }
    return [...cases.values()];
  }

  #results({ name, version, digest }: EnabledModel) {
    return this.#db
      .selectFrom('clinic_results')
      .where('model', '=', name)
      .where('version', '=', version)
      .where('digest', '=', digest);
  }

  /** The beginning of the first month that is looked at. */
  async #sinceMs(model: EnabledModel, nowMs: number): Promise<number> {
    const { months, results } = this.#bounds;
    const now = new Date(nowMs);
    const oldest = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1);
    const beyond = await this.#results(model)
      .select('scored_at_ms')
      .where('score', 'is not', null)
      .orderBy('scored_at_ms', 'desc')
      .offset(results)
      .limit(1)
      .executeTakeFirst();
    if (beyond === undefined) return oldest;
    const last = new Date(Number(beyond.scored_at_ms));
    return Math.max(oldest, Date.UTC(last.getUTCFullYear(), last.getUTCMonth() + 1, 1));
  }

  /** Results with a score from a moment on, the oldest first, of one moment the lowest score first. */
  async *#pages(
    model: EnabledModel,
    sinceMs: number,
  ): AsyncGenerator<Beside & { readonly rows: readonly ReadResult[] }> {
    const { page } = this.#bounds;
    let last: ReadResult | undefined;
    for (;;) {
      let wanted = this.#results(model)
        .select(['result_id', 'study', 'person', 'scored_at_ms', 'score', 'result', 'correction', 'accession'])
        .where('score', 'is not', null)
        .where('scored_at_ms', '>=', sinceMs);
      if (last !== undefined) {
        const { scored_at_ms: atMs, score, result_id: id } = last;
        wanted = wanted.where((is) =>
          is.or([
            is('scored_at_ms', '>', atMs),
            is.and([is('scored_at_ms', '=', atMs), is('score', '>', score)]),
            is.and([is('scored_at_ms', '=', atMs), is('score', '=', score), is('result_id', '>', id)]),
          ]),
        );
      }
      const rows = await wanted.orderBy('scored_at_ms').orderBy('score').orderBy('result_id').limit(page).execute();
      if (rows.length === 0) return;
      yield { rows, ...(await this.#beside(rows, model.task)) };
      if (rows.length < page) return;
      last = rows.at(-1);
    }
  }

  async #beside(rows: readonly ReadResult[], task: EnabledModel['task']): Promise<Beside> {
    const studies = [...new Set(rows.map(({ study }) => study))];
    const [heads, outcomes] = await Promise.all([
      this.#db
        .selectFrom('instances')
        // Whichever image of the study says: one film of an exam may lack what the others have.
        .select((select) => [
          'study_instance_uid',
          select.fn.min('age_years').as('age_years'),
          select.fn.min('manufacturer').as('manufacturer'),
        ])
        .where('study_instance_uid', 'in', studies)
        .groupBy('study_instance_uid')
        .execute(),
      studyOutcomes(this.#db, task, rows),
    ]);
    return {
      heads: new Map(
        heads.map((row) => [
          row.study_instance_uid,
          { ageYears: row.age_years === null ? null : Number(row.age_years), manufacturer: row.manufacturer },
        ]),
      ),
      outcomes,
    };
  }
}

function ownScoreOf({ score, correction }: Pick<NodeTables['clinic_results'], 'score' | 'correction'>): number {
  const told = Number(score);
  return correction === null ? told : ownScore(told, scoreCorrectionSchema.parse(JSON.parse(correction)));
}

function keptGroups(result: string): Pick<ScoredCase['groups'], 'density' | 'images'> {
  const { outcome, images } = keptSchema.parse(JSON.parse(result));
  const density = outcome.kind === 'scored' ? outcome.density?.category : undefined;
  const count = Math.max(1, images.length);
  return {
    density: density ?? 'unknown',
    images: WATCH_GROUPS.images[Math.min(count, WATCH_GROUPS.images.length) - 1] ?? '5+',
  };
}

function ageGroup(years: number | null): ScoredCase['groups']['age'] {
  if (years === null) return 'unknown';
  if (years < 40) return 'under-40';
  if (years >= 70) return '70+';
  return years < 50 ? '40-49' : years < 60 ? '50-59' : '60-69';
}

/** A header may name anybody: only makers that are on the list are told. */
function makerGroup(manufacturer: string | null): ScoredCase['groups']['manufacturer'] {
  const name = manufacturer?.trim().toLowerCase() ?? '';
  if (name === '') return 'unknown';
  if (name.startsWith('lorad')) return 'hologic';
  return WATCH_GROUPS.manufacturer.find((one) => new RegExp(`\\b${one}\\b`).test(name)) ?? 'other';
}
