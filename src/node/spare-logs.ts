import { randomBytes } from 'node:crypto';
import { constants, lstat, mkdir, open, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { WRITER_MARK } from '#store';

const { O_WRONLY, O_CREAT, O_EXCL, O_DSYNC } = constants;
const PIECE_BYTES = 1_048_576;

/** The mark of a process, and chance. */
const NAME = /^\d{1,10}-[0-9a-f]{12}-[0-9a-f]{16}\.part$/;

export interface SpareLogOptions {
  /** Of nothing else, on the disk of the logs; made when it is needed, and gone when it is empty. */
  readonly folder: string;
  /** How many lie ready. */
  readonly count: number;
  readonly sizeBytes: number;
  /** Nothing is made before so long was nothing received. */
  readonly quietMs: number;
  /** Whether the disk on which the folder lies, which is there then, has room for one more. */
  readonly hasRoom: () => Promise<boolean>;
}

/**
 * Files of zeros for logs to be written over. What is written behind the end of a file changes its length and its places on the disk
 * as well, which the file system writes a second time, into its journal; what is written over does not. They are made while nothing
 * comes, and go with the process. No more zeros are written than bytes were received: a sender of a small image now and then would
 * wear out a disk otherwise. Owned by the spool, which closes it.
 */
export class SpareLogs {
  readonly #options: SpareLogOptions;
  readonly #ready: string[] = [];
  /** Bytes that were received and for which no zeros were written yet. */
  #earnedBytes = 0;
  #busyAtMs = Number.NEGATIVE_INFINITY;
  #making: Promise<void> | undefined;
  readonly #closing = new AbortController();

  constructor(options: SpareLogOptions) {
    this.#options = options;
  }

  /**
   * Takes away what killed processes left; only one at a time has the folder. What is not called as a spare log is, or is no file, is
   * somebody else's and stays.
   */
  static async tidy(folder: string): Promise<void> {
    const there = await lstat(folder).catch(() => undefined);
    if (there?.isDirectory() !== true) return;
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => []))
      if (entry.isFile() && NAME.test(entry.name) && !entry.name.startsWith(WRITER_MARK))
        await rm(join(folder, entry.name), { force: true });
    await rmdir(folder).catch(() => {});
  }

  /** Something is being received: the disk belongs to it. */
  busy(): void {
    this.#busyAtMs = performance.now();
  }

  /** Something was received: there will be need of spare logs. */
  received(sizeBytes: number): void {
    const { count } = this.#options;
    this.#earnedBytes = Math.min(this.#earnedBytes + sizeBytes, count * this.#options.sizeBytes);
    if (this.#isWanted) this.#begin();
  }

  /** Resolves when as many lie ready as are asked for, or the disk has no room for more. */
  async prepared(): Promise<void> {
    this.#busyAtMs = Number.NEGATIVE_INFINITY;
    this.#earnedBytes = this.#options.count * this.#options.sizeBytes;
    this.#begin();
    await this.#making;
  }

  /** The path of one, which is the caller's from now on; undefined when none is ready. */
  take(): string | undefined {
    return this.#ready.pop();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#making;
    for (const path of this.#ready.splice(0)) await rm(path, { force: true });
    // Another spool of this process may have some in it.
    await rmdir(this.#options.folder).catch(() => {});
  }

  get #isWanted(): boolean {
    return this.#ready.length < this.#options.count && this.#earnedBytes >= this.#options.sizeBytes;
  }

  #begin(): void {
    // Without them it is slower and nothing else; the next object tries again.
    this.#making ??= this.#make()
      .catch(() => {})
      .finally(() => {
        this.#making = undefined;
      });
  }

  async #make(): Promise<void> {
    const { folder, sizeBytes, hasRoom } = this.#options;
    while (this.#isWanted) {
      await this.#quiet();
      // Made first: what disk it lies on nobody knows before.
      await mkdir(folder, { recursive: true, mode: 0o700 });
      if (!(await hasRoom())) {
        await rmdir(folder).catch(() => {});
        return;
      }
      const path = join(folder, `${WRITER_MARK}-${randomBytes(8).toString('hex')}.part`);
      try {
        await this.#fill(path);
      } catch (error) {
        await rm(path, { force: true });
        throw error;
      }
      this.#earnedBytes -= sizeBytes;
      this.#ready.push(path);
    }
  }

  async #fill(path: string): Promise<void> {
    // Piece by piece through to the disk: whoever else writes must not wait for all of it at once.
    const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | (O_DSYNC ?? 0), 0o600);
    try {
      const zeros = new Uint8Array(PIECE_BYTES);
      for (let at = 0; at < this.#options.sizeBytes; at += PIECE_BYTES) {
        await this.#quiet();
        await file.write(zeros, 0, Math.min(PIECE_BYTES, this.#options.sizeBytes - at), at);
      }
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  /** Resolves when nothing was received for a while. @throws when it is closed */
  async #quiet(): Promise<void> {
    const { signal } = this.#closing;
    for (;;) {
      signal.throwIfAborted();
      const leftMs = this.#busyAtMs + this.#options.quietMs - performance.now();
      if (leftMs <= 0) return;
      await after(leftMs, undefined, { ref: false, signal });
    }
  }
}
