import type { Kysely, Transaction } from 'kysely';
import { type Clock, canonicalJson, sha256Hex, UnicaError } from '#base';
import { type NoisySteps, type TrainingCost, togetherAs, trainingCost } from '#privacy';
import type { Migration } from '#store';
import type { JobSpec, PrivacyLedger as LedgerView } from '#wire';

/** What training with noise has cost the people of this node: one row for each finished round, each holding the digest of the one before. */
export interface PrivacyLedgerTables {
  privacy_ledger: {
    sequence: number;
    job_id: string;
    project_id: string;
    round: number;
    update_sha256: string;
    noise_multiplier: number;
    sample_rate: number;
    steps: number;
    at_ms: number;
    previous_sha256: string;
    entry_sha256: string;
  };
}

/** The table of the ledger. */
export const privacyLedgerMigration: Migration = {
  id: 'node-038-privacy-ledger',
  async up(db) {
    await db.schema
      .createTable('privacy_ledger')
      .addColumn('sequence', 'bigint', (column) => column.primaryKey())
      .addColumn('job_id', 'text', (column) => column.notNull())
      .addColumn('project_id', 'text', (column) => column.notNull())
      .addColumn('round', 'integer', (column) => column.notNull())
      .addColumn('update_sha256', 'text', (column) => column.notNull())
      .addColumn('noise_multiplier', 'double precision', (column) => column.notNull())
      .addColumn('sample_rate', 'double precision', (column) => column.notNull())
      .addColumn('steps', 'bigint', (column) => column.notNull())
      .addColumn('at_ms', 'bigint', (column) => column.notNull())
      .addColumn('previous_sha256', 'text', (column) => column.notNull())
      .addColumn('entry_sha256', 'text', (column) => column.notNull())
      .addUniqueConstraint('privacy_ledger_update', ['job_id', 'round', 'update_sha256'])
      .execute();
  },
};

/** The most that all jobs together may cost one person. */
export interface PrivacyBudget {
  readonly epsilon: number;
  readonly delta: number;
}

/** A finished round of a job with noise. */
export interface SpentRound {
  readonly jobId: string;
  readonly projectId: string;
  readonly round: number;
  readonly updateSha256: string;
  readonly part: NoisySteps;
}

type Row = PrivacyLedgerTables['privacy_ledger'];

const GENESIS = '0'.repeat(64);

/**
 * The node's ledger of privacy. What is kept are the steps and their noise, so that rounds and jobs are composed by the
 * accountant and ε is never added up. A round is written down, together with its update, before the update leaves: a node that
 * falls in between sends the same update again, and no round is paid twice or not at all.
 */
export class PrivacyLedger {
  readonly #db: Kysely<PrivacyLedgerTables>;
  readonly #clock: Clock;
  readonly #budget: PrivacyBudget;

  constructor(db: Kysely<PrivacyLedgerTables>, clock: Clock, budget: PrivacyBudget) {
    this.#db = db;
    this.#clock = clock;
    this.#budget = budget;
  }

  /** What a job would cost if all its rounds ran over so many films, and what this node has left. @throws UnicaError `privacy.numbers-refused`. */
  async quote(spec: JobSpec, films: number): Promise<{ readonly cost: TrainingCost; readonly remaining: number }> {
    const part = stepsOfRounds(spec, films, spec.rounds);
    return {
      cost: trainingCost([part], deltaOf(spec)),
      remaining: Math.max(0, this.#budget.epsilon - this.#total(await this.#rows())),
    };
  }

  /**
   * Checks that this many rounds more stay within the limit of the job and the budget of this node.
   * @throws UnicaError `node.privacy-job-limit`, `node.privacy-budget-spent`.
   */
  async check(jobId: string, spec: JobSpec, films: number, rounds: number): Promise<void> {
    const limit = spec.privacy?.epsilon ?? 0;
    const part = stepsOfRounds(spec, films, rounds);
    const rows = await this.#rows();
    const job = trainingCost([...partsOf(rows.filter(({ job_id }) => job_id === jobId)), part], deltaOf(spec));
    if (!(job.epsilon <= limit)) {
      throw new UnicaError('node.privacy-job-limit', { epsilon: shown(job.epsilon), limit: shown(limit) });
    }
    const { epsilon, delta } = this.#budget;
    const total = trainingCost(togetherAs([...partsOf(rows), part]), delta).epsilon;
    if (!(total <= epsilon)) {
      throw new UnicaError('node.privacy-budget-spent', {
        epsilon: shown(total),
        spent: shown(this.#total(rows)),
        budget: shown(epsilon),
      });
    }
  }

  /** Writes a round down within a transaction; the same update again changes nothing. Its digest, for the journal. */
  async spend(transaction: Transaction<PrivacyLedgerTables>, spent: SpentRound): Promise<string> {
    const last = await transaction
      .selectFrom('privacy_ledger')
      .select(['sequence', 'entry_sha256'])
      .orderBy('sequence', 'desc')
      .limit(1)
      .executeTakeFirst();
    const row = {
      sequence: (last?.sequence ?? 0) + 1,
      job_id: spent.jobId,
      project_id: spent.projectId,
      round: spent.round,
      update_sha256: spent.updateSha256,
      noise_multiplier: spent.part.noiseMultiplier,
      sample_rate: spent.part.sampleRate,
      steps: spent.part.steps,
      at_ms: this.#clock(),
      previous_sha256: last?.entry_sha256 ?? GENESIS,
    };
    const entrySha256 = sha256Hex(canonicalJson(row));
    await transaction
      .insertInto('privacy_ledger')
      .values({ ...row, entry_sha256: entrySha256 })
      .onConflict((conflict) => conflict.columns(['job_id', 'round', 'update_sha256']).doNothing())
      .execute();
    return entrySha256;
  }

  /** What a project will have cost a person here once so many rounds more of a job are done: ε at the node's δ. */
  async costOfProject(projectId: string, spec: JobSpec, films: number, rounds: number): Promise<number> {
    const own = (await this.#rows()).filter(({ project_id }) => project_id === projectId);
    const parts = [...partsOf(own), stepsOfRounds(spec, films, rounds)];
    return trainingCost(togetherAs(parts), this.#budget.delta).epsilon;
  }

  /** What a job has cost here so far. */
  async costOfJob(jobId: string, delta: number): Promise<TrainingCost> {
    return trainingCost(partsOf((await this.#rows()).filter(({ job_id }) => job_id === jobId)), delta);
  }

  /** The gauges: the node's budget, each project, each job. */
  async view(): Promise<LedgerView> {
    const rows = await this.#rows();
    const { epsilon, delta } = this.#budget;
    const of = (key: 'project_id' | 'job_id') =>
      [...new Set(rows.map((row) => row[key]))].map((id) => [id, rows.filter((row) => row[key] === id)] as const);
    return {
      budget: { epsilon, delta },
      spent: this.#total(rows),
      intact: isIntact(rows),
      projects: of('project_id').map(([projectId, own]) => ({
        projectId,
        epsilon: this.#total(own),
        rounds: own.length,
      })),
      jobs: of('job_id').map(([jobId, own]) => ({
        jobId,
        projectId: own[0]?.project_id ?? '',
        epsilon: this.#total(own),
        rounds: own.length,
        lastAtMs: own.at(-1)?.at_ms ?? 0,
      })),
    };
  }

  #total(rows: readonly Row[]): number {
    return trainingCost(partsOf(rows), this.#budget.delta).epsilon;
  }

  async #rows(): Promise<readonly Row[]> {
    return await this.#db.selectFrom('privacy_ledger').selectAll().orderBy('sequence').execute();
  }
}

/** The noisy steps of so many rounds of a job at a site with so many films. */
export function stepsOfRounds(spec: JobSpec, films: number, rounds: number): NoisySteps {
  const perRound = spec.localSteps ?? spec.localEpochs * Math.ceil(films / spec.batchSize);
  return {
    noiseMultiplier: spec.privacy?.noiseMultiplier ?? 0,
    // The engine refuses batches that are larger than the films they are drawn from.
    sampleRate: Math.min(1, spec.batchSize / Math.max(1, films)),
    steps: perRound * rounds,
  };
}

function deltaOf(spec: JobSpec): number {
  return spec.privacy?.delta ?? 0;
}

function partsOf(rows: readonly Row[]): readonly NoisySteps[] {
  return togetherAs(
    rows.map((row) => ({ noiseMultiplier: row.noise_multiplier, sampleRate: row.sample_rate, steps: row.steps })),
  );
}

/** Whether every row follows from the one before. */
function isIntact(rows: readonly Row[]): boolean {
  let previous = GENESIS;
  return rows.every(({ entry_sha256, ...unsigned }, index) => {
    const fits =
      unsigned.sequence === index + 1 &&
      unsigned.previous_sha256 === previous &&
      sha256Hex(canonicalJson(unsigned)) === entry_sha256;
    previous = entry_sha256;
    return fits;
  });
}

function shown(epsilon: number): string {
  return epsilon.toFixed(2);
}
