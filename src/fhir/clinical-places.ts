import { CDM, type CdmColumn } from '#vocab';

/** How a column of the model stands in an element of a resource. */
export type PlaceKind = 'concept' | 'date' | 'boolean' | 'text' | 'integer' | 'quantity' | 'age' | 'reference';

/** Where a column of the model goes in FHIR. */
export interface Place {
  readonly column: string;
  readonly kind: PlaceKind;
  /** Path of the element, parts of lists by number: `condition.0.code`. */
  readonly at: string;
  /** Of a quantity: the column with its unit. */
  readonly unit?: string;
  /** Of a reference: the table that it points into. */
  readonly to?: string;
}

/** What a row of a table is in FHIR R4. */
export interface ClinicalForm {
  /** A medication that nobody knows the start of is a MedicationStatement. */
  readonly resource: string;
  readonly places: readonly Place[];
  /** What every such resource says. */
  readonly fixed?: Readonly<Record<string, unknown>>;
}

/** Begins the address of the extension that holds a column without an element of its own: `urn:unica:cdm:episode.episode_number`. */
export const COLUMN_EXTENSION = 'urn:unica:cdm:';
/** The hyper-ontology as a code system. */
export const EUCAIM_SYSTEM = 'https://cancerimage.eu/ontology/EUCAIM';
/** Values that are words and no concept. */
export const WORDS_SYSTEM = 'urn:unica:cdm:words';
/** Pseudonyms of people. */
export const PSEUDONYM_SYSTEM = 'urn:unica:pseudonyms';
/** Concept of a year, the unit of ages. */
export const YEAR = 'COM1000151';

const concept = (column: string, at: string): Place => ({ column, kind: 'concept', at });
const date = (column: string, at: string): Place => ({ column, kind: 'date', at });
const quantity = (column: string, unit: string): Place => ({ column, kind: 'quantity', at: 'valueQuantity', unit });
const reference = (column: string, to: string, at: string): Place => ({ column, kind: 'reference', at, to });

const CATEGORIES = 'http://terminology.hl7.org/CodeSystem/observation-category';
const observed = (category: string, places: readonly Place[]): ClinicalForm => ({
  resource: 'Observation',
  fixed: { status: 'final', category: [{ coding: [{ system: CATEGORIES, code: category }] }] },
  places,
});

/**
 * What the tables of the EUCAIM common data model are in FHIR R4. Columns that stand here have an element; all others an extension each, so that
 * nothing is lost. A number comes before an answer where both would be the one value of an observation. Rows of tables that do not
 * stand here are resources of the kind `Basic`; series stand in their study.
 */
export const CLINICAL_FORMS: Readonly<Record<string, ClinicalForm>> = {
  patient: {
    resource: 'Patient',
    places: [
      date('patient_birth_date', 'birthDate'),
      { column: 'patient_deceased', kind: 'boolean', at: 'deceasedBoolean' },
    ],
  },
  health_status_assessment: observed('survey', [
    concept('assessment_code', 'code'),
    quantity('assesment_value_as_number', 'assesment_value_unit'),
    concept('assesment_value_as_concept', 'valueCodeableConcept'),
  ]),
  tumor_marker_test: observed('laboratory', [
    concept('tumor_marker_test_code', 'code'),
    quantity('tumor_marker_test_as_number', 'tumor_marker_test_as_unit'),
    concept('tumor_marker_test_as_concept', 'valueCodeableConcept'),
    date('tumor_marker_date', 'effectiveDateTime'),
  ]),
  lab_test_result: observed('laboratory', [
    concept('lab_test_code', 'code'),
    quantity('lab_test_value_as_number', 'lab_test_value_unit'),
    concept('lab_test_value_as_concept', 'valueCodeableConcept'),
    date('lab_test_date', 'effectiveDateTime'),
  ]),
  medical_history: observed('exam', [
    concept('medical_history_code', 'code'),
    quantity('medical_history_value_as_number', 'medical_history_value_unit'),
    concept('medical_history_value_as_concept', 'valueCodeableConcept'),
  ]),
  histologic_grade: observed('exam', [
    concept('histologic_grade_code', 'code'),
    concept('histologic_grade_value_as_concept', 'valueCodeableConcept'),
    concept('histologic_grade_scoring_system', 'method'),
    reference('cancer_condition_id', 'cancer_condition', 'focus.0'),
  ]),
  cancer_stage: observed('exam', [
    concept('cancer_stage_code', 'code'),
    concept('cancer_stage_as_concept', 'valueCodeableConcept'),
    concept('cancer_stage_scoring_system', 'method'),
    reference('cancer_condition_id', 'cancer_condition', 'focus.0'),
  ]),
  risk_assessment: observed('survey', [
    concept('risk_assessment_code', 'code'),
    quantity('risk_assessment_value_as_number', 'risk_assessment_value_unit'),
    concept('risk_assessment_value_as_concept', 'valueCodeableConcept'),
    reference('tumor_id', 'tumor', 'focus.0'),
  ]),
  tumor_observation: observed('imaging', [
    concept('tumor_observation_code', 'code'),
    quantity('tumor_observation_Value_as_number', 'tumor_observation_value_unit'),
    concept('tumor_observation_value_as_concept', 'valueCodeableConcept'),
    reference('tumor_id', 'tumor', 'focus.0'),
  ]),
  image_modality: observed('imaging', [
    concept('acquisition_parameter_code', 'code'),
    quantity('acquisition_parameter_value_as_number', 'acquisition_parameter_value_unit'),
    concept('acquisition_parameter_value_as_code', 'valueCodeableConcept'),
  ]),
  family_member_history: {
    resource: 'FamilyMemberHistory',
    fixed: { status: 'completed' },
    places: [
      concept('family_member_relationship', 'relationship'),
      concept('family_member_condition_code', 'condition.0.code'),
    ],
  },
  cancer_condition: {
    resource: 'Condition',
    places: [
      concept('cancer_condition_code', 'code'),
      concept('cancer_condition_topography', 'bodySite.0'),
      { column: 'cancer_condition_age_at_diagnosis', kind: 'age', at: 'onsetAge', unit: 'cancer_condition_age_unit' },
      date('cancer_condition_asserted_date', 'recordedDate'),
    ],
  },
  tumor: {
    resource: 'BodyStructure',
    places: [
      concept('tumor_histology_morphology', 'morphology'),
      concept('tumor_body_site', 'location'),
      concept('tumor_body_site_laterality', 'locationQualifier.0'),
    ],
  },
  treatment: {
    resource: 'Procedure',
    fixed: { status: 'completed', category: { text: 'Treatment' } },
    places: [concept('treatment_type', 'code'), concept('treatment_response', 'outcome')],
  },
  radiotherapy: {
    resource: 'Procedure',
    fixed: { status: 'completed', category: { text: 'Radiotherapy' } },
    places: [
      concept('radiotherapy_modality', 'code'),
      date('radiotherapy_start_date', 'performedPeriod.start'),
      date('radiotherapy_end_date', 'performedPeriod.end'),
    ],
  },
  surgical_procedure: {
    resource: 'Procedure',
    fixed: { status: 'completed', category: { text: 'Surgery' } },
    places: [
      concept('surgical_procedure_code', 'code'),
      concept('surgical_procedure_body_site_code', 'bodySite.0'),
      date('surgical_procedure_date', 'performedDateTime'),
    ],
  },
  procedure: {
    resource: 'Procedure',
    fixed: { status: 'completed' },
    places: [
      concept('procedure_code', 'code'),
      concept('procedure_category', 'category'),
      date('procedure_date', 'performedDateTime'),
      reference('cancer_condition_id', 'cancer_condition', 'reasonReference.0'),
    ],
  },
  medication_administration: {
    resource: 'MedicationAdministration',
    fixed: { status: 'completed' },
    places: [
      concept('medication_code', 'medicationCodeableConcept'),
      date('medication_start_date', 'effectivePeriod.start'),
      date('medication_end_date', 'effectivePeriod.end'),
    ],
  },
  adverse_event: {
    resource: 'AdverseEvent',
    fixed: { actuality: 'actual' },
    places: [concept('adverse_event_resulting_effect', 'event'), date('adverse_event_date', 'date')],
  },
  episode: {
    resource: 'EpisodeOfCare',
    places: [
      concept('episode_type_code', 'type.0'),
      date('episode_start_date', 'period.start'),
      date('episode_end_date', 'period.end'),
    ],
  },
  image_study: {
    resource: 'ImagingStudy',
    fixed: { status: 'available' },
    places: [reference('procedure_id', 'procedure', 'procedureReference')],
  },
  image_series: {
    resource: 'ImagingStudy',
    places: [
      { column: 'series_uid', kind: 'text', at: 'uid' },
      { column: 'series_number', kind: 'integer', at: 'number' },
      { column: 'series_description', kind: 'text', at: 'description' },
      date('series_acquisition_date', 'started'),
    ],
  },
};

/** The resource that rows of a table are. */
export function resourceOfTable(table: string): string {
  return CLINICAL_FORMS[table]?.resource ?? 'Basic';
}

/** The id of the resource of a row: its table and number. */
export function resourceIdOf(table: string, number: string | number): string {
  return `${table.replaceAll('_', '-')}-${number}`;
}

const columns = new Map<string, CdmColumn[]>();
for (const column of CDM) columns.set(column.table, [...(columns.get(column.table) ?? []), column]);

/** Tables of the common data model in its order. */
export const CLINICAL_TABLES: readonly string[] = [...columns.keys()];

/** The columns of a table of the common data model. */
export function columnsOfTable(table: string): readonly CdmColumn[] {
  return columns.get(table) ?? [];
}

/** The column that numbers or names the rows of a table. */
export function keyColumnOf(table: string): string {
  return columnsOfTable(table).find(({ key }) => key)?.column ?? '';
}
