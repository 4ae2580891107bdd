import { unusable } from './unusable.ts';

/** What a JPEG or JPEG-LS stream of one grey component says before its scan. */
export interface JpegStream {
  /** Second byte of the start-of-frame marker (ITU-T T.81 table B.1, T.87 annex C). */
  readonly process: number;
  readonly precisionBits: number;
  readonly rows: number;
  readonly columns: number;
  /** By destination, in zigzag order; sequential DCT only. */
  readonly quantisation: ReadonlyMap<number, Uint16Array>;
  readonly quantisationOf: number;
  /** By class (0 DC and lossless, 1 AC) × 16 + destination. */
  readonly huffman: ReadonlyMap<number, HuffmanTable>;
  /** Units (blocks, samples) between restart markers; 0 for none. */
  readonly restartInterval: number;
  /** JPEG-LS coding parameters that differ from the default; 0 stands for the default. */
  readonly preset: readonly number[];
  readonly scan: {
    readonly dcTable: number;
    readonly acTable: number;
    /** Predictor of lossless JPEG; NEAR of JPEG-LS. */
    readonly start: number;
    readonly pointTransform: number;
  };
  /** Entropy-coded data with everything that follows. */
  readonly coded: Uint8Array;
}

/** The next 16 bits lead to length × 256 + symbol; 0 where no code fits. */
export type HuffmanTable = Uint16Array;

const MARKER = { dht: 0xc4, dqt: 0xdb, dri: 0xdd, sos: 0xda, eoi: 0xd9, lse: 0xf8, soi: 0xd8 } as const;

/** Start-of-frame markers: C0 to CF without DHT, JPG and DAC; F7 for JPEG-LS. */
function isStartOfFrame(marker: number): boolean {
  return marker === 0xf7 || (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc);
}

/** Reads the markers up to the first scan. @throws UnicaError `dicom.pixels-unusable`. */
export function readJpegStream(bytes: Uint8Array): JpegStream {
  const quantisation = new Map<number, Uint16Array>();
  const huffman = new Map<number, HuffmanTable>();
  let frame: Pick<JpegStream, 'process' | 'precisionBits' | 'rows' | 'columns' | 'quantisationOf'> | undefined;
  let restartInterval = 0;
  let preset: readonly number[] = [];
  let offset = 0;
  if (bytes[0] !== 0xff || bytes[1] !== MARKER.soi) unusable('it is no JPEG stream');
  offset = 2;
  for (;;) {
    while (bytes[offset] === 0xff && bytes[offset + 1] === 0xff) offset += 1;
    const marker = bytes[offset + 1];
    if (bytes[offset] !== 0xff || marker === undefined || marker === MARKER.eoi) unusable('its JPEG header is damaged');
    const length = ((bytes[offset + 2] ?? 0) << 8) | (bytes[offset + 3] ?? 0);
    const end = offset + 2 + length;
    if (length < 2 || end > bytes.length) unusable('its JPEG header is cut off');
    const segment = bytes.subarray(offset + 4, end);
    offset = end;
    if (isStartOfFrame(marker)) frame = frameOf(marker, segment);
    else if (marker === MARKER.dht) readHuffman(segment, huffman);
    else if (marker === MARKER.dqt) readQuantisation(segment, quantisation);
    else if (marker === MARKER.dri) restartInterval = shortAt(segment, 0);
    else if (marker === MARKER.lse) preset = presetOf(segment);
    else if (marker === MARKER.sos) {
      if (frame === undefined) unusable('its JPEG header is incomplete');
      const scan = scanOf(segment);
      return { ...frame, quantisation, huffman, restartInterval, preset, scan, coded: bytes.subarray(end) };
    }
  }
}

function frameOf(process: number, segment: Uint8Array) {
  if (segment[5] !== 1) unusable('its JPEG stream is not grey');
  return {
    process,
    precisionBits: segment[0] ?? 0,
    rows: shortAt(segment, 1),
    columns: shortAt(segment, 3),
    quantisationOf: segment[8] ?? 0,
  };
}

function scanOf(segment: Uint8Array): JpegStream['scan'] {
  if (segment[0] !== 1 || segment.length < 6) unusable('its JPEG stream is not grey');
  const tables = segment[2] ?? 0;
  return {
    dcTable: tables >>> 4,
    acTable: tables & 15,
    start: segment[3] ?? 0,
    pointTransform: (segment[5] ?? 0) & 15,
  };
}

function readQuantisation(segment: Uint8Array, tables: Map<number, Uint16Array>): void {
  let offset = 0;
  while (offset < segment.length) {
    const head = segment[offset] ?? 0;
    const size = head >>> 4 === 0 ? 1 : 2;
    if (offset + 1 + 64 * size > segment.length) unusable('a quantisation table is cut off');
    const table = new Uint16Array(64);
    for (let index = 0; index < 64; index += 1) {
      const at = offset + 1 + index * size;
      table[index] = size === 1 ? (segment[at] ?? 0) : shortAt(segment, at);
    }
    tables.set(head & 15, table);
    offset += 1 + 64 * size;
  }
}

function readHuffman(segment: Uint8Array, tables: Map<number, HuffmanTable>): void {
  let offset = 0;
  while (offset < segment.length) {
    const counts = segment.subarray(offset + 1, offset + 17);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const symbols = segment.subarray(offset + 17, offset + 17 + total);
    if (symbols.length < total || counts.length < 16) unusable('a Huffman table is cut off');
    tables.set(segment[offset] ?? 0, huffmanTable(counts, symbols));
    offset += 17 + total;
  }
}

/** Codes of a length follow one another (ITU-T T.81 annex C). */
function huffmanTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable {
  const table = new Uint16Array(65536);
  let code = 0;
  let next = 0;
  for (let length = 1; length <= 16; length += 1) {
    for (let count = counts[length - 1] ?? 0; count > 0; count -= 1) {
      const first = code << (16 - length);
      if (first >= 65536) unusable('a Huffman table is damaged');
      table.fill((length << 8) | (symbols[next] ?? 0), first, first + (1 << (16 - length)));
      code += 1;
      next += 1;
    }
    code <<= 1;
  }
  return table;
}

function presetOf(segment: Uint8Array): readonly number[] {
  if (segment[0] !== 1 || segment.length < 11) unusable('it uses JPEG-LS extensions');
  return [1, 3, 5, 7, 9].map((offset) => shortAt(segment, offset));
}

function shortAt(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}
