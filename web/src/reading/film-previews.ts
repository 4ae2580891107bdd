import { type HungImage, PREVIEW_PX } from '#wire';
import type { FilmPixels } from './film-pixels.ts';

/** Small pictures on their way, until the page that hangs them takes them. */
const started = new Map<string, Promise<FilmPixels | undefined>>();

/** Asks for the small pictures of a study that was just opened, in the order given, while its page is still being made. */
export function startPreviews(images: readonly HungImage[]): void {
  // Those of a study that was left before it was shown are nobody's.
  started.clear();
  for (const image of images) started.set(image.sopInstanceUid, fetchPreview(image));
}

/** The small picture of an image; undefined where the node draws none, of which the film itself says why. */
export function previewOf(image: HungImage, signal: AbortSignal): Promise<FilmPixels | undefined> {
  const { sopInstanceUid } = image;
  const known = started.get(sopInstanceUid);
  started.delete(sopInstanceUid);
  return known ?? fetchPreview(image, signal);
}

/** Where the node gives the first frame of an image. */
export function frameAddress({ studyInstanceUid, seriesInstanceUid, sopInstanceUid }: HungImage): string {
  return `/dicom-web/studies/${studyInstanceUid}/series/${seriesInstanceUid}/instances/${sopInstanceUid}/frames/1`;
}

async function fetchPreview(image: HungImage, signal?: AbortSignal): Promise<FilmPixels | undefined> {
  try {
    const response = await fetch(`${frameAddress(image)}/rendered?viewport=${PREVIEW_PX},${PREVIEW_PX}`, {
      headers: { accept: 'image/png' },
      ...(signal === undefined ? {} : { signal }),
    });
    if (!response.ok) return undefined;
    const picture = await createImageBitmap(await response.blob());
    const { width, height } = picture;
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    if (context === null) return undefined;
    context.drawImage(picture, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    const values = Uint16Array.from({ length: width * height }, (_, at) => data[4 * at] ?? 0);
    const level = { rows: height, columns: width, values };
    return { levels: [level], span: { low: 0, high: 255 }, denseSide: denseSide(level) };
  } catch {
    return undefined;
  }
}

function denseSide({ rows, columns, values }: FilmPixels['levels'][number]): 'left' | 'right' {
  const margin = Math.max(1, columns >> 3);
  let more = 0;
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < margin; column += 1) {
      more += (values[row * columns + column] ?? 0) - (values[(row + 1) * columns - 1 - column] ?? 0);
    }
  }
  return more > 0 ? 'left' : 'right';
}
