import type { Kysely } from 'kysely';
import { ownScore } from '#clinic';
import type { Standing } from '#consent';
import { logitOf } from '#evaluation';
import { isSoughtFound, taskByName } from '#pilots';
import { clinicResultSchema, scoreCorrectionSchema } from '#wire';
import type { EnabledModel } from './clinic-models.ts';
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
  readonly outcome: { readonly source: 'table' | 'reader'; readonly found: boolean } | undefined;
}

const keptSchema = clinicResultSchema.pick({ outcome: true, images: true });

/** What a model of a version said of studies, in the order in which it did. */
export class WatchedCases {
  readonly #db: Kysely<NodeTables>;
  readonly #standing: Standing;

  constructor({ db, standing }: { readonly db: Kysely<NodeTables>; readonly standing: Standing }) {
    this.#db = db;
    this.#standing = standing;
  }

  /** Of several films of one examination the one with the highest score counts; results that were replaced do not. */
  async of({ name, version, digest, task }: EnabledModel): Promise<readonly ScoredCase[]> {
    await this.#standing.refresh();
    const [rows, studies, clinical, reads] = await Promise.all([
      this.#db
        .selectFrom('clinic_results')
        .selectAll()
        .where('model', '=', name)
        .where('version', '=', version)
        .where('digest', '=', digest)
        .orderBy('scored_at_ms')
        .orderBy('score')
        .execute(),
      this.#db
        .selectFrom('instances')
        .select(['study_instance_uid', 'age_years', 'manufacturer'])
        .where('study_instance_uid', 'in', (select) =>
          select.selectFrom('clinic_results').select('study').where('model', '=', name),
        )
        .execute(),
      this.#db.selectFrom('clinical_findings').select(['subject', 'findings']).execute(),
      this.#db.selectFrom('clinic_reads').select(['subject', 'found']).where('task', '=', task).execute(),
    ]);
    const headOf = new Map(studies.map((row) => [row.study_instance_uid, row]));
    const findingsOf = new Map(clinical.map((row) => [row.subject, row.findings]));
    const readOf = new Map(reads.map((row) => [row.subject, Number(row.found) === 1]));
    const imaging = taskByName(task);
    const replaced = new Set(rows.map(({ replaces }) => replaces));
    const cases = new Map<string, ScoredCase>();
    for (const row of rows) {
      if (row.score === null || replaced.has(row.result_id) || this.#standing.isLeftOut(row.person)) continue;
      const score = ownScoreOf(row);
      const before = cases.get(row.study);
      if (before !== undefined && task === 'chest-nodule' && before.score > score) continue;
      const head = headOf.get(row.study);
      const findings = findingsOf.get(row.study) ?? findingsOf.get(row.person);
      const read = row.accession === null ? undefined : readOf.get(row.accession);
      cases.delete(row.study);
      cases.set(row.study, {
        person: row.person,
        study: row.study,
        scoredAtMs: Number(row.scored_at_ms),
        score,
        shown: Number(row.score),
        logit: logitOf(score),
        groups: {
          age: ageGroup(head?.age_years ?? null),
          manufacturer: makerGroup(head?.manufacturer ?? null),
          ...keptGroups(row.result),
        },
        outcome:
          findings !== undefined
            ? { source: 'table', found: isSoughtFound(JSON.parse(findings) as string[], imaging) }
            : read === undefined
              ? undefined
              : { source: 'reader', found: read },
      });
    }
    return [...cases.values()];
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
