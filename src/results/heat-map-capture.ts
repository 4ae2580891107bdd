import { buildDicom } from '#dicom';
import { commonAttributes } from './document-modules.ts';
import {
  type ModelResult,
  RESEARCH_NOTE,
  RESEARCH_SENTENCE,
  type ResultImage,
  type ResultMap,
} from './model-result.ts';
import { textMask } from './note-letters.ts';
import { mapAt } from './outline-mask.ts';

const SECONDARY_CAPTURE = '1.2.840.10008.5.1.4.1.1.7';

/** The longer side of the picture: enough to see where, small enough to send with every result. */
const LONGER_SIDE_PX = 1024;

/** The film as a person sees it, of eight bits, white is bright. */
export interface ShownFilm {
  readonly rows: number;
  readonly columns: number;
  /** [row, column] */
  readonly shades: Uint8Array;
}

/**
 * The map over its film as a colour secondary capture (PS3.3 section A.8.1): a file, with the note burned in. Undefined
 * where the image has no map.
 */
export function heatMapCapture(result: ModelResult, image: ResultImage, film: ShownFilm): Uint8Array | undefined {
  const { map } = image;
  if (map === undefined) return undefined;
  const picture = colourPicture(film, map);
  const spacing = image.spacingMm?.map((mm, axis) =>
    String(
      Number(
        ((mm * (axis === 0 ? film.rows : film.columns)) / (axis === 0 ? picture.rows : picture.columns)).toPrecision(8),
      ),
    ),
  );
  return buildDicom({
    ...commonAttributes(result, 'heat-map', {
      sopClassUid: SECONDARY_CAPTURE,
      modality: 'OT',
      of: image.sopInstanceUid,
      number: result.images.indexOf(image) + 1,
    }),
    ConversionType: 'WSD',
    ImageType: ['DERIVED', 'SECONDARY'],
    PatientOrientation: image.patientOrientation ?? '',
    Laterality: image.laterality ?? '',
    BurnedInAnnotation: 'YES',
    ImageComments: `${RESEARCH_SENTENCE} ${map.method}${map.faithful ? '' : ', not faithful to the model'}.`,
    DerivationDescription: `Map of ${map.method} over the image that it explains`,
    SourceImageSequence: [
      {
        ReferencedSOPClassUID: image.sopClassUid,
        ReferencedSOPInstanceUID: image.sopInstanceUid,
        PurposeOfReferenceCodeSequence: [
          {
            CodeValue: '121322',
            CodingSchemeDesignator: 'DCM',
            CodeMeaning: 'Source image for image processing operation',
          },
        ],
      },
    ],
    ...(spacing === undefined ? {} : { PixelSpacing: spacing }),
    SamplesPerPixel: 3,
    PhotometricInterpretation: 'RGB',
    PlanarConfiguration: 0,
    Rows: picture.rows,
    Columns: picture.columns,
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
    PixelRepresentation: 0,
    '7fe0,0010 OB': picture.rgb,
  });
}

/** RGB by pixel, row 0 at the top. */
function colourPicture(
  film: ShownFilm,
  map: ResultMap,
): { readonly rows: number; readonly columns: number; readonly rgb: Uint8Array } {
  const scale = Math.min(1, LONGER_SIDE_PX / Math.max(film.rows, film.columns));
  const rows = Math.max(1, Math.round(film.rows * scale));
  const columns = Math.max(1, Math.round(film.columns * scale));
  const most = map.values.reduce((highest, value) => Math.max(highest, value), 0);
  const rgb = new Uint8Array(rows * columns * 3);
  for (let row = 0; row < rows; row += 1) {
    const filmRow = Math.min(film.rows - 1, Math.floor(((row + 0.5) * film.rows) / rows));
    for (let column = 0; column < columns; column += 1) {
      const filmColumn = Math.min(film.columns - 1, Math.floor(((column + 0.5) * film.columns) / columns));
      const grey = film.shades[filmRow * film.columns + filmColumn] ?? 0;
      const height = most > 0 ? mapAt(map, (row + 0.5) / rows, (column + 0.5) / columns) / most : 0;
      rgb.set(overlaid(grey, height), (row * columns + column) * 3);
    }
  }
  burnNote(rgb, rows, columns, map.faithful ? RESEARCH_NOTE : `${RESEARCH_NOTE}, not faithful`);
  return { rows, columns, rgb };
}

/** Opacity of the colour where the map is highest. */
const MOST_OPACITY = 0.55;

/** From dark red over orange to yellow, the more opaque the higher: told apart without telling red from green. */
function overlaid(grey: number, height: number): readonly [number, number, number] {
  const opacity = MOST_OPACITY * Math.min(1, Math.max(0, height));
  const mix = (colour: number) => Math.round(grey * (1 - opacity) + colour * opacity);
  return [mix(160 + 95 * height), mix(230 * height * height), mix(0)];
}

/** White letters on a black band along the top edge, as wide as the picture allows. */
function burnNote(rgb: Uint8Array, rows: number, columns: number, note: string): void {
  const letters = textMask(note);
  const scale = Math.max(
    1,
    Math.min(4, Math.floor(columns / (letters.columns + 4)), Math.floor(rows / (letters.rows + 4))),
  );
  const band = Math.min(rows, (letters.rows + 4) * scale);
  rgb.fill(0, 0, band * columns * 3);
  for (let row = 0; row < letters.rows * scale; row += 1) {
    for (let column = 0; column < Math.min(columns - 2 * scale, letters.columns * scale); column += 1) {
      if (letters.cells[Math.floor(row / scale) * letters.columns + Math.floor(column / scale)] !== 1) continue;
      const at = (row + 2 * scale) * columns + column + 2 * scale;
      if (row + 2 * scale < rows) rgb.fill(255, at * 3, at * 3 + 3);
    }
  }
}
