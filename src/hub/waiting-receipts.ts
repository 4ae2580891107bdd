/**
 * Sites whose receipt waits here for the next work. A poll of such a site leaves the work to the receipt: given to the poll, each
 * round would cost a request more.
 */
export class WaitingReceipts {
  readonly #sites = new Map<string, number>();

  has(siteId: string): boolean {
    return this.#sites.has(siteId);
  }

  /** Notes that a receipt waits; → what ends that. */
  begin(siteId: string): () => void {
    this.#sites.set(siteId, (this.#sites.get(siteId) ?? 0) + 1);
    return () => {
      const left = (this.#sites.get(siteId) ?? 1) - 1;
      if (left === 0) this.#sites.delete(siteId);
      else this.#sites.set(siteId, left);
    };
  }
}
