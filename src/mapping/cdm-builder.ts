import { CDM } from '#vocab';
import { ELEMENTS, type Element } from './elements.ts';
import type { CellIssue, MappingMeans, ReadCell } from './mapped-cell.ts';
import { offsetFrom } from './offset-from.ts';

/** A row of the common data model and where each of its values comes from. */
export interface BuiltRow {
  readonly table: string;
  /** By column of the deployed schema, all of its columns; null where nothing is known. Whoever asked for the row may go on filling it. */
  readonly values: Record<string, string | number | boolean | null>;
  /** For every value that a cell gave: row of the table from 1, heading, and what stood there. */
  readonly sources: Readonly<Record<string, ReadCell>>;
}

interface DraftRow {
  readonly table: string;
  readonly values: Record<string, string | number | boolean | null>;
  readonly sources: Record<string, ReadCell>;
}

type Cells = ReadonlyMap<string, ReadCell>;

const byId = new Map(ELEMENTS.map((element) => [element.id, element]));
const schema = new Map<string, readonly (typeof CDM)[number][]>();
for (const { table } of CDM)
  if (!schema.has(table))
    schema.set(
      table,
      CDM.filter((column) => column.table === table),
    );

const types = new Map(CDM.map(({ table, column, sqlType }) => [`${table}.${column}`, sqlType]));
/** How much text the columns of a table take, by table. */
const lengths = new Map<string, Map<string, number>>();
for (const { table, column, sqlType } of CDM) {
  const length = /^VARCHAR\((\d+)\)$/.exec(sqlType)?.[1];
  const own = lengths.get(table) ?? new Map<string, number>();
  lengths.set(table, own);
  if (length !== undefined) own.set(column, Number(length));
}
const keyColumns = new Map(
  [...schema].map(([table, columns]) => [table, columns.find((column) => column.key)] as const),
);

/** A row of each table in which nothing is known. */
const TEMPLATES = new Map(
  [...schema].map(([table, columns]): readonly [string, Record<string, null>] => [
    table,
    Object.fromEntries(columns.map(({ column }) => [column, null])),
  ]),
);

/** Parents before children. */
const ORDER = [...schema.keys()];

/** Tables whose rows are of a condition, which is then there even where nothing else is said of it. */
const OF_A_CONDITION: ReadonlySet<string> = new Set(['histologic_grade', 'cancer_stage', 'tumor']);

/** Elements that fill a row each, by themselves. */
const SINGLE_ROWS = [
  'grade',
  'gleason-score',
  'isup-grade',
  'stage',
  'psa',
  'er-status',
  'pr-status',
  'her2-status',
  'ki67',
  'birads',
  'pirads',
  'density',
  'nodule',
  'family-history',
  'smoking',
  'pack-years',
  'menopause',
  'hormone-replacement',
  'brca1',
  'brca2',
  'ecog',
  'haemoglobin',
  'creatinine',
  ...['t', 'n', 'm'].flatMap((letter) => [`clinical-${letter}`, `pathological-${letter}`]),
];

/**
 * Builds the rows of the common data model from the cells of one source row after another. What several rows say alike of a person is
 * said once; where they contradict each other, the first stays and the rest is told.
 */
export class CdmBuilder {
  readonly #means: MappingMeans;
  readonly #tell: (issue: CellIssue) => void;
  readonly #rows = new Map<string, DraftRow[]>();
  readonly #patients = new Map<string, DraftRow>();
  readonly #conditions = new Map<string, DraftRow[]>();
  readonly #known = new Map<string, DraftRow>();

  constructor(means: MappingMeans, tell: (issue: CellIssue) => void) {
    this.#means = means;
    this.#tell = tell;
  }

  /** Takes what a source row says of a person. */
  add(person: string, cells: Cells): void {
    this.#patient(person, cells);
    const condition = this.#condition(person, cells);
    const diagnosedOn = cells.get('diagnosis-date')?.value ?? this.#diagnosisDates.get(condition);
    const about = { patient_id: person, cancer_condition_id: idOf(condition) };
    const tumor = this.#tumor(person, condition, cells);
    for (const id of SINGLE_ROWS) {
      const cell = cells.get(id);
      const element = byId.get(id);
      if (cell === undefined || element === undefined) continue;
      // A stage or a grade is of a condition; without one it hangs on nothing.
      const draft = this.#draft(element.table, {
        ...about,
        tumor_id: idOf(tumor),
        ...element.fixed,
        ...unitOf(element),
      });
      this.#fill(draft, element.column, cell, this.#dated(cell, person));
      this.#keep(draft);
    }
    this.#treatments(person, cells, diagnosedOn);
    this.#procedures(person, about, cells, diagnosedOn);
    this.#study(person, cells);
  }

  /** All rows, parents before children, in the order in which they came. */
  rows(): readonly BuiltRow[] {
    return ORDER.flatMap((table) => this.#rows.get(table) ?? []);
  }

  #patient(person: string, cells: Cells): void {
    let patient = this.#patients.get(person);
    if (patient === undefined) {
      patient = this.#draft('patient', { patient_id: person, dataset_id: this.#means.datasetId });
      this.#patients.set(person, patient);
      this.#rowsOf('patient').push(patient);
    }
    for (const id of ['sex', 'population', 'deceased', 'last-contact', 'cause-of-death']) {
      const cell = cells.get(id);
      const column = byId.get(id)?.column;
      if (cell === undefined || column === undefined) continue;
      this.#merge(patient, column, cell, this.#dated(cell, person));
    }
  }

  readonly #diagnosisDates = new Map<DraftRow | undefined, ReadCell['value']>();

  /** The condition that a row speaks of: one that was told before and is not contradicted, or a new one. */
  #condition(person: string, cells: Cells): DraftRow | undefined {
    const said = ['diagnosis', 'diagnosis-date', 'age-at-diagnosis', 'histology', 'topography'].flatMap((id) => {
      const cell = cells.get(id);
      const element = byId.get(id);
      return cell === undefined || element === undefined ? [] : [{ element, cell, value: this.#dated(cell, person) }];
    });
    const own = this.#conditions.get(person) ?? [];
    if (said.length === 0) {
      const needed = [...cells.keys()].some((id) => OF_A_CONDITION.has(byId.get(id)?.table ?? ''));
      if (own.length > 0 || !needed) return own[0];
    }
    const fits = (condition: DraftRow): boolean =>
      said.every(({ element: { id, column }, value }) => {
        const known = condition.values[column];
        // Another age alone is a slip, no other disease.
        return known === null || known === value || id === 'age-at-diagnosis';
      });
    let condition = own.find(fits);
    if (condition === undefined) {
      condition = this.#numbered(this.#draft('cancer_condition', { patient_id: person }));
      this.#conditions.set(person, [...own, condition]);
    }
    for (const { element, cell, value } of said) {
      this.#merge(condition, element.column, cell, value);
      if (element.unit !== undefined) condition.values[element.unit.column] = element.unit.unit;
      if (element.id === 'diagnosis-date') this.#diagnosisDates.set(condition, cell.value);
    }
    return condition;
  }

  #tumor(person: string, condition: DraftRow | undefined, cells: Cells): DraftRow | undefined {
    const said = ['tumour-size', 'laterality', 'tumour-location'].flatMap((id) => {
      const cell = cells.get(id);
      const element = byId.get(id);
      return cell === undefined || element === undefined ? [] : [{ element, cell }];
    });
    if (said.length === 0) return undefined;
    const draft = this.#draft('tumor', { patient_id: person, cancer_condition_id: idOf(condition) });
    for (const { element, cell } of said) {
      this.#fill(draft, element.column, cell, cell.value);
      Object.assign(draft.values, unitOf(element));
    }
    const topography = cells.get('topography');
    if (topography !== undefined) this.#fill(draft, 'tumor_body_site', topography, topography.value);
    return this.#keep(draft);
  }

  #treatments(person: string, cells: Cells, diagnosedOn: ReadCell['value'] | undefined): void {
    let last: DraftRow | undefined;
    const type = cells.get('treatment-type');
    const response = cells.get('treatment-response');
    if (type !== undefined || response !== undefined) {
      const treatment = this.#draft('treatment', { patient_id: person });
      if (type !== undefined) this.#fill(treatment, 'treatment_type', type, type.value);
      if (response !== undefined) this.#fill(treatment, 'treatment_response', response, response.value);
      last = this.#keep(treatment);
    }
    const special = (
      table: string,
      concept: string,
      ids: readonly string[],
      dates: Readonly<Record<string, readonly [offset: string, unit: string]>>,
    ): void => {
      const said = ids.flatMap((id) => {
        const cell = cells.get(id);
        return cell === undefined ? [] : [{ id, cell }];
      });
      if (said.length === 0) return;
      const treatment = this.#keep(
        this.#draft('treatment', { patient_id: person, treatment_type: concept }),
        `${table} ${said.map(({ cell }) => String(cell.value)).join('|')}`,
      );
      last = treatment;
      const draft = this.#draft(table, { treatment_id: idOf(treatment) });
      for (const { id, cell } of said) {
        const element = byId.get(id);
        if (element === undefined) continue;
        this.#fill(draft, element.column, cell, this.#dated(cell, person));
        Object.assign(draft.values, unitOf(element));
        const offset = dates[id];
        if (offset !== undefined) this.#offset(draft, offset, cell.value, diagnosedOn);
      }
      this.#keep(draft);
    };
    special('surgical_procedure', 'CLIN1004413', ['surgery', 'surgery-date'], {
      'surgery-date': ['surgical_procedure_offset_from_diagnosis', 'surgical_procedure_offset_from_diagnosis_unit'],
    });
    special('medication_administration', 'CLIN1014762', ['medication', 'medication-start', 'medication-end'], {
      'medication-start': ['medication_offset_from_diagnosis', 'medication_offset_unit'],
    });
    special('radiotherapy', 'CLIN1014933', ['radiotherapy-start', 'radiotherapy-dose'], {
      'radiotherapy-start': ['radiotherapy_offset_from_diagnosis', 'radiotherapy_offset_unit'],
    });
    this.#adverseEvent(person, cells, last);
  }

  /** An adverse event is of a treatment; where the row tells of none, of one whose kind is not known. */
  #adverseEvent(person: string, cells: Cells, own: DraftRow | undefined): void {
    const cell = cells.get('adverse-event');
    if (cell === undefined) return;
    const treatment = own ?? this.#keep(this.#draft('treatment', { patient_id: person }));
    const draft = this.#draft('adverse_event', { treatment_id: idOf(treatment) });
    this.#fill(draft, 'adverse_event_resulting_effect', cell, cell.value);
    this.#keep(draft);
  }

  #procedures(
    person: string,
    about: DraftRow['values'],
    cells: Cells,
    diagnosedOn: ReadCell['value'] | undefined,
  ): void {
    for (const ids of [
      ['biopsy-date', 'biopsy-result'],
      ['imaging-date', 'modality'],
    ]) {
      const said = ids.flatMap((id) => {
        const cell = cells.get(id);
        const element = byId.get(id);
        return cell === undefined || element === undefined ? [] : [{ element, cell }];
      });
      if (said.length === 0) continue;
      const draft = this.#draft('procedure', { ...about, ...said[0]?.element.fixed });
      for (const { element, cell } of said) {
        this.#fill(draft, element.column, cell, this.#dated(cell, person));
        if (element.kind === 'date')
          this.#offset(draft, ['procedure_offset_from_diagnosis', 'procedure_offset_unit'], cell.value, diagnosedOn);
      }
      this.#keep(draft, person);
    }
  }

  #study(person: string, cells: Cells): void {
    const uid = cells.get('study-uid');
    if (uid === undefined) return;
    const draft = this.#draft('image_study', { patient_id: person });
    this.#fill(draft, 'study_uid', uid, uid.value);
    const timepoint = cells.get('imaging-timepoint');
    if (timepoint !== undefined) this.#fill(draft, 'ImagingTimepoint', timepoint, timepoint.value);
    this.#keep(draft);
  }

  /** Days from the diagnosis; months where so many days do not fit into the column. */
  #offset(
    draft: DraftRow,
    [column, unit]: readonly [string, string],
    date: ReadCell['value'],
    diagnosedOn: ReadCell['value'] | undefined,
  ): void {
    if (typeof date !== 'string' || typeof diagnosedOn !== 'string') return;
    const offset = offsetFrom(date, diagnosedOn, sqlTypeOf(draft.table, column));
    if (offset === undefined) return;
    draft.values[column] = offset.value;
    draft.values[unit] = offset.unit;
  }

  /** A row's own date moved back by the days of its person; other values as they are. */
  #dated({ value }: ReadCell, person: string): ReadCell['value'] {
    if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return value;
    const daysBack = this.#means.daysBackOf(person);
    if (daysBack === 0) return value;
    return new Date(Date.parse(value) - daysBack * 86_400_000).toISOString().slice(0, 10);
  }

  #merge(draft: DraftRow, column: string, cell: ReadCell, value: ReadCell['value']): void {
    const known = draft.values[column];
    if (known === null || known === undefined) this.#fill(draft, column, cell, value);
    else if (known !== value) this.#tell({ row: cell.row, column: cell.column, problem: 'contradiction' });
  }

  #fill(draft: DraftRow, column: string, from: ReadCell, value: ReadCell['value']): void {
    const { row, column: heading } = from;
    if (
      typeof value === 'string' &&
      value.length > (lengths.get(draft.table)?.get(column) ?? Number.POSITIVE_INFINITY)
    ) {
      this.#tell({ row, column: heading, problem: 'too-large-for-the-model' });
      return;
    }
    draft.values[column] = value;
    draft.sources[column] = from;
  }

  /** All columns of a table, of the given values those that it has. */
  #draft(table: string, given: Readonly<Record<string, string | number | boolean | null>>): DraftRow {
    const values: DraftRow['values'] = { ...TEMPLATES.get(table) };
    for (const column in given) if (column in values) values[column] = given[column] ?? null;
    return { table, values, sources: {} };
  }

  /** Keeps a row, or finds the one that says the same already. @param also what else tells two rows apart */
  #keep(draft: DraftRow, also = ''): DraftRow {
    // A row's own number is not there yet, so two that say the same have the same values.
    let key = `${draft.table}\n${also}`;
    for (const column in draft.values) key += `\n${draft.values[column] ?? ''}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const kept = this.#numbered(draft);
    this.#known.set(key, kept);
    return kept;
  }

  /** Numbers a row where its table's key is a number of its own, and keeps it. */
  #numbered(draft: DraftRow): DraftRow {
    const rows = this.#rowsOf(draft.table);
    const key = keyColumns.get(draft.table);
    if (key !== undefined && key.sqlType === 'INTEGER' && key.references === null)
      draft.values[key.column] = rows.length + 1;
    rows.push(draft);
    return draft;
  }

  #rowsOf(table: string): DraftRow[] {
    const known = this.#rows.get(table);
    if (known !== undefined) return known;
    const rows: DraftRow[] = [];
    this.#rows.set(table, rows);
    return rows;
  }
}

function idOf(draft: DraftRow | undefined): number | null {
  const key = draft === undefined ? undefined : keyColumns.get(draft.table);
  const id = key === undefined ? null : draft?.values[key.column];
  return typeof id === 'number' ? id : null;
}

function unitOf({ unit }: Element): Readonly<Record<string, string>> {
  return unit === undefined ? {} : { [unit.column]: unit.unit };
}

function sqlTypeOf(table: string, column: string): string {
  return types.get(`${table}.${column}`) ?? '';
}
