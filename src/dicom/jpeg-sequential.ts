import { JpegBits } from './jpeg-bits.ts';
import type { HuffmanTable, JpegComponent, JpegScan, JpegStream } from './jpeg-stream.ts';
import { unusable } from './unusable.ts';

/**
 * Decodes sequential JPEG with Huffman coding, 8 or 12 bits (ITU-T T.81 annex F). [row, column, component], subsampled
 * colours brought to full size, colours as coded.
 */
export function decodeJpegSequential(stream: JpegStream): Uint16Array {
  const { rows, columns, components, precisionBits } = stream;
  if (precisionBits !== 8 && precisionBits !== 12) unusable(`its JPEG stream has ${precisionBits} bits`);
  const most = {
    across: Math.max(...components.map(({ across }) => across)),
    down: Math.max(...components.map(({ down }) => down)),
  };
  const planes = components.map((component) => planeOf(component, stream, most));
  for (const scan of stream.scans) readScan(stream, scan, planes);
  const [only] = planes;
  if (only !== undefined && planes.length === 1) return cropped(only, rows, columns);
  const values = new Uint16Array(rows * columns * planes.length);
  for (const [index, plane] of planes.entries()) spread(plane, { values, rows, columns, index, step: planes.length });
  return values;
}

/** The samples of a component, in whole blocks. */
interface Plane {
  /** Samples of the picture itself, in this component's size. */
  readonly rows: number;
  readonly columns: number;
  /** Blocks in a row of the buffer. */
  readonly blocks: number;
  readonly samples: Uint16Array;
  /** Pixels of the picture for each sample. */
  readonly scaleAcross: number;
  readonly scaleDown: number;
}

function planeOf(
  component: JpegComponent,
  { rows, columns }: JpegStream,
  most: { readonly across: number; readonly down: number },
): Plane {
  const unitsAcross = Math.ceil(columns / (8 * most.across));
  const unitsDown = Math.ceil(rows / (8 * most.down));
  const blocks = unitsAcross * component.across;
  return {
    rows: Math.ceil((rows * component.down) / most.down),
    columns: Math.ceil((columns * component.across) / most.across),
    blocks,
    samples: new Uint16Array(blocks * unitsDown * component.down * 64),
    scaleAcross: most.across / component.across,
    scaleDown: most.down / component.down,
  };
}

function readScan(stream: JpegStream, scan: JpegScan, planes: readonly Plane[]): void {
  const bits = new JpegBits(scan.coded);
  const block = new Float64Array(64);
  const middle = 1 << (stream.precisionBits - 1);
  const parts = scan.components.map(({ index, dcTable, acTable }) => {
    const component = stream.components[index];
    const plane = planes[index];
    const dc = scan.huffman.get(dcTable);
    const ac = scan.huffman.get(16 + acTable);
    const quantisation = scan.quantisation.get(component?.quantisation ?? 0);
    if (!component || !plane || !dc || !ac || !quantisation) unusable('a JPEG table is missing');
    // A scan of one component goes block by block, whatever its sampling (ITU-T T.81 section A.2.2).
    const [across, down] = scan.components.length === 1 ? [1, 1] : [component.across, component.down];
    return { plane, dc, ac, quantisation, across, down, previousDc: 0 };
  });
  const [first] = parts;
  if (first === undefined) return;
  const unitsAcross = Math.ceil(first.plane.columns / (8 * first.across));
  const unitsDown = Math.ceil(first.plane.rows / (8 * first.down));
  let unit = 0;
  for (let unitRow = 0; unitRow < unitsDown; unitRow += 1) {
    for (let unitColumn = 0; unitColumn < unitsAcross; unitColumn += 1) {
      if (scan.restartInterval > 0 && unit > 0 && unit % scan.restartInterval === 0) {
        bits.restart();
        for (const part of parts) part.previousDc = 0;
      }
      unit += 1;
      for (const part of parts) {
        for (let down = 0; down < part.down; down += 1) {
          for (let across = 0; across < part.across; across += 1) {
            part.previousDc = readBlock(bits, part, block);
            inverseCosine(block);
            place(block, part.plane, [unitRow * part.down + down, unitColumn * part.across + across], middle);
          }
        }
      }
    }
    bits.assertNotPastEnd();
  }
}

function place(block: Float64Array, plane: Plane, [row, column]: readonly [number, number], middle: number): void {
  const width = plane.blocks * 8;
  const highest = 2 * middle - 1;
  const start = row * 8 * width + column * 8;
  for (let at = 0; at < 64; at += 1) {
    const value = Math.round((block[at] ?? 0) + middle);
    plane.samples[start + (at >>> 3) * width + (at & 7)] = Math.max(0, Math.min(value, highest));
  }
}

function cropped({ samples, blocks }: Plane, rows: number, columns: number): Uint16Array {
  const values = new Uint16Array(rows * columns);
  for (let row = 0; row < rows; row += 1)
    values.set(samples.subarray(row * blocks * 8, row * blocks * 8 + columns), row * columns);
  return values;
}

interface Spread {
  readonly values: Uint16Array;
  readonly rows: number;
  readonly columns: number;
  readonly index: number;
  readonly step: number;
}

/** Brings a component to the size of the picture: samples stand in the middle of their pixels, between them is a line. */
function spread(plane: Plane, { values, rows, columns, index, step }: Spread): void {
  const width = plane.blocks * 8;
  const { samples, scaleAcross, scaleDown } = plane;
  const across = Array.from({ length: columns }, (_, column) => between(column, scaleAcross, plane.columns));
  for (let row = 0; row < rows; row += 1) {
    const [above, below, down] = between(row, scaleDown, plane.rows);
    for (const [column, [left, right, share]] of across.entries()) {
      const top = mixed(samples[above * width + left], samples[above * width + right], share);
      const bottom = mixed(samples[below * width + left], samples[below * width + right], share);
      values[(row * columns + column) * step + index] = Math.round(mixed(top, bottom, down));
    }
  }
}

function mixed(first: number | undefined, second: number | undefined, share: number): number {
  return (first ?? 0) * (1 - share) + (second ?? 0) * share;
}

/** The two samples beside a pixel, and the share of the second. */
function between(pixel: number, scale: number, count: number): readonly [number, number, number] {
  if (scale === 1) return [pixel, pixel, 0];
  const position = Math.max(0, (pixel + 0.5) / scale - 0.5);
  const first = Math.min(Math.floor(position), count - 1);
  return [first, Math.min(first + 1, count - 1), position - Math.floor(position)];
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
const half = new Float64Array(64);

/** Inverse cosine transform in place (ITU-T T.81 section A.3.3), rows, then columns. */
function inverseCosine(block: Float64Array): void {
  for (let row = 0; row < 64; row += 8) {
    for (let x = 0; x < 8; x += 1) {
      let sum = 0;
      for (let u = 0; u < 8; u += 1) sum += (COSINE[x * 8 + u] ?? 0) * (block[row + u] ?? 0);
      half[row + x] = sum;
    }
  }
  for (let x = 0; x < 8; x += 1) {
    for (let y = 0; y < 8; y += 1) {
      let sum = 0;
      for (let v = 0; v < 8; v += 1) sum += (COSINE[y * 8 + v] ?? 0) * (half[v * 8 + x] ?? 0);
      block[y * 8 + x] = sum;
    }
  }
}
