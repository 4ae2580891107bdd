/**
 * Bytes that lie in memory at once, counted before they are read. Whoever asks for room waits until there is some, in the order of
 * asking; what is larger than all the room has it alone.
 */
export class HeldBytes {
  readonly #mostBytes: number;
  readonly #waiting: { readonly sizeBytes: number; readonly admit: () => void }[] = [];
  #heldBytes = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** Resolves when there is room. Whoever was given it gives it {@link back} when the bytes are let go of. */
  async taken(sizeBytes: number): Promise<void> {
    if (this.#waiting.length === 0 && this.#hasRoom(sizeBytes)) {
      this.#heldBytes += sizeBytes;
      return;
    }
    await new Promise<void>((admit) => this.#waiting.push({ sizeBytes, admit }));
  }

  back(sizeBytes: number): void {
    this.#heldBytes -= sizeBytes;
    for (let next = this.#waiting[0]; next !== undefined && this.#hasRoom(next.sizeBytes); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#heldBytes += next.sizeBytes;
      next.admit();
    }
  }

  #hasRoom(sizeBytes: number): boolean {
    return this.#heldBytes === 0 || this.#heldBytes + sizeBytes <= this.#mostBytes;
  }
}
