import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { csvCell } from '#mapping';
import { conceptLabel, isConceptCode } from '#vocab';
import type { BuildReport, ClinicalWarehouse, StoredRow } from '#warehouse';
import { LineFile } from './line-file.ts';

type Cell = string | number | null;

/** Columns of the OMOP common data model 5.4, and of the imaging extension, that are written; those that are required are all among them. */
const COLUMNS = {
  person:
    'person_id gender_concept_id year_of_birth race_concept_id ethnicity_concept_id person_source_value gender_source_value gender_source_concept_id',
  condition_occurrence:
    'condition_occurrence_id person_id condition_concept_id condition_start_date condition_type_concept_id condition_source_value condition_source_concept_id',
  measurement:
    'measurement_id person_id measurement_concept_id measurement_date measurement_type_concept_id value_as_number value_as_concept_id unit_concept_id measurement_source_value measurement_source_concept_id unit_source_value unit_source_concept_id value_source_value',
  observation:
    'observation_id person_id observation_concept_id observation_date observation_type_concept_id value_as_number value_as_string value_as_concept_id unit_concept_id observation_source_value observation_source_concept_id unit_source_value value_source_value',
  procedure_occurrence:
    'procedure_occurrence_id person_id procedure_concept_id procedure_date procedure_type_concept_id procedure_source_value procedure_source_concept_id',
  drug_exposure:
    'drug_exposure_id person_id drug_concept_id drug_exposure_start_date drug_exposure_end_date drug_type_concept_id drug_source_value drug_source_concept_id',
  image_occurrence:
    'image_occurrence_id person_id procedure_occurrence_id visit_occurrence_id anatomic_site_concept_id wadors_uri local_path image_occurrence_date image_study_uid image_series_uid modality_concept_id',
  image_feature:
    'image_feature_id person_id image_occurrence_id image_feature_event_field_concept_id image_feature_event_id image_feature_concept_id image_feature_type_concept_id image_finding_concept_id image_finding_id anatomic_site_concept_id alg_system alg_datetime',
  concept:
    'concept_id concept_name domain_id vocabulary_id concept_class_id standard_concept concept_code valid_start_date valid_end_date invalid_reason',
} as const;

type OmopTable = keyof typeof COLUMNS;

/** Standard concepts of OMOP: sexes, and that a record comes from a registry. */
const GENDERS: Readonly<Record<string, number>> = { COM1001366: 8507, COM1001370: 8532 };
const FROM_REGISTRY = 32_879;
/** Numbers of concepts that are no part of OMOP's vocabularies begin behind two thousand million. */
const FIRST_OWN_CONCEPT = 2_000_000_001;

/** Tables that say what was asked and what was answered: where it goes, and in which columns it stands. */
const ASKED: Readonly<
  Record<
    string,
    {
      readonly to: 'measurement' | 'observation';
      readonly columns: readonly [string, string, string?, string?, string?];
    }
  >
> = {
  histologic_grade: { to: 'measurement', columns: ['histologic_grade_code', 'histologic_grade_value_as_concept'] },
  cancer_stage: { to: 'measurement', columns: ['cancer_stage_code', 'cancer_stage_as_concept'] },
  tumor_marker_test: {
    to: 'measurement',
    columns: [
      'tumor_marker_test_code',
      'tumor_marker_test_as_concept',
      'tumor_marker_test_as_number',
      'tumor_marker_test_as_unit',
      'tumor_marker_date',
    ],
  },
  lab_test_result: {
    to: 'measurement',
    columns: [
      'lab_test_code',
      'lab_test_value_as_concept',
      'lab_test_value_as_number',
      'lab_test_value_unit',
      'lab_test_date',
    ],
  },
  risk_assessment: {
    to: 'measurement',
    columns: [
      'risk_assessment_code',
      'risk_assessment_value_as_concept',
      'risk_assessment_value_as_number',
      'risk_assessment_value_unit',
    ],
  },
  tumor_observation: {
    to: 'observation',
    columns: [
      'tumor_observation_code',
      'tumor_observation_value_as_concept',
      'tumor_observation_Value_as_number',
      'tumor_observation_value_unit',
    ],
  },
  medical_history: {
    to: 'observation',
    columns: [
      'medical_history_code',
      'medical_history_value_as_concept',
      'medical_history_value_as_number',
      'medical_history_value_unit',
    ],
  },
  health_status_assessment: {
    to: 'observation',
    columns: ['assessment_code', 'assesment_value_as_concept', 'assesment_value_as_number', 'assesment_value_unit'],
  },
};

/** What was written, and rows that OMOP does not take because nobody knows their day. */
export interface OmopReport {
  readonly rows: Readonly<Record<string, number>>;
  readonly undated: number;
}

/**
 * Writes a build as the tables of the OMOP common data model 5.4 with the imaging extension. Concepts are those of the hyper-ontology, as concepts of
 * a vocabulary of their own (`concept.csv`); standard concepts stand only where OMOP itself has published them for what is meant (sexes). OMOP wants a
 * day of everything: where a row has none it is that of the diagnosis. A year of birth is told where age and day of the diagnosis are known.
 */
export async function writeOmopFiles(
  warehouse: ClinicalWarehouse,
  { build }: Pick<BuildReport, 'build'>,
  { out, signal }: { readonly out: string; readonly signal?: AbortSignal | undefined },
): Promise<OmopReport> {
  await mkdir(out, { recursive: true });
  const sheets = await OmopSheets.open(out);
  const people = await peopleOf(warehouse, build);
  let undated = 0;
  const each = async (table: string, use: (row: StoredRow, person: Person) => Promise<boolean>): Promise<void> => {
    for await (const rows of warehouse.rows(build, table)) {
      signal?.throwIfAborted();
      for (const row of rows) {
        const person = people.get(row.person);
        if (person !== undefined && !(await use(row, person))) undated += 1;
      }
    }
  };
  for (const [name, { id, sex, birthYear }] of people)
    await sheets.add('person', [id, GENDERS[sex ?? ''] ?? 0, birthYear, 0, 0, name, sex, sheets.concept(sex)]);
  await each('cancer_condition', async ({ values }, { id, day }) => {
    const own = text(values['cancer_condition_asserted_date']) ?? day;
    const code = text(values['cancer_condition_code']);
    if (own === null) return false;
    await sheets.numbered('condition_occurrence', [id, 0, own, FROM_REGISTRY, code, sheets.concept(code)]);
    for (const [column, what] of [
      ['cancer_condition_histology_morphology', 'histology'],
      ['cancer_condition_topography', 'topography'],
    ] as const) {
      const said = text(values[column]);
      if (said === null) continue;
      const cells = [null, null, sheets.concept(said), null, what, 0, null, said];
      await sheets.numbered('observation', [id, 0, own, FROM_REGISTRY, ...cells]);
    }
    return true;
  });
  for (const [table, { to, columns }] of Object.entries(ASKED)) {
    const [asked, answer, number = '', unit = '', date = ''] = columns;
    await each(table, async ({ values }, { id, day }) => {
      const own = text(values[date]) ?? day;
      const [code, said, measure] = [text(values[asked]), text(values[answer]), text(values[unit])];
      if (own === null) return false;
      const head = [id, 0, own, FROM_REGISTRY, amount(values[number])];
      const source = [code, sheets.concept(code), measure];
      if (to === 'measurement')
        await sheets.numbered(to, [...head, sheets.concept(said), 0, ...source, sheets.concept(measure), said]);
      else await sheets.numbered(to, [...head, null, sheets.concept(said), 0, ...source, said]);
      return true;
    });
  }
  /** Numbers of examinations among the procedures, by their number in the model. */
  const procedures = new Map<number, number>();
  for (const [table, code, date] of [
    ['procedure', 'procedure_code', 'procedure_date'],
    ['surgical_procedure', 'surgical_procedure_code', 'surgical_procedure_date'],
    ['radiotherapy', 'radiotherapy_modality', 'radiotherapy_start_date'],
  ] as const) {
    await each(table, async ({ values }, { id }) => {
      const own = text(values[date]);
      if (own === null) return false;
      const what = text(values[code]) ?? (table === 'radiotherapy' ? 'CLIN1014933' : null);
      const cells = [id, 0, own, FROM_REGISTRY, what, sheets.concept(what)];
      const number = await sheets.numbered('procedure_occurrence', cells);
      const known = amount(values['procedure_id']);
      if (known !== null) procedures.set(known, number);
      return true;
    });
  }
  await each('medication_administration', async ({ values }, { id }) => {
    const start = text(values['medication_start_date']);
    if (start === null) return false;
    const [what, end] = [text(values['medication_code']), text(values['medication_end_date']) ?? start];
    await sheets.numbered('drug_exposure', [id, 0, start, end, FROM_REGISTRY, what, sheets.concept(what)]);
    return true;
  });
  const procedureOf = new Map<string, number>();
  await each('image_study', async ({ values }) => {
    const [uid, number] = [text(values['study_uid']), procedures.get(amount(values['procedure_id']) ?? 0)];
    if (uid !== null && number !== undefined) procedureOf.set(uid, number);
    return true;
  });
  const occurrences = new Map<number, { readonly number: number; readonly day: string; readonly site: number }>();
  await each('image_series', async ({ values }, { id }) => {
    const own = text(values['series_acquisition_date']);
    if (own === null) return false;
    const [site, modality] = [text(values['series_body_side_code']), text(values['series_modality'])];
    const [study, series] = [text(values['study_uid']), text(values['series_uid'])];
    // The extension wants the procedure of every image; people without a cancer have none in the model.
    const procedure =
      procedureOf.get(study ?? '') ??
      (await sheets.numbered('procedure_occurrence', [id, 0, own, FROM_REGISTRY, modality, sheets.concept(modality)]));
    if (study !== null) procedureOf.set(study, procedure);
    const cells = [procedure, null, sheets.concept(site), null, null, own, study, series, sheets.concept(modality)];
    const number = await sheets.numbered('image_occurrence', [id, ...cells]);
    const key = amount(values['series_id']);
    if (key !== null) occurrences.set(key, { number, day: own, site: sheets.concept(site) });
    return true;
  });
  await each('image_modality', async ({ values }, { id }) => {
    const image = occurrences.get(amount(values['series_id']) ?? 0);
    if (image === undefined) return false;
    const code = text(values['acquisition_parameter_code']);
    const unit = text(values['acquisition_parameter_value_unit']);
    const said = text(values['acquisition_parameter_value_as_code']);
    const head = [id, 0, image.day, FROM_REGISTRY, amount(values['acquisition_parameter_value_as_number'])];
    const source = [code, sheets.concept(code), unit, sheets.concept(unit), said];
    const measured = await sheets.numbered('measurement', [...head, sheets.concept(said), 0, ...source]);
    // OMOP's number of the column that the event stands in is not published where we could take it from: it stays empty.
    const event = [null, measured, sheets.concept(code), FROM_REGISTRY];
    await sheets.numbered('image_feature', [id, image.number, ...event, null, null, image.site, null, null]);
    return true;
  });
  return { rows: await sheets.end(), undated };
}

interface Person {
  readonly id: number;
  readonly sex: string | null;
  readonly birthYear: number | null;
  /** First day of a diagnosis. */
  readonly day: string | null;
}

async function peopleOf(warehouse: ClinicalWarehouse, build: number): Promise<ReadonlyMap<string, Person>> {
  const people = new Map<string, Person>();
  for await (const rows of warehouse.rows(build, 'patient'))
    for (const { person, values } of rows)
      people.set(person, { id: people.size + 1, sex: text(values['patient_birth_sex']), birthYear: null, day: null });
  for await (const rows of warehouse.rows(build, 'cancer_condition')) {
    for (const { person, values } of rows) {
      const known = people.get(person);
      const day = text(values['cancer_condition_asserted_date']);
      if (known === undefined || day === null || (known.day !== null && known.day <= day)) continue;
      const age = amount(values['cancer_condition_age_at_diagnosis']);
      const birthYear = age === null ? known.birthYear : Number(day.slice(0, 4)) - Math.floor(age);
      people.set(person, { ...known, day, birthYear });
    }
  }
  return people;
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function amount(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

/** The files of an export, their rows counted, and the concepts that were used. */
class OmopSheets {
  readonly #files: ReadonlyMap<OmopTable, LineFile>;
  readonly #counts = new Map<OmopTable, number>();
  readonly #concepts = new Map<string, number>();

  private constructor(files: ReadonlyMap<OmopTable, LineFile>) {
    this.#files = files;
  }

  static async open(out: string): Promise<OmopSheets> {
    const files = new Map<OmopTable, LineFile>();
    for (const [table, columns] of Object.entries(COLUMNS) as [OmopTable, string][]) {
      const file = new LineFile(join(out, `${table}.csv`));
      await file.write([columns.split(' ').join(',')]);
      files.set(table, file);
    }
    return new OmopSheets(files);
  }

  /** Number of a concept; 0 where nothing is said. */
  concept(code: string | null): number {
    if (code === null || !isConceptCode(code)) return 0;
    const known = this.#concepts.get(code) ?? FIRST_OWN_CONCEPT + this.#concepts.size;
    this.#concepts.set(code, known);
    return known;
  }

  async add(table: OmopTable, cells: readonly Cell[]): Promise<void> {
    this.#counts.set(table, (this.#counts.get(table) ?? 0) + 1);
    await this.#files.get(table)?.write([cells.map(csvCell).join(',')]);
  }

  /** A row behind its number, which is told. */
  async numbered(table: OmopTable, cells: readonly Cell[]): Promise<number> {
    const number = (this.#counts.get(table) ?? 0) + 1;
    await this.add(table, [number, ...cells]);
    return number;
  }

  async end(): Promise<Readonly<Record<string, number>>> {
    for (const [code, id] of this.#concepts) {
      const kind = ['EUCAIM', 'Hyper-ontology', null, code, '1970-01-01', '2099-12-31', null];
      await this.add('concept', [id, conceptLabel(code), 'Metadata', ...kind]);
    }
    for (const file of this.#files.values()) await file.end();
    return Object.fromEntries(this.#counts);
  }
}
