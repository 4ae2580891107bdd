import { type ChildProcess, spawn } from 'node:child_process';
import { lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { z } from 'zod';
import { sha256Hex, UnicaError } from '#base';
import { allFinite } from './finite.ts';
import { writeNpy } from './npy.ts';
import type { ParameterTable } from './parameter-table.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';

/** What an external trainer is given: a folder of files, so that it can be a container later. */
export interface TrainerInput {
  /** Anything it must know of the job: epochs, learning rate, seed, the model's description. */
  readonly job: Readonly<Record<string, unknown>>;
  readonly table: ParameterTable;
  /** Where learning starts, flat. */
  readonly parameters: Float32Array;
  /** Pictures [picture, …shape] one after the other, and the truth of each. */
  readonly images: Float32Array;
  readonly imageShape: readonly number[];
  readonly labels: Float32Array;
}

/** How an external trainer is run. */
export interface ExternalTrainer {
  /** The folder that holds the trainer's program; the owner of the node approved its digest. */
  readonly programFolder: string;
  readonly approvedDigest: string;
  /** Program and arguments; the working folder, with `in` and `out`, comes last. */
  readonly command: readonly [string, ...string[]];
  /** An empty folder for this run; whoever made it removes it. */
  readonly folder: string;
  readonly input: TrainerInput;
  readonly timeLimitMs: number;
  /** Address space of each of its processes. */
  readonly memoryLimitBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/** What an external trainer made. */
export interface ExternalResult {
  /** Change of the parameters, flat, finite, as long as they are. */
  readonly update: Float32Array;
  readonly metrics: { readonly samples: number; readonly loss: number };
  /** Whether the system kept it from the network; not every system can. */
  readonly withoutNetwork: boolean;
}

const metricsSchema = z.object({
  samples: z.number().int().min(1),
  loss: z.number().refine(Number.isFinite),
});
const MOST_METRICS_BYTES = 65_536;
const MOST_SAID = 4096;
const MOST_PROGRAM_FILES = 10_000;

/** Digest of a trainer's program: of all its files' names and contents, in order. @throws UnicaError `engine.trainer-refused` */
export async function trainerDigest(programFolder: string): Promise<string> {
  const found = await readdir(programFolder, { recursive: true, withFileTypes: true });
  if (found.some((entry) => entry.isSymbolicLink())) throw refused('its folder holds a link');
  const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  if (files.length > MOST_PROGRAM_FILES) throw refused('its folder holds too many files');
  const lines = await Promise.all(
    files.map(async (path) => `${relative(programFolder, path)} ${sha256Hex(await readFile(path))}`),
  );
  return sha256Hex(lines.sort().join('\n'));
}

/**
 * Runs another tool's training: `in/job.json`, `in/weights.safetensors`, `in/cohort.csv`, `in/images.npy` lie ready; it
 * leaves `out/update.safetensors` (the change) and `out/metrics.json` and ends with 0. It gets no environment, no network
 * where the system can keep it away, and limits of time and memory; all its processes end with it.
 * @throws UnicaError `engine.trainer-refused` before it starts, `engine.trainer-failed` when it ends otherwise,
 * `engine.trainer-output` when what it left is not an update of this model; the signal's reason when stopped
 */
export async function runExternalTrainer(run: ExternalTrainer): Promise<ExternalResult> {
  run.signal?.throwIfAborted();
  if ((await trainerDigest(run.programFolder)) !== run.approvedDigest)
    throw refused('its program is not the one that was approved');
  await writeInput(join(run.folder, 'in'), run.input);
  await mkdir(join(run.folder, 'out'));
  const withoutNetwork = await canCloseNetwork();
  await runLimited(run, withoutNetwork);
  return { ...(await readOutput(join(run.folder, 'out'), run.input)), withoutNetwork };
}

async function writeInput(folder: string, input: TrainerInput): Promise<void> {
  const { job, table, parameters, images, imageShape, labels } = input;
  await mkdir(folder, { recursive: true });
  const readOnly = { mode: 0o444, flag: 'wx' } as const;
  const rows = Array.from(labels, (label, index) => `${index},${label}`);
  await writeFile(join(folder, 'job.json'), `${JSON.stringify(job, null, 2)}\n`, readOnly);
  await writeFile(join(folder, 'weights.safetensors'), encodeSafetensors(table, parameters), readOnly);
  await writeFile(join(folder, 'cohort.csv'), `${['image,label', ...rows].join('\n')}\n`, readOnly);
  await writeFile(join(folder, 'images.npy'), writeNpy([labels.length, ...imageShape], images), readOnly);
}

/** Whether this system lets an ordinary user start a process without a network. */
function canCloseNetwork(): Promise<boolean> {
  return new Promise((resolve) => {
    const trial = spawn('unshare', ['-rn', 'true'], { stdio: 'ignore' });
    trial.once('error', () => resolve(false));
    trial.once('exit', (code) => resolve(code === 0));
  });
}

async function runLimited(run: ExternalTrainer, withoutNetwork: boolean): Promise<void> {
  const { command, folder, timeLimitMs, memoryLimitBytes, signal } = run;
  const limited = [
    'sh',
    '-c',
    'ulimit -v "$0" && exec "$@"',
    String(Math.floor(memoryLimitBytes / 1024)),
    ...command,
    folder,
  ];
  const [program = 'sh', ...rest] = withoutNetwork ? ['unshare', '-rn', ...limited] : limited;
  const child = spawn(program, rest, {
    cwd: folder,
    // No secret of the service belongs in there.
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: folder, LANG: 'C.UTF-8' },
    stdio: ['ignore', 'ignore', 'pipe'],
    // A group of its own, so that all it starts can be ended with it.
    detached: true,
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-MOST_SAID);
  });
  const stop = (): void => endGroup(child);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    stop();
  }, timeLimitMs);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const how = await ended(child);
    if (signal?.aborted === true) throw signal.reason;
    if (late) throw failed(`it took longer than ${Math.round(timeLimitMs / 1000)} seconds`, said);
    if (how !== 'exit code 0') throw failed(how, said);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
    // What it may have left running.
    endGroup(child);
  }
}

function ended(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', () => resolve('it could not be started'));
    child.once('close', (code, killedBy) => resolve(killedBy ? `signal ${killedBy}` : `exit code ${code}`));
  });
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    // All of the group has ended.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function readOutput(
  folder: string,
  { table, parameters }: TrainerInput,
): Promise<Omit<ExternalResult, 'withoutNetwork'>> {
  const expectedBytes = encodeSafetensors(table, parameters).length;
  const update = await readPlainFile(join(folder, 'update.safetensors'), expectedBytes + 1_048_576);
  const decoded = decodedUpdate(update);
  const same =
    decoded.table.entries.length === table.entries.length &&
    table.entries.every(({ name, shape }) => {
      const own = decoded.table.entries.find((entry) => entry.name === name);
      return own !== undefined && own.shape.join() === shape.join();
    });
  if (!same) throw output('update.safetensors does not hold the tensors of the model');
  if (!allFinite(decoded.parameters)) throw output('update.safetensors holds numbers that are not finite');
  const ordered = new Float32Array(table.total);
  for (const { name, offset, size } of table.entries) {
    const from = decoded.table.entries.find((entry) => entry.name === name)?.offset ?? 0;
    ordered.set(decoded.parameters.subarray(from, from + size), offset);
  }
  const text = Buffer.from(await readPlainFile(join(folder, 'metrics.json'), MOST_METRICS_BYTES)).toString('utf8');
  return { update: ordered, metrics: metricsOf(text) };
}

function decodedUpdate(bytes: Uint8Array): ReturnType<typeof decodeSafetensors> {
  try {
    return decodeSafetensors(bytes);
  } catch (cause) {
    throw new UnicaError('engine.trainer-output', { problem: 'update.safetensors cannot be read' }, { cause });
  }
}

function metricsOf(text: string): ExternalResult['metrics'] {
  try {
    return metricsSchema.parse(JSON.parse(text));
  } catch (cause) {
    const problem = 'metrics.json does not hold the number of samples and a finite loss';
    throw new UnicaError('engine.trainer-output', { problem }, { cause });
  }
}

/** A file that is one: a link could lead anywhere. */
async function readPlainFile(path: string, mostBytes: number): Promise<Uint8Array> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const found = await lstat(path).catch(() => undefined);
  if (found?.isFile() !== true) throw output(`it left no ${name}`);
  if (found.size > mostBytes) throw output(`${name} is far too large`);
  return await readFile(path);
}

function refused(problem: string): UnicaError {
  return new UnicaError('engine.trainer-refused', { problem });
}

/** What it said stays with the operator: as the cause, which is never sent or logged. */
function failed(how: string, said: string): UnicaError {
  return new UnicaError('engine.trainer-failed', { how }, { cause: new Error(said) });
}

function output(problem: string): UnicaError {
  return new UnicaError('engine.trainer-output', { problem });
}
