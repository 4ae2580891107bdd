import { parseDicom } from '#dicom';
import type { FhirResource } from '#fhir';
import { tagOf } from '#vocab';
import { chestCadSr } from './chest-cad-sr.ts';
import { heatMapCapture, type ShownFilm } from './heat-map-capture.ts';
import { mammographyCadSr } from './mammography-cad-sr.ts';
import { measurementReport } from './measurement-report.ts';
import type { ModelResult, ResultImage } from './model-result.ts';
import { resultDocument } from './result-document.ts';
import { resultManifest } from './result-manifest.ts';
import { segmentation } from './segmentation.ts';

/** Which objects are wanted. */
export interface ResultWish {
  /** CAD report and measurement report. */
  readonly reports: boolean;
  readonly segmentations: boolean;
  /** The film as it is shown, for those images that are to get a picture of their map. */
  readonly film?: ((image: ResultImage) => ShownFilm | undefined) | undefined;
  readonly document: boolean;
}

/** A DICOM object of a result with a name for a file. */
export interface ResultObject {
  readonly name: string;
  readonly sopInstanceUid: string;
  readonly bytes: Uint8Array;
}

/** What a result becomes. */
export interface ResultObjects {
  /** DICOM files; the last is the manifest of the others. */
  readonly objects: readonly ResultObject[];
  readonly document: FhirResource | undefined;
}

/** The objects of a result that are wanted. The same result gives the same bytes. */
export function resultObjects(result: ModelResult, wish: ResultWish): ResultObjects {
  const files: (readonly [name: string, bytes: Uint8Array | undefined])[] = [];
  if (wish.reports) {
    files.push(['cad-sr', result.task === 'breast-risk' ? mammographyCadSr(result) : chestCadSr(result)]);
    files.push(['measurements-sr', measurementReport(result)]);
  }
  for (const [index, image] of result.images.entries()) {
    if (wish.segmentations) files.push([`segmentation-${index + 1}`, segmentation(result, image)]);
    const film = image.map === undefined ? undefined : wish.film?.(image);
    if (film !== undefined) files.push([`heat-map-${index + 1}`, heatMapCapture(result, image, film)]);
  }
  const made = files.flatMap(([name, bytes]) => (bytes === undefined ? [] : [{ name, bytes, ...listed(bytes) }]));
  const manifest = made.length === 0 ? [] : [resultManifest(result, made)];
  return {
    objects: [
      ...made.map(({ name, bytes, sopInstanceUid }) => ({ name, bytes, sopInstanceUid })),
      ...manifest.map((bytes) => ({ name: 'manifest', bytes, sopInstanceUid: listed(bytes).sopInstanceUid })),
    ],
    document: wish.document ? resultDocument(result) : undefined,
  };
}

function listed(bytes: Uint8Array) {
  const { dataset } = parseDicom(bytes);
  const text = (keyword: string) => dataset.text(tagOf(keyword)) ?? '';
  return {
    sopInstanceUid: text('SOPInstanceUID'),
    sopClassUid: text('SOPClassUID'),
    seriesInstanceUid: text('SeriesInstanceUID'),
    modality: text('Modality'),
  };
}
