import type { StoredRow } from './cdm-rows-store.ts';
import type { BuildReport, ClinicalWarehouse } from './clinical-warehouse.ts';

/** A person as counting sees one: what is coded of the person, and the examinations. */
export interface CodedPerson {
  /** Pseudonym. */
  readonly person: string;
  /** Concept of the sex at birth; null where nobody says it. */
  readonly sex: string | null;
  /** Population: cancer, negative screening, control … */
  readonly population: string | null;
  /** Youngest age at a diagnosis, in years. */
  readonly ageAtDiagnosis: number | null;
  /** Year of the first diagnosis, of moved dates. */
  readonly yearOfDiagnosis: number | null;
  /** Concepts of diagnoses, histologies, grades, stages, markers with their results, assessments, treatments and procedures. */
  readonly codes: readonly string[];
  /** Numbers that were measured, by the concept of what was. */
  readonly numbers: readonly { readonly code: string; readonly value: number; readonly unit: string | null }[];
  readonly studies: readonly CodedStudy[];
}

/** An examination as counting sees one. */
export interface CodedStudy {
  readonly studyUid: string;
  /** Concepts. */
  readonly modalities: readonly string[];
  readonly bodyParts: readonly string[];
  readonly manufacturers: readonly string[];
  /** First day of its series, ISO 8601, moved; null where no image says it. */
  readonly date: string | null;
  readonly timepoint: number | null;
}

/** Columns that hold a concept which says something of the person by itself, and the column that says what was asked, if any. */
const CODES: Readonly<Record<string, readonly (readonly [code: string, value: string | undefined])[]>> = {
  cancer_condition: [
    ['cancer_condition_code', undefined],
    ['cancer_condition_histology_morphology', undefined],
    ['cancer_condition_topography', undefined],
  ],
  histologic_grade: [['histologic_grade_code', 'histologic_grade_value_as_concept']],
  cancer_stage: [['cancer_stage_code', 'cancer_stage_as_concept']],
  tumor_marker_test: [['tumor_marker_test_code', 'tumor_marker_test_as_concept']],
  risk_assessment: [['risk_assessment_code', 'risk_assessment_value_as_concept']],
  tumor_observation: [['tumor_observation_code', 'tumor_observation_value_as_concept']],
  medical_history: [['medical_history_code', 'medical_history_value_as_concept']],
  health_status_assessment: [['assessment_code', 'assesment_value_as_concept']],
  tumor: [
    ['tumor_body_site', undefined],
    ['tumor_body_site_location', undefined],
    ['tumor_body_site_laterality', undefined],
  ],
  treatment: [
    ['treatment_type', undefined],
    ['treatment_response', undefined],
  ],
  surgical_procedure: [['surgical_procedure_code', undefined]],
  medication_administration: [['medication_code', undefined]],
  procedure: [
    ['procedure_code', undefined],
    ['procedure_evaluation_finding', undefined],
  ],
};

const NUMBERS: Readonly<Record<string, readonly [code: string, value: string, unit: string]>> = {
  tumor_marker_test: ['tumor_marker_test_code', 'tumor_marker_test_as_number', 'tumor_marker_test_as_unit'],
  medical_history: ['medical_history_code', 'medical_history_value_as_number', 'medical_history_value_unit'],
  lab_test_result: ['lab_test_code', 'lab_test_value_as_number', 'lab_test_value_unit'],
};

interface Draft {
  readonly person: string;
  sex: string | null;
  population: string | null;
  ageAtDiagnosis: number | null;
  yearOfDiagnosis: number | null;
  readonly codes: Set<string>;
  readonly numbers: { readonly code: string; readonly value: number; readonly unit: string | null }[];
  readonly studies: Map<unknown, DraftStudy>;
}

interface DraftStudy {
  readonly studyUid: string;
  readonly modalities: Set<string>;
  readonly bodyParts: Set<string>;
  readonly manufacturers: Set<string>;
  date: string | null;
  readonly timepoint: number | null;
}

/**
 * Everybody of a build with what is coded of them, for counting; people who opted out are not among them. What was asked and what was
 * answered stand as `code=answer` beside the answer by itself: `CLIN1045815=COM1001310` is a positive oestrogen receptor.
 */
export async function codedPersons(
  warehouse: ClinicalWarehouse,
  { build }: Pick<BuildReport, 'build'>,
): Promise<readonly CodedPerson[]> {
  const people = new Map<string, Draft>();
  for await (const rows of warehouse.rows(build, 'patient')) {
    for (const { person, values } of rows) {
      people.set(person, {
        person,
        sex: text(values['patient_birth_sex']),
        population: text(values['patient_diagnostic_category']),
        ageAtDiagnosis: null,
        yearOfDiagnosis: null,
        codes: new Set(),
        numbers: [],
        studies: new Map(),
      });
    }
  }
  for (const table of [...new Set([...Object.keys(CODES), ...Object.keys(NUMBERS), 'image_study', 'image_series'])]) {
    for await (const rows of warehouse.rows(build, table)) {
      for (const row of rows) {
        const draft = people.get(row.person);
        if (draft !== undefined) take(draft, row);
      }
    }
  }
  return [...people.values()].map(({ codes, studies, ...rest }) => ({
    ...rest,
    codes: [...codes].sort(),
    studies: [...studies.values()].map(({ modalities, bodyParts, manufacturers, ...study }) => ({
      ...study,
      modalities: [...modalities].sort(),
      bodyParts: [...bodyParts].sort(),
      manufacturers: [...manufacturers].sort(),
    })),
  }));
}

function take(draft: Draft, { table, values }: StoredRow): void {
  for (const [code, value] of CODES[table] ?? []) {
    const [asked, answered] = [text(values[code]), value === undefined ? null : text(values[value])];
    if (value === undefined && asked !== null) draft.codes.add(asked);
    if (asked !== null && answered !== null) draft.codes.add(answered).add(`${asked}=${answered}`);
  }
  const [code = '', value = '', unit = ''] = NUMBERS[table] ?? [];
  const [asked, number] = [text(values[code]), values[value]];
  if (asked !== null && typeof number === 'number')
    draft.numbers.push({ code: asked, value: number, unit: text(values[unit]) });
  if (table === 'cancer_condition') {
    const age = values['cancer_condition_age_at_diagnosis'];
    if (typeof age === 'number') draft.ageAtDiagnosis = Math.min(age, draft.ageAtDiagnosis ?? age);
    const year = Number(text(values['cancer_condition_asserted_date'])?.slice(0, 4) ?? Number.NaN);
    if (!Number.isNaN(year)) draft.yearOfDiagnosis = Math.min(year, draft.yearOfDiagnosis ?? year);
  }
  if (table === 'image_study') {
    const timepoint = values['ImagingTimepoint'];
    draft.studies.set(values['study_id'], {
      studyUid: String(values['study_uid']),
      modalities: new Set(),
      bodyParts: new Set(),
      manufacturers: new Set(),
      date: null,
      timepoint: typeof timepoint === 'number' ? timepoint : null,
    });
  }
  if (table === 'image_series') {
    const study = draft.studies.get(values['study_id']);
    if (study === undefined) return;
    const add = (set: Set<string>, column: string): void => {
      const concept = text(values[column]);
      if (concept !== null) set.add(concept);
    };
    add(study.modalities, 'series_modality');
    add(study.bodyParts, 'series_body_side_code');
    add(study.manufacturers, 'series_manufacturer');
    const date = text(values['series_acquisition_date']);
    if (date !== null && (study.date === null || date < study.date)) study.date = date;
  }
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
