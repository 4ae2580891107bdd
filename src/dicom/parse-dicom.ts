import { UnicaError } from '#base';
import { DataSet } from './data-set.ts';
import { ElementReader } from './element-reader.ts';
import { encodingOf, readHead, TRANSFER_SYNTAX, transferSyntaxOf } from './file-head.ts';
import { inflateBounded } from './inflate-bounded.ts';

/** A file read into views of its bytes. */
export interface DicomFile {
  /** Group 0002; empty when the file had none. */
  readonly meta: DataSet;
  readonly dataset: DataSet;
  readonly transferSyntaxUid: string;
}

/** A deflated body may grow to 64 MiB whatever its size, and beyond that a hundredfold. */
function inflatedLimitBytes(deflatedBytes: number): number {
  return Math.min(2_147_483_648, 67_108_864 + 100 * deflatedBytes);
}

/**
 * Reads a DICOM file, with or without preamble and meta header, in any uncompressed encoding of the data set;
 * compressed pixels stay as fragments.
 * @throws UnicaError `dicom.not-dicom`, `dicom.truncated`, `dicom.malformed`, `dicom.too-complex`, with the byte offset.
 */
export function parseDicom(bytes: Uint8Array): DicomFile {
  const { meta, bodyStart, declared } = readHead(bytes);
  const deflated = declared === TRANSFER_SYNTAX.deflatedLittle;
  let body = bytes.subarray(bodyStart);
  if (deflated) body = inflateBounded(body, inflatedLimitBytes(body.length));
  const encoding = encodingOf(body, declared);
  const reader = new ElementReader(body, deflated ? 0 : bodyStart);
  const { elements } = reader.elements(0, body.length, encoding, [], 0, false);
  if (elements.length === 0) throw new UnicaError('dicom.not-dicom');
  return {
    meta,
    dataset: new DataSet(elements, encoding),
    transferSyntaxUid: transferSyntaxOf(declared, encoding, elements),
  };
}
