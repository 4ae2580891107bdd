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

/**
 * The whole file in explicit VR little endian, compressed pixels decoded. Elements that are so already stay the very
 * bytes they were. @throws UnicaError as `decodeFrame`.
 */
export function toExplicitLittle(file: DicomFile, codecs: PixelCodecs = {}): Uint8Array {
  const { dataset } = file;
  const elements = dataset.elements.flatMap((element) =>
    element.fragments === undefined ? converted(element, dataset) : [decoded(file, codecs)],
  );
  const compressed = dataset.element(TAGS.pixelData)?.fragments !== undefined;
  const described = compressed ? pixelDescription(decodeSamples(file, 0, codecs), EXPLICIT_LITTLE) : [];
  return writeDicom({
    dataset: withElements(new DataSet(elements, EXPLICIT_LITTLE, dataset.characterSet), described),
    transferSyntaxUid: TRANSFER_SYNTAX.explicitLittle,
    sopClassUid: dataset.text(TAGS.sopClassUid) ?? '',
    sopInstanceUid: dataset.text(TAGS.sopInstanceUid) ?? '',
  });
}

function decoded(file: DicomFile, codecs: PixelCodecs): Element {
  const frames = Array.from({ length: frameCountOf(file) }, (_, frame) => nativeFrame(file, frame, codecs));
  const vr = file.dataset.number(TAGS.bitsAllocated) === 8 ? 'OB' : 'OW';
  return newElement(TAGS.pixelData, vr, concatBytes(frames), EXPLICIT_LITTLE);
}

function converted(element: Element, dataset: DataSet): readonly Element[] {
  const { encoding } = dataset;
  if ((element.tag & 0xffff) === 0) return [];
  if (element.items !== undefined) {
    const items = element.items.map(
      (item) =>
        new DataSet(
          item.elements.flatMap((inner) => converted(inner, item)),
          EXPLICIT_LITTLE,
          item.characterSet,
        ),
    );
    return [newSequence(element.tag, 'SQ', items, EXPLICIT_LITTLE)];
  }
  if (encoding.explicit && encoding.littleEndian) return [element];
  // Pixels of 32 bits turn as a whole, though they are called words.
  const wide = element.tag === TAGS.pixelData && dataset.number(TAGS.bitsAllocated) === 32;
  const width = encoding.littleEndian ? undefined : wide ? 4 : WIDTHS[element.vr];
  const value = width === undefined ? element.value : reversedWords(element.value, width);
  return [newElement(element.tag, element.vr, value, EXPLICIT_LITTLE)];
}
