import { unusable } from './unusable.ts';

/** Decoded samples of a coded stream, [row, column, component]. */
export interface CodedSamples {
  readonly rows: number;
  readonly columns: number;
  readonly components: number;
  /** Bits of a sample in the stream. */
  readonly bits: number;
  readonly signed: boolean;
  /** Two's complement in the low bits; colour transforms of JPEG 2000 undone. */
  readonly samples: Uint8Array | Uint16Array;
}

/** Decodes a JPEG 2000 codestream whose header was checked. @throws UnicaError `dicom.pixels-unusable`. */
export type StreamDecoder = (codestream: Uint8Array) => CodedSamples;

/** Decoders that are compiled code and so cannot live in this room; `pixelCodecs` of `#codecs` makes them. */
export interface PixelCodecs {
  /** JPEG 2000, PS3.5 section A.4.4. */
  readonly jpeg2000?: StreamDecoder;
  /** High-throughput JPEG 2000, PS3.5 section A.4.11. */
  readonly htj2k?: StreamDecoder;
}

/** What the header of a codestream promises (ITU-T T.800 annex A). */
export interface Jpeg2000Stream {
  readonly rows: number;
  readonly columns: number;
  readonly components: number;
  readonly highThroughput: boolean;
  readonly codestream: Uint8Array;
}

/** A tile costs memory before its first byte is read; real files have one, or some hundreds. */
const MOST_TILES = 4096;

const MARKER = { soc: 0xff4f, siz: 0xff51, cap: 0xff50, sot: 0xff90 } as const;

/**
 * Reads the header of a JPEG 2000 codestream, or of one in a JP2 file, so that nothing is decoded that is larger than a
 * picture here may be. @throws UnicaError `dicom.pixels-unusable`.
 */
export function readJpeg2000Stream(bytes: Uint8Array): Jpeg2000Stream {
  const codestream = codestreamOf(bytes);
  const view = new DataView(codestream.buffer, codestream.byteOffset, codestream.byteLength);
  if (codestream.length < 47 || view.getUint16(0) !== MARKER.soc || view.getUint16(2) !== MARKER.siz) {
    unusable('it is no JPEG 2000 stream');
  }
  const [right, bottom, left, top] = [8, 12, 16, 20].map((offset) => view.getUint32(offset)) as [
    number,
    number,
    number,
    number,
  ];
  const components = view.getUint16(40);
  const tiles = Math.ceil(right / view.getUint32(24)) * Math.ceil(bottom / view.getUint32(28));
  if (right <= left || bottom <= top || !(tiles <= MOST_TILES)) unusable('its JPEG 2000 header is damaged');
  if ((components !== 1 && components !== 3) || codestream.length < 42 + 3 * components) {
    unusable(`its JPEG 2000 stream has ${components} components`);
  }
  for (let component = 0; component < components; component += 1) {
    const at = 42 + 3 * component;
    if (codestream[at + 1] !== 1 || codestream[at + 2] !== 1) unusable('its JPEG 2000 components are subsampled');
    if (codestream[at] !== codestream[42] || (view.getUint8(at) & 0x7f) > 15) {
      unusable('its JPEG 2000 components have more than 16 bits, or differ');
    }
  }
  return {
    rows: bottom - top,
    columns: right - left,
    components,
    highThroughput: hasCapabilities(view),
    codestream,
  };
}

/** Part 15 streams carry a CAP segment before their first tile (ITU-T T.814 annex A). */
function hasCapabilities(view: DataView): boolean {
  let offset = 2;
  while (offset + 4 <= view.byteLength) {
    const marker = view.getUint16(offset);
    if (marker === MARKER.cap) return true;
    if (marker === MARKER.sot || marker < 0xff00) return false;
    offset += 2 + view.getUint16(offset + 2);
  }
  return false;
}

/** The codestream itself; some devices put a whole JP2 file into a fragment, against PS3.5 section A.4.4. */
function codestreamOf(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || view.getUint32(4) !== BOX.signature) return bytes;
  let offset = 0;
  while (offset + 8 <= bytes.length) {
    const length = view.getUint32(offset);
    if (view.getUint32(offset + 4) === BOX.codestream) return bytes.subarray(offset + 8);
    if (length < 8) break;
    offset += length;
  }
  return unusable('its JP2 file holds no picture');
}

/** `jP  ` and `jp2c` (ITU-T T.800 annex I). */
const BOX = { signature: 0x6a502020, codestream: 0x6a703263 } as const;
