/** Bytes compared at once. */
const WINDOW_BYTES = 16;
/** A window with fewer distinct bytes is background, which any file may hold. */
const FEWEST_DISTINCT = 5;
const BASE = 0x01000193;

/** One film's stored pixels. */
export interface FilmPixels {
  readonly rows: number;
  readonly columns: number;
  /** Stored values, row by row from the top. */
  readonly values: ArrayLike<number>;
  /** Significant bits of a value. */
  readonly bits: number;
}

/**
 * Windows of sixteen bytes of films' pixel rows, as 8-bit and as 16-bit little-endian and big-endian pixels, found
 * anywhere in other bytes by a rolling hash (Rabin and Karp 1987). A copied stretch of 31 bytes holds a whole window.
 */
export class PlantedPixels {
  readonly #windows = new WindowTable();
  #films = 0;

  /** Adds a film; at most 32 of its rows, evenly spread, so that large films stay affordable. */
  add(film: FilmPixels): void {
    this.#films += 1;
    const step = Math.max(1, Math.ceil(film.rows / 32));
    const shift = Math.max(0, film.bits - 8);
    for (let row = 0; row < film.rows; row += step) {
      const narrow = new Uint8Array(film.columns);
      const wide = new Uint8Array(2 * film.columns);
      for (let column = 0; column < film.columns; column += 1) {
        const value = film.values[row * film.columns + column] ?? 0;
        narrow[column] = value >> shift;
        wide[2 * column] = value & 255;
        wide[2 * column + 1] = (value >> 8) & 255;
      }
      this.#addRow(narrow);
      this.#addRow(wide);
      this.#addRow(new Uint8Array(Buffer.from(wide).swap16()));
    }
  }

  get films(): number {
    return this.#films;
  }

  get size(): number {
    return this.#windows.size;
  }

  /** Offsets at which a stretch of a film's pixels stands; one for each stretch, not for each byte. */
  *find(bytes: Uint8Array): Generator<number> {
    if (bytes.length < WINDOW_BYTES) return;
    let hash = 0;
    let quietUntil = 0;
    for (let index = 0; index < bytes.length; index += 1) {
      hash = (Math.imul(hash, BASE) + (bytes[index] ?? 0) + 1) | 0;
      if (index >= WINDOW_BYTES) {
        hash = (hash - Math.imul((bytes[index - WINDOW_BYTES] ?? 0) + 1, LEAVING)) | 0;
      }
      if (index < WINDOW_BYTES - 1 || index < quietUntil) continue;
      const start = index - WINDOW_BYTES + 1;
      if (!this.#windows.has(hash, bytes, start)) continue;
      quietUntil = index + WINDOW_BYTES;
      yield start;
    }
  }

  #addRow(row: Uint8Array): void {
    for (let start = 0; start + WINDOW_BYTES <= row.length; start += WINDOW_BYTES) {
      if (isBackground(row, start)) continue;
      let hash = 0;
      for (let index = start; index < start + WINDOW_BYTES; index += 1) {
        hash = (Math.imul(hash, BASE) + (row[index] ?? 0) + 1) | 0;
      }
      this.#windows.add(hash, row, start);
    }
  }
}

/** True when the window holds too few distinct bytes to mean anything. */
function isBackground(row: Uint8Array, start: number): boolean {
  let distinct = 0;
  for (let index = start; index < start + WINDOW_BYTES && distinct < FEWEST_DISTINCT; index += 1) {
    let earlier = start;
    while (row[earlier] !== row[index]) earlier += 1;
    if (earlier === index) distinct += 1;
  }
  return distinct < FEWEST_DISTINCT;
}

const LEAVING = power(BASE, WINDOW_BYTES);

function power(base: number, exponent: number): number {
  let product = 1;
  for (let index = 0; index < exponent; index += 1) product = Math.imul(product, base);
  return product;
}

/**
 * Windows by their hash, with their bytes (open addressing). A hash alone is not enough: among millions of windows and the
 * megabytes of weights that a demo sends, two of 53 bits agree by chance once in some dozens of runs.
 */
class WindowTable {
  /** Numbers of windows, from 1; 0 is a free slot. */
  #slots = new Uint32Array(1 << 16);
  #hashes = new Int32Array(1 << 15);
  #bytes = new Uint8Array(WINDOW_BYTES << 15);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(hash: number, bytes: Uint8Array, start: number): boolean {
    return this.#slots[this.#slotOf(hash, bytes, start)] !== 0;
  }

  add(hash: number, bytes: Uint8Array, start: number): void {
    const slot = this.#slotOf(hash, bytes, start);
    if (this.#slots[slot] !== 0) return;
    this.#hashes[this.#size] = hash;
    this.#bytes.set(bytes.subarray(start, start + WINDOW_BYTES), this.#size * WINDOW_BYTES);
    this.#size += 1;
    this.#slots[slot] = this.#size;
    if (2 * this.#size === this.#slots.length) this.#grow();
  }

  #grow(): void {
    const hashes = new Int32Array(2 * this.#hashes.length);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    const bytes = new Uint8Array(2 * this.#bytes.length);
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    this.#slots = new Uint32Array(2 * this.#slots.length);
    for (let number = 1; number <= this.#size; number += 1) {
      const start = (number - 1) * WINDOW_BYTES;
      this.#slots[this.#slotOf(hashes[number - 1] ?? 0, bytes, start)] = number;
    }
  }

  /** The slot that holds the window, or the free one where it belongs. */
  #slotOf(hash: number, bytes: Uint8Array, start: number): number {
    const mask = this.#slots.length - 1;
    let slot = Math.imul(hash, 0x9e3779b1) >>> 0;
    slot = (slot ^ (slot >>> 15)) & mask;
    for (;;) {
      const number = this.#slots[slot] ?? 0;
      if (number === 0 || (this.#hashes[number - 1] === hash && this.#isAt(number - 1, bytes, start))) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #isAt(index: number, bytes: Uint8Array, start: number): boolean {
    const held = index * WINDOW_BYTES;
    for (let at = 0; at < WINDOW_BYTES; at += 1) if (this.#bytes[held + at] !== bytes[start + at]) return false;
    return true;
  }
}
