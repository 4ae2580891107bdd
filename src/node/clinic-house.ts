import { join } from 'node:path';
import type { Log } from '#base';
import { StudyScorer } from '#clinic';
import type { Database } from '#store';
import type { ClinicState } from '#wire';
import { CaseFilling } from './case-filling.ts';
import { CaseVectors } from './case-vectors.ts';
import { ClinicReads } from './clinic-comparison.ts';
import { ClinicDesk } from './clinic-desk.ts';
import { ClinicDestinations } from './clinic-destinations.ts';
import { ClinicModels } from './clinic-models.ts';
import { ClinicOrders } from './clinic-orders.ts';
import { ClinicQueue, type QueueSettings } from './clinic-queue.ts';
import { ClinicResults } from './clinic-results.ts';
import { ClinicSender, type SenderPace } from './clinic-sender.ts';
import { ClinicSpool } from './clinic-spool.ts';
import { ClinicTally } from './clinic-tally.ts';
import { ClinicWatch } from './clinic-watch.ts';
import { ClinicWorklist } from './clinic-worklist.ts';
import type { NodeConfig } from './config.ts';
import { WHOLE_ARCHIVE } from './current-data.ts';
import type { KillSwitch } from './kill-switch.ts';
import { lastConditions } from './last-record.ts';
import { LocalRules } from './local-rules.ts';
import type { OpenNode } from './open-node.ts';
import { SentResults } from './sent-results.ts';
import { SimilarPermits } from './similar-permits.ts';
import type { NodeTables } from './tables.ts';
import { toldTrouble } from './told-trouble.ts';

/** What the clinic is opened with instead of its own, for tests and benchmarks. */
export interface ClinicPace {
  readonly queue?: Partial<QueueSettings> | undefined;
  readonly sender?: Partial<SenderPace> | undefined;
}

/** Models in the clinic: what is enabled, what waits, what is sent. Whoever opened it closes it. */
export type ClinicHouse = Awaited<ReturnType<typeof openClinic>>;

const TEN_MINUTES_MS = 600_000;
const WEEK_DAYS = 7;

/** Opens the queue and what belongs to it; nothing is scored or sent before {@link ClinicHouse.start}. */
export async function openClinic(
  node: OpenNode,
  { killSwitch, log, pace = {} }: { readonly killSwitch: KillSwitch; readonly log: Log; readonly pace?: ClinicPace },
) {
  const { config, clock, journal, standing, secret, site, newId, card } = node;
  const database = node.database as unknown as Database<NodeTables>;
  const db = database.kysely;
  const models = new ClinicModels({ db, journal, clock, home: config.home });
  const permits = new SimilarPermits({
    ...{ db, journal, clock, newId, killSwitch, bases: node.bases, country: card.country, dataset: WHOLE_ARCHIVE },
    conditions: async () => await lastConditions(db, WHOLE_ARCHIVE),
    localRules: async () => await new LocalRules(db, clock, newId).list(),
  });
  const vectors = new CaseVectors({ db, standing, permits });
  const results = new ClinicResults({ database, clock, site, newId, vectors });
  const scorer = new StudyScorer({ processes: config.scoringProcesses });
  const orders = new ClinicOrders({ db, clock, secret });
  const tally = new ClinicTally(db, clock);
  const reads = new ClinicReads({ database, models, orders, standing, journal, clock });
  const watch = new ClinicWatch({ database, models, standing, journal, clock, approval: config.approval });
  const spool = await ClinicSpool.open(join(config.incomingPath, 'clinic'));
  const destinations = new ClinicDestinations({ db, spool, journal, clock, config });
  const sent = new SentResults({ db, secret, clock });
  const sender = new ClinicSender({
    db,
    spool,
    destinations,
    sent,
    standing,
    killSwitch,
    journal,
    tally,
    site,
    config,
    log,
    clock,
    pace: pace.sender,
  });
  const settings = { ...queueSettings(config), ...pace.queue };
  const queue = await ClinicQueue.open({
    db,
    spool,
    models,
    results,
    destinations,
    orders,
    scorer,
    standing,
    killSwitch,
    tally,
    site,
    log,
    clock,
    newId,
    settings,
    onReady: () => sender.wake(),
  });
  const worklist = new ClinicWorklist({ config, models, orders, killSwitch, log, clock, onOrders: () => queue.wake() });
  const desk = new ClinicDesk({ ...node, db, models, results, scorer, killSwitch, siteId: card.siteId });
  const filling = new CaseFilling({
    ...{ db, models, permits, killSwitch, log },
    score: async (study) => await desk.score(study, 'node'),
  });
  const wake = () => {
    queue.wake();
    sender.wake();
  };
  return {
    models,
    results,
    destinations,
    orders,
    queue,
    sender,
    worklist,
    desk,
    tally,
    reads,
    watch,
    wake,
    similar: { permits, vectors, filling },
    start() {
      wake();
      worklist.start();
      vectors.start((error) => log.error('node.similar-not-forgotten', {}, error));
      filling.start();
    },
    /** For the owner's page. */
    async state(receives: boolean): Promise<ClinicState> {
      const [waiting, lately, events, refusals] = await Promise.all([
        queue.waiting(),
        results.lately(TEN_MINUTES_MS),
        tally.lately(WEEK_DAYS),
        results.refusals(WEEK_DAYS * 86_400_000),
      ]);
      const failure = waiting.failure ?? worklist.failure;
      return {
        scores: settings.scores,
        stopped: killSwitch.stopped,
        receives,
        queue: {
          waiting: waiting.studies,
          running: waiting.running,
          heldBytes: waiting.heldBytes,
          limitBytes: settings.limitBytes,
          lately: lately.results,
          processorMs: lately.processorMs,
          trouble: failure === null ? null : toldTrouble(failure),
        },
        orders: await orders.count(),
        models: [...(await models.list())],
        destinations: [...(await destinations.list())],
        events: [...events],
        refusals: [...refusals],
      };
    },
    async close() {
      await worklist.close();
      await filling.close();
      await queue.close();
      await sender.close();
      await scorer.close();
      vectors.close();
    },
  };
}

function queueSettings(config: NodeConfig): QueueSettings {
  return {
    quietMs: config.scoringQuietSeconds * 1000,
    keepMs: config.scoringKeepMinutes * 60_000,
    limitBytes: config.scoringSpoolMib * 2 ** 20,
    atOnce: config.scoringProcesses,
    scores: config.scoringOf,
    orderWaitMs: 86_400_000,
    firstRetryMs: 5000,
  };
}
