import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { UnicaError } from '#base';
import { createHubToken, type HubConfig, hubConfig } from '#hub';
import { createNodeToken, initNode, type NodeConfig, nodeConfig } from '#node';
import { enrolmentCodeReplySchema, type Role } from '#wire';
import type { DemoReporter } from './demo-reporter.ts';
import type { DemoSite } from './demo-sites.ts';
import { freePort, heldRange, isFree } from './free-port.ts';
import { HouseClient } from './house-client.ts';
import { Relay } from './relay.ts';
import { Supervisor } from './supervisor.ts';
import type { VillageHome } from './village-home.ts';

/** The ports of a village; kept in the notebook, because nodes remember where their hub is. */
export type VillagePorts = {
  readonly hub: number;
  readonly nodes: readonly number[];
  readonly relays: readonly number[];
};

/** Hubs that share a database and a folder of objects on this machine. */
export interface SharedHub {
  readonly databaseUrl: string;
  /** Where a second hub listens; absent: there is one. */
  readonly secondPort?: number | undefined;
}

/** One running node. */
export interface VillageNode extends DemoSite {
  readonly url: string;
  readonly config: NodeConfig;
  /** The relay's record of what it sent. */
  readonly recordPath: string;
  readonly owner: HouseClient;
}

const PROGRAM = fileURLToPath(new URL('../cli/main.js', import.meta.url));
const HUB_PORT = 7400;
const TOKEN_DAYS = 2;

/** Chooses free ports, beginning at the usual ones, none of a range that another village of this machine has; says so when the usual hub port is taken. */
export async function choosePorts(nodes: number, reporter: DemoReporter): Promise<VillagePorts> {
  const taken = new Set<number>();
  const next = async (wanted: number): Promise<number> => {
    const port = await freePort(wanted, taken);
    taken.add(port);
    return port;
  };
  const hub = await next(await heldRange(HUB_PORT));
  if (hub !== HUB_PORT) reporter.line(`Port ${HUB_PORT} is in use; the hub takes ${hub}.`);
  const nodePorts: number[] = [];
  for (let node = 0; node < nodes; node += 1) nodePorts.push(await next(hub + 1 + node));
  const relays: number[] = [];
  for (let node = 0; node < nodes; node += 1) relays.push(await next(hub + 51 + node));
  return { hub, nodes: nodePorts, relays };
}

/** True when every port of an earlier run is still to be had. */
export async function portsAreFree(ports: VillagePorts): Promise<boolean> {
  const free = await Promise.all([ports.hub, ...ports.nodes, ...ports.relays].map(isFree));
  return free.every(Boolean);
}

/**
 * A hub and its nodes as separate processes on this machine, each with its own home and keys; unless told otherwise a recording
 * relay stands between each node and the hub. @note The owner calls {@link close}.
 */
export class Network {
  readonly hubUrl: string;
  readonly hub: HubConfig;
  readonly #home: VillageHome;
  readonly #ports: VillagePorts;
  readonly #supervisor: Supervisor;
  readonly #relays: Relay[] = [];
  readonly #nodes: VillageNode[] = [];
  readonly #people = new Map<Role, HouseClient>();

  readonly #shared: SharedHub | undefined;
  readonly #direct: boolean;

  constructor(options: {
    readonly home: VillageHome;
    readonly ports: VillagePorts;
    readonly reporter: DemoReporter;
    /** Hubs over PostgreSQL; absent: one over a SQLite file. */
    readonly shared?: SharedHub | undefined;
    readonly mostDeaths?: number | undefined;
    /** Nodes dial the hub itself; nothing is recorded. */
    readonly direct?: boolean | undefined;
  }) {
    const { home, ports, reporter, shared, mostDeaths, direct } = options;
    this.#direct = direct === true;
    this.#shared = shared;
    this.#home = home;
    this.#ports = ports;
    this.#supervisor = new Supervisor({
      program: [process.execPath, PROGRAM],
      home: home.path,
      tell: (line) => reporter.warn(line),
      mostDeaths,
    });
    this.hubUrl = `http://127.0.0.1:${ports.hub}`;
    this.hub = hubConfig({
      home: home.at('hub'),
      port: String(ports.hub),
      demonstration: 'true',
      logLevel: 'info',
      name: 'Demonstration network',
      databaseUrl: shared?.databaseUrl,
      objects: shared === undefined ? undefined : home.at('objects'),
    });
  }

  get nodes(): readonly VillageNode[] {
    return this.#nodes;
  }

  /** Set when a process died too often. */
  get givenUp(): UnicaError | undefined {
    return this.#supervisor.givenUp;
  }

  /** Starts the hub's process. */
  async startHub(): Promise<void> {
    mkdirSync(this.hub.home, { recursive: true, mode: 0o700 });
    await this.#startHub('hub', this.hub.home, this.hub.port);
    const port = this.#shared?.secondPort;
    if (port !== undefined) await this.#startHub('hub 2', this.#home.at('hub-2'), port);
  }

  async #startHub(name: string, home: string, port: number): Promise<void> {
    const { shared } = { shared: this.#shared };
    await this.#supervisor.start({
      name,
      kind: { house: 'hub' },
      args: [
        ...['hub', 'start', '--home', home, '--port', String(port), '--name', this.hub.name],
        ...(shared === undefined
          ? []
          : [
              '--database-url',
              shared.databaseUrl,
              '--objects',
              this.#home.at('objects'),
              '--key-file',
              this.hub.keyPath,
            ]),
        ...['--demonstration', '--with-parent'],
      ],
      healthUrl: `http://127.0.0.1:${port}/healthz`,
    });
  }

  /** Names of the processes, as {@link kill} takes them. */
  get processes(): readonly string[] {
    return [
      'hub',
      ...(this.#shared?.secondPort === undefined ? [] : ['hub 2']),
      ...this.#nodes.map(({ siteId }) => `node ${siteId}`),
    ];
  }

  /** Kills a process as a crash would, and waits until it serves again. False where it was just being started. */
  async crash(name: string): Promise<boolean> {
    if (!this.#supervisor.kill(name)) return false;
    await this.#supervisor.untilServing(name);
    return true;
  }

  /** Processor time of each process, without its trainers, in milliseconds. */
  processorMs(): Readonly<Record<string, number>> {
    return this.#supervisor.processorMs();
  }

  /** The hub's API as a person of this role uses it; each role is another person. */
  async person(role: Role): Promise<HouseClient> {
    const known = this.#people.get(role);
    if (known !== undefined) return known;
    const token = await createHubToken(this.hub, { name: `demo ${role}`, roles: [role], days: TOKEN_DAYS });
    const client = new HouseClient({ house: 'hub', url: this.hubUrl, token });
    this.#people.set(role, client);
    return client;
  }

  /** Enrols a node with a one-time code, through its relay, and starts its process. */
  async addNode(site: DemoSite): Promise<VillageNode> {
    const index = this.#nodes.length;
    const port = this.#ports.nodes[index];
    const relayPort = this.#ports.relays[index];
    if (port === undefined || relayPort === undefined) throw new UnicaError('internal');
    const recordPath = this.#home.at('wire', site.siteId);
    const hubUrl = this.#direct ? this.hubUrl : await this.#openRelay(relayPort, recordPath);
    const home = this.#home.at('nodes', site.siteId);
    const config = nodeConfig({
      home,
      port: String(port),
      approval: 'automatic',
      demonstration: 'true',
      trainingWorkers: '1',
    });
    await this.#home.once(`enrolled/${site.siteId}`, async () => {
      const coordinator = await this.person('coordinator');
      const { code } = await coordinator.post('/api/enrolment-codes', { ...site }, enrolmentCodeReplySchema);
      await initNode(config, { hubUrl, code, ...site });
      return true;
    });
    await this.#supervisor.start({
      name: `node ${site.siteId}`,
      kind: { house: 'node', siteId: site.siteId },
      args: [
        ...['node', 'start', '--home', home, '--port', String(port), '--approval', 'automatic'],
        ...['--training-workers', String(config.trainingWorkers), '--demonstration', '--with-parent'],
        ...(this.#shared?.secondPort === undefined
          ? []
          : ['--hub-urls', `http://127.0.0.1:${this.#shared.secondPort}`]),
      ],
      healthUrl: `http://127.0.0.1:${port}/healthz`,
    });
    const url = `http://127.0.0.1:${port}`;
    const token = await createNodeToken(config, {
      name: 'demo owner',
      roles: ['operator', 'curator', 'protection-officer'],
      days: TOKEN_DAYS,
    });
    const owner = new HouseClient({ house: `node ${site.siteId}`, url, token });
    const node = { ...site, url, config, recordPath, owner };
    this.#nodes.push(node);
    return node;
  }

  /** → the address that its node is told. */
  async #openRelay(port: number, folder: string): Promise<string> {
    const relay = await Relay.open({ port, hubPort: this.#ports.hub, folder });
    this.#relays.push(relay);
    return relay.url;
  }

  /** Peak memory of each process, in MB. */
  peakMemoryMb(): Readonly<Record<string, number>> {
    return this.#supervisor.peakMemoryMb();
  }

  /** Ends every process and every relay. */
  async close(): Promise<void> {
    await this.#supervisor.close();
    await Promise.all(this.#relays.map((relay) => relay.close()));
  }
}
