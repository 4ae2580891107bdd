import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SeededRandom, silentLog, UnicaError } from '#base';
import { pseudonymousUid } from '#deid';
import { type RemoteSystem, store } from '#dimse';
import { nodeConfig } from './config.ts';
import { freePort } from './free-port.ts';
import { openNode } from './open-node.ts';
import { enrolledHome, fictitiousObject, fictitiousUid, outgoing } from './receiver-rig.ts';

/** A send during which the receiving node is killed again and again. */
export interface KillPlan {
  /** An empty folder. */
  readonly home: string;
  /** What starts the command line: a script for this Node. */
  readonly program: string;
  readonly instances: number;
  readonly kills: number;
  readonly seed: number;
  readonly onKill?: (done: { readonly kills: number; readonly acknowledged: number }) => void;
}

/** What was there after the last kill, and after everything was sent and imported. */
export interface KillReport {
  readonly kills: number;
  /** Of the kills: before the node had said that it was ready. */
  readonly killsDuringStart: number;
  readonly acknowledged: number;
  /** Sent again, because the connection was lost before the answer came. */
  readonly unconfirmed: number;
  readonly images: number;
  readonly quarantined: number;
  /** Acknowledged, and neither in the archive nor in quarantine. */
  readonly lost: number;
  /** Files of archive and quarantine beyond one for each instance. */
  readonly twice: number;
  readonly damaged: number;
  /** Files that still lie in the folder for arriving images. */
  readonly leftOver: number;
  readonly journalIntact: boolean;
  readonly seconds: number;
}

/** Every so many instances one cannot be cleaned and belongs in quarantine. */
const DOUBTFUL_EVERY = 40;
/** One kill in so many comes while the node starts. */
const START_KILL_EVERY = 4;
const START_MS = 1200;
const LINGER_MS = 40;
const LOOK_EVERY_MS = 100;

/**
 * Sends fictitious films to a real node process, kills it with SIGKILL at moments a seed chooses (between and within
 * objects, while it imports, while it starts), starts it again, and sends only what was not acknowledged; then counts.
 * @throws whatever the node complains of when it cannot start
 */
export async function killReceiver(plan: KillPlan): Promise<KillReport> {
  const beganMs = performance.now();
  await mkdir(plan.home, { recursive: true });
  await enrolledHome(plan.home);
  const run = new Run(plan, await freePort());
  const sent = await run.send();
  return { ...sent, ...(await counted(plan)), seconds: (performance.now() - beganMs) / 1000 };
}

class Run {
  readonly #plan: KillPlan;
  readonly #port: number;
  readonly #random: SeededRandom;
  readonly #acknowledged = new Set<number>();
  #kills = 0;
  #killsDuringStart = 0;
  #unconfirmed = 0;

  constructor(plan: KillPlan, port: number) {
    this.#plan = plan;
    this.#port = port;
    this.#random = new SeededRandom(plan.seed);
  }

  async send() {
    const { instances, kills } = this.#plan;
    while (this.#kills < kills) {
      if (this.#kills % START_KILL_EVERY === START_KILL_EVERY - 1) await this.#killDuringStart();
      else await this.#killWhileSending();
      this.#plan.onKill?.({ kills: this.#kills, acknowledged: this.#acknowledged.size });
    }
    const node = await this.#start();
    await this.#sendUntil(instances);
    while ((await readdir(join(this.#plan.home, 'incoming', 'received'))).length > 0) await passed(LOOK_EVERY_MS);
    // In order: the import that took the last of them is still to be closed.
    node.kill('SIGTERM');
    await once(node, 'exit');
    return {
      kills: this.#kills,
      killsDuringStart: this.#killsDuringStart,
      acknowledged: this.#acknowledged.size,
      unconfirmed: this.#unconfirmed,
    };
  }

  async #killDuringStart(): Promise<void> {
    const node = this.#spawn();
    await passed(this.#random.uniform() * START_MS);
    await this.#kill(node);
    this.#killsDuringStart += 1;
  }

  async #killWhileSending(): Promise<void> {
    const { instances, kills } = this.#plan;
    const left = instances - this.#acknowledged.size;
    const more = Math.ceil((this.#random.uniform() * 2 * left) / (kills - this.#kills + 1));
    const node = await this.#start();
    const sending = this.#sendUntil(Math.min(instances, this.#acknowledged.size + more), async () => {
      // The sender goes on meanwhile.
      await passed(this.#random.uniform() * LINGER_MS);
      await this.#kill(node);
    });
    await sending;
    if (node.exitCode === null && node.signalCode === null) await this.#kill(node);
  }

  /** Sends what is not acknowledged; from `enough` acknowledgements on `then` is under way. Ends when all is sent or the node is gone. */
  async #sendUntil(enough: number, then?: () => Promise<void>): Promise<void> {
    const numbers = Array.from({ length: this.#plan.instances }, (_, number) => number).filter(
      (number) => !this.#acknowledged.has(number),
    );
    let after: Promise<void> | undefined;
    if (this.#acknowledged.size >= enough) after = then?.();
    const two = [numbers.filter((_, index) => index % 2 === 0), numbers.filter((_, index) => index % 2 === 1)];
    const senders = two.map(async (part) => {
      let next = 0;
      try {
        for await (const { kind, status } of store(this.#remote(), part.map(film))) {
          if (kind !== 'stored') throw new Error(`the node answered ${status.toString(16)}`);
          this.#acknowledged.add(part[next] ?? -1);
          next += 1;
          if (this.#acknowledged.size >= enough) after ??= then?.();
        }
      } catch (error) {
        if (!(error instanceof UnicaError) || then === undefined || !GONE.has(error.code)) throw error;
        this.#unconfirmed += 1;
      }
    });
    await Promise.all(senders);
    await after;
  }

  #remote(): RemoteSystem {
    return { host: '127.0.0.1', port: this.#port, aeTitle: 'UNICA', callingAeTitle: 'CT-ROOM' };
  }

  async #kill(node: ChildProcess): Promise<void> {
    const exit = once(node, 'exit');
    node.kill('SIGKILL');
    await exit;
    this.#kills += 1;
  }

  #spawn(): ChildProcess {
    const { home, program } = this.#plan;
    const args = ['node', 'start', '--home', home, '--port', '0', '--dicom-port', String(this.#port), '--json'];
    return spawn(process.execPath, [program, ...args, '--dicom-peers', 'CT-ROOM@127.0.0.1'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { UNICA_LOG_LEVEL: 'error' },
    });
  }

  async #start(): Promise<ChildProcess> {
    const node = this.#spawn();
    await new Promise<void>((resolve, reject) => {
      // It says where it serves once it receives as well.
      node.stdout?.once('data', () => resolve());
      node.once('exit', (code) => reject(new Error(`the node ended with ${code}`)));
    });
    return node;
  }
}

const GONE: ReadonlySet<string> = new Set([
  'dimse.connection-lost',
  'dimse.unreachable',
  'dimse.aborted',
  'dimse.rejected',
]);

function film(number: number) {
  const isDoubtful = number % DOUBTFUL_EVERY === DOUBTFUL_EVERY - 1;
  return outgoing(fictitiousObject(number, isDoubtful ? { BurnedInAnnotation: 'YES' } : {}));
}

async function counted({ home, instances }: KillPlan) {
  const node = await openNode(nodeConfig({ home }), silentLog);
  try {
    const { kysely } = node.database;
    const rows = await kysely.selectFrom('instances').select(['sop_instance_uid', 'blob_sha256']).execute();
    const held = new Set(rows.map((row) => row.sop_instance_uid));
    const clean = Array.from({ length: instances }, (_, number) => number).filter(
      (number) => number % DOUBTFUL_EVERY !== DOUBTFUL_EVERY - 1,
    );
    let damaged = 0;
    for (const { blob_sha256 } of rows)
      damaged += await node.blobs.get(blob_sha256).then(
        () => 0,
        () => 1,
      );
    const quarantined = await node.quarantine.total();
    const doubtful = instances - clean.length;
    const missing = clean.filter((number) => !held.has(pseudonymousUid(node.site, fictitiousUid(number)))).length;
    const files = (await filesIn(node.config.blobsPath)) + (await filesIn(node.config.quarantinePath));
    return {
      images: rows.length,
      quarantined,
      lost: missing + Math.max(0, doubtful - quarantined),
      twice: rows.length - held.size + Math.max(0, files - instances),
      damaged,
      leftOver: await filesIn(node.config.incomingPath),
      journalIntact: (await node.journal.verify()).intact,
    };
  } finally {
    await node.close();
  }
}

async function filesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).length;
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
