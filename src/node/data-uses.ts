import { type Kysely, sql } from 'kysely';
import { type Clock, canonicalJson } from '#base';
import type { Cohort } from '#consent';
import type { Migration } from '#store';

/** Records of what people's data were used for. Who they were stays in the house. */
export interface DataUseTables {
  data_uses: {
    kind: DataUseKind;
    /** Job, or dataset that was exported. */
    subject: string;
    snapshot_sha256: string;
    project_id: string;
    title: string;
    purpose: string;
    controller: string;
    first_at_ms: number;
    last_at_ms: number;
  };
  /** JSON array of the pseudonyms of a cohort, in order, by its digest. */
  use_snapshots: { snapshot_sha256: string; people: string };
  retraining_requests: { person: string; job_id: string; at_ms: number };
}

/** What was done. */
export type DataUseKind = 'train' | 'evaluate' | 'export';

/** A use of a cohort. */
export interface DataUse {
  readonly kind: DataUseKind;
  readonly subject: string;
  readonly projectId: string;
  readonly title: string;
  readonly purpose: string;
  /** Who is responsible for it, as the permit names them. */
  readonly controller: string;
}

/** A use as it stands in the records. */
export interface KeptUse extends DataUse {
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

/** Tables of uses. */
export const dataUseMigration: Migration = {
  id: 'node-086-data-uses',
  async up(db) {
    await db.schema
      .createTable('data_uses')
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('snapshot_sha256', 'text', (column) => column.notNull())
      .addColumn('project_id', 'text', (column) => column.notNull())
      .addColumn('title', 'text', (column) => column.notNull())
      .addColumn('purpose', 'text', (column) => column.notNull())
      .addColumn('controller', 'text', (column) => column.notNull())
      .addColumn('first_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('last_at_ms', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('data_uses_key', ['kind', 'subject', 'snapshot_sha256'])
      .execute();
    await db.schema
      .createTable('use_snapshots')
      .addColumn('snapshot_sha256', 'text', (column) => column.primaryKey())
      .addColumn('people', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('retraining_requests')
      .addColumn('person', 'text', (column) => column.notNull())
      .addColumn('job_id', 'text', (column) => column.notNull())
      .addColumn('at_ms', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('retraining_requests_key', ['person', 'job_id'])
      .execute();
  },
};

/** What people's data were used for: the patient's log, and the snapshot that each model was trained under. */
export class DataUses {
  readonly #db: Kysely<DataUseTables>;
  readonly #clock: Clock;

  constructor(db: Kysely<DataUseTables>, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** Before anything of it leaves. */
  async record(cohort: Cohort, use: DataUse): Promise<void> {
    const people = canonicalJson([...new Set(cohort.members.map(({ person }) => person))].sort());
    const snapshot = cohort.sha256;
    await this.#db
      .insertInto('use_snapshots')
      .values({ snapshot_sha256: snapshot, people })
      .onConflict((conflict) => conflict.column('snapshot_sha256').doNothing())
      .execute();
    const nowMs = this.#clock();
    const { projectId, ...words } = use;
    await this.#db
      .insertInto('data_uses')
      .values({ ...words, project_id: projectId, snapshot_sha256: snapshot, first_at_ms: nowMs, last_at_ms: nowMs })
      .onConflict((conflict) =>
        conflict.columns(['kind', 'subject', 'snapshot_sha256']).doUpdateSet({ last_at_ms: nowMs }),
      )
      .execute();
  }

  /** Uses of a person's data, newest first. */
  async of(person: string): Promise<readonly KeptUse[]> {
    const rows = await this.#db
      .selectFrom('data_uses')
      .innerJoin('use_snapshots', 'use_snapshots.snapshot_sha256', 'data_uses.snapshot_sha256')
      .select(['kind', 'subject', 'project_id', 'title', 'purpose', 'controller'])
      .select((select) => [
        select.fn.min('first_at_ms').as('first_at_ms'),
        select.fn.max('last_at_ms').as('last_at_ms'),
      ])
      // A pseudonym stands between quotes in the list, and has none itself.
      .where(sql<boolean>`instr(use_snapshots.people, ${JSON.stringify(person)}) > 0`)
      .groupBy(['kind', 'subject', 'project_id', 'title', 'purpose', 'controller'])
      .orderBy('last_at_ms', 'desc')
      .execute();
    return rows.map(keptOf);
  }

  /** All uses between two moments. */
  async between(fromMs: number, toMs: number): Promise<readonly KeptUse[]> {
    const rows = await this.#db
      .selectFrom('data_uses')
      .selectAll()
      .where('last_at_ms', '>=', fromMs)
      .where('first_at_ms', '<', toMs)
      .orderBy('first_at_ms')
      .execute();
    return rows.map(keptOf);
  }

  /** A person's wish that a model be trained again without her. False where it was asked before. */
  async askRetraining(person: string, jobId: string): Promise<boolean> {
    const result = await this.#db
      .insertInto('retraining_requests')
      .values({ person, job_id: jobId, at_ms: this.#clock() })
      .onConflict((conflict) => conflict.columns(['person', 'job_id']).doNothing())
      .executeTakeFirst();
    return Number(result.numInsertedOrUpdatedRows ?? 0) > 0;
  }

  /** Models that a person has asked to be trained again. */
  async retrainingOf(person: string): Promise<ReadonlySet<string>> {
    const rows = await this.#db
      .selectFrom('retraining_requests')
      .select('job_id')
      .where('person', '=', person)
      .execute();
    return new Set(rows.map(({ job_id }) => job_id));
  }

  /** How many people have asked, by model. */
  async retraining() {
    const rows = await this.#db
      .selectFrom('retraining_requests')
      .select(['job_id'])
      .select((select) => [select.fn.countAll().as('people'), select.fn.max('at_ms').as('last_at_ms')])
      .groupBy('job_id')
      .execute();
    const titles = new Map(
      (await this.#db.selectFrom('data_uses').select(['subject', 'title']).execute()).map((row) => [
        row.subject,
        row.title,
      ]),
    );
    return rows.map((row) => ({
      jobId: row.job_id,
      title: titles.get(row.job_id) ?? row.job_id,
      people: Number(row.people),
      lastAtMs: Number(row.last_at_ms),
    }));
  }
}

function keptOf(row: Omit<DataUseTables['data_uses'], 'snapshot_sha256'>): KeptUse {
  return {
    kind: row.kind,
    subject: row.subject,
    projectId: row.project_id,
    title: row.title,
    purpose: row.purpose,
    controller: row.controller,
    firstAtMs: Number(row.first_at_ms),
    lastAtMs: Number(row.last_at_ms),
  };
}
