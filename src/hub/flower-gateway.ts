import { decodeJwt } from 'jose';
import { asUnicaError, type Log, UnicaError } from '#base';
import {
  FleetDesk,
  FleetServer,
  type FlowerApp,
  type FlowerMessage,
  type FlowerRecord,
  loadOrCreateNodeKey,
  type Question,
  type QuestionDesk,
  readParameters,
  SuperlinkDesk,
  writeParameters,
} from '#flower';
import type { Task } from '#jobs';
import { decodeParameters, encodeParameters, isMasked } from '#learning';
import {
  type JobSpec,
  type JobView,
  jobSpecSchema,
  type Receipt,
  siteRoundSchema,
  type TaskBody,
  taskBodySchema,
} from '#wire';
import {
  type FlowerSettings,
  type FlowerSite,
  readDoorTls,
  readFlowerFiles,
  superlinkTrust,
} from './flower-settings.ts';
import type { HubHouse } from './house.ts';
import { takeReceipt } from './take-receipt.ts';
import { LEASE_MS, queueOf, superlinkQueueOf } from './work-queue.ts';

/** What decides for a site of Flower: there is no inbox there. */
const JOINED = 'Flower: the site joined by its own SuperNode';
/** Whether sites are suspended is looked at this often. */
const LOOK_AT_SITES_MS = 1000;
const SEEN_EVERY_MS = 10_000;
/** A SuperNode that has not spoken for so long speaks to this hub no more; its heartbeat comes every thirty seconds. */
const HERE_MS = 75_000;
const LOOK_WHETHER_HERE_MS = 1000;
const LONGEST_WAIT_MS = 25_000;

/** Keys of a job whose promises need a UNICA node at the site. */
const PLAIN_KEYS: ReadonlySet<string> = new Set([
  'title',
  'task',
  'purpose',
  'sites',
  'dataset',
  'cohort',
  'model',
  'strategy',
  'rounds',
  'localEpochs',
  'localSteps',
  'batchSize',
  'learningRate',
  'schedule',
  'optimiser',
  'seed',
  'sitesPerRound',
  'longestChange',
  'warmStart',
  'quorum',
  'roundDeadlineMs',
  'aggregation',
  'compression',
  'engine',
]);
/** Strategies that add something to the training at the sites. */
const AT_SITES: ReadonlySet<string> = new Set(['fedprox', 'scaffold', 'fedbn', 'ditto']);

/** A running gateway. */
export interface FlowerGateway {
  /** Where SuperNodes come in; undefined where they do not. */
  readonly port: number | undefined;
  close(): Promise<void>;
}

/**
 * Lets sites with stock SuperNodes take part in jobs of this hub: what waits in such a site's queue becomes messages of
 * Flower, and their answers become receipts, as if a node had sent them. There is no secure aggregation there, and what
 * their app does with pictures and people is theirs: job views say so.
 * @throws UnicaError `config.invalid`, `identity.site-exists`, `http.port-busy`.
 */
export async function openFlowerGateway(settings: FlowerSettings, hub: HubHouse, log: Log): Promise<FlowerGateway> {
  const { app, sites } = await readFlowerFiles(settings);
  await admit(hub, sites, settings);
  const closing: (() => Promise<void>)[] = [];
  const serving = { hub, sites, app, log };
  try {
    const door = settings.door === undefined ? undefined : await openDoor(settings.door, serving);
    if (door !== undefined) closing.push(door.close);
    if (settings.superlink !== undefined) closing.push(await joinSuperlink(settings.superlink, settings, serving));
    log.info('hub.flower-started', { port: door?.port, sites: sites.length });
    return { port: door?.port, close };
  } catch (error) {
    await close();
    throw error;
  }

  async function close(): Promise<void> {
    for (const end of closing.splice(0)) await end();
  }
}

interface Serving {
  readonly hub: HubHouse;
  readonly sites: readonly FlowerSite[];
  readonly app: FlowerApp | undefined;
  readonly log: Log;
}

/** Sites of the list belong to the network. One that has a node here too can be met at a SuperLink, and not at the door. */
async function admit(hub: HubHouse, sites: readonly FlowerSite[], { door }: FlowerSettings): Promise<void> {
  const members = new Map((await hub.membership.sites()).map((site) => [site.siteId, site]));
  for (const site of sites) {
    if (door === undefined && (members.get(site.siteId)?.publicKey ?? null) !== null) continue;
    await hub.membership.admitWithoutNode(site);
  }
}

/** Joins somebody else's SuperLink, and asks the sites there what jobs for it ask. */
async function joinSuperlink(
  superlink: NonNullable<FlowerSettings['superlink']>,
  { keyPath }: FlowerSettings,
  { hub, sites, app, log }: Serving,
): Promise<() => Promise<void>> {
  const key = await loadOrCreateNodeKey(keyPath);
  const ending = new AbortController();
  const desk = new SuperlinkDesk({
    fleet: superlink.fleet,
    control: superlink.control,
    federation: superlink.federation,
    trust: await superlinkTrust(superlink),
    key,
    app,
    runs: hub.superlinkRuns.of(key.publicKeyPem),
    isOver: async (jobId) => isOver((await hub.learning.view(jobId)).state),
    settled: hub.settled,
    log,
    clock: hub.clock,
  });
  desk.start();
  const loops = sites.map(async (site) => {
    const queue = superlinkQueueOf(site.siteId);
    // Whether its SuperNode is there is for the desk to find out.
    await serveSite(hub, { desk, site, queue, isHere: () => true, log, signal: ending.signal });
  });
  return async () => {
    ending.abort();
    await Promise.all(loops);
    await desk.close();
  };
}

function isOver(state: JobView['state']): boolean {
  return state === 'finished' || state === 'cancelled' || state === 'failed';
}

/** Lets stock SuperNodes in. */
async function openDoor(
  settings: NonNullable<FlowerSettings['door']>,
  { hub, sites, app, log }: Serving,
): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
  if (app === undefined) throw new UnicaError('config.invalid', { key: 'flowerApp', problem: 'it is missing' });
  const tls = await readDoorTls(settings);
  const ending = new AbortController();
  const desk = new FleetDesk(app, hub.clock);
  let active: readonly FlowerSite[] = sites;
  const look = async () => {
    const standing = new Map((await hub.membership.sites()).map(({ siteId, state }) => [siteId, state]));
    active = sites.filter(({ siteId }) => standing.get(siteId) === 'active');
  };
  await look();
  const looking = setInterval(() => void look().catch(() => undefined), LOOK_AT_SITES_MS);
  const seenAtMs = new Map<string, number>();
  const toldAtMs = new Map<string, number>();
  // Hubs that share their records each have a door, and a SuperNode comes to one: only that one asks it.
  const isHere = (siteId: string) => hub.clock() - (seenAtMs.get(siteId) ?? Number.NEGATIVE_INFINITY) < HERE_MS;
  const server = new FleetServer({
    desk,
    admitted: () => active,
    seen(siteId) {
      const nowMs = hub.clock();
      const wasHere = isHere(siteId);
      seenAtMs.set(siteId, nowMs);
      if (!wasHere) hub.wakeUp.notify(queueOf(siteId));
      if (nowMs - (toldAtMs.get(siteId) ?? 0) < SEEN_EVERY_MS) return;
      toldAtMs.set(siteId, nowMs);
      void hub.membership.touch(siteId, { software: 'Flower SuperNode' }).catch(() => undefined);
    },
    log,
    clock: hub.clock,
  });
  const port = await server.listen(settings.host, settings.port, tls);
  const loops = sites.map(async (site) => {
    const { siteId } = site;
    const post = { desk, site, queue: queueOf(siteId), isHere: () => isHere(siteId), log, signal: ending.signal };
    await serveSite(hub, post);
  });
  return {
    port,
    async close() {
      clearInterval(looking);
      ending.abort();
      await Promise.all(loops);
      await server.close();
    },
  };
}

interface Post {
  readonly desk: QuestionDesk;
  readonly site: FlowerSite;
  readonly queue: string;
  /** Whether the site can be asked by this hub, now. */
  readonly isHere: () => boolean;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Takes work from the site's queue until the hub ends. */
async function serveSite(hub: HubHouse, post: Post): Promise<void> {
  const { site, queue, signal, log } = post;
  const underWay = new Set<Promise<void>>();
  while (!signal.aborted) {
    const woken = hub.wakeUp.wait(queue, LONGEST_WAIT_MS, signal);
    try {
      const leased = await hub.tasks.lease({
        queue,
        holder: site.siteId,
        max: 4,
        leaseMs: LEASE_MS,
        kinds: ['count', 'decide-job', 'revoke-permit', ...(post.isHere() ? ['train-round'] : [])],
      });
      for (const task of leased) {
        const done = doTask(hub, post, task)
          .catch((error: unknown) => {
            if (!signal.aborted) log.warn('hub.flower-task-lost', { code: asUnicaError(error).code });
          })
          .finally(() => underWay.delete(done));
        underWay.add(done);
      }
    } catch (error) {
      if (!signal.aborted) log.warn('hub.flower-queue', { code: asUnicaError(error).code });
    }
    await woken;
  }
  await Promise.allSettled(underWay);
}

async function doTask(hub: HubHouse, post: Post, task: Task): Promise<void> {
  const { site, queue, signal, log } = post;
  const renewing = setInterval(() => {
    hub.tasks.renew(task.id, site.siteId, LEASE_MS).catch((error: unknown) => {
      log.info('hub.flower-lease-not-renewed', { code: asUnicaError(error).code });
    });
  }, LEASE_MS / 3);
  try {
    const receipt = await receiptOf(hub, post, taskBodySchema.parse(task.payload));
    await takeReceipt(hub, site.siteId, task.id, receipt, { queue });
  } catch (error) {
    if (signal.aborted) return;
    const { code, message, family } = asUnicaError(error);
    if (code === 'hub.task-gone') return;
    const because = message.slice(0, 500);
    const refusal: Receipt = { kind: 'refused', code, because, final: family === 'user' };
    await takeReceipt(hub, site.siteId, task.id, refusal, { queue });
  } finally {
    clearInterval(renewing);
  }
}

async function receiptOf(hub: HubHouse, post: Post, body: TaskBody): Promise<Receipt> {
  switch (body.kind) {
    case 'count':
      throw new UnicaError('flower.not-at-this-site', { what: 'counts' });
    case 'revoke-permit':
    case 'suggest-correction':
      return { kind: 'done' };
    case 'watch-model':
      throw new UnicaError('flower.not-at-this-site', { what: 'models in the clinic' });
    case 'decide-job': {
      const missing = missingAt(body.spec);
      return missing === undefined
        ? {
            kind: 'decided',
            decision: 'approved',
            by: JOINED,
            because: 'no secure aggregation there',
            engine: 'flower',
            ...(body.spec.compression === undefined ? {} : { sendsWhole: true as const }),
          }
        : {
            kind: 'decided',
            decision: 'denied',
            by: JOINED,
            because: new UnicaError('flower.not-at-this-site', { what: missing }).message,
            engine: 'flower',
          };
    }
    case 'secure-sum':
      throw new UnicaError('flower.not-at-this-site', { what: 'secure aggregation' });
    case 'evaluate-model':
    case 'compare-models':
      throw new UnicaError('flower.not-at-this-site', { what: 'evaluation of the finished model' });
    case 'train-round':
      await checkPermit(hub, post.site.siteId, body);
      return await train(hub, post, body);
  }
}

/** What of a job a stock SuperNode cannot promise. */
function missingAt(spec: JobSpec): string | undefined {
  if (isMasked(spec)) return 'secure aggregation';
  if (AT_SITES.has(spec.strategy.kind)) return `the strategy ${spec.strategy.kind}`;
  return Object.keys(jobSpecSchema.parse(spec)).find((key) => !PLAIN_KEYS.has(key));
}

/** A SuperNode knows no permits; the hub holds its site to them. @throws UnicaError `access.permit-refused`. */
async function checkPermit(
  hub: HubHouse,
  siteId: string,
  body: Extract<TaskBody, { kind: 'train-round' }>,
): Promise<void> {
  const { jti } = decodeJwt(body.permit);
  const permit = (await hub.access.permits()).find(({ permitId }) => permitId === jti);
  const clause =
    permit === undefined || permit.siteId !== siteId || permit.dataset !== body.spec.dataset
      ? 'it is for other data'
      : !permit.operations.includes('train')
        ? 'it does not allow "train"'
        : permit.revokedAtMs !== null
          ? 'it is revoked'
          : permit.expiresAtMs <= hub.clock()
            ? 'it is expired'
            : undefined;
  if (clause !== undefined) throw new UnicaError('access.permit-refused', { clause });
}

async function train(hub: HubHouse, post: Post, body: Extract<TaskBody, { kind: 'train-round' }>): Promise<Receipt> {
  const { spec, round, jobId } = body;
  const startedMs = hub.clock();
  const weights = decodeParameters(spec.model, await hub.blobs.get(body.weightsSha256));
  const config = new Map<string, number | bigint | string>([
    ['server-round', BigInt(round)],
    ['lr', spec.learningRate],
    ['local-epochs', BigInt(spec.localEpochs)],
    ['batch-size', BigInt(spec.batchSize)],
    ['unica.task', spec.task],
    ...(spec.engine === undefined ? [] : forUnicaNodes(body)),
    ...(spec.localSteps === undefined ? [] : [['local-steps', BigInt(spec.localSteps)] as const]),
  ]);
  const content = new Map<string, FlowerRecord>([
    ['arrays', { kind: 'arrays', arrays: writeParameters(spec.model, weights) }],
    ['config', { kind: 'config', values: config }],
  ]);
  const question = { run: jobId, type: 'train' as const, group: String(round), content, untilMs: body.deadlineMs };
  await hub.settled();
  const answer = await askWhileHere(post, question);
  const { arrays, values } = recordsOf(answer);
  const trained = readParameters(spec.model, arrays).parameters;
  const change = weights.map((value, index) => (trained[index] ?? 0) - value);
  const file = encodeParameters(spec.model, change);
  const metrics = siteRoundSchema.safeParse({
    samples: Number(values.get('num-examples') ?? values.get('num_examples')),
    loss: Number(values.get('train-loss') ?? values.get('train_loss') ?? values.get('loss') ?? 0),
    seconds: Math.max(0, hub.clock() - startedMs) / 1000,
    bytesOut: file.length,
    validation: null,
  });
  if (!metrics.success)
    throw new UnicaError('flower.message-refused', {
      problem: 'its metrics do not say num-examples as a whole number',
    });
  const { sha256: updateSha256 } = await hub.blobs.put(file);
  return { kind: 'trained', updateSha256, metrics: metrics.data };
}

/** Asks, and leaves off when the SuperNode speaks to this hub no more: another hub may have it now, and asks it then. */
async function askWhileHere({ desk, site, isHere, signal }: Post, question: Question): Promise<FlowerMessage> {
  const gone = new AbortController();
  const looking = setInterval(() => {
    const because = 'its SuperNode speaks to this hub no more';
    if (!isHere()) gone.abort(new UnicaError('flower.unreachable', { address: 'the site', because }));
  }, LOOK_WHETHER_HERE_MS);
  try {
    return await desk.ask(site.publicKeyPem, question, AbortSignal.any([signal, gone.signal]));
  } finally {
    clearInterval(looking);
  }
}

/** What a UNICA node at the SuperLink answers under: the job without what concerns this hub alone, and its own permit. */
function forUnicaNodes({ spec, permit }: Extract<TaskBody, { kind: 'train-round' }>): readonly [string, string][] {
  const { engine: _, ...job } = spec;
  return [
    ['unica.job', JSON.stringify(job)],
    ['unica.permit', permit],
  ];
}

function recordsOf({ content, error }: FlowerMessage) {
  if (error !== undefined) throw new UnicaError('flower.site-failed', { because: error.reason.slice(0, 300) });
  const records = [...(content?.values() ?? [])];
  const arrays = records.find((record) => record.kind === 'arrays');
  const metrics = records.find((record) => record.kind === 'metrics');
  if (arrays?.kind !== 'arrays' || metrics?.kind !== 'metrics')
    throw new UnicaError('flower.message-refused', { problem: 'it brings no arrays, or no metrics' });
  return { arrays: arrays.arrays, values: metrics.values };
}
