/** Bytes compared at once. */
const WINDOW_BYTES = 16;
/** A window with fewer distinct bytes is background, which any file may hold. */
const FEWEST_DISTINCT = 5;
const BASE = 0x01000193;
const OTHER_BASE = 0x27d4eb2f;

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
    let first = 0;
    let second = 0;
    let quietUntil = 0;
    for (let index = 0; index < bytes.length; index += 1) {
      const entering = (bytes[index] ?? 0) + 1;
      first = (Math.imul(first, BASE) + entering) | 0;
      second = (Math.imul(second, OTHER_BASE) + entering) | 0;
      if (index >= WINDOW_BYTES) {
        const leaving = (bytes[index - WINDOW_BYTES] ?? 0) + 1;
        first = (first - Math.imul(leaving, LEAVING)) | 0;
        second = (second - Math.imul(leaving, OTHER_LEAVING)) | 0;
      }
      if (index < WINDOW_BYTES - 1 || index < quietUntil) continue;
      if (!this.#windows.has(pairOf(first, second))) continue;
      quietUntil = index + WINDOW_BYTES;
      yield index - WINDOW_BYTES + 1;
    }
  }

  #addRow(row: Uint8Array): void {
    for (let start = 0; start + WINDOW_BYTES <= row.length; start += WINDOW_BYTES) {
      if (isBackground(row, start)) continue;
      let first = 0;
      let second = 0;
      for (let index = start; index < start + WINDOW_BYTES; index += 1) {
        const byte = (row[index] ?? 0) + 1;
        first = (Math.imul(first, BASE) + byte) | 0;
        second = (Math.imul(second, OTHER_BASE) + byte) | 0;
      }
      this.#windows.add(pairOf(first, second));
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
const OTHER_LEAVING = power(OTHER_BASE, WINDOW_BYTES);

function power(base: number, exponent: number): number {
  let product = 1;
  for (let index = 0; index < exponent; index += 1) product = Math.imul(product, base);
  return product;
}

/** 53 bits of the two hashes: chance agreement is below one in 10⁶ for what a demo sends. */
function pairOf(first: number, second: number): number {
  return (first >>> 0) * 0x200000 + ((second >>> 0) & 0x1fffff);
}

/** A set of numbers above 0 in eight bytes each (open addressing): millions of windows fit beside everything else. */
class WindowTable {
  #slots = new Float64Array(1 << 16);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(key: number): boolean {
    return this.#slots[this.#slotOf(key)] === key;
  }

  add(key: number): void {
    const slot = this.#slotOf(key);
    if (this.#slots[slot] === key) return;
    this.#slots[slot] = key;
    this.#size += 1;
    if (2 * this.#size < this.#slots.length) return;
    const old = this.#slots;
    this.#slots = new Float64Array(2 * old.length);
    for (const kept of old) if (kept !== 0) this.#slots[this.#slotOf(kept)] = kept;
  }

  /** The slot that holds the key, or the free one where it belongs. */
  #slotOf(key: number): number {
    const mask = this.#slots.length - 1;
    let slot = Math.imul(Math.floor(key / 0x200000) | 0, 0x9e3779b1) >>> 0;
    slot = (slot ^ (slot >>> 15)) & mask;
    for (;;) {
      const held = this.#slots[slot];
      if (held === 0 || held === key) return slot;
      slot = (slot + 1) & mask;
    }
  }
}
