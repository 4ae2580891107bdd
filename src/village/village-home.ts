import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { canonicalJson, type Json, UnicaError } from '#base';
import { isRunning, processStart } from './process-memory.ts';
import { writeWhole } from './write-whole.ts';

const notebookSchema = z.object({
  /** Says that the folder was made by a demo and may be emptied by one. */
  marker: z.literal('unica-demo'),
  settings: z.string(),
  finished: z.boolean(),
  notes: z.record(z.string(), z.json()),
});

const NOTEBOOK = 'demo.json';
const LOCK = 'demo.lock';

/**
 * The demo's folder and its notebook: what was already done is written down, so that an unfinished demo goes on where it
 * stopped. Only a folder that carries its own mark is ever emptied. @note The owner calls `close`.
 */
export class VillageHome {
  readonly path: string;
  /** True when an unfinished demo with the same settings is continued. */
  readonly resumed: boolean;
  readonly #settings: string;
  #notes: Record<string, Json>;

  private constructor(path: string, settings: string, notes: Record<string, Json> | undefined) {
    this.path = path;
    this.resumed = notes !== undefined;
    this.#settings = settings;
    this.#notes = notes ?? {};
  }

  /**
   * Takes the folder for this process.
   * @throws UnicaError `village.running` when another demo lives in it, `village.home-foreign` when it holds other things.
   */
  static open(path: string, settings: Json): VillageHome {
    const text = canonicalJson(settings);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    takeLock(path);
    try {
      const kept = readNotebook(path);
      if (kept !== undefined && !kept.finished && kept.settings === text) {
        return new VillageHome(path, text, { ...kept.notes } as Record<string, Json>);
      }
      const others = readdirSync(path).filter((name) => name !== LOCK);
      if (kept === undefined && others.length > 0) throw new UnicaError('village.home-foreign', { home: path });
      for (const name of others) rmSync(join(path, name), { recursive: true, force: true });
      const home = new VillageHome(path, text, undefined);
      home.#write(false);
      return home;
    } catch (error) {
      rmSync(join(path, LOCK), { force: true });
      throw error;
    }
  }

  /** A folder or file below the home. */
  at(...parts: readonly string[]): string {
    return join(this.path, ...parts);
  }

  /** Does a step unless an earlier run finished it, and remembers its result. */
  async once<Result extends Json>(step: string, work: () => Promise<Result>): Promise<Result> {
    if (step in this.#notes) return this.#notes[step] as Result;
    const result = await work();
    this.#notes[step] = result;
    this.#write(false);
    return result;
  }

  /** A step's result of this run or an earlier one. */
  recall(step: string): Json | undefined {
    return this.#notes[step];
  }

  /** Forgets everything an earlier run did. */
  startOver(): void {
    for (const name of readdirSync(this.path)) {
      if (name !== LOCK) rmSync(join(this.path, name), { recursive: true, force: true });
    }
    this.#notes = {};
    this.#write(false);
  }

  /** The story was told to its end: the next demo starts cleanly. */
  finish(): void {
    this.#write(true);
  }

  /** Gives the folder free. */
  close(): void {
    rmSync(join(this.path, LOCK), { force: true });
  }

  #write(finished: boolean): void {
    writeWhole(
      join(this.path, NOTEBOOK),
      JSON.stringify({ marker: 'unica-demo', settings: this.#settings, finished, notes: this.#notes }),
    );
  }
}

function readNotebook(path: string): z.infer<typeof notebookSchema> | undefined {
  try {
    return notebookSchema.parse(JSON.parse(readFileSync(join(path, NOTEBOOK), 'utf8')));
  } catch {
    return undefined;
  }
}

function takeLock(path: string): void {
  const lockPath = join(path, LOCK);
  if (existsSync(lockPath)) {
    const [pid, start] = readFileSync(lockPath, 'utf8').split(' ');
    const number = Number(pid);
    if (number > 0 && isRunning(number, start === '' ? undefined : start)) {
      throw new UnicaError('village.running', { home: path, pid: number });
    }
  }
  writeWhole(lockPath, `${process.pid} ${processStart(process.pid) ?? ''}`);
}
