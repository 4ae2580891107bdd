import { unusable } from './unusable.ts';

/** A component of a picture: grey, or one of three colours. */
export interface JpegComponent {
  readonly id: number;
  /** Samples across and down for each unit of the picture, 1 to 4. */
  readonly across: number;
  readonly down: number;
  /** Destination of its quantisation table. */
  readonly quantisation: number;
}

/** A pass over some components; grey pictures have one of one. */
export interface JpegScan {
  readonly components: readonly { readonly index: number; readonly dcTable: number; readonly acTable: number }[];
  /** Predictor of lossless JPEG; NEAR of JPEG-LS. */
  readonly start: number;
  /** Interleave of JPEG-LS: 0 none, 1 by line, 2 by sample. */
  readonly interleave: number;
  readonly pointTransform: number;
  /** By destination, in zigzag order; sequential DCT only. */
  readonly quantisation: ReadonlyMap<number, Uint16Array>;
  /** By class (0 DC and lossless, 1 AC) × 16 + destination. */
  readonly huffman: ReadonlyMap<number, HuffmanTable>;
  /** Units (blocks, samples) between restart markers; 0 for none. */
  readonly restartInterval: number;
  /** JPEG-LS coding parameters that differ from the default; 0 stands for the default. */
  readonly preset: readonly number[];
  /** Entropy-coded data with everything that follows. */
  readonly coded: Uint8Array;
}

/** What a JPEG or JPEG-LS stream says before and between its scans. */
export interface JpegStream {
  /** Second byte of the start-of-frame marker (ITU-T T.81 table B.1, T.87 annex C). */
  readonly process: number;
  readonly precisionBits: number;
  readonly rows: number;
  readonly columns: number;
  /** One or three. */
  readonly components: readonly JpegComponent[];
  readonly scans: readonly JpegScan[];
  /** Colours by the stream's own marks (JFIF, Adobe, component names), which decoders follow; undefined without. */
  readonly colours: 'RGB' | 'YBR_FULL' | undefined;
}

/** The next 16 bits lead to length × 256 + symbol; 0 where no code fits. */
export type HuffmanTable = Uint16Array;

const MARKER = {
  dht: 0xc4,
  dqt: 0xdb,
  dri: 0xdd,
  sos: 0xda,
  eoi: 0xd9,
  lse: 0xf8,
  soi: 0xd8,
  jfif: 0xe0,
  adobe: 0xee,
} as const;

/** Start-of-frame markers: C0 to CF without DHT, JPG and DAC; F7 for JPEG-LS. */
function isStartOfFrame(marker: number): boolean {
  return marker === 0xf7 || (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc);
}

/** Reads the markers up to the scan that completes the components. @throws UnicaError `dicom.pixels-unusable`. */
export function readJpegStream(bytes: Uint8Array): JpegStream {
  const quantisation = new Map<number, Uint16Array>();
  const huffman = new Map<number, HuffmanTable>();
  const scans: JpegScan[] = [];
  let frame: Pick<JpegStream, 'process' | 'precisionBits' | 'rows' | 'columns' | 'components'> | undefined;
  let marked: JpegStream['colours'];
  let restartInterval = 0;
  let preset: readonly number[] = [];
  if (bytes[0] !== 0xff || bytes[1] !== MARKER.soi) unusable('it is no JPEG stream');
  let offset = 2;
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
    else if (marker === MARKER.jfif || marker === MARKER.adobe) marked = coloursMarked(marker, segment) ?? marked;
    else if (marker === MARKER.sos) {
      if (frame === undefined) unusable('its JPEG header is incomplete');
      const tables = { quantisation: new Map(quantisation), huffman: new Map(huffman), restartInterval, preset };
      scans.push({ ...scanOf(segment, frame.components), ...tables, coded: bytes.subarray(end) });
      const covered = new Set(scans.flatMap(({ components }) => components.map(({ index }) => index)));
      if (covered.size >= frame.components.length)
        return { ...frame, scans, colours: coloursOf(frame.components, marked) };
      if (scans.length >= frame.components.length) unusable('a JPEG scan is missing');
      offset = nextMarker(bytes, end);
    }
  }
}

/** Behind the data of a scan: neither a stuffed byte (below 80) nor a restart. */
function nextMarker(bytes: Uint8Array, from: number): number {
  for (let at = from; at + 1 < bytes.length; at += 1) {
    const marker = bytes[at + 1] ?? 0;
    if (bytes[at] === 0xff && marker >= 0x80 && marker !== 0xff && (marker < 0xd0 || marker > 0xd7)) return at;
  }
  return unusable('a JPEG scan is missing');
}

/** JFIF (ITU-T T.871) is YCbCr; Adobe's marker says which. */
function coloursMarked(marker: number, segment: Uint8Array): JpegStream['colours'] {
  const name = String.fromCharCode(...segment.subarray(0, 5));
  if (marker === MARKER.jfif) return name === 'JFIF\0' ? 'YBR_FULL' : undefined;
  return name === 'Adobe' ? (segment[11] === 0 ? 'RGB' : 'YBR_FULL') : undefined;
}

function coloursOf(components: readonly JpegComponent[], marked: JpegStream['colours']): JpegStream['colours'] {
  if (components.length !== 3) return undefined;
  const names = String.fromCharCode(...components.map(({ id }) => id));
  return names === 'RGB' ? 'RGB' : marked;
}

function frameOf(process: number, segment: Uint8Array) {
  const count = segment[5] ?? 0;
  if ((count !== 1 && count !== 3) || segment.length < 6 + 3 * count) {
    unusable(`its JPEG stream has ${count} components`);
  }
  const components = Array.from({ length: count }, (_, index): JpegComponent => {
    const at = 6 + 3 * index;
    const sampling = segment[at + 1] ?? 0;
    // The only component of a grey picture is not subsampled, whatever it says (ITU-T T.81 section A.2.2).
    const [across, down] = count === 1 ? [1, 1] : [sampling >>> 4, sampling & 15];
    if (across < 1 || across > 4 || down < 1 || down > 4) unusable('its JPEG header is damaged');
    return { id: segment[at] ?? 0, across, down, quantisation: segment[at + 2] ?? 0 };
  });
  return {
    process,
    precisionBits: segment[0] ?? 0,
    rows: shortAt(segment, 1),
    columns: shortAt(segment, 3),
    components,
  };
}

function scanOf(segment: Uint8Array, known: readonly JpegComponent[]) {
  const count = segment[0] ?? 0;
  if (count < 1 || count > known.length || segment.length < 4 + 2 * count) unusable('its JPEG header is damaged');
  const components = Array.from({ length: count }, (_, place) => {
    const index = known.findIndex(({ id }) => id === segment[1 + 2 * place]);
    if (index < 0) unusable('its JPEG header is damaged');
    const tables = segment[2 + 2 * place] ?? 0;
    return { index, dcTable: tables >>> 4, acTable: tables & 15 };
  });
  const last = 1 + 2 * count;
  return {
    components,
    start: segment[last] ?? 0,
    interleave: segment[last + 1] ?? 0,
    pointTransform: (segment[last + 2] ?? 0) & 15,
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
