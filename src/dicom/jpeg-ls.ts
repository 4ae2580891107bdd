import type { JpegScan, JpegStream } from './jpeg-stream.ts';
import { unusable } from './unusable.ts';

/** Lengths of runs by run index, as powers of two (ITU-T T.87 section A.7.1.1). */
const J = Uint8Array.of(
  ...[0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15],
);

/**
 * Decodes JPEG-LS, lossless or near-lossless (ITU-T T.87 annexes A, B and F), components apart or interleaved by line or
 * by sample. [row, column, component].
 */
export function decodeJpegLs(stream: JpegStream): Uint16Array {
  if (stream.components.some(({ across, down }) => across !== 1 || down !== 1)) unusable('its JPEG-LS is subsampled');
  const values = new Uint16Array(stream.rows * stream.columns * stream.components.length);
  for (const scan of stream.scans) readScan(stream, scan, values);
  return values;
}

function readScan(stream: JpegStream, scan: JpegScan, values: Uint16Array): void {
  const { rows, columns } = stream;
  const step = stream.components.length;
  if (scan.interleave > 2 || (scan.interleave === 0) !== (scan.components.length === 1)) {
    // A single component may say anything of its interleave.
    if (scan.components.length !== 1) unusable('its JPEG-LS parameters are damaged');
  }
  if (scan.restartInterval !== 0) unusable('it uses JPEG-LS restarts');
  const decoder = new LineDecoder(stream.precisionBits, scan);
  // Pixels stand from index 1 on; the places around them hold the edges of section A.2.1.
  const parts = scan.components.map(({ index }, place) => ({
    index,
    place,
    above: new Int32Array(columns + 2),
    line: new Int32Array(columns + 2),
  }));
  for (let row = 0; row < rows; row += 1) {
    for (const part of parts) {
      part.line[0] = part.above[1] ?? 0;
      part.above[columns + 1] = part.above[columns] ?? 0;
    }
    if (parts.length > 1 && scan.interleave === 2) decoder.sampleLines(parts, columns);
    else for (const part of parts) decoder.line(part.line, part.above, columns, part.place);
    for (const part of parts) {
      for (let column = 0; column < columns; column += 1) {
        values[(row * columns + column) * step + part.index] = (part.line[column + 1] ?? 0) << scan.pointTransform;
      }
      [part.above, part.line] = [part.line, part.above];
    }
  }
}

/** A component's line and the one above. */
interface Lines {
  readonly line: Int32Array;
  readonly above: Int32Array;
}

class LineDecoder {
  readonly #bits: LsBits;
  readonly #near: number;
  readonly #step: number;
  readonly #maxval: number;
  readonly #range: number;
  readonly #qbpp: number;
  readonly #limit: number;
  readonly #reset: number;
  /** Quantised gradients, by difference + maxval. */
  readonly #gradient: Int8Array;
  readonly #a: Int32Array;
  readonly #b = new Int32Array(365);
  readonly #c = new Int32Array(365);
  readonly #n = new Int32Array(367).fill(1);
  readonly #negative = new Int32Array(2);
  /** Of the component being read: interleaved lines have one each (section B.2.2.2). */
  #runIndex = 0;
  readonly #runIndices = [0, 0, 0];

  constructor(precisionBits: number, { coded, preset, start: near }: JpegScan) {
    if (precisionBits < 2 || precisionBits > 16) unusable(`its JPEG-LS stream has ${precisionBits} bits`);
    const [maxval, ...rest] = preset;
    this.#bits = new LsBits(coded);
    this.#near = near;
    this.#step = 2 * near + 1;
    this.#maxval = maxval || (1 << precisionBits) - 1;
    if (this.#maxval >= 1 << precisionBits || near > this.#maxval / 2) unusable('its JPEG-LS parameters are damaged');
    this.#range = Math.floor((this.#maxval + 2 * near) / this.#step) + 1;
    this.#qbpp = Math.ceil(Math.log2(this.#range));
    const bpp = Math.max(2, Math.ceil(Math.log2(this.#maxval + 1)));
    this.#limit = 2 * (bpp + Math.max(8, bpp));
    this.#reset = rest[3] || 64;
    const [t1, t2, t3] = thresholds(this.#maxval, near, rest);
    this.#gradient = Int8Array.from({ length: 2 * this.#maxval + 1 }, (_, index) => {
      const difference = index - this.#maxval;
      const size = Math.abs(difference);
      const level = size <= near ? 0 : size < t1 ? 1 : size < t2 ? 2 : size < t3 ? 3 : 4;
      return difference < 0 ? -level : level;
    });
    this.#a = new Int32Array(367).fill(Math.max(2, (this.#range + 32) >> 6));
  }

  line(line: Int32Array, above: Int32Array, columns: number, component: number): void {
    this.#runIndex = this.#runIndices[component] ?? 0;
    let at = 1;
    while (at <= columns) {
      const left = line[at - 1] ?? 0;
      const up = above[at] ?? 0;
      const corner = above[at - 1] ?? 0;
      const q1 = this.#level((above[at + 1] ?? 0) - up);
      const q2 = this.#level(up - corner);
      const q3 = this.#level(corner - left);
      if (q1 === 0 && q2 === 0 && q3 === 0) {
        at = this.#run(line, above, at, columns);
      } else {
        line[at] = this.#regular(81 * q1 + 9 * q2 + q3, median(left, up, corner));
        at += 1;
      }
    }
    this.#runIndices[component] = this.#runIndex;
    this.#bits.assertNotPastEnd();
  }

  /** A line of all components at once: a run is one of all of them (section B.2.3). */
  sampleLines(parts: readonly Lines[], columns: number): void {
    let at = 1;
    while (at <= columns) {
      const contexts = parts.map(({ line, above }) => {
        const [left, up, corner] = [line[at - 1] ?? 0, above[at] ?? 0, above[at - 1] ?? 0];
        return 81 * this.#level((above[at + 1] ?? 0) - up) + 9 * this.#level(up - corner) + this.#level(corner - left);
      });
      if (contexts.every((context) => context === 0)) {
        at = this.#sampleRun(parts, at, columns);
        continue;
      }
      for (const [place, { line, above }] of parts.entries()) {
        const predicted = median(line[at - 1] ?? 0, above[at] ?? 0, above[at - 1] ?? 0);
        line[at] = this.#regular(contexts[place] ?? 0, predicted);
      }
      at += 1;
    }
    this.#bits.assertNotPastEnd();
  }

  #sampleRun(parts: readonly Lines[], start: number, columns: number): number {
    const end = this.#runEnd(start, columns);
    for (const { line } of parts) line.fill(line[start - 1] ?? 0, start, end);
    if (end > columns) return end;
    for (const { line, above } of parts) {
      const [left, up] = [line[start - 1] ?? 0, above[end] ?? 0];
      line[end] = this.#interruption(left, up, 0);
    }
    if (this.#runIndex > 0) this.#runIndex -= 1;
    return end + 1;
  }

  #level(difference: number): number {
    return this.#gradient[difference + this.#maxval] ?? 0;
  }

  /** One sample in a context of its own (section A.4 to A.6). */
  #regular(signed: number, median: number): number {
    const sign = signed < 0 ? -1 : 1;
    const q = signed * sign;
    const a = this.#a;
    const b = this.#b;
    const c = this.#c;
    const n = this.#n;
    const predicted = Math.max(0, Math.min(this.#maxval, median + sign * (c[q] ?? 0)));
    const k = this.#golombOrder(n[q] ?? 1, a[q] ?? 0);
    const mapped = this.#bits.golomb(k, this.#limit, this.#qbpp);
    let error = (mapped & 1) === 0 ? mapped >> 1 : -((mapped + 1) >> 1);
    if (this.#near === 0 && k === 0 && 2 * (b[q] ?? 0) <= -(n[q] ?? 0)) error = -error - 1;
    let count = n[q] ?? 1;
    let bias = (b[q] ?? 0) + error * this.#step;
    let size = (a[q] ?? 0) + Math.abs(error);
    if (count === this.#reset) {
      size >>= 1;
      bias >>= 1;
      count >>= 1;
    }
    count += 1;
    if (bias <= -count) {
      bias = Math.max(bias + count, 1 - count);
      if ((c[q] ?? 0) > -128) c[q] = (c[q] ?? 0) - 1;
    } else if (bias > 0) {
      bias = Math.min(bias - count, 0);
      if ((c[q] ?? 0) < 127) c[q] = (c[q] ?? 0) + 1;
    }
    a[q] = size;
    b[q] = bias;
    n[q] = count;
    return this.#reconstruct(predicted, sign * error);
  }

  /** A run of equal samples and the one that ends it (section A.7); gives the place of the next sample. */
  #run(line: Int32Array, above: Int32Array, start: number, columns: number): number {
    const value = line[start - 1] ?? 0;
    const end = this.#runEnd(start, columns);
    line.fill(value, start, end);
    if (end > columns) return end;
    const up = above[end] ?? 0;
    line[end] = this.#interruption(value, up, Math.abs(value - up) <= this.#near ? 1 : 0);
    if (this.#runIndex > 0) this.#runIndex -= 1;
    return end + 1;
  }

  /** The place behind a run; beyond the columns where the line ends with it. */
  #runEnd(start: number, columns: number): number {
    let at = start;
    while (this.#bits.read(1) === 1) {
      const length = 1 << (J[this.#runIndex] ?? 0);
      const end = Math.min(at + length, columns + 1);
      if (end - at === length && this.#runIndex < 31) this.#runIndex += 1;
      at = end;
      if (at > columns) return at;
    }
    const end = at + this.#bits.read(J[this.#runIndex] ?? 0);
    if (end > columns) unusable('its JPEG-LS data are damaged');
    return end;
  }

  #interruption(left: number, up: number, type: 0 | 1): number {
    const q = 365 + type;
    const count = this.#n[q] ?? 1;
    const size = this.#a[q] ?? 0;
    const negative = this.#negative[type] ?? 0;
    const k = this.#golombOrder(count, type === 1 ? size + (count >> 1) : size);
    const mapped = this.#bits.golomb(k, this.#limit - (J[this.#runIndex] ?? 0) - 1, this.#qbpp);
    const odd = (mapped + type) & 1;
    const magnitude = (mapped + type + odd) >> 1;
    const error = (k !== 0 || 2 * negative >= count) === (odd === 1) ? -magnitude : magnitude;
    const halve = count === this.#reset ? 1 : 0;
    this.#a[q] = (size + ((mapped + 1 - type) >> 1)) >> halve;
    this.#negative[type] = (negative + (error < 0 ? 1 : 0)) >> halve;
    this.#n[q] = (count >> halve) + 1;
    if (type === 1) return this.#reconstruct(left, error);
    return this.#reconstruct(up, left > up ? -error : error);
  }

  #golombOrder(count: number, size: number): number {
    let k = 0;
    while (count << k < size) {
      k += 1;
      if (k > 24) unusable('its JPEG-LS data are damaged');
    }
    return k;
  }

  #reconstruct(predicted: number, error: number): number {
    let value = predicted + error * this.#step;
    if (value < -this.#near) value += this.#range * this.#step;
    else if (value > this.#maxval + this.#near) value -= this.#range * this.#step;
    return Math.max(0, Math.min(this.#maxval, value));
  }
}

function median(left: number, up: number, corner: number): number {
  if (corner >= Math.max(left, up)) return Math.min(left, up);
  if (corner <= Math.min(left, up)) return Math.max(left, up);
  return left + up - corner;
}

/** Gradient thresholds, told or by default (section C.2.4.1.1). */
function thresholds(maxval: number, near: number, told: readonly number[]): readonly [number, number, number] {
  const clamp = (value: number, low: number) => (value > maxval || value < low ? low : value);
  const wide = maxval >= 128;
  const factor = wide ? (Math.min(maxval, 4095) + 128) >> 8 : Math.floor(256 / (maxval + 1));
  const basic = (wideBase: number, base: number, weight: number) =>
    wide
      ? factor * (base - wideBase) + wideBase + weight * near
      : Math.max(wideBase, Math.floor(base / factor) + weight * near);
  const t1 = told[0] || clamp(basic(2, 3, 3), near + 1);
  const t2 = told[1] || clamp(basic(3, 7, 5), t1);
  return [t1, t2, told[2] || clamp(basic(4, 21, 7), t2)];
}

/** Bits of JPEG-LS data: after a byte FF the next one brings seven (section C.2.1 of T.87). */
class LsBits {
  readonly #bytes: Uint8Array;
  #offset = 0;
  #buffer = 0;
  #bits = 0;
  #borrowed = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Up to 24 bits. */
  read(count: number): number {
    if (count === 0) return 0;
    this.#fill();
    this.#bits -= count;
    return (this.#buffer >>> this.#bits) & (2 ** count - 1);
  }

  /** A number in limited-length Golomb code (section A.5.3). */
  golomb(k: number, limit: number, qbpp: number): number {
    const longest = limit - qbpp - 1;
    let zeros = 0;
    while (this.read(1) === 0) {
      zeros += 1;
      if (zeros > longest) unusable('its JPEG-LS data are damaged');
    }
    return zeros < longest ? (zeros << k) | this.read(k) : this.read(qbpp) + 1;
  }

  assertNotPastEnd(): void {
    if (this.#borrowed > this.#bits) unusable('its JPEG-LS data end too early');
  }

  /** Holds at least 24 bits afterwards. */
  #fill(): void {
    while (this.#bits <= 24) {
      const byte = this.#bytes[this.#offset];
      const stuffed = this.#offset > 0 && this.#bytes[this.#offset - 1] === 0xff;
      if (
        byte === undefined ||
        (stuffed && byte >= 0x80) ||
        (byte === 0xff && (this.#bytes[this.#offset + 1] ?? 0xff) >= 0x80)
      ) {
        this.#buffer <<= 8;
        this.#bits += 8;
        this.#borrowed += 8;
        continue;
      }
      this.#offset += 1;
      this.#buffer = (this.#buffer << (stuffed ? 7 : 8)) | byte;
      this.#bits += stuffed ? 7 : 8;
    }
  }
}
