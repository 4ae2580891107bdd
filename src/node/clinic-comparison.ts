import type { Journal } from '#audit';
import { type Clock, UnicaError } from '#base';
import { compareWithReader } from '#clinic';
import type { Standing } from '#consent';
import type { Database } from '#store';
import type { ClinicComparison, ClinicTask } from '#wire';
import type { ClinicModels } from './clinic-models.ts';
import type { ClinicOrders } from './clinic-orders.ts';
import type { NodeTables } from './tables.ts';

/** What a reader found in an examination, as a table of the hospital has it. */
export interface ReadRow {
  readonly accessionNumber: string;
  /** positive or negative, yes or no, 1 or 0. */
  readonly result: string;
  /** YYYY-MM-DD or YYYYMMDD; of several reads of one examination the newest counts. */
  readonly date: string;
}

const YES: ReadonlySet<string> = new Set(['positive', 'yes', 'true', '1']);
const NO: ReadonlySet<string> = new Set(['negative', 'no', 'false', '0']);
/** More rows than this are not one table. */
const MOST_ROWS = 1_000_000;

/** What reads are kept and compared with. */
export interface ClinicReadsParts {
  readonly database: Pick<Database<NodeTables>, 'kysely' | 'transaction'>;
  readonly models: ClinicModels;
  readonly orders: ClinicOrders;
  readonly standing: Standing;
  readonly journal: Journal;
  readonly clock: Clock;
}

/** Holds what models said against what readers found. Accession numbers stand here as keyed digests, and days not at all. */
export class ClinicReads {
  readonly #parts: ClinicReadsParts;

  constructor(parts: ClinicReadsParts) {
    this.#parts = parts;
  }

  /**
   * Takes a table of reads, all of it or nothing; a read of the same examination that was there before is replaced.
   * @returns examinations of the table, and how many of them a model has a result of; of who is left out there is none
   * @throws UnicaError `clinic.reads-unusable` naming the row
   */
  async take(
    task: ClinicTask,
    rows: readonly ReadRow[],
    actor: string,
  ): Promise<{ readonly examinations: number; readonly known: number }> {
    const { database, orders, standing, journal, clock } = this.#parts;
    if (rows.length > MOST_ROWS) throw unusable(MOST_ROWS + 1, `there are more than ${MOST_ROWS} rows`);
    const newest = new Map<string, { readonly day: string; readonly found: boolean }>();
    for (const [place, { accessionNumber, result, date }] of rows.entries()) {
      const accession = orders.digestOf(accessionNumber);
      if (accession === null) throw unusable(place + 2, 'it has no accession number');
      const word = result.trim().toLowerCase();
      if (!YES.has(word) && !NO.has(word)) throw unusable(place + 2, 'its result is neither positive nor negative');
      const day = date.replaceAll('-', '').trim();
      if (!/^\d{8}$/.test(day)) throw unusable(place + 2, 'its date is not YYYY-MM-DD');
      const before = newest.get(accession);
      if (before === undefined || before.day <= day) newest.set(accession, { day, found: YES.has(word) });
    }
    const atMs = clock();
    await database.transaction(async (db) => {
      for (const [subject, { found }] of newest) {
        const values = { found: found ? 1 : 0, at_ms: atMs };
        await db
          .insertInto('clinic_reads')
          .values({ task, subject, ...values })
          .onConflict((conflict) => conflict.columns(['task', 'subject']).doUpdateSet(values))
          .execute();
      }
    });
    await standing.refresh();
    const known = new Set(
      (await this.#cases(task)).flatMap(({ subject, person }) =>
        newest.has(subject) && !standing.isLeftOut(person) ? [subject] : [],
      ),
    ).size;
    await journal.append({
      actor,
      action: 'clinic.reads-taken',
      subject: task,
      facts: { rows: rows.length, examinations: newest.size },
    });
    return { examinations: newest.size, known };
  }

  /** Every model and version that has results, each held against the readers; results that were replaced do not count. */
  async compare(): Promise<readonly ClinicComparison[]> {
    const { models, standing } = this.#parts;
    await standing.refresh();
    const listed = new Map((await models.list()).map((model) => [model.name, model]));
    const groups = new Map<string, ComparedRow[]>();
    for (const task of ['breast-risk', 'chest-nodule'] as const)
      for (const row of await this.#cases(task)) {
        if (standing.isLeftOut(row.person)) continue;
        const key = `${row.model}\n${row.version}`;
        const own = groups.get(key);
        if (own === undefined) groups.set(key, [row]);
        else own.push(row);
      }
    return [...groups.values()].flatMap((rows) => {
      const [first] = rows;
      if (first === undefined) return [];
      const alarmFrom = listed.get(first.model)?.alarmFrom ?? 0.5;
      const scored = rows.flatMap(({ score, found }) =>
        score === null ? [] : [{ score: Number(score), readerFound: Number(found) === 1 }],
      );
      return [
        {
          model: first.model,
          version: first.version,
          task: first.task as ClinicTask,
          alarmFrom,
          refused: rows.length - scored.length,
          comparison: compareWithReader(scored, alarmFrom),
        },
      ];
    });
  }

  /** The newest result of each examination by each version of a model, where a reader's is there too. */
  async #cases(task: ClinicTask): Promise<readonly ComparedRow[]> {
    const rows = await this.#parts.database.kysely
      .selectFrom('clinic_results as r')
      .innerJoin('clinic_reads as d', (join) =>
        join.onRef('d.subject', '=', 'r.accession').onRef('d.task', '=', 'r.task'),
      )
      .select(['r.result_id', 'r.replaces', 'r.model', 'r.version', 'r.task', 'r.person', 'r.study', 'r.score'])
      .select(['d.found', 'd.subject'])
      .where('r.task', '=', task)
      .orderBy('r.scored_at_ms')
      .orderBy('r.score')
      .execute();
    const newest = new Map<string, ComparedRow>();
    // A result that another version replaced is still what its own version said.
    const replaced = new Set(rows.map(({ version, replaces }) => `${version}\n${replaces}`));
    // Of several films of one examination the highest score is what would have been an alarm.
    for (const row of rows) {
      if (replaced.has(`${row.version}\n${row.result_id}`)) continue;
      const key = `${row.model}\n${row.version}\n${row.study}`;
      const before = newest.get(key);
      const isHigher =
        before === undefined || task === 'breast-risk' || Number(row.score ?? -1) >= Number(before.score ?? -1);
      if (isHigher) newest.set(key, row);
    }
    return [...newest.values()];
  }
}

interface ComparedRow {
  readonly model: string;
  readonly version: string;
  readonly task: string;
  readonly person: string;
  readonly study: string;
  readonly score: number | null;
  readonly found: number;
  readonly subject: string;
}

function unusable(row: number, problem: string): UnicaError {
  return new UnicaError('clinic.reads-unusable', { row, problem });
}
