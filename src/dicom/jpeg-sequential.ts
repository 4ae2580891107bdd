import { JpegBits } from './jpeg-bits.ts';
import type { HuffmanTable, JpegStream } from './jpeg-stream.ts';
import { unusable } from './unusable.ts';

/** Decodes sequential JPEG with Huffman coding, 8 or 12 bits (ITU-T T.81 annex F). [row, column]. */
export function decodeJpegSequential(stream: JpegStream): Uint16Array {
  const { rows, columns, precisionBits, restartInterval, scan } = stream;
  const quantisation = stream.quantisation.get(stream.quantisationOf);
  const dc = stream.huffman.get(scan.dcTable);
  const ac = stream.huffman.get(16 + scan.acTable);
  if (quantisation === undefined || dc === undefined || ac === undefined) unusable('a JPEG table is missing');
  if (precisionBits !== 8 && precisionBits !== 12) unusable(`its JPEG stream has ${precisionBits} bits`);
  const bits = new JpegBits(stream.coded);
  const values = new Uint16Array(rows * columns);
  const block = new Float64Array(64);
  const middle = 1 << (precisionBits - 1);
  const highest = 2 * middle - 1;
  let previousDc = 0;
  let unit = 0;
  for (let top = 0; top < rows; top += 8) {
    for (let left = 0; left < columns; left += 8) {
      if (restartInterval > 0 && unit > 0 && unit % restartInterval === 0) {
        bits.restart();
        previousDc = 0;
      }
      unit += 1;
      previousDc = readBlock(bits, { dc, ac, quantisation, previousDc }, block);
      inverseCosine(block);
      for (let y = 0; y < 8 && top + y < rows; y += 1) {
        const line = (top + y) * columns + left;
        for (let x = 0; x < 8 && left + x < columns; x += 1) {
          const value = Math.round((block[y * 8 + x] ?? 0) + middle);
          values[line + x] = Math.max(0, Math.min(value, highest));
        }
      }
    }
    bits.assertNotPastEnd();
  }
  return values;
}

/** Natural place of each coefficient in zigzag order. */
const ZIGZAG = Uint8Array.of(
  ...[0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21],
  ...[28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61],
  ...[54, 47, 55, 62, 63],
);

interface BlockTables {
  readonly dc: HuffmanTable;
  readonly ac: HuffmanTable;
  readonly quantisation: Uint16Array;
  readonly previousDc: number;
}

/** Fills `block` with dequantised coefficients and gives the DC value for the next block. */
function readBlock(bits: JpegBits, { dc, ac, quantisation, previousDc }: BlockTables, block: Float64Array): number {
  block.fill(0);
  const size = bits.symbol(dc);
  if (size > 15) unusable('its JPEG data are damaged');
  const value = previousDc + bits.difference(size);
  block[0] = value * (quantisation[0] ?? 0);
  for (let index = 1; index < 64; index += 1) {
    const symbol = bits.symbol(ac);
    const run = symbol >>> 4;
    const bitsOf = symbol & 15;
    if (bitsOf === 0) {
      if (run !== 15) break;
      index += 15;
      continue;
    }
    index += run;
    if (index > 63) unusable('its JPEG data are damaged');
    block[ZIGZAG[index] ?? 0] = bits.difference(bitsOf) * (quantisation[index] ?? 0);
  }
  return value;
}

/** COSINE[x * 8 + u] = C(u) / 2 · cos((2x + 1) u π / 16). */
const COSINE = Float64Array.from({ length: 64 }, (_, index) => {
  const u = index & 7;
  return (u === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * (index >>> 3) + 1) * u * Math.PI) / 16);
});
const between = new Float64Array(64);

/** Inverse cosine transform in place (ITU-T T.81 section A.3.3), rows, then columns. */
function inverseCosine(block: Float64Array): void {
  for (let row = 0; row < 64; row += 8) {
    for (let x = 0; x < 8; x += 1) {
      let sum = 0;
      for (let u = 0; u < 8; u += 1) sum += (COSINE[x * 8 + u] ?? 0) * (block[row + u] ?? 0);
      between[row + x] = sum;
    }
  }
  for (let x = 0; x < 8; x += 1) {
    for (let y = 0; y < 8; y += 1) {
      let sum = 0;
      for (let v = 0; v < 8; v += 1) sum += (COSINE[y * 8 + v] ?? 0) * (between[v * 8 + x] ?? 0);
      block[y * 8 + x] = sum;
    }
  }
}
