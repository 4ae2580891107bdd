import type { HuffmanTable } from './jpeg-stream.ts';
import { unusable } from './unusable.ts';

/** Bits of entropy-coded JPEG data, stuffed zero bytes taken out (ITU-T T.81 section B.1.1.5). */
export class JpegBits {
  readonly #bytes: Uint8Array;
  #offset = 0;
  #buffer = 0;
  #bits = 0;
  /** Zero bits supplied after the end of the data. */
  #borrowed = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The symbol of the next Huffman code. */
  symbol(table: HuffmanTable): number {
    this.#fill();
    const found = table[(this.#buffer >>> (this.#bits - 16)) & 0xffff] ?? 0;
    if (found === 0) unusable('its JPEG data are damaged');
    this.#bits -= found >>> 8;
    return found & 0xff;
  }

  /** A difference of `size` bits, 0 to 15 (ITU-T T.81 section F.2.2.1, EXTEND). */
  difference(size: number): number {
    if (size === 0) return 0;
    this.#fill();
    this.#bits -= size;
    const value = (this.#buffer >>> this.#bits) & ((1 << size) - 1);
    return value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
  }

  /** @throws UnicaError `dicom.pixels-unusable` when more was read than there is. */
  assertNotPastEnd(): void {
    if (this.#borrowed > this.#bits) unusable('its JPEG data end too early');
  }

  /** Goes on behind the next restart marker. */
  restart(): void {
    this.assertNotPastEnd();
    while (this.#offset + 1 < this.#bytes.length) {
      const marker = this.#bytes[this.#offset + 1] ?? 0;
      if (this.#bytes[this.#offset] === 0xff && marker !== 0) {
        if (marker === 0xff) {
          this.#offset += 1;
          continue;
        }
        if (marker < 0xd0 || marker > 0xd7) break;
        this.#offset += 2;
        this.#bits = 0;
        this.#buffer = 0;
        this.#borrowed = 0;
        return;
      }
      this.#offset += 1;
    }
    unusable('a JPEG restart marker is missing');
  }

  /** Holds at least 24 bits afterwards. */
  #fill(): void {
    while (this.#bits <= 24) {
      let byte = this.#bytes[this.#offset];
      if (byte === undefined || (byte === 0xff && this.#bytes[this.#offset + 1] !== 0)) {
        byte = 0;
        this.#borrowed += 8;
      } else {
        this.#offset += byte === 0xff ? 2 : 1;
      }
      this.#buffer = (this.#buffer << 8) | byte;
      this.#bits += 8;
    }
  }
}
