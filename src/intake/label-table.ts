import { sha256Hex } from '#base';
import { type ClinicalRow, findingsOf } from './clinical.ts';
import { readCsv } from './csv.ts';

/** What a label table says of one PNG picture. */
export interface PictureRow {
  readonly image: string;
  readonly patientId: string;
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly sopInstanceUid: string;
  readonly ageYears: number | undefined;
  readonly sex: 'M' | 'F' | 'O' | undefined;
  readonly view: 'PA' | 'AP' | undefined;
  /** Of the PNG itself. */
  readonly pixelSpacingMm: number | undefined;
  readonly findings: readonly string[];
}

/** A table that names pictures and their people. */
export interface LabelTable {
  rowOf(image: string): PictureRow | undefined;
  readonly clinical: readonly ClinicalRow[];
}

/**
 * Reads a table with the columns `image` and `patient_id` and, where present, `age`, `sex`, `view`, `findings`,
 * `followup`, `pixel_spacing` with `orig_w` and `px` (the layout of the NIH ChestX-ray14 subset). Undefined for any
 * other table. UIDs are made from the picture's name, so that the same picture is the same instance in every run.
 * @throws UnicaError `intake.csv-invalid` when it has those columns and cannot be read
 */
export function readLabelTable(text: string): LabelTable | undefined {
  const head = text.slice(0, text.search(/[\r\n]|$/)).toLowerCase();
  if (!/\bimage\b/.test(head) || !/\bpatient_?id\b/.test(head)) return undefined;
  const { header, rows } = readCsv(text);
  const names = header.map((name) => name.toLowerCase());
  const pictures = new Map<string, PictureRow>();
  const clinical: ClinicalRow[] = [];
  for (const row of rows) {
    const cell = (name: string): string => row[names.indexOf(name)] ?? '';
    const picture = pictureOf(cell);
    if (picture === undefined) continue;
    pictures.set(picture.image, picture);
    clinical.push({
      patientId: picture.patientId,
      studyInstanceUid: picture.studyInstanceUid,
      findings: picture.findings,
      values: Object.fromEntries(header.map((name, column) => [name, row[column] ?? ''])),
    });
  }
  return { rowOf: (image) => pictures.get(image), clinical };
}

function pictureOf(cell: (name: string) => string): PictureRow | undefined {
  const image = cell('image');
  const patientId = cell('patient_id') || cell('patientid');
  if (image === '' || patientId === '') return undefined;
  const sex = cell('sex').toUpperCase();
  const view = cell('view').toUpperCase();
  const ageYears = Number.parseInt(cell('age'), 10);
  const reduction = (positive(cell('orig_w')) ?? 1) / (positive(cell('px')) ?? positive(cell('orig_w')) ?? 1);
  const spacing = positive(cell('pixel_spacing'));
  return {
    image,
    patientId,
    // One film is one examination in the public sets: follow-up numbers are not unique to a study.
    studyInstanceUid: uidOf(`study/${patientId}/${image}`),
    seriesInstanceUid: uidOf(`series/${patientId}/${image}`),
    sopInstanceUid: uidOf(`instance/${patientId}/${image}`),
    ageYears: ageYears >= 0 && ageYears <= 130 ? ageYears : undefined,
    sex: sex === 'M' || sex === 'F' || sex === 'O' ? sex : undefined,
    view: view === 'PA' || view === 'AP' ? view : undefined,
    pixelSpacingMm: spacing === undefined ? undefined : spacing * reduction,
    findings: findingsOf(cell('findings') || cell('finding') || cell('label')),
  };
}

function positive(text: string): number | undefined {
  const value = Number(text);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

/** A UID of the form PS3.5 B.2 gives for UUIDs, from the digest of a name. */
function uidOf(name: string): string {
  return `2.25.${BigInt(`0x${sha256Hex(`unica-picture/${name}`).slice(0, 31)}`)}`;
}
