import { rmSync } from 'node:fs';
import { UnicaError } from '#base';
import { taskByName } from '#pilots';
import { enrolmentCodeReplySchema, type JobSpec, type JobView } from '#wire';
import { prepareArchives } from './archives.ts';
import { BareSite, type EmptyChange } from './bare-site.ts';
import { DEMO_SITES, type DemoSite } from './demo-sites.ts';
import { freePort } from './free-port.ts';
import { jobSpecOf } from './job-spec.ts';
import { Journey } from './journey.ts';
import { choosePorts, Network } from './network.ts';
import { openArchiveSource } from './open-archive-source.ts';
import { VillageHome } from './village-home.ts';

const DATASET = 'chest-films';
/** Films of 28 × 28 pixels: what is measured or broken here is the network, not the learning. */
const TASK = taskByName('chest-28');
const FILMS_PER_SITE = 40;

/** What a job of a {@link BareNetwork} may set. */
export type BareJob = Partial<
  Pick<
    JobSpec,
    | 'model'
    | 'rounds'
    | 'localEpochs'
    | 'localSteps'
    | 'batchSize'
    | 'learningRate'
    | 'seed'
    | 'sites'
    | 'quorum'
    | 'roundDeadlineMs'
    | 'aggregation'
    | 'compression'
    | 'privacy'
    | 'strategy'
    | 'optimiser'
    | 'warmStart'
  >
>;

/** A site that is no node, between its enrolment and its end. */
export interface StandInSite {
  /** It begins asking for work. */
  start(): void;
  close(): Promise<void>;
}

/** Enrols a site that is no node, under the name and with the code that a hub gave. */
export type OpenStandIn = (enrolment: {
  readonly hubUrl: string;
  readonly code: string;
  readonly site: DemoSite;
  readonly dataset: string;
  /** Of the site, from 0. */
  readonly number: number;
}) => Promise<StandInSite>;

/**
 * A hub and nodes as processes of this machine, with a few small synthetic films and a permit for all of them: what
 * benchmarks and campaigns of failures run jobs on. @note The owner calls {@link close}.
 */
export class BareNetwork {
  readonly network: Network;
  readonly siteIds: readonly string[];
  readonly #journey: Journey;
  readonly #home: VillageHome;
  readonly #requestId: string;
  readonly #standIns: readonly StandInSite[];

  private constructor(parts: {
    readonly network: Network;
    readonly siteIds: readonly string[];
    readonly journey: Journey;
    readonly home: VillageHome;
    readonly requestId: string;
    readonly standIns: readonly StandInSite[];
  }) {
    this.network = parts.network;
    this.siteIds = parts.siteIds;
    this.#journey = parts.journey;
    this.#home = parts.home;
    this.#requestId = parts.requestId;
    this.#standIns = parts.standIns;
  }

  /**
   * Starts hub and nodes, brings films in, publishes and obtains access.
   * @param options.nodes 2 to 200. @throws UnicaError `village.*`.
   */
  static async open(options: {
    readonly home: string;
    readonly nodes: number;
    readonly signal: AbortSignal;
    readonly tell?: (text: string) => void;
    /** Over PostgreSQL; absent: over a SQLite file. */
    readonly databaseUrl?: string | undefined;
    /** Two hubs over one PostgreSQL; nodes know both. */
    readonly twoHubs?: boolean | undefined;
    /** Processes are killed on purpose and often. */
    readonly crashing?: boolean | undefined;
    /** Nodes dial the hub itself, as hospitals do: for what is measured. */
    readonly direct?: boolean | undefined;
    /** Sites instead of nodes: `untrained` ones in this process, or others; for jobs without masks. */
    readonly standIns?: 'untrained' | OpenStandIn | undefined;
    /** What the sites are called; as in the demonstration unless told. */
    readonly siteIds?: readonly string[] | undefined;
  }): Promise<BareNetwork> {
    const { signal, nodes, databaseUrl, direct, tell = () => {} } = options;
    const reporter = { step: tell, line: tell, live: tell, table: () => {}, warn: tell };
    const home = VillageHome.open(options.home, { bare: nodes });
    let network: Network | undefined;
    const standIns: StandInSite[] = [];
    try {
      const sites = sitesOf(nodes, options.siteIds);
      const ports = await choosePorts(nodes, reporter);
      const secondPort = options.twoHubs === true ? await freePort(ports.hub + 151, new Set()) : undefined;
      const shared = databaseUrl === undefined ? undefined : { databaseUrl, secondPort };
      const mostDeaths = options.crashing === true ? Number.POSITIVE_INFINITY : undefined;
      network = new Network({ home, ports, reporter, shared, mostDeaths, direct });
      await network.startHub();
      const journey = new Journey(network, signal);
      if (options.standIns !== undefined)
        await enrolStandIns(
          network,
          sites,
          options.standIns === 'untrained' ? untrained() : options.standIns,
          standIns,
        );
      else await startNodes({ home, sites, network, journey, signal, tell });
      const { requestId } = await journey.obtainAccess({
        title: 'Measure the network',
        purpose: 'Benchmarks and failures on synthetic films.',
        datasets: sites.map(({ siteId }) => ({ siteId, name: DATASET })),
      });
      for (const site of standIns) site.start();
      return new BareNetwork({
        network,
        siteIds: sites.map(({ siteId }) => siteId),
        journey,
        home,
        requestId,
        standIns,
      });
    } catch (error) {
      await Promise.all(standIns.map((site) => site.close()));
      await network?.close();
      home.close();
      throw error;
    }
  }

  /**
   * Submits a job and follows it to its end. @param lookEveryMs how often the hub is asked for the whole job, which is large after
   * many rounds: what is measured is looked at seldom. @throws UnicaError `village.job-ended`.
   */
  async run(job: BareJob, onView: (view: JobView) => void = () => {}, lookEveryMs?: number): Promise<JobView> {
    const base = jobSpecOf({ task: TASK, siteIds: this.siteIds, dataset: DATASET, rounds: 1, seed: 1 });
    const jobId = await this.#journey.submitJob({ ...base, ...job }, this.#requestId);
    return await this.#journey.followJob(jobId, onView, lookEveryMs);
  }

  /** Weights of a registered model, as a file of safetensors. */
  async weights(modelId: string): Promise<Uint8Array> {
    return (await this.#journey.model(modelId)).weights;
  }

  /** Ends every process. */
  async close(): Promise<void> {
    await Promise.all(this.#standIns.map((site) => site.close()));
    await this.network.close();
    this.#home.finish();
    this.#home.close();
  }
}

/** Sites that do not train and share their changes. */
function untrained(): OpenStandIn {
  const changes = new Map<string, EmptyChange>();
  return async (enrolment) => await BareSite.enrol({ ...enrolment, changes });
}

/** @param enrolled takes each as it comes, so that they can be closed when the next one fails */
async function enrolStandIns(
  network: Network,
  sites: readonly DemoSite[],
  open: OpenStandIn,
  enrolled: StandInSite[],
): Promise<void> {
  const coordinator = await network.person('coordinator');
  for (const [number, site] of sites.entries()) {
    const { code } = await coordinator.post('/api/enrolment-codes', { ...site }, enrolmentCodeReplySchema);
    enrolled.push(await open({ hubUrl: network.hubUrl, code, site, dataset: DATASET, number }));
  }
}

/** Nodes with a few films each, published. */
async function startNodes({
  home,
  sites,
  network,
  journey,
  signal,
  tell,
}: {
  readonly home: VillageHome;
  readonly sites: readonly DemoSite[];
  readonly network: Network;
  readonly journey: Journey;
  readonly signal: AbortSignal;
  readonly tell: (text: string) => void;
}): Promise<void> {
  const source = await openArchiveSource(
    { kind: 'synthetic' },
    { task: TASK, sites, films: (FILMS_PER_SITE + 4) * sites.length, seed: 1, spool: home.at('spool'), signal },
  );
  const archives = await prepareArchives(source, {
    folder: home.at('archives'),
    siteIds: sites.map(({ siteId }) => siteId),
    seed: 1,
    path: 'The synthetic set',
    onProgress: () => {},
  }).finally(() => rmSync(home.at('spool'), { recursive: true, force: true }));
  for (const [index, site] of sites.entries()) {
    const archive = archives.nodes[index];
    if (archive === undefined) throw new UnicaError('internal');
    tell(`node ${index + 1} of ${sites.length}`);
    const node = await network.addNode(site);
    await journey.bringIn(node, archive, () => {});
    const described = { name: DATASET, title: 'Chest films', description: 'Synthetic films.', conditions: [] };
    await journey.publish(node, described);
  }
}

function sitesOf(nodes: number, siteIds?: readonly string[]): readonly DemoSite[] {
  return Array.from({ length: nodes }, (_, index) => {
    const siteId = siteIds?.[index];
    if (siteId !== undefined) return { siteId, country: 'PT', displayName: siteId };
    const known = DEMO_SITES[index];
    return known ?? { siteId: `site-${index + 1}`, country: 'PT', displayName: `Site ${index + 1}` };
  });
}
