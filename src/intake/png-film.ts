import { decode } from 'fast-png';
import { UnicaError } from '#base';
import { buildDicom, type GreyPixels } from '#dicom';
import type { PictureRow } from './label-table.ts';

const DX_STORAGE = '1.2.840.10008.5.1.4.1.1.1.1';
/** Pixels of the largest picture that is decoded. */
const PIXEL_LIMIT = 2 ** 26;

/**
 * A PNG chest film and its row of the label table as a digital radiograph, so that it goes the way of every other film.
 * BurnedInAnnotation is NO because the public sets this is for are documented to hold no readable identifiers.
 * @throws UnicaError `intake.picture-invalid`, `intake.too-large`
 */
export function pngAsDicom(bytes: Uint8Array, row: PictureRow): Uint8Array {
  const pixels = pngPixels(bytes);
  const spacing = row.pixelSpacingMm === undefined ? undefined : [row.pixelSpacingMm, row.pixelSpacingMm];
  return buildDicom(
    {
      SOPClassUID: DX_STORAGE,
      SOPInstanceUID: row.sopInstanceUid,
      StudyInstanceUID: row.studyInstanceUid,
      SeriesInstanceUID: row.seriesInstanceUid,
      ImageType: ['DERIVED', 'PRIMARY'],
      Modality: 'DX',
      Manufacturer: '',
      StudyDate: '',
      StudyTime: '',
      ContentDate: '',
      ContentTime: '',
      AccessionNumber: '',
      ReferringPhysicianName: '',
      PatientName: '',
      PatientID: row.patientId,
      PatientBirthDate: '',
      PatientSex: row.sex ?? '',
      PatientAge: row.ageYears === undefined ? undefined : `${String(row.ageYears).padStart(3, '0')}Y`,
      StudyID: '',
      SeriesNumber: 1,
      InstanceNumber: 1,
      BodyPartExamined: 'CHEST',
      ViewPosition: row.view ?? '',
      PatientOrientation: '',
      ImageLaterality: 'U',
      PresentationIntentType: 'FOR PRESENTATION',
      PresentationLUTShape: 'IDENTITY',
      PixelIntensityRelationship: 'LOG',
      PixelIntensityRelationshipSign: -1,
      DetectorType: '',
      AcquisitionContextSequence: [],
      AnatomicRegionSequence: [{ CodeValue: '51185008', CodingSchemeDesignator: 'SCT', CodeMeaning: 'Chest' }],
      BurnedInAnnotation: 'NO',
      LossyImageCompression: '00',
      ImagerPixelSpacing: spacing,
      PixelSpacing: spacing,
      RescaleIntercept: 0,
      RescaleSlope: 1,
      RescaleType: 'US',
    },
    pixels,
  );
}

/**
 * Grey values of a grey, grey-and-alpha, colour or palette PNG; colour by its luma (ITU-R BT.601).
 * @throws UnicaError `intake.picture-invalid`, `intake.too-large`
 */
export function pngPixels(bytes: Uint8Array): GreyPixels {
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 33) throw invalid('it ends too early');
  const [width, height] = [header.getUint32(16), header.getUint32(20)];
  if (width * height > PIXEL_LIMIT)
    throw new UnicaError('intake.too-large', { problem: `${width} × ${height} pixels` });
  const picture = decoded(bytes);
  const { channels, palette } = picture;
  if (picture.depth < 8 && palette === undefined) throw invalid(`it has ${picture.depth} bits a pixel`);
  const deep = picture.depth === 16;
  const values = deep ? new Uint16Array(width * height) : new Uint8Array(width * height);
  for (let index = 0; index < values.length; index += 1) {
    const at = index * channels;
    const [red = 0, green = 0, blue = 0] =
      palette === undefined
        ? [picture.data[at], picture.data[at + 1], picture.data[at + 2]]
        : (palette[picture.data[index] ?? 0] ?? []);
    const grey = palette === undefined && channels < 3 ? red : Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
    values[index] = grey;
  }
  return { rows: height, columns: width, values, bitsStored: deep ? 16 : 8, photometricInterpretation: 'MONOCHROME2' };
}

function decoded(bytes: Uint8Array): ReturnType<typeof decode> {
  try {
    return decode(bytes, { checkCrc: true });
  } catch (cause) {
    throw new UnicaError('intake.picture-invalid', { problem: 'its contents are damaged' }, { cause });
  }
}

function invalid(problem: string): UnicaError {
  return new UnicaError('intake.picture-invalid', { problem });
}
