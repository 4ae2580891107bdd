import { UnicaError } from '#base';
import { DataSet, type Element, type Encoding } from './data-set.ts';
import { ElementReader } from './element-reader.ts';
import { isVr } from './element-steps.ts';
import { TAGS } from './tags.ts';

const EXPLICIT_LITTLE: Encoding = { explicit: true, littleEndian: true };
const IMPLICIT_LITTLE: Encoding = { explicit: false, littleEndian: true };
const EXPLICIT_BIG: Encoding = { explicit: true, littleEndian: false };

export const TRANSFER_SYNTAX = {
  implicitLittle: '1.2.840.10008.1.2',
  explicitLittle: '1.2.840.10008.1.2.1',
  deflatedLittle: '1.2.840.10008.1.2.1.99',
  explicitBig: '1.2.840.10008.1.2.2',
  rle: '1.2.840.10008.1.2.5',
} as const;

const UNCOMPRESSED: ReadonlySet<string> = new Set([
  TRANSFER_SYNTAX.implicitLittle,
  TRANSFER_SYNTAX.explicitLittle,
  TRANSFER_SYNTAX.explicitBig,
]);

/** What stands before the data set of a file. */
export interface FileHead {
  /** Group 0002; empty when the file has none. */
  readonly meta: DataSet;
  /** Byte at which the data set begins. */
  readonly bodyStart: number;
  /** The transfer syntax by the meta header, true or not. */
  readonly declared: string | undefined;
}

/** Preamble and meta header, if there are any. @throws UnicaError `dicom.not-dicom` and as `ElementReader`. */
export function readHead(bytes: Uint8Array): FileHead {
  const hasPreamble = bytes.length >= 132 && String.fromCharCode(...bytes.subarray(128, 132)) === 'DICM';
  const { meta, end } = readMeta(bytes, hasPreamble ? 132 : 0);
  if (!hasPreamble && meta.elements.length === 0 && !looksLikeDataSet(bytes)) throw new UnicaError('dicom.not-dicom');
  return { meta, bodyStart: end, declared: meta.text(TAGS.transferSyntaxUid) };
}

/** The transfer syntax that is true of the bytes: what is declared, unless the bytes belie it. */
export function transferSyntaxOf(
  declared: string | undefined,
  encoding: Encoding,
  elements: readonly Element[],
): string {
  const plain = encoding.explicit ? TRANSFER_SYNTAX.explicitLittle : TRANSFER_SYNTAX.implicitLittle;
  const seen = encoding.littleEndian ? plain : TRANSFER_SYNTAX.explicitBig;
  if (declared === undefined || UNCOMPRESSED.has(declared)) return seen;
  if (declared === TRANSFER_SYNTAX.deflatedLittle) return encoding.explicit ? declared : seen;
  const encapsulated = elements.some((element) => element.fragments !== undefined);
  return encapsulated || /^1\.2\.840\.10008\.[0-9.]{1,40}$/.test(declared) ? declared : seen;
}

function readMeta(bytes: Uint8Array, start: number): { readonly meta: DataSet; readonly end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const elements: Element[] = [];
  let offset = start;
  const reader = new ElementReader(bytes, 0);
  while (offset + 8 <= bytes.length && view.getUint16(offset, true) === 2) {
    const element = reader.element(offset, bytes.length, EXPLICIT_LITTLE, [], 0);
    elements.push(element);
    offset = element.end;
  }
  return { meta: new DataSet(elements, EXPLICIT_LITTLE), end: offset };
}

/** A file without preamble and meta header is believed when its first element is of group 0008 or 0004. */
function looksLikeDataSet(bytes: Uint8Array): boolean {
  if (bytes.length < 16) return false;
  const [a = 0, b = 0] = bytes;
  return (b === 0 && (a === 8 || a === 4)) || (a === 0 && (b === 8 || b === 4));
}

/** The encoding by declaration, corrected by what the first element really looks like. */
export function encodingOf(body: Uint8Array, declared: string | undefined): Encoding {
  const [first = 0, second = 0] = body;
  // Groups at the head of a data set are small numbers: the byte that is zero is the high one.
  const shown = (first === 0) === (second === 0) ? undefined : first === 0;
  if (shown ?? declared === TRANSFER_SYNTAX.explicitBig) return EXPLICIT_BIG;
  if (body.length < 8) return EXPLICIT_LITTLE;
  return isVr(String.fromCharCode(body[4] ?? 0, body[5] ?? 0)) ? EXPLICIT_LITTLE : IMPLICIT_LITTLE;
}
