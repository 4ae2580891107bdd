import pg from 'pg';
import { SeededRandom, sha256Hex } from '#base';
import { openDatabase } from '#store';
import { type BareJob, BareNetwork } from '#village';
import type { JobView } from '#wire';

/** A campaign of failures over a real network of processes. */
export interface ChaosOptions {
  readonly home: string;
  readonly nodes: number;
  /** At least so many failures; a job under way is followed to its end. */
  readonly kills: number;
  readonly seed: number;
  /** Over PostgreSQL, whose connections are cut as well; absent: over a SQLite file. The database must be empty. */
  readonly databaseUrl?: string | undefined;
  /** Two hubs, of which one is killed in every round, and nothing else. Needs PostgreSQL. */
  readonly twoHubs?: boolean | undefined;
  readonly signal: AbortSignal;
  readonly tell: (text: string) => void;
}

/** What a campaign of failures showed. */
export interface ChaosReport {
  readonly kills: { readonly hub: number; readonly node: number; readonly connections: number };
  readonly runs: number;
  readonly finished: number;
  /** Runs whose weights are those of the undisturbed run, bit for bit. */
  readonly identical: number;
  /** Local epochs that the nodes' own records count as finished, and how many of them stand there twice. */
  readonly epochs: number;
  readonly repeated: number;
  readonly seconds: number;
}

const JOB: BareJob = {
  model: { architecture: 'resnet8', inputSize: 28, channels: 1, outputs: 1, stemStride: 1, widths: [4, 4, 4] },
  rounds: 3,
  localEpochs: 3,
  batchSize: 8,
  quorum: 1,
};
/** Longest time between two failures, and in multiples of what the last victim took to serve again, so that work goes on. */
const LONGEST_PAUSE_MS = 1500;
const PAUSE_OF_RESTART = 1;

/** Runs one job undisturbed, then the same job again and again while processes are killed and connections are cut. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { home, databaseUrl, twoHubs, signal, tell } = options;
  const beganMs = Date.now();
  const random = new SeededRandom(`chaos/${options.seed}`);
  const kills = { hub: 0, node: 0, connections: 0 };
  const total = (): number => kills.hub + kills.node + kills.connections;
  const bare = await BareNetwork.open({
    home,
    nodes: options.nodes,
    signal,
    tell,
    databaseUrl,
    twoHubs,
    crashing: true,
  });
  let runs = 0;
  let identical = 0;
  const digestOf = async (modelId: string | null): Promise<string> => sha256Hex(await bare.weights(modelId ?? ''));
  try {
    const undisturbed = await digestOf((await bare.run(JOB)).modelId);
    const { processes } = bare.network;
    /** Several things fail at once as often as not; connections come back by themselves. */
    const fail = async (): Promise<void> => {
      if (databaseUrl !== undefined && random.below(2) === 0) {
        await cutConnections(databaseUrl);
        kills.connections += 1;
      }
      const victims = processes.filter(() => random.below(2) === 0);
      const crashed = await Promise.all(victims.map((name) => bare.network.crash(name)));
      for (const [index, name] of victims.entries()) {
        if (crashed[index] === true) kills[name.startsWith('hub') ? 'hub' : 'node'] += 1;
      }
    };
    while (total() < options.kills) {
      signal.throwIfAborted();
      const ending = new AbortController();
      let disturbing: Promise<void> | undefined;
      let failure: unknown;
      const falling: Promise<void>[] = [];
      let round = 0;
      const failed = (error: unknown): void => {
        failure = error;
      };
      const follow = (seen: JobView): void => {
        const current = seen.rounds.at(-1)?.round ?? 0;
        if (twoHubs === true && current > round) {
          round = current;
          kills.hub += 1;
          falling.push(bare.network.crash(current % 2 === 0 ? 'hub' : 'hub 2').then(() => {}, failed));
        }
        if (twoHubs === true) return;
        disturbing ??= disturb(fail, random, ending.signal).catch(failed);
      };
      // What was killed serves again before anything is closed, so that a job that failed says why by itself.
      const view = await bare.run(JOB, follow).finally(async () => {
        ending.abort();
        await disturbing;
        await Promise.all(falling);
      });
      if (failure !== undefined) throw failure;
      runs += 1;
      if ((await digestOf(view.modelId)) === undisturbed) identical += 1;
      tell(`${total()} of ${options.kills} failures, ${identical} of ${runs} runs identical`);
    }
  } finally {
    await bare.close();
  }
  const { epochs, repeated } = await epochsOf(bare.network.nodes.map(({ config }) => config.databasePath));
  return { kills, runs, finished: runs, identical, epochs, repeated, seconds: (Date.now() - beganMs) / 1000 };
}

async function disturb(fail: () => Promise<void>, random: SeededRandom, signal: AbortSignal): Promise<void> {
  let restartMs = 0;
  while (!signal.aborted) {
    const longestMs = Math.max(LONGEST_PAUSE_MS, PAUSE_OF_RESTART * restartMs);
    await new Promise((resolve) => setTimeout(resolve, random.uniform() * longestMs));
    if (signal.aborted) return;
    const beganMs = performance.now();
    await fail();
    restartMs = performance.now() - beganMs;
  }
}

/** Cuts every connection to a database but this one. */
async function cutConnections(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
  } finally {
    await client.end();
  }
}

/** What the nodes recorded as trained. */
async function epochsOf(paths: readonly string[]): Promise<{ readonly epochs: number; readonly repeated: number }> {
  let epochs = 0;
  const seen = new Set<string>();
  for (const path of paths) {
    const database = await openDatabase<{
      trained_epochs: { job_id: string; round: number; part: string; epoch: number };
    }>({ engine: 'sqlite', path });
    const rows = await database.kysely.selectFrom('trained_epochs').selectAll().execute();
    await database.close();
    epochs += rows.length;
    for (const { job_id, round, part, epoch } of rows) seen.add([path, job_id, round, part, epoch].join(' '));
  }
  return { epochs, repeated: epochs - seen.size };
}

/** A database of its own on a server, for one campaign. @returns its address and the way to drop it */
export async function freshDatabase(serverUrl: string, name: string): Promise<{ url: string; drop(): Promise<void> }> {
  const run = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: serverUrl });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  await run(`create database ${pg.escapeIdentifier(name)}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => run(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`) };
}
