/**
 * How each site's change agrees with what the model became: the cosine between the two, from −1 (against it) to 1 (the same way).
 * It says nothing of how much a site mattered, nor whether that was good. Summed up a block of parameters at a time.
 */
export class Agreement {
  readonly #sums = new Map<string, { product: number; square: number }>();
  #square = 0;
  /** What the block of the model changed by. */
  #step = new Float64Array(0);

  /** A block of the model before and after the round. */
  addModel(before: Float32Array, after: Float32Array): void {
    if (this.#step.length !== before.length) this.#step = new Float64Array(before.length);
    const steps = this.#step;
    let square = this.#square;
    for (let at = 0; at < before.length; at += 1) {
      const step = (after[at] ?? 0) - (before[at] ?? 0);
      steps[at] = step;
      square += step * step;
    }
    this.#square = square;
  }

  /** Of a site's change the block that the model was added of last. */
  addChange(siteId: string, change: Float32Array): void {
    const steps = this.#step;
    let { product, square } = this.#sums.get(siteId) ?? { product: 0, square: 0 };
    for (let at = 0; at < change.length; at += 1) {
      const value = change[at] ?? 0;
      product += value * (steps[at] ?? 0);
      square += value * value;
    }
    this.#sums.set(siteId, { product, square });
  }

  /** By site; those whose change, or a model that did not move, has no direction are left out. */
  cosines(): Readonly<Record<string, number>> {
    const cosines = [...this.#sums].map(([siteId, { product, square }]) => {
      const cosine = product / Math.sqrt(square * this.#square);
      return [siteId, Math.max(-1, Math.min(1, cosine))] as const;
    });
    return Object.fromEntries(cosines.filter(([, cosine]) => Number.isFinite(cosine)));
  }
}
