import { type DataSet, type Frame, TAGS } from '#dicom';
import { tagOf } from '#vocab';
import { type Likeness, likenessOf } from './perceptual-hash.ts';
import { pixelDigest } from './pixel-digest.ts';
import { type ViewFacts, viewOf } from './view-of.ts';

/** What a data set has to know of one image to be checked as a whole; a few hundred bytes. */
export interface ImageRecord {
  readonly sopInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly studyInstanceUid: string;
  /** PatientID; a pseudonym at a node. */
  readonly person: string;
  readonly modality: string;
  readonly kind: ImageKind;
  /** In capitals; empty where it is not told. */
  readonly bodyPart: string;
  readonly sex: string;
  /** By the date of birth, or by age and year of the examination, which may be one off. */
  readonly birthYear: { readonly year: number; readonly isExact: boolean } | null;
  readonly view: string | null;
  readonly side: ViewFacts['side'] | null;
  /** Raw exposures stand beside those for reading. */
  readonly isForProcessing: boolean;
  /** Of prostate MR. */
  readonly sequence: MrSequence | null;
  readonly slice: SlicePlace | null;
  /** SHA-256 of the first frame; null where it cannot be decoded or shows nothing. */
  readonly pixelSha256: string | null;
  /** Of projections only: neighbouring slices look alike by nature. */
  readonly likeness: Likeness | null;
  /** Smallest distance of pixels in mm; null where the image does not say, absent in records of earlier versions. */
  readonly spacingMm?: number | null;
}

/** `other`: reports, segmentations, localisers, enhanced multi-frame objects. */
export type ImageKind = 'projection' | 'tomosynthesis' | 'slice' | 'other';

/** What a multiparametric MR of the prostate is made of (PI-RADS 2.1). */
export type MrSequence = 'T2' | 'DWI' | 'DCE';

/** Where a slice lies in its volume. */
export interface SlicePlace {
  /** Along the normal of the slices. */
  readonly positionMm: number;
  /** Direction cosines, to two decimals. */
  readonly orientation: string;
  /** `rows×columns`. */
  readonly matrix: string;
  /** Pixel spacing in mm, to three decimals. */
  readonly spacing: string;
  /** Which of several volumes of the series: acquisition, echo, b-value, time. */
  readonly volume: string;
}

const TOMOSYNTHESIS = '1.2.840.10008.5.1.4.1.1.13.1.3';
const PROJECTIONS: ReadonlySet<string> = new Set(['MG', 'DX', 'CR', 'RG', 'IO', 'PX', 'XC']);
const SLICES: ReadonlySet<string> = new Set(['CT', 'MR', 'PT']);

/** The record of an image. @param frame its first, where it could be decoded */
export function recordOf(dataset: DataSet, frame?: Frame): ImageRecord {
  const text = (keyword: string) => dataset.text(tagOf(keyword)) ?? '';
  const modality = text('Modality').toUpperCase();
  const kind = kindOf(dataset, modality);
  const { view, side } = viewOf(dataset);
  const bodyPart = partOf(dataset);
  return {
    sopInstanceUid: dataset.text(TAGS.sopInstanceUid) ?? '',
    seriesInstanceUid: text('SeriesInstanceUID'),
    studyInstanceUid: text('StudyInstanceUID'),
    person: text('PatientID'),
    modality,
    kind,
    bodyPart,
    sex: text('PatientSex').toUpperCase(),
    birthYear: birthYearOf(text('PatientBirthDate'), text('PatientAge'), text('StudyDate')),
    view: view ?? null,
    side: side ?? null,
    isForProcessing: text('PresentationIntentType').toUpperCase() === 'FOR PROCESSING',
    sequence: modality === 'MR' ? sequenceOf(dataset) : null,
    slice: kind === 'slice' ? placeOf(dataset) : null,
    pixelSha256: frame === undefined || isBlank(frame) ? null : pixelDigest(frame),
    likeness: (kind === 'projection' && frame !== undefined ? likenessOf(frame) : undefined) ?? null,
    spacingMm: spacingOf(dataset),
  };
}

/** At the detector for projections, in the patient for slices. */
function spacingOf(dataset: DataSet): number | null {
  const said = ['PixelSpacing', 'ImagerPixelSpacing'].map((keyword) => dataset.numbers(tagOf(keyword)));
  const known = said
    .find((numbers) => numbers.length === 2)
    ?.filter((mm) => Number.isFinite(mm) && mm > 0 && mm <= 100);
  return known === undefined || known.length === 0 ? null : Math.min(...known);
}

function kindOf(dataset: DataSet, modality: string): ImageKind {
  if (dataset.text(TAGS.sopClassUid) === TOMOSYNTHESIS) return 'tomosynthesis';
  const frames = dataset.number(TAGS.numberOfFrames) ?? 1;
  if (dataset.strings(tagOf('ImageType')).includes('LOCALIZER') || frames > 1) return 'other';
  if (PROJECTIONS.has(modality)) return 'projection';
  return SLICES.has(modality) ? 'slice' : 'other';
}

function partOf(dataset: DataSet): string {
  const [region] = dataset.items(tagOf('AnatomicRegionSequence'));
  return (dataset.text(tagOf('BodyPartExamined')) ?? region?.text(tagOf('CodeMeaning')) ?? '').toUpperCase();
}

function birthYearOf(birthDate: string, age: string, studyDate: string): ImageRecord['birthYear'] {
  const born = /^(\d{4})/.exec(birthDate)?.[1];
  if (born !== undefined) return { year: Number(born), isExact: true };
  const years = /^(\d{3})Y$/.exec(age)?.[1];
  const examined = /^(\d{4})/.exec(studyDate)?.[1];
  if (years === undefined || examined === undefined) return null;
  return { year: Number(examined) - Number(years), isExact: false };
}

function sequenceOf(dataset: DataSet): MrSequence | null {
  const said = ['SeriesDescription', 'ProtocolName', 'SequenceName']
    .map((keyword) => dataset.text(tagOf(keyword)) ?? '')
    .join(' ')
    // Words are joined by lines below as often as by spaces.
    .replaceAll('_', ' ');
  const type = dataset.strings(tagOf('ImageType')).join(' ');
  if (dataset.number(tagOf('DiffusionBValue')) !== undefined || /\b(DIFFUSION|ADC|TRACEW)\b/.test(type)) return 'DWI';
  if (/\b(dwi|diff\w*|adc|apparent|trace|ep2d|b[ _=-]?\d{3,4})\b/i.test(said)) return 'DWI';
  if (/\b(dce|dyn\w*|perf\w*|twist|vibe|lava|thrive|contrast|km)\b/i.test(said)) return 'DCE';
  return /\bt2/i.test(said) ? 'T2' : null;
}

function placeOf(dataset: DataSet): SlicePlace | null {
  const [rx, ry, rz, cx, cy, cz] = dataset.numbers(tagOf('ImageOrientationPatient'));
  const [px, py, pz] = dataset.numbers(tagOf('ImagePositionPatient'));
  if (rx === undefined || ry === undefined || rz === undefined || cx === undefined || cy === undefined) return null;
  if (cz === undefined || px === undefined || py === undefined || pz === undefined) return null;
  const normal = [ry * cz - rz * cy, rz * cx - rx * cz, rx * cy - ry * cx] as const;
  const volume = ['AcquisitionNumber', 'EchoNumbers', 'DiffusionBValue', 'TemporalPositionIdentifier', 'TriggerTime'];
  return {
    positionMm: normal[0] * px + normal[1] * py + normal[2] * pz,
    orientation: [rx, ry, rz, cx, cy, cz].map((cosine) => rounded(cosine, 2)).join(' '),
    matrix: `${dataset.number(TAGS.rows) ?? 0}×${dataset.number(TAGS.columns) ?? 0}`,
    spacing: dataset
      .numbers(tagOf('PixelSpacing'))
      .map((spacingMm) => rounded(spacingMm, 3))
      .join(' '),
    volume: volume.map((keyword) => dataset.text(tagOf(keyword)) ?? '').join('/'),
  };
}

/** Without a minus before zero. */
function rounded(value: number, decimals: number): string {
  return (Math.round(value * 10 ** decimals) / 10 ** decimals + 0).toFixed(decimals);
}

/** Slices of air are alike without being copies. */
function isBlank({ values }: Frame): boolean {
  const first = values[0];
  return values.every((value) => value === first);
}
