import { sha256Hex, UnicaError } from '#base';
import {
  type Attributes,
  buildDicom,
  type CodedPixels,
  type GreyPixels,
  newElement,
  parseDicom,
  textValue,
  withElements,
  writeDicom,
} from '#dicom';
import { tagOf } from '#vocab';
import { pngPixels } from '../png-film.ts';
import { isPng, looksLikeDicom } from '../sniff.ts';
import type { SetPicture } from './public-set.ts';

const STORAGE = { DX: '1.2.840.10008.5.1.4.1.1.1.1', MG: '1.2.840.10008.5.1.4.1.1.1.2' } as const;
const REGION = {
  DX: { CodeValue: '51185008', CodingSchemeDesignator: 'SCT', CodeMeaning: 'Chest' },
  MG: { CodeValue: '76752008', CodingSchemeDesignator: 'SCT', CodeMeaning: 'Breast' },
} as const;
const VIEWS = {
  CC: { CodeValue: '399162004', CodeMeaning: 'cranio-caudal' },
  MLO: { CodeValue: '399368009', CodeMeaning: 'medio-lateral oblique' },
} as const;
const JPEG_BASELINE = '1.2.840.10008.1.2.4.50';
/** Pixels of the largest picture that is read. */
const PIXEL_LIMIT = 2 ** 26;

/** UID of an examination of a set, the same in every import. */
export function publicStudyUid(layout: string, studyId: string): string {
  return uidOf(`${layout}/study/${studyId}`);
}

/**
 * A picture of a public set as DICOM that says whose it is: DICOM files keep what they say but for patient and study, which become
 * those of the set's table, so that a woman's or man's pictures stay together; PNG, JPEG, PGM and raw pixels are wrapped.
 * BurnedInAnnotation is NO because these sets are documented to hold no readable identifiers.
 * @throws UnicaError `intake.picture-invalid`, `intake.too-large`, `intake.not-an-image`
 */
export function publicPictureAsDicom(bytes: Uint8Array, picture: SetPicture, layout: string): Uint8Array {
  const studyUid = publicStudyUid(layout, picture.studyId);
  if (looksLikeDicom(bytes)) return withIdentity(bytes, picture, studyUid);
  const pixels = pixelsOf(bytes, picture);
  return buildDicom(
    {
      ...attributesOf(picture, studyUid, layout),
      ...(picture.modality === 'MG' ? breastAttributes(picture) : {}),
      ...('stream' in pixels ? lossyAttributes(pixels) : {}),
    },
    pixels,
  );
}

/** Patient and study of the table; the side and the view where the file leaves them out. */
function withIdentity(bytes: Uint8Array, picture: SetPicture, studyUid: string): Uint8Array {
  const file = parseDicom(bytes);
  const { dataset } = file;
  const text = (keyword: string, vr: string, value: string) =>
    newElement(tagOf(keyword), vr, textValue(vr, value), dataset.encoding);
  const isSaid = (keyword: string): boolean => (dataset.text(tagOf(keyword)) ?? '') !== '';
  const written = withElements(dataset, [
    text('PatientID', 'LO', picture.patientId),
    text('StudyInstanceUID', 'UI', studyUid),
    ...(picture.laterality === undefined || isSaid('ImageLaterality')
      ? []
      : [text('ImageLaterality', 'CS', picture.laterality)]),
    ...(picture.view === undefined || isSaid('ViewPosition') ? [] : [text('ViewPosition', 'CS', picture.view)]),
  ]);
  return writeDicom({
    dataset: written,
    transferSyntaxUid: file.transferSyntaxUid,
    sopClassUid: dataset.text(tagOf('SOPClassUID')) ?? '',
    sopInstanceUid: dataset.text(tagOf('SOPInstanceUID')) ?? '',
  });
}

function attributesOf(picture: SetPicture, studyUid: string, layout: string): Attributes {
  const { modality, pixelSpacingMm, ageYears } = picture;
  const spacing = pixelSpacingMm === undefined ? undefined : [pixelSpacingMm, pixelSpacingMm];
  const isDark = picture.raw !== undefined;
  return {
    SOPClassUID: STORAGE[modality],
    SOPInstanceUID: uidOf(`${layout}/instance/${picture.imageId}`),
    StudyInstanceUID: studyUid,
    SeriesInstanceUID: uidOf(`${layout}/series/${picture.imageId}`),
    ImageType: modality === 'MG' ? ['DERIVED', 'PRIMARY', ''] : ['DERIVED', 'PRIMARY'],
    Modality: modality,
    ...{ Manufacturer: '', StudyDate: '', StudyTime: '', ContentDate: '', ContentTime: '', AccessionNumber: '' },
    ...{ ReferringPhysicianName: '', PatientName: '', PatientBirthDate: '', StudyID: '' },
    PatientID: picture.patientId,
    PatientSex: picture.sex ?? '',
    PatientAge: ageYears === undefined ? undefined : `${String(ageYears).padStart(3, '0')}Y`,
    SeriesNumber: 1,
    InstanceNumber: 1,
    BodyPartExamined: modality === 'MG' ? 'BREAST' : 'CHEST',
    ViewPosition: picture.view ?? '',
    PatientOrientation: '',
    ImageLaterality: picture.laterality ?? 'U',
    PresentationIntentType: 'FOR PRESENTATION',
    PresentationLUTShape: isDark ? 'INVERSE' : 'IDENTITY',
    PixelIntensityRelationship: 'LOG',
    PixelIntensityRelationshipSign: isDark ? 1 : -1,
    DetectorType: '',
    AcquisitionContextSequence: [],
    AnatomicRegionSequence: [REGION[modality]],
    BurnedInAnnotation: 'NO',
    LossyImageCompression: '00',
    ImagerPixelSpacing: spacing,
    PixelSpacing: spacing,
    ...{ RescaleIntercept: 0, RescaleSlope: 1, RescaleType: 'US' },
  };
}

function breastAttributes({ view }: SetPicture): Attributes {
  const code = view === 'CC' || view === 'MLO' ? VIEWS[view] : undefined;
  return {
    PositionerType: 'MAMMOGRAPHIC',
    OrganExposed: 'BREAST',
    ViewCodeSequence:
      code === undefined ? [] : [{ ...code, CodingSchemeDesignator: 'SCT', ViewModifierCodeSequence: [] }],
  };
}

/** A JPEG has lost something, and says how much (PS3.3 section C.7.6.1.1.5). */
function lossyAttributes({ rows, columns, stream }: CodedPixels): Attributes {
  const ratio = Math.max(1, (rows * columns) / stream.length);
  return {
    LossyImageCompression: '01',
    LossyImageCompressionRatio: ratio.toFixed(2),
    LossyImageCompressionMethod: 'ISO_10918_1',
  };
}

function pixelsOf(bytes: Uint8Array, { raw }: SetPicture): GreyPixels | CodedPixels {
  if (isPng(bytes)) return pngPixels(bytes);
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return jpegPixels(bytes);
  if (bytes[0] === 0x50 && bytes[1] === 0x35) return pgmPixels(bytes);
  if (raw !== undefined) return rawPixels(bytes, raw);
  throw new UnicaError('intake.not-an-image');
}

/** A grey baseline JPEG goes into the file as it is; its frame header says how large it is (ITU-T T.81 section B.2.2). */
function jpegPixels(bytes: Uint8Array): CodedPixels {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 2; at + 10 <= bytes.length; ) {
    if (bytes[at] !== 0xff) break;
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      const [rows, columns, components] = [view.getUint16(at + 5), view.getUint16(at + 7), bytes[at + 9]];
      if (marker !== 0xc0 || components !== 1 || bytes[at + 4] !== 8) {
        throw invalid('it is not a grey baseline JPEG of 8 bits');
      }
      if (rows * columns === 0 || rows * columns > PIXEL_LIMIT) throw tooLarge(rows, columns);
      return { rows, columns, stream: bytes, transferSyntaxUid: JPEG_BASELINE, bitsStored: 8 };
    }
    at += 2 + view.getUint16(at + 2);
  }
  throw invalid('its frame header is missing');
}

/** A binary portable grey map (netpbm): `P5`, columns, rows, greatest value, one blank, pixels. */
function pgmPixels(bytes: Uint8Array): GreyPixels {
  const { numbers, end } = pgmHeader(bytes);
  const [columns = 0, rows = 0, most = 0] = numbers;
  if (rows * columns === 0 || most === 0) throw invalid('its header is none of a binary PGM');
  if (rows * columns > PIXEL_LIMIT) throw tooLarge(rows, columns);
  if (most > 255) throw invalid('it has more than 8 bits a pixel');
  const values = bytes.slice(end, end + rows * columns);
  if (values.length !== rows * columns) throw invalid('it ends too early');
  return { rows, columns, values, bitsStored: 8, photometricInterpretation: 'MONOCHROME2' };
}

/** The three numbers behind `P5`, with comments from `#` to the end of a line between them, and where the pixels begin. */
function pgmHeader(bytes: Uint8Array): { readonly numbers: readonly number[]; readonly end: number } {
  const numbers: number[] = [];
  let digits = '';
  let inComment = false;
  for (let at = 2; at < Math.min(bytes.length, 4096); at += 1) {
    const character = String.fromCharCode(bytes[at] as number);
    if (inComment) {
      inComment = character !== '\n';
    } else if (/\d/.test(character)) {
      digits += character;
    } else {
      if (digits !== '') numbers.push(Number(digits));
      digits = '';
      if (numbers.length === 3) return { numbers, end: at + 1 };
      if (character === '#') inComment = true;
      else if (!/\s/.test(character)) break;
    }
  }
  return { numbers: [], end: 0 };
}

/** 12 bits in 16, big endian, dense tissue dark. */
function rawPixels(
  bytes: Uint8Array,
  { rows, columns }: { readonly rows: number; readonly columns: number },
): GreyPixels {
  if (bytes.length !== 2 * rows * columns) {
    throw invalid(`it has ${bytes.length} bytes, and ${rows} × ${columns} pixels take ${2 * rows * columns}`);
  }
  const values = new Uint16Array(rows * columns);
  for (let at = 0; at < values.length; at += 1) {
    const value = ((bytes[2 * at] as number) << 8) | (bytes[2 * at + 1] as number);
    if (value > 4095) throw invalid('a pixel has more than 12 bits: the bytes may have been swapped');
    values[at] = value;
  }
  return { rows, columns, values, bitsStored: 12, photometricInterpretation: 'MONOCHROME1' };
}

/** A UID of the form PS3.5 B.2 gives for UUIDs, from the digest of a name. */
function uidOf(name: string): string {
  return `2.25.${BigInt(`0x${sha256Hex(`unica-public-set/${name}`).slice(0, 31)}`)}`;
}

function tooLarge(rows: number, columns: number): UnicaError {
  return new UnicaError('intake.too-large', { problem: `${columns} × ${rows} pixels` });
}

function invalid(problem: string): UnicaError {
  return new UnicaError('intake.picture-invalid', { problem });
}
