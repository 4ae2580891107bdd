import { concatBytes, UnicaError, utf8 } from '#base';
import { newElement, textValue } from '#dicom';
import { IMPLEMENTATION } from './implementation.ts';

/** What a file header says of the data set that follows it. */
export interface FileMeta {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
  /** AE title of the system it came from, when it came over the network. */
  readonly sourceAeTitle?: string;
}

const EXPLICIT_LITTLE = { explicit: true, littleEndian: true } as const;
const PREAMBLE_BYTES = 128;
/** The longest header that is read: the private information in it may be long, the rest is some 300 bytes. */
export const FILE_META_BYTES_AT_MOST = 65_536;

/** Preamble, `DICM` and group 0002, to be written before a received data set to make it a file (PS3.10 section 7.1). */
export function fileMeta(meta: FileMeta): Uint8Array {
  const text = (element: number, vr: string, value: string) =>
    newElement(0x00020000 + element, vr, textValue(vr, value), EXPLICIT_LITTLE).raw;
  const rest = concatBytes([
    newElement(0x00020001, 'OB', Uint8Array.of(0, 1), EXPLICIT_LITTLE).raw,
    text(0x02, 'UI', meta.sopClassUid),
    text(0x03, 'UI', meta.sopInstanceUid),
    text(0x10, 'UI', meta.transferSyntaxUid),
    text(0x12, 'UI', IMPLEMENTATION.classUid),
    text(0x13, 'SH', IMPLEMENTATION.version),
    ...(meta.sourceAeTitle === undefined ? [] : [text(0x16, 'AE', meta.sourceAeTitle)]),
  ]);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, rest.length, true);
  return concatBytes([
    new Uint8Array(PREAMBLE_BYTES),
    utf8('DICM'),
    newElement(0x00020000, 'UL', length, EXPLICIT_LITTLE).raw,
    rest,
  ]);
}

/**
 * Reads the header from the first bytes of a file, up to {@link FILE_META_BYTES_AT_MOST} of them.
 * `datasetStart` is the offset of the data set in the file.
 * @throws UnicaError `dimse.no-file-meta` when there is none, or not all of it.
 */
export function readFileMeta(bytes: Uint8Array): { readonly meta: FileMeta; readonly datasetStart: number } {
  if (latin(bytes.subarray(PREAMBLE_BYTES, PREAMBLE_BYTES + 4)) !== 'DICM') throw new UnicaError('dimse.no-file-meta');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts = new Map<number, string>();
  let offset = PREAMBLE_BYTES + 4;
  while (offset + 8 <= bytes.length && view.getUint16(offset, true) === 2) {
    const element = view.getUint16(offset + 2, true);
    const long = LONG_FORM.has(latin(bytes.subarray(offset + 4, offset + 6)));
    if (long && offset + 12 > bytes.length) throw new UnicaError('dimse.no-file-meta');
    const start = offset + (long ? 12 : 8);
    const end = start + (long ? view.getUint32(offset + 8, true) : view.getUint16(offset + 6, true));
    // A header that ends there, or is longer than what was read: where the data set starts is not known.
    if (end > bytes.length) throw new UnicaError('dimse.no-file-meta');
    texts.set(element, latin(bytes.subarray(start, Math.min(end, start + 64))).replace(/[\0 ]+$/, ''));
    offset = end;
  }
  const [sopClassUid, sopInstanceUid, transferSyntaxUid] = [0x02, 0x03, 0x10].map((element) => texts.get(element));
  if (!sopClassUid || !sopInstanceUid || !transferSyntaxUid || offset + 8 > bytes.length) {
    throw new UnicaError('dimse.no-file-meta');
  }
  return { meta: { sopClassUid, sopInstanceUid, transferSyntaxUid }, datasetStart: offset };
}

const LONG_FORM: ReadonlySet<string> = new Set(['OB', 'OW', 'SQ', 'UN', 'UT']);

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
