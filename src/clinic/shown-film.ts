import { type DicomFile, decodeSamples, type PixelCodecs, toDisplayPicture } from '#dicom';
import type { ModelResult, ShownFilm } from '#results';

/** The film as a person sees it; undefined for one that was refused, whose pixels may be anything. */
export function shownFilm(file: DicomFile, codecs: PixelCodecs, result: ModelResult): ShownFilm | undefined {
  if (result.outcome.kind === 'refused') return undefined;
  const { rows, columns, channels, shades } = toDisplayPicture(file.dataset, decodeSamples(file, 0, codecs));
  return channels === 1 ? { rows, columns, shades } : undefined;
}
