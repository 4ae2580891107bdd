import { DataSet, type Element } from './data-set.ts';
import type { DicomFile } from './parse-dicom.ts';
import { TAGS } from './tags.ts';

/** A frame's own bytes, native or compressed. */
export interface FrameBytes {
  readonly bytes: Uint8Array;
  readonly encapsulated: boolean;
  readonly vr: string;
}

/** The image of a header and one of its frames. */
export function oneFrameFile(header: DicomFile, frame: FrameBytes): DicomFile {
  const { dataset } = header;
  const pixels: Element = {
    tag: TAGS.pixelData,
    vr: frame.vr,
    value: frame.encapsulated ? new Uint8Array(0) : frame.bytes,
    ...(frame.encapsulated ? { fragments: [new Uint8Array(0), frame.bytes] } : {}),
    undefinedLength: frame.encapsulated,
    raw: new Uint8Array(0),
  };
  const others = dataset.elements.filter(({ tag }) => tag !== TAGS.numberOfFrames && tag !== TAGS.pixelData);
  return { ...header, dataset: new DataSet([...others, pixels], dataset.encoding, dataset.characterSet) };
}
