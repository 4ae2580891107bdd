import type { Kysely } from 'kysely';
import { UnicaError } from '#base';
import type { Migration } from '#store';
import type { JobSpec, TaskBody } from '#wire';

type Task<Kind extends TaskBody['kind']> = Extract<TaskBody, { kind: Kind }>;

/** What has been asked of this node under each approved job: one row for each different thing. */
export interface ApprovedOrderTables {
  approved_orders: {
    job_id: string;
    /** What the approval counts together: rounds, models to evaluate. */
    work: string;
    /** What was asked: the same again is none more. */
    content: string;
  };
}

/** The table of orders. Rounds that were trained before there was one count as well. */
export const approvedOrderMigration: Migration = {
  id: 'node-126-approved-orders',
  async up(db) {
    await db.schema
      .createTable('approved_orders')
      .addColumn('job_id', 'text', (column) => column.notNull())
      .addColumn('work', 'text', (column) => column.notNull())
      .addColumn('content', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('approved_orders_key', ['job_id', 'work', 'content'])
      .execute();
    const old = db as unknown as Kysely<{ finished_rounds: { job_id: string; round: number; weights_sha256: string } }>;
    const rows = await old.selectFrom('finished_rounds').select(['job_id', 'round', 'weights_sha256']).execute();
    for (const { job_id, round, weights_sha256 } of rows) {
      await (db as unknown as Kysely<ApprovedOrderTables>)
        .insertInto('approved_orders')
        .values({ job_id, work: TRAINING, content: roundContent(round, weights_sha256) })
        .execute();
    }
  },
};

const TRAINING = 'train';

/** The parts of an order that its spec does not fix. */
type RoundOrder = Pick<
  Task<'train-round'>,
  'jobId' | 'spec' | 'round' | 'weightsSha256' | 'stateSha256' | 'countedRound'
>;
type EvaluationOrder = Omit<Task<'evaluate-model'>, 'kind' | 'permit' | 'deadlineMs'>;
type ComparisonOrder = Pick<Task<'compare-models'>, 'jobId' | 'spec' | 'models'>;

/**
 * Holds the hub to what the owner approved: the digest of the specification fixes how a round trains, and this how often. What a job
 * may have done here is worked out from its specification alone: so many rounds, and the models that it says are evaluated. An order
 * that was given before is the same order, so that a node or hub that fell goes on.
 */
export class ApprovedOrders {
  readonly #db: Kysely<ApprovedOrderTables>;

  constructor(db: Kysely<ApprovedOrderTables>) {
    this.#db = db;
  }

  /** A round to train. @throws UnicaError `node.order-exceeds-approval`. */
  async round(order: RoundOrder): Promise<void> {
    const { jobId, spec, round, weightsSha256, stateSha256, countedRound } = order;
    const beyond = (because: string) => exceeds(jobId, because);
    if (round > spec.rounds) throw beyond(`it asks for round ${round} of ${spec.rounds}`);
    if (countedRound !== undefined && countedRound >= round)
      throw beyond(`round ${round} is to go on from round ${countedRound}, which comes later`);
    if (stateSha256 !== undefined && spec.strategy.kind !== 'scaffold')
      throw beyond(`its strategy ${spec.strategy.kind} has no state that sites are told of`);
    if (round === 1) checkFirst(order, weightsSha256);
    const content = roundContent(round, weightsSha256);
    const beyondAll = `it asks for more than the ${spec.rounds} rounds that it has`;
    await this.#take({ jobId, work: TRAINING, content, most: spec.rounds, beyond: beyondAll });
  }

  /** The finished model to be evaluated, and one to be trained alone where that was approved. @throws UnicaError `node.order-exceeds-approval`. */
  async evaluation(order: EvaluationOrder): Promise<void> {
    const { jobId, spec, weightsSha256, firstWeightsSha256, countedRound } = order;
    if (spec.evaluation === undefined) throw exceeds(jobId, 'it asks for an evaluation');
    if (firstWeightsSha256 !== undefined) {
      if (!spec.evaluation.localOnly) throw exceeds(jobId, 'it asks for a model to be trained at this site alone');
      checkFirst(order, firstWeightsSha256);
    }
    if (spec.rounds === 0) checkFirst(order, weightsSha256);
    if (countedRound !== undefined && countedRound > spec.rounds)
      throw exceeds(jobId, `it is to go on from round ${countedRound} of ${spec.rounds}`);
    const content = `${weightsSha256}/${firstWeightsSha256 ?? ''}`;
    const beyond = 'it asks for a second finished model to be evaluated';
    await this.#take({ jobId, work: 'evaluate', content, most: 1, beyond });
  }

  /** Models to be compared. @throws UnicaError `node.order-exceeds-approval`. */
  async comparison({ jobId, spec, models }: ComparisonOrder): Promise<void> {
    const wanted = { 'without-site': spec.evaluation?.withoutEach, 'local-only': spec.evaluation?.crossSite };
    for (const { kind, siteId } of models) {
      if (wanted[kind] !== true) throw exceeds(jobId, `it asks for models to be compared (${kind})`);
      if (!spec.sites.includes(siteId)) throw exceeds(jobId, `it names ${siteId}, which has no part in the job`);
    }
    for (const { kind, siteId, weightsSha256 } of models) {
      const beyond = `it asks for a second model to be compared for ${siteId} (${kind})`;
      await this.#take({ jobId, work: `${kind}/${siteId}`, content: weightsSha256, most: 1, beyond });
    }
  }

  /** A model that a ServerApp of Flower would have evaluated: that of each round, and the one before the first. @throws UnicaError `node.order-exceeds-approval`. */
  async evaluatedRound({ jobId, spec, weightsSha256 }: Omit<RoundOrder, 'round'>): Promise<void> {
    const most = spec.rounds + 1;
    const beyond = `it asks for more models to be evaluated than those of its ${spec.rounds} rounds`;
    await this.#take({ jobId, work: 'evaluate-round', content: weightsSha256, most, beyond });
  }

  async #take(order: {
    readonly jobId: string;
    readonly work: string;
    readonly content: string;
    readonly most: number;
    /** What is said of one more. */
    readonly beyond: string;
  }): Promise<void> {
    const { jobId, work, content, most, beyond } = order;
    await this.#db.transaction().execute(async (transaction) => {
      const taken = await transaction
        .selectFrom('approved_orders')
        .select('content')
        .where('job_id', '=', jobId)
        .where('work', '=', work)
        .execute();
      if (taken.some((row) => row.content === content)) return;
      if (taken.length >= most) throw exceeds(jobId, beyond);
      await transaction.insertInto('approved_orders').values({ job_id: jobId, work, content }).execute();
    });
  }
}

/** A job that goes on from a registered model was approved with that model's digest. */
function checkFirst({ jobId, spec }: { readonly jobId: string; readonly spec: JobSpec }, weightsSha256: string): void {
  const { warmStart } = spec;
  if (warmStart !== undefined && warmStart.weightsSha256 !== weightsSha256)
    throw exceeds(jobId, 'it begins with another model than the registered one that it names');
}

function roundContent(round: number, weightsSha256: string): string {
  return `${round}/${weightsSha256}`;
}

function exceeds(jobId: string, because: string): UnicaError {
  return new UnicaError('node.order-exceeds-approval', { jobId, because });
}
