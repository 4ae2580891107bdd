import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openPermitVerifier } from '#access';
import { openJournal } from '#audit';
import { type Log, UnicaError } from '#base';
import { pseudonymOf } from '#deid';
import { WarmTrainer } from '#engine';
import type { SuperNode } from '#flower';
import { createServer, type HouseServer, houseSignIn, identifyBy, listen, publicUrlOf, sessionRoute } from '#http';
import { createMetrics } from '#observe';
import { SEARCH_COUNTS } from '#privacy';
import { openQuestionLedger, SearchDesk, type SearchSource } from '#search';
import { keepSmall, lockFolder } from '#store';
import { Agent } from './agent.ts';
import { AltruismDesk, guardedBy } from './altruism-desk.ts';
import { Approvals } from './approvals.ts';
import { ApprovedOrders } from './approved-orders.ts';
import { BeamProvider } from './beam-provider.ts';
import { beamKey } from './beam-settings.ts';
import { openClinic } from './clinic-house.ts';
import type { NodeConfig } from './config.ts';
import { CurrentData, WHOLE_ARCHIVE } from './current-data.ts';
import { DataQuality } from './data-quality.ts';
import { DataUses } from './data-uses.ts';
import { createDial } from './dial.ts';
import { fillDicomIndex } from './dicom-index-filling.ts';
import { type DicomReceiver, openDicomReceiver } from './dicom-receiver.ts';
import type { DicomwebHouse } from './dicomweb-house.ts';
import { DossierDesk } from './dossier-desk.ts';
import { DrawnPictures } from './drawn-pictures.ts';
import { EucaimProvider } from './eucaim-provider.ts';
import { FilmCache } from './film-cache.ts';
import { flowerAgreement } from './flower-settings.ts';
import { flowerShelf } from './flower-shelf.ts';
import type { NodeHouse } from './house.ts';
import { HubClient } from './hub-client.ts';
import { HubClock } from './hub-clock.ts';
import { HubWitness } from './hub-witness.ts';
import { readIdentityCard } from './identity-card.ts';
import { KillSwitch } from './kill-switch.ts';
import { lastConditions } from './last-record.ts';
import { LocalRules } from './local-rules.ts';
import { MappingDesk } from './mapping-desk.ts';
import { MaskDesk } from './mask-desk.ts';
import { type OpenNode, openNode } from './open-node.ts';
import { opinionsOfClinic } from './opinions-of-clinic.ts';
import { OutgoingLedger } from './outgoing-ledger.ts';
import { Complaints, PatientAccounts } from './patient-accounts.ts';
import { PatientDesk } from './patient-desk.ts';
import { PeerKeys } from './peer-keys.ts';
import { PictureDesk } from './picture-desk.ts';
import { PlanDesk } from './plan-desk.ts';
import { previewsAhead } from './previews-ahead.ts';
import { PrivacyLedger } from './privacy-ledger.ts';
import { Publisher } from './publisher.ts';
import { QuarantineDesk } from './quarantine-desk.ts';
import { readableArchive } from './readable-archive.ts';
import { ReadableStudies } from './readable-studies.ts';
import { readinessOf } from './readiness.ts';
import { ReadingDesk } from './reading-desk.ts';
import { ReadingSettings } from './reading-settings.ts';
import { academyRoutes } from './routes-academy.ts';
import { clinicRoutes } from './routes-clinic.ts';
import { conformanceRoutes } from './routes-conformance.ts';
import { consentRoutes } from './routes-consent.ts';
import { deidentificationRoutes } from './routes-deidentification.ts';
import { dicomwebRetrieveRoutes } from './routes-dicomweb-retrieve.ts';
import { dicomwebSearchRoutes } from './routes-dicomweb-search.ts';
import { dicomwebStoreRoutes } from './routes-dicomweb-store.ts';
import { dossierRoutes } from './routes-dossier.ts';
import { eucaimRoutes } from './routes-eucaim.ts';
import { localRuleRoutes } from './routes-local-rules.ts';
import { mappingRoutes } from './routes-mapping.ts';
import { maskRoutes } from './routes-masks.ts';
import { optOutExceptionRoutes } from './routes-opt-out-exceptions.ts';
import { patientRoutes } from './routes-patients.ts';
import { portalRoutes } from './routes-portal.ts';
import { protectionRoutes } from './routes-protection.ts';
import { readingRoutes } from './routes-reading.ts';
import { type PracticeNetwork, setupRoutes } from './routes-setup.ts';
import { tableCheckRoutes } from './routes-table-checks.ts';
import { SampleDesk } from './sample-desk.ts';
import { nodeSearchSource } from './search-source.ts';
import { leaveHead } from './send-head.ts';
import { leaveAddress } from './service-address.ts';
import { SimilarDesk } from './similar-desk.ts';
import { SimilarShown } from './similar-shown.ts';
import { SOFTWARE, VERSION } from './software.ts';
import { StandingRules } from './standing-rules.ts';
import { statusOf } from './status.ts';
import { StrategyStates } from './strategy-states.ts';
import { SumRounds } from './sum-rounds.ts';
import { TableChecks } from './table-checks.ts';
import { TrainingMemory } from './training-memory.ts';
import { nodeWork } from './work.ts';

/** The head of the journal goes to the hub this often. */
const CHECKPOINT_EVERY_MS = 60_000;

/** A running node. */
export interface RunningNode {
  readonly url: string;
  /** Where DICOM images are received; undefined where none are. */
  readonly dicomPort: number | undefined;
  /** For tests that speak to it without a network. */
  readonly server: HouseServer;
  close(): Promise<void>;
}

/** What a node may be given instead of its own. */
export interface NodeParts {
  /** Where federated search counts; its archive unless told otherwise. */
  searchSource?(optOuts: OpenNode['optOuts']): SearchSource;
  /** Who plays the network, where somebody practises. */
  readonly practice?: PracticeNetwork | undefined;
}

/** Starts a node: its own portal, and the agent that dials out. @throws UnicaError `node.not-initialised`, `http.port-busy`, `dimse.cannot-listen`, `vault.…`, `checkup.home-in-use`. */
export async function startNode(config: NodeConfig, log: Log, parts: NodeParts = {}): Promise<RunningNode> {
  const open = await openAlone(config, log);
  const { card, clock, database, keys, journal } = open;
  // A key that does not fit is told now and not by the first import.
  await open.vault?.().catch(async (error: unknown) => {
    await open.close();
    throw error;
  });
  await open.imports.closeInterrupted();
  const outgoing = new OutgoingLedger(database, clock);
  const approvals = new Approvals(database.kysely, clock);
  const rules = new StandingRules(database.kysely, clock, open.newId);
  const privacy = new PrivacyLedger(database.kysely, clock, {
    epsilon: config.privacyBudget,
    delta: config.privacyDelta,
  });
  const killSwitch = await KillSwitch.open(database.kysely);
  const localRules = new LocalRules(database.kysely, clock, open.newId);
  const tableChecks = new TableChecks(database.kysely, { journal, clock, newId: open.newId });
  const permits = await openPermitVerifier(database, {
    hubPublicKey: card.hubPublicKey,
    siteId: card.siteId,
    clock,
    sources: {
      conditionsOf: async (dataset) => await lastConditions(database.kysely, dataset),
      localRules: async () => await localRules.list(),
    },
  });
  const hubClock = new HubClock(clock);
  const witness = await HubWitness.open(database.kysely, clock);
  const hub = new HubClient({
    card,
    hubPublicKey: card.hubPublicKey,
    keys,
    ledger: outgoing,
    killSwitch,
    clock,
    hubClock,
    witness,
    dial: createDial(config.hubProxy),
    otherUrls: config.hubUrls,
  });
  const data = new CurrentData(open.archive, open.standing, open.warehouse, open.underException);
  const search = new SearchDesk({
    source: parts.searchSource?.(open.optOuts) ?? nodeSearchSource(open.archive, open.warehouse, open.standing),
    ledger: await openQuestionLedger(database, clock),
    secret: open.secret,
    rule: { ...SEARCH_COUNTS, threshold: config.minimumCount },
    clock,
    questionsOfAll: config.dailyQuestions,
  });
  const eucaim = new EucaimProvider({ db: database.kysely, search, card, journal });
  const beam =
    config.beam === undefined
      ? undefined
      : new BeamProvider({
          settings: config.beam,
          apiKey: await beamKey(config.beam),
          provider: eucaim,
          outgoing,
          killSwitch,
          log,
          clock,
        });
  const quality = new DataQuality(database.kysely, data);
  const dossier = new DossierDesk({
    db: database.kysely,
    journal,
    card,
    clock,
    isExample: config.dossier === 'example',
  });
  const publisher = new Publisher({
    dossier,
    db: database.kysely,
    warehouse: open.warehouse,
    quality,
    data,
    hub,
    card,
    secret: open.secret,
    journal,
    clock,
    minimumCount: config.minimumCount,
    synthetic: config.demonstration || parts.practice !== undefined,
  });
  const clinic = await openClinic(open, { killSwitch, log });
  const trainer = new WarmTrainer();
  const peers = new PeerKeys(database.kysely, clock);
  const sums = await SumRounds.open(database.gathered.kysely, clock);
  // The ledger waits until all of it is safe before a request leaves.
  const { gathered } = database;
  const blobs = keepSmall(removedWhenSettled(open.blobs, database), gathered, clock);
  const working = {
    db: gathered.kysely,
    config,
    card,
    secret: open.secret,
    clock,
    data,
    search,
    uses: new DataUses(gathered.kysely, clock),
    films: new FilmCache(open.blobs),
    states: new StrategyStates(gathered.kysely, blobs),
    memory: new TrainingMemory(gathered.kysely, blobs, clock),
    trainer,
    blobs,
    approvals,
    orders: new ApprovedOrders(gathered.kysely),
    rules,
    tableChecks,
    watches: clinic.watch,
    privacy,
    permits,
    endUnder: (permitId: string) => agent.endUnder(permitId),
    journal: openJournal(gathered, { keys, clock }),
    masking: { keys, peers, sums, blobs },
  };
  const agent: Agent = new Agent({
    hub,
    work: nodeWork({ ...working, hub }),
    killSwitch,
    log,
    software: SOFTWARE,
    readiness: readinessOf(config),
    clock,
    hubClock,
    witness,
  });
  let receiver: DicomReceiver | undefined;
  let flower: SuperNode | undefined;
  const desk = new PictureDesk();
  // Apart, so that a system that fetches much does not make the people at the portal wait.
  const conversions = new PictureDesk();
  const pictures = new DrawnPictures({ blobs: open.blobs, desk });
  const sampleDesk = new SampleDesk(open);
  const mappingDesk = new MappingDesk({ ...open, folder: config.mappingPath, datasetId: WHOLE_ARCHIVE });
  const complaints = new Complaints(database.kysely, clock, open.newId);
  const guarded = guardedBy({ secret: open.secret, minimumCount: config.minimumCount });
  const studies = new ReadableStudies(database.kysely, open.hidden);
  const readingSettings = new ReadingSettings(database.kysely, journal, clock);
  const reading = new ReadingDesk({
    ...open,
    db: database.kysely,
    studies,
    settings: readingSettings,
    opinions: opinionsOfClinic(clinic.desk),
    ahead: previewsAhead({ ...open, index: open.dicomIndex, pictures }),
  });
  const { permits: similarPermits, vectors } = clinic.similar;
  const similarShown = new SimilarShown(database.kysely, clock);
  const house: NodeHouse = {
    ...open,
    reading,
    similarPermits,
    similar: new SimilarDesk({
      ...{ db: database.kysely, reading, opinions: opinionsOfClinic(clinic.desk), studies, journal },
      ...{ permits: similarPermits, vectors, models: clinic.models, shown: similarShown },
    }),
    plans: new PlanDesk({ ...open, db: database.kysely, studies, settings: readingSettings, reading }),
    readingSettings,
    complaints,
    accounts: new PatientAccounts(database.kysely, clock),
    patients: new PatientDesk({ ...open, complaints, similarShown }),
    altruism: new AltruismDesk({ ...open, db: database.kysely, complaints, guarded }),
    outgoing,
    approvals,
    peers,
    rules,
    localRules,
    tableChecks,
    privacy,
    publisher,
    dossier,
    quality,
    clinic,
    receives: () => receiver !== undefined,
    sampleDesk,
    mappingDesk,
    quarantineDesk: new QuarantineDesk({ ...open, pictures: desk }),
    maskDesk: new MaskDesk({ ...open, pictures: desk }),
    status: async () => await statusOf({ ...open, outgoing, killSwitch, connection: agent, receiver }),
    async setStopped(stopped, actor) {
      await killSwitch.set(stopped);
      agent.wake();
      clinic.wake();
      await journal.append({
        actor,
        action: stopped ? 'node.stopped' : 'node.resumed',
        subject: card.siteId,
        facts: {},
      });
    },
    async decide(jobId, { decision, because }, actor) {
      const decided = await approvals.decide(jobId, { decision, by: 'the owner of the node', because });
      if (decided === undefined) throw new UnicaError('http.not-found', { what: 'job of that number' });
      if (decision === 'denied') agent.takeBack(jobId);
      agent.reconsider();
      await journal.append({
        actor,
        action: decision === 'approved' ? 'job.approved' : 'job.denied',
        subject: jobId,
        because: decided.permitId,
        facts: { specSha256: decided.specSha256 },
      });
    },
    async decideWatch(watchId, decision, actor) {
      await clinic.watch.decide(watchId, decision, actor);
      agent.reconsider();
    },
    async createRule(wish, actor) {
      const rule = await rules.create(wish, actor);
      await journal.append({
        actor,
        action: 'rule.created',
        subject: rule.ruleId,
        because: rule.scope.kind === 'count' ? rule.scope.permitId : rule.scope.projectId,
        facts: { scope: rule.scope, expiresAtMs: rule.expiresAtMs },
      });
      agent.reconsider();
      return rule;
    },
    pseudonymOf: (patientId) => pseudonymOf(open.site, patientId),
    async recordOptOut(patientId, decision, actor) {
      await open.optOuts.record(house.pseudonymOf(patientId), decision, actor);
      await vectors.forgetLeftOut();
    },
  };
  const ending = new AbortController();
  let filling = true;
  let port = config.port;
  const filled = fillDicomIndex({ index: open.dicomIndex, blobs: open.blobs, log }, ending.signal)
    .then((images) => {
      if (images > 0) log.info('node.index-filled', { images });
    })
    .catch((error: unknown) => log.error('node.index-not-filled', {}, error))
    .finally(() => {
      filling = false;
    });
  // What an earlier run had not brought in was not confirmed either; its sender sends it again.
  await rm(config.webIncomingPath, { recursive: true, force: true });
  const dicomweb: DicomwebHouse = {
    ...open,
    index: open.dicomIndex,
    desk,
    pictures,
    incomingPath: config.webIncomingPath,
    publicUrl: config.publicUrl,
    port: () => port,
    indexIsFilling: () => filling,
  };
  const server = await createNodeServer(open, { house, dicomweb, eucaim, killSwitch, practice: parts.practice }, log);
  const checkpoints = setInterval(() => {
    void sendCheckpoint(open, hub, killSwitch).catch(() => log.info('node.checkpoint-not-sent'));
  }, CHECKPOINT_EVERY_MS);
  const close = async () => {
    clearInterval(checkpoints);
    killSwitch.close();
    ending.abort();
    await receiver?.close();
    await clinic.close();
    await server.close();
    sampleDesk.close();
    await mappingDesk.close();
    await desk.close();
    await conversions.close();
    await filled;
    await beam?.close();
    await agent.close();
    await flower?.close();
    trainer.close();
    await open.close();
  };
  try {
    port = await listen(server, config);
    const archive = await readableArchive({ ...open, index: open.dicomIndex, desk: conversions, killSwitch });
    receiver = await openDicomReceiver(config, {
      importer: open.importer,
      log,
      archive,
      beforeImport: (paths) => clinic.queue.take(paths),
    });
    clinic.start();
    agent.start();
    if (config.flower !== undefined) {
      // gRPC comes with them, and few nodes speak it.
      const [{ flowerAnswers, flowerLimits }, { joinSuperlink }] = await Promise.all([
        import('./flower-answers.ts'),
        import('./flower-membership.ts'),
      ]);
      const agreement = await flowerAgreement(config.flower);
      flower = await joinSuperlink(config.flower, {
        home: config.home,
        answer: flowerAnswers(working, { blobs, agreement }),
        shelf: flowerShelf(database.kysely, open.blobs),
        limits: flowerLimits(working, agreement),
        ledger: outgoing,
        killSwitch,
        log,
        clock,
      });
    }
    beam?.start();
    void search.prepare().catch((error: unknown) => log.error('node.search-not-prepared', {}, error));
    killSwitch.watch(() => {
      log.info(killSwitch.stopped ? 'node.stopped' : 'node.resumed');
      agent.wake();
      clinic.wake();
    });
    log.info('node.started', { port, siteId: card.siteId });
    const dicomPort = receiver?.status().port;
    const url = config.publicUrl ?? `http://${config.host}:${port}`;
    await leaveAddress(config.home, url);
    return { url, dicomPort, server, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Opens a home for this service alone; commands may look into it and import beside it. @throws UnicaError `checkup.home-in-use` */
async function openAlone(config: NodeConfig, log: Log): Promise<OpenNode> {
  // Where there is no node, that is what is told.
  await readIdentityCard(config.home);
  // Before the records are opened, which brings them up to date: an upgrade that is under way does that.
  const lock = await lockFolder(config.home, 'a running node');
  try {
    const open = await openNode(config, log);
    return {
      ...open,
      async close() {
        await open.close();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Content of files goes only when the records that let it go are safe; small content is such a record itself, and goes with them. */
function removedWhenSettled(
  blobs: OpenNode['blobs'],
  { settled }: Pick<OpenNode['database'], 'settled'>,
): OpenNode['blobs'] {
  return {
    ...blobs,
    async remove(sha256) {
      if (!(await blobs.has(sha256))) return;
      await settled();
      await blobs.remove(sha256);
    },
  };
}

async function sendCheckpoint({ journal }: OpenNode, hub: HubClient, killSwitch: KillSwitch): Promise<void> {
  if (!killSwitch.stopped) await leaveHead(journal, hub);
}

async function createNodeServer(
  open: OpenNode,
  {
    house,
    dicomweb,
    eucaim,
    killSwitch,
    practice,
  }: {
    readonly house: NodeHouse;
    readonly killSwitch: KillSwitch;
    readonly dicomweb: DicomwebHouse;
    readonly eucaim: EucaimProvider;
    readonly practice: PracticeNetwork | undefined;
  },
  log: Log,
): Promise<HouseServer> {
  const { config, card, clock, people } = open;
  return await createServer({
    title: `UNICA node ${card.siteId}`,
    version: VERSION,
    routes: [
      sessionRoute({
        kind: 'node',
        name: card.displayName,
        siteId: card.siteId,
        demonstration: config.demonstration,
        version: VERSION,
        accessibilityContact: config.accessibilityContact,
      }),
      ...portalRoutes(house),
      ...setupRoutes(house, practice),
      ...eucaimRoutes(eucaim),
      ...conformanceRoutes(house, { provider: eucaim, killSwitch }),
      ...consentRoutes(house),
      ...localRuleRoutes(house),
      ...tableCheckRoutes(house),
      ...optOutExceptionRoutes(house),
      ...deidentificationRoutes(house),
      ...maskRoutes(house),
      ...mappingRoutes(house),
      ...clinicRoutes(house),
      ...dossierRoutes(house),
      ...patientRoutes(house),
      ...protectionRoutes(house),
      ...readingRoutes(house),
      ...academyRoutes(house),
      ...dicomwebSearchRoutes(dicomweb),
      ...dicomwebRetrieveRoutes(dicomweb),
      ...dicomwebStoreRoutes(dicomweb),
    ],
    identify: identifyBy({ people }),
    viewerOrigins: config.viewerOrigins,
    log,
    metrics: createMetrics('node'),
    portalFolder: fileURLToPath(new URL('../../web/dist', import.meta.url)),
    ...(await houseSignIn(config, { people, clock })),
    links: { people, publicUrl: publicUrlOf(config) },
    settled: open.database.settled,
  });
}
