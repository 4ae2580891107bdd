import { SeededRandom } from '#base';
import type { Frame } from '#dicom';
import { type MarkPlane, markBenign, markCords, markImplant, markLesion } from './breast-marks.ts';
import { breastShape } from './breast-shape.ts';
import { developMammogram, markContrastOf } from './mammogram.ts';
import { FIELD_MM, mammogramGeometry, type PictureSize } from './mammogram-geometry.ts';
import { type ScreeningRecord, screeningRecord, type ViewName } from './screening-record.ts';
import { tissueLattice } from './tissue-lattice.ts';

/** Where a lesion shows in a view, in pixels of the stored picture; row 0 at the top, column 0 at the left. */
export interface LesionMark {
  readonly row: number;
  readonly column: number;
  readonly radiusPx: number;
  /** Whether its middle lies within the picture. */
  readonly isInside: boolean;
}

/** A mammogram as the unit stores it: chest wall at the left edge for a left breast, at the right edge for a right one. */
export interface ScreeningView extends ViewName {
  readonly frame: Frame;
  readonly thicknessMm: number;
  /** Of the arm, in degrees as DICOM's PositionerPrimaryAngle counts. */
  readonly angleDegrees: number;
  /** The growing lesion; null where there is none in this breast. */
  readonly lesion: LesionMark | null;
}

/** A screening examination with its pictures. */
export interface ScreeningExam extends ScreeningRecord {
  readonly pictures: readonly ScreeningView[];
}

/** The examination at a place of the stream of a seed, with its pictures in the size asked for. */
export function screeningExam(seed: string | number, index: number, size: PictureSize): ScreeningExam {
  return withPictures(screeningRecord(seed, index), size);
}

/**
 * The pictures to a record. What is drawn does not depend on the size, but for what is finer than its pixels.
 * @throws RangeError unless the pixels are square within a percent and at most 4096 a side
 */
export function withPictures(record: ScreeningRecord, size: PictureSize): ScreeningExam {
  const aspect = (size.rows * FIELD_MM.columns) / (size.columns * FIELD_MM.rows);
  if (!(Math.abs(aspect - 1) < 0.01) || size.rows > 4096 || size.columns < 12) {
    throw new RangeError(
      `pictures of ${size.rows} rows and ${size.columns} columns do not have the 4 : 3 of the field`,
    );
  }
  const { seed, woman, examNumber } = record;
  const shape = breastShape(
    new SeededRandom(`screening/${seed}/breast/${woman.number}`),
    woman.covariates.bodyMassIndex,
  );
  const random = new SeededRandom(`screening/${seed}/films/${woman.number}/${examNumber}`);
  const pictures = record.views.map((name) =>
    pictureOf(random.fork(`${name.laterality}${name.view}`), record, shape, name, size),
  );
  return { ...record, pictures };
}

function pictureOf(
  random: SeededRandom,
  record: ScreeningRecord,
  shape: ReturnType<typeof breastShape>,
  name: ViewName,
  size: PictureSize,
): ScreeningView {
  const { woman, device, latent } = record;
  const breast = shape[name.laterality];
  const thicknessMm = Math.max(18, shape.thicknessMm * (name.view === 'CC' ? 0.97 : 1.03) + 2 * random.normal());
  const lying = { upMm: 3 * random.normal(), outMm: 1.5 * random.normal(), thicknessMm };
  const geometry = mammogramGeometry(shape, name.view, lying);
  const usual = mammogramGeometry(shape, name.view, { upMm: 0, outMm: 0, thicknessMm });
  const tissue = tissueLattice(breast, usual, latent.texture);
  const pixelMm = FIELD_MM.columns / size.columns;
  const marks: MarkPlane = { ...size, pixelMm, values: new Float32Array(size.rows * size.columns) };
  const contrast = markContrastOf(device);
  markCords(marks, breast, geometry, contrast, Math.exp(0.4 * latent.texture));
  if (woman.benign?.breast === name.laterality) {
    markBenign(marks, woman.benign.form, geometry.placeOf(woman.benign.place), contrast);
  }
  let lesion: LesionMark | null = null;
  if (record.lesion?.laterality === name.laterality) {
    const { site, diameterMm } = record.lesion;
    const place = geometry.placeOf(site.place);
    const radiusMm = markLesion(marks, site, place, diameterMm, contrast);
    lesion = markOf(place, radiusMm, name, size, pixelMm);
  }
  if (record.implants) markImplant(marks, geometry);
  const values = developMammogram(random, size, { geometry, tissue, density: latent.logDensity, marks, device });
  if (name.laterality === 'R') mirror(values, size);
  return {
    ...name,
    thicknessMm,
    angleDegrees: name.view === 'CC' ? 0 : name.laterality === 'R' ? -45 : 45,
    lesion,
    frame: {
      ...size,
      values,
      bitsStored: device.bitsStored,
      signed: false,
      photometricInterpretation: device.photometricInterpretation,
      rescaleSlope: 1,
      rescaleIntercept: 0,
      windowCenter: 2 ** (device.bitsStored - 1),
      windowWidth: 2 ** device.bitsStored,
      pixelSpacingMm: [pixelMm, pixelMm],
    },
  };
}

function markOf(
  place: { readonly x: number; readonly v: number },
  radiusMm: number,
  name: ViewName,
  size: PictureSize,
  pixelMm: number,
): LesionMark {
  const away = place.x / pixelMm;
  const column = name.laterality === 'R' ? size.columns - away : away;
  const row = place.v / pixelMm;
  const isInside = row >= 0 && row < size.rows && column >= 0 && column < size.columns;
  return { row, column, radiusPx: radiusMm / pixelMm, isInside };
}

function mirror(values: Uint16Array, { rows, columns }: PictureSize): void {
  for (let row = 0; row < rows; row += 1) values.subarray(row * columns, (row + 1) * columns).reverse();
}
