import type { Deidentified } from '#deid';
import { CDM, tagOf } from '#vocab';
import {
  bodyPartConcept,
  type CodedValue,
  lateralityConcept,
  manufacturerConcept,
  modalityConcept,
  sexConcept,
} from './codes.ts';

/** A row of a table of the EUCAIM common data model. */
export interface CdmRow {
  readonly table: CdmTable;
  /** By column of the deployed schema, all of its columns; null where nothing is known. */
  readonly values: Readonly<Record<string, string | number | null>>;
  /** What the source said, for every coded column that it filled. */
  readonly original: Readonly<Record<string, string>>;
}

/** Tables that images alone can fill; conditions, treatments and tests need a clinical mapping. */
export const CDM_TABLES = ['patient', 'image_study', 'image_series'] as const;

/** One of {@link CDM_TABLES}. */
export type CdmTable = (typeof CDM_TABLES)[number];

/** What the clinical table adds about a person: used where the image is silent. */
export interface CdmClinicalRow {
  readonly values: Readonly<Record<string, string>>;
}

/**
 * The rows that de-identified images fill, parents before children: a patient for each person, a study, a series; the
 * keys are numbers from 1 in the order of arrival. Studies hang on the patient, because a negative screening has no
 * condition to hang on. Dates are the shifted ones. Takes only what the deid room sealed.
 */
export function cdmRows(
  instances: Iterable<{ readonly image: Deidentified; readonly clinical?: CdmClinicalRow }>,
  datasetId: string,
): readonly CdmRow[] {
  const patients = new Map<string, CdmRow>();
  const studies = new Map<string, CdmRow>();
  const series = new Map<string, CdmRow>();
  for (const { image, clinical } of instances) {
    const sex = textOf(image, 'PatientSex') || clinicalValue(clinical, 'sex');
    if (!patients.has(image.person)) patients.set(image.person, patientRow(image, sex, datasetId));
    const studyId = idIn(studies, image.studyInstanceUid);
    if (!studies.has(image.studyInstanceUid)) studies.set(image.studyInstanceUid, studyRow(image, studyId));
    if (!series.has(image.seriesInstanceUid)) {
      series.set(image.seriesInstanceUid, seriesRow(image, series.size + 1, studyId));
    }
  }
  return [...patients.values(), ...studies.values(), ...series.values()];
}

/** The number a study has, or will have. */
function idIn(rows: ReadonlyMap<string, CdmRow>, uid: string): number {
  const id = rows.get(uid)?.values['study_id'];
  return typeof id === 'number' ? id : rows.size + 1;
}

function patientRow(image: Deidentified, sex: string, datasetId: string): CdmRow {
  return row('patient', { patient_id: image.person, dataset_id: datasetId }, { patient_birth_sex: sexConcept(sex) });
}

function studyRow(image: Deidentified, studyId: number): CdmRow {
  return row('image_study', { study_id: studyId, patient_id: image.person, study_uid: image.studyInstanceUid }, {});
}

function seriesRow(image: Deidentified, seriesId: number, studyId: number): CdmRow {
  const number = image.dataset.number(tagOf('SeriesNumber'));
  const date = textOf(image, 'AcquisitionDate') || textOf(image, 'SeriesDate') || textOf(image, 'StudyDate');
  return row(
    'image_series',
    {
      series_id: seriesId,
      series_uid: image.seriesInstanceUid,
      study_uid: image.studyInstanceUid,
      study_id: studyId,
      series_number: number ?? null,
      series_acquisition_date: isoDate(date),
    },
    {
      series_modality: modalityConcept(textOf(image, 'Modality')),
      series_manufacturer: manufacturerConcept(textOf(image, 'Manufacturer')),
      series_body_side_code: bodyPartConcept(textOf(image, 'BodyPartExamined')),
      series_body_side_laterality: lateralityConcept(textOf(image, 'ImageLaterality') || textOf(image, 'Laterality')),
    },
  );
}

function row(
  table: CdmTable,
  plain: Readonly<Record<string, string | number | null>>,
  coded: Readonly<Record<string, CodedValue>>,
): CdmRow {
  const values = Object.fromEntries(
    CDM.filter((column) => column.table === table).map(({ column }) => [
      column,
      plain[column] ?? coded[column]?.code ?? null,
    ]),
  );
  const original = Object.entries(coded).flatMap(([column, value]) =>
    value.original === '' ? [] : [[column, value.original] as const],
  );
  return { table, values, original: Object.fromEntries(original) };
}

function textOf(image: Deidentified, keyword: string): string {
  return image.dataset.text(tagOf(keyword)) ?? '';
}

function clinicalValue(clinical: CdmClinicalRow | undefined, name: string): string {
  const entry = Object.entries(clinical?.values ?? {}).find(([key]) => key.toLowerCase() === name);
  return entry?.[1] ?? '';
}

function isoDate(date: string): string | null {
  return /^\d{8}$/.test(date) ? `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}` : null;
}
