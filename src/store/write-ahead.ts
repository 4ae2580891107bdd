import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GroupedSync } from './grouped-sync.ts';
import { syncFolder } from './sync-folder.ts';

/** Makes what lies in a file safe on the disk. */
export interface Flush {
  flush(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Which commits of a SQLite database are safe on the disk. They are appended to its write-ahead file in their order, so a flush
 * covers all before it, and many who wait share one. @note The owner calls {@link close}.
 */
export class WriteAhead {
  readonly #file: Flush;
  readonly #sync = new GroupedSync(async () => {
    if (this.#failure !== undefined) throw this.#failure.error;
    const upTo = this.#commits;
    try {
      await this.#file.flush();
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
    this.#safe = Math.max(this.#safe, upTo);
  });
  /** Commits so far. */
  #commits = 0;
  /** Of them those that are safe. */
  #safe = 0;
  /**
   * Of a flush. A system forgets what it could not write, and the next flush says that all is well (Rebello et al. 2020, "Can
   * applications recover from fsync failures?"): nothing counts as safe any more until the database is opened anew.
   */
  #failure: { readonly error: unknown } | undefined;

  constructor(file: Flush) {
    this.#file = file;
  }

  /** Something was committed. */
  wrote(): void {
    this.#commits += 1;
  }

  /** Resolves once all commits up to now are safe on the disk. @throws what the disk says, and has said of commits before. */
  async safe(): Promise<void> {
    if (this.#safe < this.#commits) await this.#sync.flushed();
  }

  /** Makes all commits safe and lets go of the file. */
  async close(): Promise<void> {
    try {
      await this.safe();
    } finally {
      await this.#file.close();
    }
  }
}

/** A file that is opened when it is first to be flushed: SQLite makes it with the first commit. */
export function openFlush(path: string): Flush {
  let file: FileHandle | undefined;
  return {
    async flush() {
      if (file === undefined) {
        file = await open(path, 'r+');
        // Its own name too.
        await syncFolder(dirname(path));
      }
      await file.datasync();
    },
    close: async () => await file?.close(),
  };
}
