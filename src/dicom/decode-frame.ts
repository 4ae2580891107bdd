import { UnicaError } from '#base';
import { decodeSamples, type Samples } from './decode-samples.ts';
import type { PixelCodecs } from './jpeg2000-stream.ts';
import type { DicomFile } from './parse-dicom.ts';
import { TAGS } from './tags.ts';

/** A grey image as stored, before any look-up table. */
export interface Frame {
  readonly rows: number;
  readonly columns: number;
  /** [row, column], row 0 at the top; stored values, sign already applied. */
  readonly values: Samples['values'] | Uint8Array;
  readonly bitsStored: number;
  readonly signed: boolean;
  readonly photometricInterpretation: string;
  readonly rescaleSlope: number;
  readonly rescaleIntercept: number;
  readonly windowCenter: number | undefined;
  readonly windowWidth: number | undefined;
  /** [between rows, between columns], millimetres; undefined when the file does not say. */
  readonly pixelSpacingMm: readonly [number, number] | undefined;
}

/**
 * Decodes one frame of one sample a pixel, as {@link decodeSamples} does.
 * @throws UnicaError `dicom.no-pixels`, `dicom.codec-absent`, `dicom.pixels-unusable`.
 */
export function decodeFrame(file: DicomFile, frame = 0, codecs: PixelCodecs = {}): Frame {
  const { dataset } = file;
  if (dataset.has(TAGS.pixelData) && (dataset.number(TAGS.samplesPerPixel) ?? 1) !== 1) {
    throw new UnicaError('dicom.pixels-unusable', { problem: 'it is a colour image' });
  }
  const { rows, columns, values, bitsStored, signed, photometricInterpretation } = decodeSamples(file, frame, codecs);
  const spacing = dataset.numbers(0x00280030).length === 2 ? dataset.numbers(0x00280030) : dataset.numbers(0x00181164);
  const [between, across] = spacing;
  return {
    rows,
    columns,
    values,
    bitsStored,
    signed,
    photometricInterpretation,
    rescaleSlope: dataset.number(TAGS.rescaleSlope) ?? 1,
    rescaleIntercept: dataset.number(TAGS.rescaleIntercept) ?? 0,
    windowCenter: dataset.number(TAGS.windowCenter),
    windowWidth: dataset.number(TAGS.windowWidth),
    pixelSpacingMm: between !== undefined && across !== undefined ? [between, across] : undefined,
  };
}
