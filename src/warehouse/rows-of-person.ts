import {
  ACQUISITION_PARAMETERS,
  type Acquisition,
  bodyPartConcept,
  type CodedValue,
  lateralityConcept,
  manufacturerConcept,
  modalityConcept,
  sexConcept,
} from '#cdm';
import { CdmBuilder, type CellIssue, fitNumber, MONTH, offsetFrom, type ReadCell } from '#mapping';
import { CDM, isConceptCode } from '#vocab';
import { addEpisodes } from './episodes.ts';
import { Numbering, numberedWithin } from './numbering.ts';
import { type CdmValue, emptyValues, newRow, type Origin, type PersonRow } from './person-row.ts';

/** A series of the index of the de-identified images; empty text where it does not say. */
export interface ImagedSeries {
  readonly seriesUid: string;
  readonly number: number | null;
  readonly description: string;
  readonly manufacturer: string;
  readonly bodyPart: string;
  readonly laterality: string;
  /** YYYYMMDD, moved. */
  readonly date: string;
  readonly modality: string;
  readonly acquisition: Acquisition;
}

/** An examination of the index of the de-identified images. */
export interface ImagedStudy {
  readonly studyUid: string;
  /** YYYYMMDD, moved. */
  readonly date: string;
  /** As DICOM writes it; empty where it does not say. */
  readonly sex: string;
  readonly series: readonly ImagedSeries[];
}

/** All that is known of a person: rows of tables in the order in which they were loaded, and examinations. */
export interface PersonInputs {
  readonly person: string;
  readonly rows: readonly { readonly load: number; readonly cells: ReadonlyMap<string, ReadCell> }[];
  /** Rows that another warehouse wrote, by load. */
  readonly ready: readonly { readonly load: number; readonly row: PersonRow }[];
  readonly studies: readonly ImagedStudy[];
}

/** Something that the model has no place for, or that contradicts what is there. */
export interface PersonProblem {
  readonly load: number;
  readonly row: number;
  readonly column: string;
  readonly problem: CellIssue['problem'] | 'offset-in-months' | 'no-place-without-condition';
}

const IMAGING_CATEGORY = 'GEN1000023';
const types = new Map(CDM.map(({ table, column, sqlType }) => [`${table}.${column}`, sqlType]));

/**
 * The rows of the model that a person fills. Days are those that the person's dates were moved to, so that what is told in days
 * from the diagnosis is true. An examination hangs on the person; where there is a cancer, on a procedure of it too, because the model knows
 * no other way from a cancer to an image.
 */
export function rowsOfPerson(
  { person, rows: tables, ready, studies }: PersonInputs,
  datasetId: string,
  tell: (problem: PersonProblem) => void,
): readonly PersonRow[] {
  let load = 0;
  const builder = new CdmBuilder(
    // Kept cells have their pseudonyms and moved days already.
    { personOf: () => person, uidOf: (uid) => uid, daysBackOf: () => 0, datasetId, today: '9999-12-31' },
    (issue) => tell({ load, ...issue }),
  );
  // Mostly all rows of a person are of one table, and each cell need not be asked whose it is.
  const loads = new Set(tables.map((table) => table.load));
  const loadOf = new Map<ReadCell, number>();
  for (const table of tables) {
    load = table.load;
    if (loads.size > 1) for (const cell of table.cells.values()) loadOf.set(cell, load);
    builder.add(person, table.cells);
  }
  const own: PersonRow[] = [];
  for (const { table, values, sources } of builder.rows()) {
    const origin: Record<string, Origin> = {};
    for (const column in sources) {
      const source = sources[column];
      if (source === undefined) continue;
      const { row, column: heading, cell } = source;
      const from = loads.size === 1 ? load : (loadOf.get(source) ?? 0);
      origin[column] =
        cell !== '' && isCode(values[column])
          ? { load: from, row, column: heading, original: cell }
          : { load: from, row, column: heading };
    }
    own.push({ table, values, origin });
  }
  const rows = ready.length > 0 ? together(readyRows(ready), own) : own;
  const patient = rows.find(({ table }) => table === 'patient') ?? newRow(rows, 'patient', { patient_id: person });
  patient.values['dataset_id'] = datasetId;
  const condition = rows.find(({ table }) => table === 'cancer_condition');
  if (condition === undefined) dropOrphans(rows, tell);
  for (const study of studies.toSorted((a, b) => compare(a.date, b.date) || compare(a.studyUid, b.studyUid)))
    addStudy(rows, { person, patient, condition, study });
  addEpisodes(rows, person, tables);
  tellMonths(rows, tell);
  return rows;
}

/** Rows of another warehouse, of which episodes and timepoints are part. */
function readyRows(ready: PersonInputs['ready']): PersonRow[] {
  const rows = ready.map(({ load, row: { table, values, origin } }) => ({
    table,
    values: { ...emptyValues(table), ...values },
    origin: Object.fromEntries(Object.entries(origin).map(([column, from]) => [column, { load, ...from }])),
  }));
  numberedWithin(rows);
  return rows;
}

/** Rows of another warehouse and of tables of this one: numbered after each other, and the person there once. */
function together(ready: PersonRow[], own: PersonRow[]): PersonRow[] {
  const numbering = new Numbering();
  numbering.take(ready);
  numbering.take(own);
  const known = ready.find(({ table }) => table === 'patient');
  const said = own.find(({ table }) => table === 'patient');
  if (known === undefined || said === undefined) return [...ready, ...own];
  for (const [column, value] of Object.entries(said.values)) {
    if (value === null || (known.values[column] ?? null) !== null) continue;
    known.values[column] = value;
    const from = said.origin[column];
    if (from !== undefined) known.origin[column] = from;
  }
  return [...ready, ...own.filter((row) => row !== said)];
}

/** A procedure is of a cancer; of a person without one it would hang on nothing, and nobody would find it again. */
function dropOrphans(rows: PersonRow[], tell: (problem: PersonProblem) => void): void {
  for (let at = rows.length - 1; at >= 0; at -= 1) {
    const row = rows[at];
    if (row?.table !== 'procedure' || row.values['cancer_condition_id'] !== null) continue;
    rows.splice(at, 1);
    for (const { load = 0, row: number = 0, column = '' } of Object.values(row.origin))
      tell({ load, row: number, column, problem: 'no-place-without-condition' });
  }
  renumber(rows, 'procedure', 'procedure_id');
}

function renumber(rows: readonly PersonRow[], table: string, key: string): void {
  let next = 0;
  for (const row of rows) {
    if (row.table !== table) continue;
    next += 1;
    row.values[key] = next;
  }
}

function addStudy(
  rows: PersonRow[],
  {
    person,
    patient,
    condition,
    study,
  }: {
    readonly person: string;
    readonly patient: PersonRow;
    readonly condition: PersonRow | undefined;
    readonly study: ImagedStudy;
  },
): void {
  const day = isoDay(study.date);
  if (patient.values['patient_birth_sex'] === null && study.sex !== '')
    code(patient, 'patient_birth_sex', sexConcept(study.sex));
  const known = rows.find(({ table, values }) => table === 'image_study' && values['study_uid'] === study.studyUid);
  const row = known ?? newRow(rows, 'image_study', { patient_id: person, study_uid: study.studyUid });
  const diagnosedOn = condition?.values['cancer_condition_asserted_date'];
  const offset = (place: PersonRow, column: string, unit: string): void => {
    if (day === null || typeof diagnosedOn !== 'string' || place.values[column] !== null) return;
    const found = offsetFrom(day, diagnosedOn, types.get(`${place.table}.${column}`) ?? '');
    if (found === undefined) return;
    place.values[column] = found.value;
    place.values[unit] = found.unit;
  };
  offset(row, 'study_offset_from_diagnosis', 'study_offset_unit');
  if (condition !== undefined && row.values['procedure_id'] === null) {
    const modality = modalityConcept(study.series.find((one) => isImage(one.modality))?.modality ?? '');
    const procedure =
      rows.find(
        ({ table, values }) =>
          table === 'procedure' &&
          day !== null &&
          values['procedure_date'] === day &&
          (values['procedure_code'] === null || values['procedure_code'] === modality.code),
      ) ?? newRow(rows, 'procedure', { cancer_condition_id: condition.values['cancer_condition_id'] ?? null });
    if (procedure.values['procedure_code'] === null) code(procedure, 'procedure_code', modality);
    procedure.values['procedure_category'] ??= IMAGING_CATEGORY;
    procedure.values['procedure_date'] ??= day;
    offset(procedure, 'procedure_offset_from_diagnosis', 'procedure_offset_unit');
    row.values['procedure_id'] = procedure.values['procedure_id'] ?? null;
  }
  for (const one of study.series.toSorted(
    (a, b) => (a.number ?? 0) - (b.number ?? 0) || compare(a.seriesUid, b.seriesUid),
  ))
    addSeries(rows, row, one, study.studyUid);
}

function addSeries(rows: PersonRow[], study: PersonRow, one: ImagedSeries, studyUid: string): void {
  if (rows.some(({ table, values }) => table === 'image_series' && values['series_uid'] === one.seriesUid)) return;
  const row = newRow(rows, 'image_series', {
    series_uid: one.seriesUid,
    study_uid: studyUid,
    study_id: study.values['study_id'] ?? null,
    series_number: one.number,
    series_description: one.description.slice(0, 170) || null,
    series_acquisition_date: isoDay(one.date),
  });
  code(row, 'series_modality', modalityConcept(one.modality));
  code(row, 'series_manufacturer', manufacturerConcept(one.manufacturer));
  code(row, 'series_body_side_code', bodyPartConcept(one.bodyPart));
  code(row, 'series_body_side_laterality', lateralityConcept(one.laterality));
  for (const parameter of ACQUISITION_PARAMETERS) addParameter(rows, row, one, parameter);
}

/** What does not fit into the model's column is left out: no unit of the ontology makes it fit. */
function addParameter(
  rows: PersonRow[],
  series: PersonRow,
  { seriesUid, acquisition }: ImagedSeries,
  { of, keyword, code: concept, unit }: (typeof ACQUISITION_PARAMETERS)[number],
): void {
  const said = acquisition[of];
  const column = 'acquisition_parameter_value_as_number';
  const number = said === null ? undefined : fitNumber(said, types.get(`image_modality.${column}`) ?? '');
  if (number === undefined || number === 0) return;
  const row = newRow(rows, 'image_modality', {
    series_uid: seriesUid,
    series_id: series.values['series_id'] ?? null,
    [column]: number,
    acquisition_parameter_value_unit: unit,
  });
  code(row, 'acquisition_parameter_code', { code: concept, original: keyword });
}

/** A code beside what it stands for; where the ontology has none, the original alone is kept. */
function code(row: PersonRow, column: string, value: CodedValue): void {
  if (value.original === '') return;
  row.values[column] = value.code;
  row.origin[column] = { original: value.original };
}

function tellMonths(rows: readonly PersonRow[], tell: (problem: PersonProblem) => void): void {
  for (const { values, origin } of rows) {
    for (const column in values) {
      if (values[column] !== MONTH || !column.includes('offset')) continue;
      const [from] = Object.values(origin);
      tell({ load: from?.load ?? 0, row: from?.row ?? 0, column: from?.column ?? column, problem: 'offset-in-months' });
    }
  }
}

/** Reports, presentation states and the like tell nothing of how a picture was taken. */
function isImage(modality: string): boolean {
  return !/^(SR|PR|KO|SEG|DOC|RTSTRUCT|RTPLAN|RTDOSE|OT|)$/.test(modality);
}

function isCode(value: CdmValue | undefined): boolean {
  return typeof value === 'boolean' || (typeof value === 'string' && isConceptCode(value));
}

function isoDay(date: string): string | null {
  return /^\d{8}$/.test(date) ? `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}` : null;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
