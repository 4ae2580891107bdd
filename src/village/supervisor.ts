import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { UnicaError } from '#base';
import { peakMemoryOfTreeMb, processorMs } from './process-memory.ts';
import { writeWhole } from './write-whole.ts';

/** One process of the village. */
export interface ChildOrder {
  /** `hub` or `node lisbon`. */
  readonly name: string;
  readonly kind: { readonly house: 'hub' } | { readonly house: 'node'; readonly siteId: string };
  /** Arguments after the program. */
  readonly args: readonly string[];
  /** Answers 200 once the process serves. */
  readonly healthUrl: string;
}

/** What a supervisor needs. */
export interface SupervisorOptions {
  /** Node and the command line's entry file. */
  readonly program: readonly [string, ...string[]];
  readonly home: string;
  /** One clear line for the person at the terminal. */
  readonly tell: (line: string) => void;
  /** Deaths within a minute after which a process is given up; a campaign of failures allows more. */
  readonly mostDeaths?: number | undefined;
}

interface Child {
  readonly order: ChildOrder;
  process: ChildProcess;
  peakMb: number | undefined;
  /** When it last died, for the pause before the next start. */
  deathsMs: number[];
  ended: Promise<void>;
}

/** Deaths within {@link CRASH_WINDOW_MS} after which a process is given up. */
const MOST_DEATHS = 6;
const CRASH_WINDOW_MS = 60_000;
const GRACE_MS = 8_000;
const START_MS = 60_000;

/**
 * Starts the village's processes, starts again what dies unexpectedly, and ends them all. A child holds a channel to the
 * village and ends by itself when it closes, so that none is left behind whatever happens here. @note The owner calls
 * {@link close}.
 */
export class Supervisor {
  readonly #children = new Map<string, Child>();
  readonly #options: SupervisorOptions;
  readonly #sampling: NodeJS.Timeout;
  #closing = false;
  #givenUp: UnicaError | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    mkdirSync(join(options.home, 'logs'), { recursive: true });
    this.#sampling = setInterval(() => this.#sample(), 1000).unref();
  }

  /** Starts a process and waits until it serves. @throws UnicaError `village.child-failed`. */
  async start(order: ChildOrder): Promise<void> {
    const child: Child = {
      order,
      process: this.#spawn(order),
      peakMb: undefined,
      deathsMs: [],
      ended: Promise.resolve(),
    };
    this.#children.set(order.name, child);
    this.#watch(child);
    this.#writeProcesses();
    await this.#untilHealthy(child);
  }

  /** Set when a process died too often; the village cannot go on. */
  get givenUp(): UnicaError | undefined {
    return this.#givenUp;
  }

  /** Peak resident memory of each process, over its restarts, in MB. */
  peakMemoryMb(): Readonly<Record<string, number>> {
    this.#sample();
    return Object.fromEntries(
      [...this.#children.values()].flatMap(({ order, peakMb }) => (peakMb === undefined ? [] : [[order.name, peakMb]])),
    );
  }

  /** Kills a process at once (SIGKILL), as a crash would; it is started again. False where it is just being started. */
  kill(name: string): boolean {
    const child = this.#children.get(name)?.process;
    return child !== undefined && child.exitCode === null && child.signalCode === null && child.kill('SIGKILL');
  }

  /** Waits until a process serves again. @throws UnicaError `village.child-failed`. */
  async untilServing(name: string): Promise<void> {
    const child = this.#children.get(name);
    if (child !== undefined) await this.#untilHealthy(child);
  }

  /** Processor time each process has used since it was last started, without those it started, in milliseconds. */
  processorMs(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      [...this.#children.values()].flatMap(({ order, process: { pid } }) => {
        const used = pid === undefined ? undefined : processorMs(pid);
        return used === undefined ? [] : [[order.name, used]];
      }),
    );
  }

  /** Ends every process: asks, and after a while insists. */
  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#sampling);
    // Nodes first: a node that outlives its hub would only report that it lost it.
    const children = [...this.#children.values()].sort((a, b) => order(a) - order(b));
    for (const child of children) {
      child.process.kill('SIGTERM');
      const insisting = setTimeout(() => child.process.kill('SIGKILL'), GRACE_MS);
      void child.ended.then(() => clearTimeout(insisting));
    }
    await Promise.all(children.map((child) => child.ended));
    this.#children.clear();
    this.#writeProcesses();
  }

  #spawn(childOrder: ChildOrder): ChildProcess {
    const [program, ...entry] = this.#options.program;
    const log = openSync(this.logPath(childOrder.name), 'a', 0o600);
    try {
      return spawn(program, [...entry, ...childOrder.args], { stdio: ['ignore', log, log, 'ipc'] });
    } finally {
      closeSync(log);
    }
  }

  /** Where a process's own output goes. */
  logPath(name: string): string {
    return join(this.#options.home, 'logs', `${name.replaceAll(' ', '-')}.log`);
  }

  #watch(child: Child): void {
    child.ended = new Promise((resolve) => {
      child.process.once('error', () => resolve());
      child.process.once('exit', (code, signal) => {
        this.#onDeath(child, signal === null ? `exit code ${code}` : `signal ${signal}`);
        resolve();
      });
    });
  }

  #onDeath(child: Child, how: string): void {
    if (this.#closing) return;
    const nowMs = Date.now();
    child.deathsMs = [...child.deathsMs.filter((atMs) => nowMs - atMs < CRASH_WINDOW_MS), nowMs];
    if (child.deathsMs.length >= (this.#options.mostDeaths ?? MOST_DEATHS)) {
      this.#givenUp = new UnicaError('village.child-failed', {
        name: child.order.name,
        because: how,
        log: this.logPath(child.order.name),
      });
      return;
    }
    this.#options.tell(`${child.order.name} stopped unexpectedly (${how}); starting it again`);
    const patient = child.deathsMs.length > 1 && this.#options.mostDeaths === undefined;
    const pauseMs = patient ? 125 * 2 ** child.deathsMs.length : 0;
    setTimeout(() => {
      if (this.#closing) return;
      child.process = this.#spawn(child.order);
      this.#watch(child);
      this.#writeProcesses();
    }, pauseMs);
  }

  async #untilHealthy(child: Child): Promise<void> {
    // Where processes are killed on purpose, many start at once.
    const untilMs = Date.now() + (this.#options.mostDeaths === undefined ? START_MS : 10 * START_MS);
    while (Date.now() < untilMs && this.#givenUp === undefined && !this.#closing) {
      const healthy = await fetch(child.order.healthUrl, { signal: AbortSignal.timeout(2000) }).then(
        async (answer) => {
          await answer.arrayBuffer();
          return answer.ok;
        },
        () => false,
      );
      if (healthy) return;
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    throw (
      this.#givenUp ??
      new UnicaError('village.child-failed', {
        name: child.order.name,
        because: 'it did not answer within a minute',
        log: this.logPath(child.order.name),
      })
    );
  }

  #sample(): void {
    for (const child of this.#children.values()) {
      const { pid } = child.process;
      const peakMb = pid === undefined ? undefined : peakMemoryOfTreeMb(pid);
      if (peakMb !== undefined) child.peakMb = Math.max(peakMb, child.peakMb ?? 0);
    }
  }

  /** `processes.json` of the home: whoever tests a failure finds the process to stop there. */
  #writeProcesses(): void {
    const nodes: Record<string, number> = {};
    let hub: number | null = null;
    for (const {
      order: { kind },
      process,
    } of this.#children.values()) {
      if (process.pid === undefined) continue;
      if (kind.house === 'hub') hub = process.pid;
      else nodes[kind.siteId] = process.pid;
    }
    writeWhole(join(this.#options.home, 'processes.json'), JSON.stringify({ hub, nodes }));
  }
}

function order(child: Child): number {
  return child.order.kind.house === 'hub' ? 1 : 0;
}
