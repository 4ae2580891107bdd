import { encode } from 'fast-png';
import { type DicomFile, decodeSamples, type PixelCodecs, toDisplayPicture } from '#dicom';
import { fitPicture, type PictureWish } from '#dicomweb';

/** A frame as PNG, from 0. @throws UnicaError as the decoders. */
export function drawnPicture(file: DicomFile, frame: number, wish: PictureWish, codecs: PixelCodecs): Uint8Array {
  const picture = toDisplayPicture(file.dataset, decodeSamples(file, frame, codecs), wish.window);
  const shown = fitPicture(picture, wish.viewport);
  const { columns, rows, shades, channels } = shown;
  // Somebody waits for it, and it goes no farther than the house: it is packed fast, for a few bytes more in a hundred.
  return encode({ width: columns, height: rows, data: shades, channels, depth: 8 }, { zlib: { level: 1 } });
}
