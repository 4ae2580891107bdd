import openOpenJpeg, { type OpenJpeg } from '@cornerstonejs/codec-openjpeg/decodewasmjs';
import { unusable } from './unusable.ts';

/** A decoded picture: samples by pixel, row 0 at the top; signed ones as two's complement of 16 bits. */
export interface Jpeg2000Picture {
  readonly rows: number;
  readonly columns: number;
  readonly components: number;
  readonly samples: Uint16Array;
}

/** What a codestream says of itself before anything is decoded (ITU-T T.800 annex A.5.1). */
interface SizeSegment {
  readonly rows: number;
  readonly columns: number;
  readonly components: number;
}

const START_AND_SIZE = [0xff, 0x4f, 0xff, 0x51] as const;
/** A codestream may stand in a JP2 file, though DICOM does not want that: so far behind boxes it is looked for. */
const LONGEST_BOXES = 65_536;
/** No picture of a hospital is cut into more tiles; each costs memory. */
const MOST_TILES = 16_384;
/** A decoder whose memory has grown so far is replaced: WebAssembly gives none back. */
const LARGEST_HEAP = 2 ** 30;

interface Codec {
  readonly openJpeg: OpenJpeg;
  /** What it printed since it was last asked. */
  readonly complaints: string[];
}

// WebAssembly loads asynchronously, decoding is synchronous: so the decoder is there when this module is.
let codec = await openCodec();

/**
 * Decodes JPEG 2000 (ITU-T T.800) and High-Throughput JPEG 2000 (T.814) by OpenJPEG.
 * @throws UnicaError `dicom.pixels-unusable` when the stream is damaged, or is not of the size the file says
 */
export function decodeJpeg2000(
  coded: Uint8Array,
  expected: { readonly rows: number; readonly columns: number; readonly components: number },
): Jpeg2000Picture {
  const { rows, columns, components } = sizeOf(coded);
  if (rows !== expected.rows || columns !== expected.columns || components !== expected.components)
    unusable('its JPEG 2000 stream has another size than its header');
  const { openJpeg, complaints } = codec;
  complaints.length = 0;
  try {
    const decoder = new openJpeg.J2KDecoder();
    decoder.getEncodedBuffer(coded.length).set(coded);
    decoder.decode();
    const info = decoder.getFrameInfo();
    const bytes = decoder.getDecodedBuffer();
    const count = rows * columns * components;
    const wide = info.bitsPerSample > 8;
    const whole = info.width === columns && info.height === rows && info.componentCount === components;
    if (complaints.some((line) => line.includes('[ERROR]')) || !whole || bytes.length < count * (wide ? 2 : 1))
      unusable('its JPEG 2000 stream is damaged');
    const samples = wide ? wordsOf(bytes, count) : Uint16Array.from(bytes.subarray(0, count));
    decoder.delete();
    if (openJpeg.HEAPU8.length > LARGEST_HEAP) replaceCodec();
    return { rows, columns, components, samples };
  } catch (cause) {
    // What WebAssembly throws itself leaves the decoder in an unknown state.
    if (cause instanceof WebAssembly.RuntimeError || cause instanceof RangeError || typeof cause === 'number') {
      replaceCodec();
      unusable('its JPEG 2000 stream is damaged');
    }
    throw cause;
  }
}

async function openCodec(): Promise<Codec> {
  const complaints: string[] = [];
  const note = (line: string): void => {
    if (complaints.length < 100) complaints.push(line);
  };
  return { openJpeg: await openOpenJpeg({ print: note, printErr: note }), complaints };
}

/** The present decoder is used until the next one is there. */
function replaceCodec(): void {
  void openCodec().then((opened) => {
    codec = opened;
  });
}

/** @throws UnicaError `dicom.pixels-unusable` */
function sizeOf(coded: Uint8Array): SizeSegment {
  const start = startOf(coded);
  const view = new DataView(coded.buffer, coded.byteOffset, coded.byteLength);
  // SOC, SIZ, Lsiz, Rsiz; then Xsiz, Ysiz, XOsiz, YOsiz, XTsiz, YTsiz, XTOsiz, YTOsiz, Csiz.
  if (start < 0 || start + 42 > coded.length) unusable('it does not start as a JPEG 2000 stream');
  const at = (index: number): number => view.getUint32(start + 8 + 4 * index);
  const [right, bottom, left, top, tileWidth, tileHeight] = [at(0), at(1), at(2), at(3), at(4), at(5)];
  const components = view.getUint16(start + 40);
  const [columns, rows] = [right - left, bottom - top];
  if (tileWidth === 0 || tileHeight === 0 || Math.ceil(right / tileWidth) * Math.ceil(bottom / tileHeight) > MOST_TILES)
    unusable('its JPEG 2000 stream is cut into too many tiles');
  for (let component = 0; component < components; component += 1) {
    const [depth = 99, across = 0, down = 0] = coded.subarray(start + 42 + 3 * component, start + 45 + 3 * component);
    if ((depth & 0x7f) >= 16) unusable('its JPEG 2000 stream has more than 16 bits a sample');
    if (across !== 1 || down !== 1) unusable('its JPEG 2000 stream has components of different sizes');
  }
  return { rows, columns, components };
}

function startOf(coded: Uint8Array): number {
  const last = Math.min(LONGEST_BOXES, coded.length - START_AND_SIZE.length);
  for (let at = 0; at <= last; at += 1)
    if (START_AND_SIZE.every((byte, index) => coded[at + index] === byte)) return at;
  return -1;
}

function wordsOf(bytes: Uint8Array, count: number): Uint16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint16Array.from({ length: count }, (_, index) => view.getUint16(2 * index, true));
}
