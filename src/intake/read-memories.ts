/** Memory of one size that serves one file after the other: asking for new costs as much as reading. */
class ReadMemories {
  readonly #free: ArrayBuffer[];
  readonly #waiting: ((memory: ArrayBuffer) => void)[] = [];

  constructor(count: number, sizeBytes: number) {
    this.#free = Array.from({ length: count }, () => new ArrayBuffer(sizeBytes));
  }

  /** Resolves when some is free, to whoever asked first, who gives it back. */
  taken(): ArrayBuffer | Promise<ArrayBuffer> {
    return this.#free.pop() ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  back(memory: ArrayBuffer): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(memory);
    else next(memory);
  }
}

/** Files that are being written while the next one is read and cleaned, one more than that. */
const COUNT = 4;
const SIZE_BYTES = 4_194_304;

/** The memory of a thread that cleans files. */
export const memories = new ReadMemories(COUNT, SIZE_BYTES);
