import { encode } from 'fast-png';
import { type DicomFile, decodeSamples, type PixelCodecs, toDisplayPicture } from '#dicom';
import { fitPicture, type PictureWish } from '#dicomweb';

/** A frame as PNG, from 0. @throws UnicaError as the decoders. */
export function drawnPicture(file: DicomFile, frame: number, wish: PictureWish, codecs: PixelCodecs): Uint8Array {
  const picture = toDisplayPicture(file.dataset, decodeSamples(file, frame, codecs), wish.window);
  const shown = fitPicture(picture, wish.viewport);
  return encode({
    width: shown.columns,
    height: shown.rows,
    data: shown.shades,
    channels: shown.channels,
    depth: 8,
  });
}
