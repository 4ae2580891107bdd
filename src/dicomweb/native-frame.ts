import { type DicomFile, decodeSamples, isDecodedSyntax, type PixelCodecs, TRANSFER_SYNTAX } from '#dicom';

/**
 * The pixels of one frame in little endian, as many bits each as are allocated, colours pixel by pixel.
 * @throws UnicaError as `decodeSamples`.
 */
export function nativeFrame(file: DicomFile, frame = 0, codecs: PixelCodecs = {}): Uint8Array {
  const { values, bitsAllocated } = decodeSamples(file, frame, codecs);
  if (bitsAllocated <= 8) return Uint8Array.from(values);
  const wide = bitsAllocated === 32;
  const bytes = new Uint8Array(values.length * (wide ? 4 : 2));
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < values.length; index += 1) {
    if (wide) view.setUint32(index * 4, values[index] ?? 0, true);
    else view.setUint16(index * 2, values[index] ?? 0, true);
  }
  return bytes;
}

/** Native pixels of a big-endian file turned round in place; other files' are as they should be. */
export function inLittleEndian(bytes: Uint8Array, transferSyntaxUid: string, bitsAllocated: number): Uint8Array {
  if (transferSyntaxUid !== TRANSFER_SYNTAX.explicitBig || bitsAllocated <= 8) return bytes;
  return reversedWords(bytes, bitsAllocated / 8);
}

/** Words of a width with their bytes in the other order. */
export function reversedWords(bytes: Uint8Array, width: number): Uint8Array {
  const turned = new Uint8Array(bytes.length);
  for (let start = 0; start + width <= bytes.length; start += width) {
    for (let index = 0; index < width; index += 1) turned[start + index] = bytes[start + width - 1 - index] ?? 0;
  }
  return turned;
}

/** True when an image can be given in explicit VR little endian: not compressed, or compressed grey pixels we decode. */
export function isConvertible(image: {
  readonly transferSyntaxUid: string;
  readonly encapsulated: boolean;
  readonly samplesPerPixel: number | null;
  readonly bitsAllocated: number | null;
}): boolean {
  if (!image.encapsulated) return true;
  const grey = image.samplesPerPixel === 1 && (image.bitsAllocated === 8 || image.bitsAllocated === 16);
  return grey && isDecodedSyntax(image.transferSyntaxUid);
}
