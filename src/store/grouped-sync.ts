/**
 * Shares one slow flush among those who wait for it: what was done before `flushed` was called is covered by the flush that
 * begins after it, so that many associations cost the disk one flush and not one each.
 */
export class GroupedSync {
  readonly #flush: () => Promise<void>;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(flush: () => Promise<void>) {
    this.#flush = flush;
  }

  /** Resolves after a flush that began after this call. @throws what that flush throws. */
  flushed(): Promise<void> {
    this.#next ??= this.#afterRunning();
    return this.#next;
  }

  async #afterRunning(): Promise<void> {
    await this.#running.catch(() => {});
    const flush = this.#flush();
    this.#running = flush;
    this.#next = undefined;
    await flush;
  }
}
