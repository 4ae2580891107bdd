import { type DicomFile, decodeFrame, type Frame, modalityTransform, type PixelCodecs, voiTransform } from '#dicom';

/** What a header says about how a film is to be seen; empty for pictures that come without one. */
export interface FilmHeader {
  /** From stored values to those of the modality where a table says so; a rescale stands in the frame. */
  readonly modalityTable?: ((stored: number) => number) | undefined;
  /** From modality values to shares of the shown range, 0 to 1, not yet clipped. */
  readonly voi?: ((value: number) => number) | undefined;
  /** The stored value of pixels that are no picture. */
  readonly paddingValue?: number | undefined;
  readonly laterality?: 'L' | 'R' | undefined;
  /** As DICOM writes it: PA, AP, CC, MLO … */
  readonly view?: string | undefined;
  /** Where rows lead to, then where columns lead to, in the letters of PatientOrientation (0020,0020). */
  readonly patientOrientation?: readonly [string, string] | undefined;
}

/** A grey picture as stored, with what is needed to see it rightly. */
export interface Film {
  readonly frame: Frame;
  readonly header: FilmHeader;
}

/** A frame that is its grey values and nothing else: bright where they are high, unless `more` says otherwise. */
export function plainFrame(
  picture: Pick<Frame, 'rows' | 'columns' | 'values' | 'bitsStored'>,
  more: Partial<Frame> = {},
): Frame {
  return {
    ...picture,
    signed: false,
    photometricInterpretation: 'MONOCHROME2',
    rescaleSlope: 1,
    rescaleIntercept: 0,
    windowCenter: undefined,
    windowWidth: undefined,
    pixelSpacingMm: undefined,
    ...more,
  };
}

const TAG = {
  modalityTables: 0x00283000,
  paddingValue: 0x00280120,
  imageLaterality: 0x00200062,
  laterality: 0x00200060,
  view: 0x00185101,
  patientOrientation: 0x00200020,
} as const;

/**
 * Decodes one frame of a file with what its header says about it.
 * @throws UnicaError `dicom.no-pixels`, `dicom.codec-absent`, `dicom.pixels-unusable`
 */
export function readFilm(file: DicomFile, frameNumber = 0, codecs: PixelCodecs = {}): Film {
  const { dataset } = file;
  const frame = decodeFrame(file, frameNumber, codecs);
  const modality = modalityTransform(dataset, frame.signed);
  const [alongRows, alongColumns] = (dataset.text(TAG.patientOrientation) ?? '').split('\\');
  const side = dataset.text(TAG.imageLaterality) || dataset.text(TAG.laterality);
  return {
    frame,
    header: {
      modalityTable: dataset.items(TAG.modalityTables).length > 0 ? modality : undefined,
      voi: voiTransform(dataset, modality),
      paddingValue: dataset.number(TAG.paddingValue),
      laterality: side === 'L' || side === 'R' ? side : undefined,
      view: dataset.text(TAG.view) || undefined,
      patientOrientation: alongRows && alongColumns ? [alongRows, alongColumns] : undefined,
    },
  };
}
