import { parsePictureWish } from '#dicomweb';
import { PREVIEW_PX } from '#wire';
import type { DicomIndex } from './dicom-index.ts';
import type { DrawnPictures } from './drawn-pictures.ts';

/** Draws what stands in until a film is there, before it is asked for. */
export type PreviewsAhead = (studyInstanceUids: readonly string[]) => Promise<void>;

/** What a reader's page asks for first. */
const PREVIEW = parsePictureWish({ viewport: `${PREVIEW_PX},${PREVIEW_PX}` });

/** Nothing is shown to anybody by this: what is drawn waits in the memory of the node until whoever may see it asks. */
export function previewsAhead({
  index,
  hidden,
  pictures,
}: {
  readonly index: DicomIndex;
  hidden(): Promise<readonly string[]>;
  readonly pictures: DrawnPictures;
}): PreviewsAhead {
  return async (studyInstanceUids) => {
    const unseen = await hidden();
    const films = await Promise.all(
      studyInstanceUids.map((studyInstanceUid) => index.instances({ studyInstanceUid }, unseen)),
    );
    const drawable = films.flat().filter(({ pixelPlace }) => pixelPlace !== null);
    pictures.prepare(drawable.map((instance) => ({ instance, number: 1, wish: PREVIEW })));
  };
}
