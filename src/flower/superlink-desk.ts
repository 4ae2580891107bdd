import { stripVTControlCharacters } from 'node:util';
import { asUnicaError, type Clock, type Log, UnicaError } from '#base';
import { ControlClient, type RunEnd } from './control-client.ts';
import type { FlowerApp } from './flower-app.ts';
import type { NodeKey } from './node-key.ts';
import type { FlowerMessage } from './object-graph.ts';
import { LARGEST_HEAD_BYTES, type Question, type QuestionDesk } from './question.ts';
import { relayApp } from './relay-app.ts';
import { overRelay, RelayRun } from './relay-run.ts';
import { type Answer, type FlowerRun, type KeptMessage, type MessageShelf, SuperNode } from './super-node.ts';
import type { OutgoingCall } from './superlink-channel.ts';
import type { FleetTrust } from './superlink-http.ts';

/** Which run of the SuperLink is which job's, kept where it outlives this process. */
export interface RelayRuns {
  runOf(jobId: string): Promise<bigint | undefined>;
  jobOf(runId: bigint): Promise<string | undefined>;
  /** In place of an earlier run of the job. */
  remember(jobId: string, runId: bigint): Promise<void>;
  forget(jobId: string): Promise<void>;
}

/** Whether jobs are over is looked at this often. */
const LOOK_MS = 2000;
/** A run that was told that it is over may end by itself for so long; then it is stopped. */
const ENDING_MS = 20_000;
/** What SuperNodes there are is asked anew after so long. */
const NODES_MS = 10_000;
const POLL_MS = 200;
const MOST_OPEN = 256;
/** Of messages that nobody waits for so much is held at once. */
const MOST_UNASKED_BYTES = 67_108_864;
const LONGEST_LINE = 200;
const LOOK_AT_RUN_MS = 3000;
const LONGEST_LOG_MS = 20_000;

/**
 * Asks SuperNodes that are at somebody else's SuperLink. For each job it starts a run there, of a ServerApp that carries questions and answers
 * (`relay-app.ts`), and is itself the SuperNode that this app asks. Questions live in memory, which run is whose job's does not: after a
 * restart the relay finds the same desk again. @note Owned by the house, which calls {@link close}.
 */
export class SuperlinkDesk implements QuestionDesk {
  readonly #control: ControlClient;
  readonly #node: SuperNode;
  readonly #key: NodeKey;
  readonly #app: FlowerApp | undefined;
  readonly #runs: RelayRuns;
  readonly #isOver: (jobId: string) => Promise<boolean>;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #ending = new AbortController();
  readonly #open = new Map<string, Promise<RelayRun>>();
  readonly #running = new Set<RelayRun>();
  readonly #following = new Set<Promise<void>>();
  #nodes: { readonly atMs: number; readonly byKey: ReadonlyMap<string, bigint> } | undefined;
  #looking: ReturnType<typeof setInterval> | undefined;

  /** @throws UnicaError `config.invalid` where the app cannot be used. */
  constructor(options: {
    /** host:port of its Fleet API, and of its Control API; one from 1.40 on. */
    readonly fleet: string;
    readonly control: string;
    readonly federation: string | undefined;
    readonly trust: FleetTrust;
    readonly key: NodeKey;
    /** The bundle whose ClientApp stock SuperNodes run; undefined where all of them are UNICA nodes. */
    readonly app: FlowerApp | undefined;
    readonly runs: RelayRuns;
    /** Whether there will be no more questions of a job. */
    readonly isOver: (jobId: string) => Promise<boolean>;
    /** Resolves once what was written before is safe; nothing leaves before. */
    readonly settled: (leaving: OutgoingCall) => Promise<void>;
    readonly log: Log;
    readonly clock: Clock;
  }) {
    const { trust, key, clock, log, settled } = options;
    // What is wrong with the network's bundle is found out before anybody waits for a round.
    relayApp(0n, options.app);
    const beforeCall = async (leaving: OutgoingCall) => await settled(leaving);
    const way = { trust, key, clock, beforeCall };
    const { federation } = options;
    this.#control = new ControlClient({
      ...way,
      address: options.control,
      federation,
      signal: this.#ending.signal,
    });
    this.#node = new SuperNode({
      ...way,
      address: options.fleet,
      answer: async (message, run, signal) => await this.#answer(message, run, signal),
      shelf: shelfInMemory(),
      limits: {
        largest: async (announced) =>
          (await this.#knownRun(announced.runId))?.largestOf(announced) ?? LARGEST_HEAD_BYTES,
        refuse: async (announced, because) =>
          (await this.#knownRun(announced.runId))?.refuse(announced, because) ?? { content: overRelay() },
        mostHeld: () => this.#awaitedBytes + MOST_UNASKED_BYTES,
      },
      log,
      pollMs: POLL_MS,
      mostOpen: MOST_OPEN,
    });
    this.#key = key;
    this.#app = options.app;
    this.#runs = options.runs;
    this.#isOver = options.isOver;
    this.#log = log;
    this.#clock = clock;
  }

  /** Registers this desk's key at the SuperLink where that is possible, joins it, and goes on trying. */
  start(): void {
    this.#looking ??= setInterval(() => void this.#look(), LOOK_MS);
    const registered = this.#control.register(this.#key.publicKeyPem).catch((error: unknown) => {
      this.#log.warn('flower.not-registered', { code: asUnicaError(error).code });
    });
    void registered.then(() => this.#node.start());
  }

  async ask(publicKeyPem: string, question: Question, signal: AbortSignal): Promise<FlowerMessage> {
    signal.throwIfAborted();
    const run = await this.#runFor(question.run);
    const nodeId = await this.#nodeIdOf(publicKeyPem);
    return await run.ask({ nodeId, question }, { nowMs: this.#clock(), signal });
  }

  /** Leaves the SuperLink, within some seconds whatever it does. Runs go on there for a while, and find the desk again when it is back. */
  async close(): Promise<void> {
    clearInterval(this.#looking);
    this.#ending.abort();
    await this.#node.close();
    await Promise.all(this.#following);
    this.#control.close();
  }

  get #awaitedBytes(): number {
    return [...this.#running].reduce((sum, run) => sum + run.awaitedBytes, 0);
  }

  async #runFor(jobId: string): Promise<RelayRun> {
    const open = this.#open.get(jobId) ?? this.#begin(jobId, undefined);
    return await open;
  }

  /** Opens the run of a job: the one that is said, the one of before, or a new one. */
  #begin(jobId: string, found: bigint | undefined): Promise<RelayRun> {
    const opening = (async () => {
      const run = new RelayRun(found ?? (await this.#earlierRun(jobId)) ?? (await this.#startRun(jobId)));
      const following = this.#follow(jobId, run)
        // A database that is away is no reason to fall: a run that has ended is found out at the next question.
        .catch((error: unknown) => this.#log.warn('flower.look-missed', { code: asUnicaError(error).code }))
        .finally(() => {
          this.#following.delete(following);
          this.#running.delete(run);
        });
      this.#following.add(following);
      this.#running.add(run);
      return run;
    })();
    this.#open.set(jobId, opening);
    opening.catch(() => this.#forget(jobId, opening));
    return opening;
  }

  #forget(jobId: string, run: Promise<RelayRun>): void {
    if (this.#open.get(jobId) === run) this.#open.delete(jobId);
  }

  async #earlierRun(jobId: string): Promise<bigint | undefined> {
    const runId = await this.#runs.runOf(jobId);
    return runId === undefined || (await this.#control.endOf(runId)) !== undefined ? undefined : runId;
  }

  async #startRun(jobId: string): Promise<bigint> {
    const { nodeId } = this.#node;
    if (nodeId === undefined)
      throw new UnicaError('flower.unreachable', {
        address: 'the SuperLink',
        because: 'this hub has not joined it yet',
      });
    const runId = await this.#control.startRun(relayApp(nodeId, this.#app));
    await this.#runs.remember(jobId, runId);
    this.#log.info('flower.run-started', { jobId, run: String(runId) });
    return runId;
  }

  async #nodeIdOf(publicKeyPem: string): Promise<bigint> {
    const nowMs = this.#clock();
    if (this.#nodes === undefined || nowMs - this.#nodes.atMs > NODES_MS)
      this.#nodes = { atMs: nowMs, byKey: await this.#control.nodes() };
    const nodeId = this.#nodes.byKey.get(publicKeyPem.trim());
    if (nodeId !== undefined) return nodeId;
    throw new UnicaError('flower.unreachable', {
      address: 'the site',
      because: 'its SuperNode is not at the SuperLink',
    });
  }

  async #answer(message: FlowerMessage, { runId }: FlowerRun, signal: AbortSignal): Promise<Answer> {
    const run = await this.#knownRun(runId);
    return run === undefined ? { content: overRelay() } : await run.answer(message, signal);
  }

  /** The run a relay belongs to; undefined where its job is over, or was never ours. */
  async #knownRun(runId: bigint): Promise<RelayRun | undefined> {
    const jobId = await this.#runs.jobOf(runId);
    if (jobId === undefined) return undefined;
    const run = await (this.#open.get(jobId) ?? ((await this.#isOver(jobId)) ? undefined : this.#begin(jobId, runId)));
    return run?.runId === runId ? run : undefined;
  }

  /**
   * Looks at a run until it has ended. Its log is read then and not before: a SuperLink of 1.42 whose stream of it was cut off stood still for
   * minutes.
   */
  async #follow(jobId: string, run: RelayRun): Promise<void> {
    const { signal } = this.#ending;
    for (;;) {
      await new Promise<void>((resolve) => {
        const end = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', end);
          resolve();
        };
        const timer = setTimeout(end, LOOK_AT_RUN_MS);
        signal.addEventListener('abort', end, { once: true });
      });
      if (signal.aborted) return;
      const end = await this.#control.endOf(run.runId).catch(() => undefined);
      if (end !== undefined) return await this.#ended(jobId, run, end);
    }
  }

  /** The last line that a run which has ended wrote; empty where it cannot be read. */
  async #lastWords(runId: bigint): Promise<string> {
    let last = '';
    try {
      for await (const text of this.#control.logs(runId, AbortSignal.timeout(LONGEST_LOG_MS))) {
        const lines = text.split('\n').filter((line) => line.trim() !== '');
        last = lines.at(-1) ?? last;
      }
    } catch {
      // What has come of it is told.
    }
    return stripVTControlCharacters(last).trim().slice(0, LONGEST_LINE);
  }

  async #ended(jobId: string, run: RelayRun, end: RunEnd): Promise<void> {
    const words = end.how === 'completed' ? '' : await this.#lastWords(run.runId);
    const because = [end.how, end.details, words]
      .filter((part) => part !== '')
      .join('; ')
      .slice(0, 300);
    this.#log.info('flower.run-ended', { jobId, run: String(run.runId), how: end.how });
    // One that somebody stopped, or that never came to ask, would end so again.
    const forGood = end.how === 'stopped' || !run.spoke;
    run.end(
      forGood
        ? new UnicaError('flower.run-ended', { because })
        : new UnicaError('flower.unreachable', { address: 'the run at the SuperLink', because }),
    );
    const open = this.#open.get(jobId);
    if (open !== undefined && (await open.catch(() => undefined)) === run) this.#open.delete(jobId);
    if ((await this.#runs.runOf(jobId)) === run.runId) await this.#runs.forget(jobId);
  }

  async #look(): Promise<void> {
    for (const [jobId, opening] of this.#open) {
      try {
        const run = await opening;
        if (!(await this.#isOver(jobId)) || run.over) continue;
        run.finish();
        setTimeout(() => {
          if (!this.#ending.signal.aborted && this.#open.has(jobId)) void this.#stop(run);
        }, ENDING_MS).unref();
      } catch (error) {
        this.#log.warn('flower.look-missed', { code: asUnicaError(error).code });
      }
    }
  }

  async #stop(run: RelayRun): Promise<void> {
    await this.#control.stopRun(run.runId).catch((error: unknown) => {
      this.#log.warn('flower.run-not-stopped', { code: asUnicaError(error).code });
    });
  }
}

/** What the relay says is said again where it got lost with this process. */
function shelfInMemory(): MessageShelf {
  const kept = new Map<string, KeptMessage>();
  return {
    keep: async (message) => void kept.set(message.messageId, message),
    list: async () => [...kept.values()],
    remove: async (messageId) => void kept.delete(messageId),
  };
}
