import { concatBytes } from '#base';
import {
  DataSet,
  type DicomFile,
  decodeSamples,
  type Element,
  type Encoding,
  frameCountOf,
  newElement,
  newSequence,
  type PixelCodecs,
  pixelDescription,
  TAGS,
  TRANSFER_SYNTAX,
  withElements,
  writeDicom,
} from '#dicom';
import { nativeFrame, reversedWords } from './native-frame.ts';

const EXPLICIT_LITTLE: Encoding = { explicit: true, littleEndian: true };

/** Bytes of one number, by representation; the others are text or single bytes. */
const WIDTHS: Readonly<Record<string, number | undefined>> = {
  US: 2,
  SS: 2,
  OW: 2,
  AT: 2,
  UL: 4,
  SL: 4,
  FL: 4,
  OL: 4,
  OF: 4,
  FD: 8,
  OD: 8,
  SV: 8,
  UV: 8,
  OV: 8,
};

const IMPLICIT_LITTLE: Encoding = { explicit: false, littleEndian: true };

/**
 * The whole file in explicit VR little endian, compressed pixels decoded. Elements that are so already stay the very
 * bytes they were. @throws UnicaError as `decodeFrame`.
 */
export function toExplicitLittle(file: DicomFile, codecs: PixelCodecs = {}): Uint8Array {
  return toPlain(file, codecs, EXPLICIT_LITTLE);
}

/** The same in implicit VR little endian, which every DICOM system takes (PS3.5 section 10.1). */
export function toImplicitLittle(file: DicomFile, codecs: PixelCodecs = {}): Uint8Array {
  return toPlain(file, codecs, IMPLICIT_LITTLE);
}

function toPlain(file: DicomFile, codecs: PixelCodecs, encoding: Encoding): Uint8Array {
  const { dataset } = file;
  const elements = dataset.elements.flatMap((element) =>
    element.fragments === undefined ? converted(element, dataset, encoding) : [decoded(file, codecs, encoding)],
  );
  const compressed = dataset.element(TAGS.pixelData)?.fragments !== undefined;
  const described = compressed ? pixelDescription(decodeSamples(file, 0, codecs), encoding) : [];
  return writeDicom({
    dataset: withElements(new DataSet(elements, encoding, dataset.characterSet), described),
    transferSyntaxUid: encoding.explicit ? TRANSFER_SYNTAX.explicitLittle : TRANSFER_SYNTAX.implicitLittle,
    sopClassUid: dataset.text(TAGS.sopClassUid) ?? '',
    sopInstanceUid: dataset.text(TAGS.sopInstanceUid) ?? '',
  });
}

function decoded(file: DicomFile, codecs: PixelCodecs, encoding: Encoding): Element {
  const frames = Array.from({ length: frameCountOf(file) }, (_, frame) => nativeFrame(file, frame, codecs));
  const vr = file.dataset.number(TAGS.bitsAllocated) === 8 ? 'OB' : 'OW';
  return newElement(TAGS.pixelData, vr, concatBytes(frames), encoding);
}

function converted(element: Element, dataset: DataSet, target: Encoding): readonly Element[] {
  const { encoding } = dataset;
  if ((element.tag & 0xffff) === 0) return [];
  if (element.items !== undefined) {
    const items = element.items.map(
      (item) =>
        new DataSet(
          item.elements.flatMap((inner) => converted(inner, item, target)),
          target,
          item.characterSet,
        ),
    );
    return [newSequence(element.tag, 'SQ', items, target)];
  }
  if (encoding.explicit === target.explicit && encoding.littleEndian) return [element];
  // Pixels of 32 bits turn as a whole, though they are called words.
  const wide = element.tag === TAGS.pixelData && dataset.number(TAGS.bitsAllocated) === 32;
  const width = encoding.littleEndian ? undefined : wide ? 4 : WIDTHS[element.vr];
  const value = width === undefined ? element.value : reversedWords(element.value, width);
  return [newElement(element.tag, element.vr, value, target)];
}
