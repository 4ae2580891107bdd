import { fileURLToPath } from 'node:url';
import { openAccessOffice } from '#access';
import { openJournal, type Verification, writeExport } from '#audit';
import { asUnicaError, type Clock, type Log, silentLog, UnicaError } from '#base';
import { HarvestRegister } from '#harvest';
import { createServer, type HouseServer, houseSignIn, identifyBy, listen, sessionRoute } from '#http';
import {
  loadOrCreateKeys,
  openMembership,
  openPeople,
  openPosts,
  type People,
  type Site,
  type SiteState,
  type StandingChange,
  signAnswer,
} from '#identity';
import { createWakeUp, openEventLog, openTaskTable, type WakeUp } from '#jobs';
import { openLearning } from '#learning';
import { openModelRegister, openModelWatches } from '#models';
import { createMetrics } from '#observe';
import { networkProgress } from '#progress';
import { openSearches } from '#search';
import { keepSmall, openNotices, rememberSmall, SharedBlocks } from '#store';
import { HUB_SIGNATURE_HEADER, type NetworkProgress, type Post, type Role, type TargetChange } from '#wire';
import { ActivityRegister } from './activity-register.ts';
import { BlobGrants } from './blob-grants.ts';
import { clearingNowAndThen } from './clearing.ts';
import type { HubConfig } from './config.ts';
import { CourseBook } from './course-book.ts';
import { DatasetRegister } from './dataset-register.ts';
import { type FlowerGateway, openFlowerGateway } from './flower-gateway.ts';
import type { HubHouse } from './house.ts';
import { KitBook } from './kit-book.ts';
import { knownNetwork } from './known-network.ts';
import { recordStanding, renewSite } from './members.ts';
import { newId } from './new-id.ts';
import { openObjects } from './objects.ts';
import { openHarvester } from './other-catalogues.ts';
import { publicState } from './public-state.ts';
import { scoreVersions } from './record-scores.ts';
import { openHubRecords } from './records.ts';
import { academyRoutes } from './routes-academy.ts';
import { accessRoutes } from './routes-access.ts';
import { activityRoutes } from './routes-activities.ts';
import { committeeRoutes } from './routes-committees.ts';
import { conceptRoutes } from './routes-concepts.ts';
import { fdpRoutes } from './routes-fdp.ts';
import { harvestRoutes } from './routes-harvest.ts';
import { kitRoutes } from './routes-kit.ts';
import { handOutWaiting, modelWatchRoutes } from './routes-model-watches.ts';
import { modelRoutes } from './routes-models.ts';
import { nodeFacingRoutes } from './routes-node-facing.ts';
import { portalRoutes } from './routes-portal.ts';
import { preflightRoutes } from './routes-preflight.ts';
import { progressRoutes } from './routes-progress.ts';
import { siteRoutes } from './routes-sites.ts';
import { sendRevocations } from './send-revocations.ts';
import { SiteCheckpoints } from './site-checkpoints.ts';
import { SuperlinkRuns } from './superlink-runs.ts';
import { TargetBook } from './target-book.ts';
import { VERSION } from './version.ts';
import { WaitingReceipts } from './waiting-receipts.ts';
import { checkingWire } from './wire-check.ts';
import { withdrawAbsent } from './withdraw-absent.ts';
import { giveWork } from './work-queue.ts';

/** Deadlines of rounds are looked at this often. */
const HEARTBEAT_MS = 1000;

/** A running hub. */
export interface RunningHub {
  readonly url: string;
  /** Where SuperNodes of Flower come in; undefined where they do not. */
  readonly flowerPort: number | undefined;
  /** For tests that speak to it without a network. */
  readonly server: HouseServer;
  close(): Promise<void>;
}

/** What a hub may be given instead of its own. */
export interface HubParts {
  readonly clock?: Clock;
}

/** Opens the hub's parts over its home. */
async function openHubHouse(config: HubConfig, log: Log, clock: Clock) {
  // Whatever leaves, an answer of the server or of the gateway for Flower, waits until what was written before is safe.
  const { gathered: database } = await openHubRecords(config);
  const blobs = rememberSmall(keepSmall(await openObjects(config.objects), database, clock));
  const keys = await loadOrCreateKeys(config.keyPath);
  const journal = openJournal(database, { keys, clock });
  const tasks = openTaskTable(database, { clock, newId });
  const here = createWakeUp();
  const notices = openNotices(config.database, (key) => here.notify(key));
  const wakeUp: WakeUp = { wait: here.wait, notify: (key) => notices.tell(key) };
  const grants = new BlobGrants(database.kysely);
  const models = openModelRegister(database, { clock, newId });
  const posts = openPosts(database, clock);
  const datasets = new DatasetRegister(database.kysely);
  const access = openAccessOffice(database, {
    keys,
    journal,
    clock,
    newId,
    issuer: config.name,
    async conditionsOf({ siteId, name }) {
      const record = await datasets.newest(siteId, name);
      return record === undefined ? undefined : { conditions: record.conditions, disease: record.card?.condition };
    },
    async members() {
      const seats = new Map<string, string[]>();
      for (const { siteId, role, seatOf } of await posts.acting()) {
        if (role === 'committee') seats.set(siteId, [...(seats.get(siteId) ?? []), seatOf]);
      }
      return seats;
    },
  });
  const membership = openMembership(database, clock);
  const learning = openLearning({
    eventLog: openEventLog(database, clock),
    blobs,
    clock,
    newId,
    log,
    surroundings: {
      giveWork: async (siteId, key, body) => await giveWork({ tasks, wakeUp }, { siteId, key, body }),
      takeBackWork: async (keyPrefix) => await tasks.cancel(keyPrefix),
      grant: async (siteId, sha256) => await grants.grant(siteId, sha256),
      permitToken: async (permitId) => await access.token(permitId),
      identityKey: async (siteId) =>
        (await membership.sites()).find((site) => site.siteId === siteId)?.publicKey ?? undefined,
      async weightsOf(modelId) {
        const model = await models.view(modelId);
        if (model.state === 'retired') throw new UnicaError('models.retired', { modelId });
        return model.weightsSha256;
      },
      async registerModel(model) {
        const modelId = await models.register(model);
        const { weightsSha256, specSha256 } = model;
        await journal.append({
          actor: 'hub',
          action: 'model.made',
          subject: modelId,
          because: model.jobId,
          facts: { weightsSha256, specSha256 },
        });
        return modelId;
      },
    },
  });
  const people = openPeople(database, clock);
  const house: HubHouse = {
    config,
    clock,
    settled: database.settled,
    newId,
    keys,
    blobs,
    sharedBlobs: new SharedBlocks(blobs),
    grants,
    datasets,
    checkpoints: new SiteCheckpoints(database.kysely),
    membership,
    tasks,
    wakeUp,
    waitingReceipts: new WaitingReceipts(),
    journal,
    access,
    posts,
    visasOf: people.visasOf,
    searches: openSearches(database, clock),
    learning,
    models,
    watches: openModelWatches(database, { clock, newId }),
    targets: new TargetBook({ db: database.kysely, journal, clock, newId }),
    activities: new ActivityRegister({ db: database.kysely, journal, clock, newId }),
    courses: new CourseBook({ db: database.kysely, journal, clock, newId }),
    kit: new KitBook({ db: database.kysely, journal, clock, newId }),
    superlinkRuns: new SuperlinkRuns(database.kysely),
    harvest: new HarvestRegister(database, { clock, newId, allowedHosts: config.harvestHosts }),
  };
  return { house, people, database, notices };
}

/** Starts a hub. @throws UnicaError `http.port-busy`, `config.invalid`, `store.newer-database`. */
export async function startHub(config: HubConfig, log: Log, { clock = Date.now }: HubParts = {}): Promise<RunningHub> {
  const { house, people, database, notices } = await openHubHouse(config, log, clock);
  const server = await createHubServer(house, { people, log, settled: house.settled });
  const harvester = openHarvester(config, { database, journal: house.journal, clock, log });
  const clearing = clearingNowAndThen(house, log);
  const heart = setInterval(() => {
    void beat(house, log);
    void clearing();
    harvester.begin();
  }, HEARTBEAT_MS);
  let flower: FlowerGateway | undefined;
  const close = async () => {
    clearInterval(heart);
    await harvester.close();
    await flower?.close();
    await server.close();
    await notices.close();
    await house.blobs.close();
    await database.close();
  };
  try {
    const port = await listen(server, config);
    if (config.flower !== undefined) flower = await openFlowerGateway(config.flower, house, log);
    await house.learning.advanceAll();
    await handOutWaiting(house);
    log.info('hub.started', { port });
    return { url: config.publicUrl ?? `http://${config.host}:${port}`, flowerPort: flower?.port, server, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What is due by time alone; what fails now is due again at the next beat, and holds up nothing else. */
async function beat(house: HubHouse, log: Log): Promise<void> {
  for (const due of [
    async () => await withdrawAbsent(house),
    async () => await sendRevocations(house),
    async () => await tellEndedAbsences(house),
    async () => await house.access.followSeats(),
    async () => await house.access.lapseFees(),
    async () => await house.learning.advanceAll(),
    async () => await scoreVersions(house),
  ]) {
    await due().catch((error: unknown) => log.warn('hub.beat-missed', { code: asUnicaError(error).code }));
  }
}

/** Whoever was away is back by themselves, and whoever stood in acts no longer: the journal says so. */
async function tellEndedAbsences({ posts, journal }: HubHouse): Promise<void> {
  for (const { absenceId, personId, role, siteId, untilMs } of await posts.ended()) {
    await journal.append({
      actor: 'hub',
      action: 'post.absence-over',
      subject: siteId,
      because: absenceId,
      facts: { role, person: personId, untilMs },
    });
    // Marked once it is told: a hub that falls in between tells it twice rather than never.
    await posts.told(absenceId);
  }
}

async function createHubServer(
  house: HubHouse,
  { people, log, settled }: { readonly people: People; readonly log: Log; readonly settled: () => Promise<void> },
): Promise<HouseServer> {
  const { config, clock } = house;
  const state = publicState(house);
  return await createServer({
    title: 'UNICA hub',
    version: VERSION,
    routes: [
      sessionRoute({
        kind: 'hub',
        name: config.name,
        siteId: null,
        demonstration: config.demonstration,
        version: VERSION,
        accessibilityContact: config.accessibilityContact,
      }),
      ...nodeFacingRoutes(house),
      ...modelRoutes(house),
      ...modelWatchRoutes(house),
      ...preflightRoutes(house),
      ...portalRoutes(house),
      ...accessRoutes(house),
      ...committeeRoutes(house),
      ...siteRoutes(house),
      ...academyRoutes(house),
      ...activityRoutes(house),
      ...progressRoutes(house, state),
      ...kitRoutes(house, state),
      ...fdpRoutes(house),
      ...harvestRoutes(house),
      ...conceptRoutes(),
    ],
    identify: checkingWire(identifyBy({ people, membership: house.membership })),
    log,
    metrics: createMetrics('hub'),
    portalFolder: fileURLToPath(new URL('../../web/dist', import.meta.url)),
    ...(await houseSignIn(config, { people, clock })),
    settled,
    signAnswer: (answer) => [HUB_SIGNATURE_HEADER, signAnswer(house.keys, answer)],
  });
}

/** Makes an API token in the home's database; shown once. */
export async function createHubToken(
  config: HubConfig,
  token: {
    readonly name: string;
    readonly roles: readonly Role[];
    readonly posts?: readonly Post[];
    readonly days: number;
  },
): Promise<string> {
  const database = await openHubRecords(config);
  try {
    const expiresAtMs = Date.now() + token.days * 86_400_000;
    return await openPeople(database, Date.now).createToken({
      name: token.name,
      roles: token.roles,
      posts: token.posts ?? [],
      expiresAtMs,
    });
  } finally {
    await database.close();
  }
}

/** The sites as a home's database tells them. */
export async function hubSites(config: HubConfig): Promise<readonly Site[]> {
  const database = await openHubRecords(config);
  try {
    return await openMembership(database, Date.now).sites();
  } finally {
    await database.close();
  }
}

/**
 * Changes a site's standing, or offers it a new key, beside a running hub or without one; a running one follows within two
 * seconds. @throws UnicaError `http.not-found`, `identity.standing`
 */
export async function changeHubSite(
  config: HubConfig,
  siteId: string,
  { change, because }: { readonly change: StandingChange | 'renew'; readonly because: string },
): Promise<{ readonly state: SiteState } | { readonly code: string; readonly expiresAtMs: number }> {
  const database = await openHubRecords(config);
  try {
    const keys = await loadOrCreateKeys(config.keyPath);
    const clock = Date.now;
    const journal = openJournal(database, { keys, clock });
    const office = { membership: openMembership(database, clock), journal, clock };
    return change === 'renew'
      ? await renewSite(office, siteId, because, 'command-line')
      : { state: await recordStanding(office, siteId, { change, because }, 'command-line') };
  } finally {
    await database.close();
  }
}

/** How far the network of a home's database has come, beside a running hub or without one. */
export async function hubProgress(config: HubConfig): Promise<NetworkProgress> {
  return await inHouse(config, async (house) => networkProgress(await knownNetwork(house)));
}

/** Sets a target of the network, or takes it back, beside a running hub or without one. */
export async function setHubTarget(config: HubConfig, change: TargetChange): Promise<void> {
  await inHouse(config, async (house) => await house.targets.set(change, 'command-line'));
}

async function inHouse<Result>(config: HubConfig, act: (house: HubHouse) => Promise<Result>): Promise<Result> {
  const { house, database, notices } = await openHubHouse(config, silentLog, Date.now);
  try {
    return await act(house);
  } finally {
    await notices.close();
    await house.blobs.close();
    await database.close();
  }
}

/** Verifies the hub's audit journal. */
export async function verifyHubAudit(config: HubConfig): Promise<Verification> {
  const database = await openHubRecords(config);
  try {
    const keys = await loadOrCreateKeys(config.keyPath);
    return await openJournal(database, { keys, clock: Date.now }).verify();
  } finally {
    await database.close();
  }
}

/** The hub's journal as JSON lines, for an auditor. */
export async function* exportHubAudit(config: HubConfig): AsyncGenerator<string> {
  const database = await openHubRecords(config);
  try {
    const keys = await loadOrCreateKeys(config.keyPath);
    const journal = openJournal(database, { keys, clock: Date.now });
    // An auditor who knows the hub's key sees by it whose the journal is; what a running hub has just written is safe by it too.
    await journal.checkpoint();
    yield* writeExport(journal, { house: 'hub', publicKey: keys.publicKey });
  } finally {
    await database.close();
  }
}
