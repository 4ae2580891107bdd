/** What is written of a large file goes to the disk in stretches of this size while the rest comes. */
const STRETCH_BYTES = 8 * 2 ** 20;
/** More at the same time would take the threads that files are read and written by. */
const MOST_AT_ONCE = 2;

let underWay = 0;

/**
 * Brings a large file to the disk while it is still being written, so that its last flush finds little left to do: without it the disk
 * rests until the whole is there, and is waited for then. @note The owner waits for {@link ended} before it closes the file.
 */
export class EarlySync {
  readonly #sync: () => Promise<void>;
  #unsyncedBytes = 0;
  #running: Promise<void> | undefined;
  /** What the disk said: the last flush would not say it again. */
  #failure: { readonly error: unknown } | undefined;

  /** @param sync flushes what has been written of the file */
  constructor(sync: () => Promise<void>) {
    this.#sync = sync;
  }

  /** So much more has been written. */
  wrote(bytes: number): void {
    this.#unsyncedBytes += bytes;
    if (this.#unsyncedBytes < STRETCH_BYTES || this.#running !== undefined || underWay >= MOST_AT_ONCE) return;
    this.#unsyncedBytes = 0;
    underWay += 1;
    this.#running = this.#sync()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        underWay -= 1;
        this.#running = undefined;
      });
  }

  /** Resolves once nothing of it is under way. */
  async ended(): Promise<void> {
    await this.#running;
  }

  /** Makes the file safe on the disk. @throws what the disk says, and has said meanwhile. */
  async finish(): Promise<void> {
    await this.ended();
    if (this.#failure !== undefined) throw this.#failure.error;
    await this.#sync();
  }
}
