import type { Kysely } from 'kysely';
import { type Clock, canonicalJson, type Json, UnicaError } from '#base';
import { type GuardedCount, type JobSpec, jobSpecSchema, type Leaving, type Operation } from '#wire';
import type { NodeTables } from './tables.ts';

/** The owner's answer to a job. */
export interface Decision {
  readonly decision: 'approved' | 'denied';
  /** Role that decided, or the standing rule; never a name. */
  readonly by: string;
  readonly because: string;
  /** The standing rule that decided. */
  readonly ruleId?: string;
}

/** What the owner is told of a job beside its specification. */
export interface AskedUnder {
  /** Hub-side id of who asks. */
  readonly requestedBy: string;
  readonly projectId: string;
  readonly operations: readonly Operation[];
  /** Data-use terms under which the dataset was last published. */
  readonly conditions: readonly string[];
  /** Exact, counted when the job came; for the owner alone. */
  readonly persons: number;
  readonly films: number;
  /** Cost of a job with differential privacy, what it may be at most, and what this node had left. */
  readonly privacy?: NonNullable<Leaving['privacy']>;
}

/** A job as the owner is asked about it. */
export interface Approval {
  readonly jobId: string;
  readonly spec: JobSpec;
  readonly specSha256: string;
  readonly permitId: string;
  readonly permitExpiresAtMs: number;
  readonly persons: GuardedCount;
  /** Bytes that would leave each round. */
  readonly updateBytes: number;
  readonly askedAtMs: number;
  /** Null for jobs that were asked before this was kept. */
  readonly asked: AskedUnder | null;
  readonly decision: (Decision & { readonly atMs: number | null }) | null;
}

/** The node owner's inbox: every job that asks to learn here, and what the owner said. */
export class Approvals {
  readonly #db: Kysely<NodeTables>;
  readonly #clock: Clock;

  constructor(db: Kysely<NodeTables>, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** Puts a job in the inbox; asking again changes nothing. */
  async ask(job: Omit<Approval, 'askedAtMs' | 'decision'>): Promise<Approval> {
    await this.#db
      .insertInto('approvals')
      .values({
        job_id: job.jobId,
        spec: canonicalJson(job.spec),
        spec_sha256: job.specSha256,
        permit_id: job.permitId,
        permit_expires_at_ms: job.permitExpiresAtMs,
        persons: canonicalJson(job.persons),
        update_bytes: job.updateBytes,
        asked_at_ms: this.#clock(),
        decision: 'waiting',
        decided_by: null,
        because: null,
        asked: canonicalJson(job.asked as Json),
        rule_id: null,
        decided_at_ms: null,
      })
      .onConflict((conflict) => conflict.column('job_id').doNothing())
      .execute();
    return (await this.find(job.jobId)) ?? { ...job, askedAtMs: this.#clock(), decision: null };
  }

  /** Keeps the owner's answer; an answer can be changed from approved to denied at any time. */
  async decide(jobId: string, decision: Decision): Promise<Approval | undefined> {
    await this.#db
      .updateTable('approvals')
      .set({
        decision: decision.decision,
        decided_by: decision.by,
        because: decision.because,
        rule_id: decision.ruleId ?? null,
        decided_at_ms: this.#clock(),
      })
      .where('job_id', '=', jobId)
      .execute();
    return await this.find(jobId);
  }

  async find(jobId: string): Promise<Approval | undefined> {
    const row = await this.#db.selectFrom('approvals').selectAll().where('job_id', '=', jobId).executeTakeFirst();
    return row === undefined ? undefined : approvalOf(row);
  }

  /** A job as its owner approved it. @throws UnicaError `node.job-not-approved` where it was not, or was of another specification. */
  async approved({ jobId, specSha256 }: Pick<Approval, 'jobId' | 'specSha256'>): Promise<Approval> {
    const approval = await this.find(jobId);
    if (approval?.decision?.decision === 'approved' && approval.specSha256 === specSha256) return approval;
    throw new UnicaError('node.job-not-approved', { jobId });
  }

  /** Newest first. */
  async list(): Promise<readonly Approval[]> {
    const rows = await this.#db.selectFrom('approvals').selectAll().orderBy('asked_at_ms', 'desc').execute();
    return rows.map(approvalOf);
  }
}

/**
 * An answer is to what was asked: another job under the same number, or another permit (for more people, or another purpose), is not
 * what the owner was told. @throws UnicaError `node.order-exceeds-approval`.
 */
export function checkAsked(
  approval: Pick<Approval, 'specSha256' | 'permitId'>,
  { jobId, specSha256 }: Pick<Approval, 'jobId' | 'specSha256'>,
  { permitId }: Pick<Approval, 'permitId'>,
): void {
  const beyond = (because: string) => new UnicaError('node.order-exceeds-approval', { jobId, because });
  if (approval.specSha256 !== specSha256) throw beyond('another job was asked for under this number');
  if (approval.permitId !== permitId) throw beyond(`it was asked for under the permit ${approval.permitId}`);
}

function approvalOf(row: NodeTables['approvals']): Approval {
  return {
    jobId: row.job_id,
    spec: jobSpecSchema.parse(JSON.parse(row.spec)),
    specSha256: row.spec_sha256,
    permitId: row.permit_id,
    permitExpiresAtMs: row.permit_expires_at_ms,
    persons: JSON.parse(row.persons) as GuardedCount,
    updateBytes: row.update_bytes,
    askedAtMs: row.asked_at_ms,
    asked: row.asked === null ? null : (JSON.parse(row.asked) as AskedUnder),
    decision:
      row.decision === 'waiting'
        ? null
        : {
            decision: row.decision,
            by: row.decided_by ?? '',
            because: row.because ?? '',
            atMs: row.decided_at_ms,
            ...(row.rule_id === null ? {} : { ruleId: row.rule_id }),
          },
  };
}
