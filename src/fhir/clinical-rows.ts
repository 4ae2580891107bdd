import { fromBase64Url, fromUtf8, type Json, UnicaError } from '#base';
import {
  CLINICAL_FORMS,
  CLINICAL_TABLES,
  COLUMN_EXTENSION,
  columnsOfTable,
  EUCAIM_SYSTEM,
  keyColumnOf,
  type Place,
  PSEUDONYM_SYSTEM,
  resourceOfTable,
  WORDS_SYSTEM,
  YEAR,
} from './clinical-places.ts';
import type { ClinicalRow, ClinicalValue } from './clinical-resources.ts';
import { type FhirObject, type FhirResource, isObject, objectsOf, textAt } from './fhir-json.ts';

/** Rows that a resource holds, and whose they are. */
export interface ClinicalRead {
  /** Pseudonym. */
  readonly person: string;
  readonly rows: readonly ClinicalRow[];
}

interface DraftRow {
  readonly table: string;
  readonly values: Record<string, ClinicalValue>;
  readonly originals: Record<string, string>;
}

/** Tables by how ids of their resources begin. */
const tableOf = new Map(CLINICAL_TABLES.map((table) => [table.replaceAll('_', '-'), table]));

/**
 * The pseudonym in a patient that `clinicalResources` wrote.
 * @throws UnicaError `fhir.no-row`
 */
export function pseudonymIn(patient: FhirResource): string {
  const own = objectsOf(patient['identifier']).find(({ system }) => system === PSEUDONYM_SYSTEM);
  const person = own === undefined ? undefined : textAt(own, 'value');
  if (person === undefined || person.trim() === '' || person.length > LONGEST_PSEUDONYM)
    throw noRow('the patient has no pseudonym');
  return person;
}

const LONGEST_PSEUDONYM = 150;

/**
 * The rows of the common data model in a resource that `clinicalResources` wrote; every value is held against the column that it is for.
 * @param people pseudonyms by id of the patient
 * @throws UnicaError `fhir.no-row`
 */
export function clinicalRows(resource: FhirResource, people: ReadonlyMap<string, string>): ClinicalRead {
  if (resource.resourceType === 'Patient') {
    const person = pseudonymIn(resource);
    return { person, rows: [rowOf(resource, 'patient', person, CLINICAL_FORMS['patient']?.places ?? [])] };
  }
  const [table, number] = placeOf(textAt(resource, 'id') ?? '');
  const expected = table === 'image_series' ? 'Basic' : resourceOfTable(table);
  const isStatement = expected === 'MedicationAdministration' && resource.resourceType === 'MedicationStatement';
  if (resource.resourceType !== expected && !isStatement)
    throw noRow(`a row of ${table} is no ${resource.resourceType}`);
  const subject = resource['subject'] ?? resource['patient'];
  const reference = isObject(subject) ? (textAt(subject, 'reference') ?? '') : '';
  const person = people.get(reference.slice('Patient/'.length));
  if (!reference.startsWith('Patient/') || person === undefined) throw noRow('it is of no patient that comes before');
  const places = expected === 'Basic' ? [] : (CLINICAL_FORMS[table]?.places ?? []);
  const row = rowOf(resource, table, person, places);
  setKey(row, number);
  if (table !== 'image_study') return { person, rows: [complete(row)] };
  const uid = objectsOf(resource['identifier']).find(({ system }) => system === 'urn:dicom:uid');
  row.values['study_uid'] = checked(row, 'study_uid', textAt(uid ?? {}, 'value')?.replace(/^urn:oid:/, '') ?? null);
  const series = objectsOf(resource['series']).map((one) => complete(seriesOf(one, row, person)));
  return { person, rows: [complete(row), ...series] };
}

/** A row without what the model requires would be kept, and no warehouse could be built of it. */
function complete(row: DraftRow): DraftRow {
  for (const { column, required } of columnsOfTable(row.table))
    if (required && (row.values[column] ?? null) === null) throw noRow(`${row.table}.${column} is missing`);
  return row;
}

const order = new Map(CLINICAL_TABLES.map((table, index) => [table, index]));

/** Rows by table in the order of the model, then by number. */
export function inModelOrder(rows: readonly ClinicalRow[]): readonly ClinicalRow[] {
  const numberOf = ({ table, values }: ClinicalRow): number => Number(values[keyColumnOf(table)] ?? 0);
  return rows.toSorted((a, b) => (order.get(a.table) ?? 0) - (order.get(b.table) ?? 0) || numberOf(a) - numberOf(b));
}

function seriesOf(series: FhirObject, study: DraftRow, person: string): DraftRow {
  const [table, number] = placeOf(textAt(series, 'id') ?? '');
  if (table !== 'image_series') throw noRow('a series is none');
  const row = rowOf(series, table, person, CLINICAL_FORMS[table]?.places ?? []);
  setKey(row, number);
  row.values['study_id'] = study.values['study_id'] ?? null;
  row.values['study_uid'] ??= study.values['study_uid'] ?? null;
  return row;
}

function rowOf(element: FhirObject, table: string, person: string, places: readonly Place[]): DraftRow {
  const columns = columnsOfTable(table);
  const row: DraftRow = {
    table,
    values: Object.fromEntries(columns.map(({ column }) => [column, column === 'patient_id' ? person : null])),
    originals: {},
  };
  for (const place of places) take(row, place, at(element, place.at));
  for (const extension of objectsOf(element['extension'])) {
    const url = textAt(extension, 'url') ?? '';
    if (!url.startsWith(`${COLUMN_EXTENSION}${table}.`)) continue;
    const [column = '', what] = url.slice(COLUMN_EXTENSION.length + table.length + 1).split('.');
    if (!Object.hasOwn(row.values, column)) throw noRow(`the table ${table} has no column ${column.slice(0, 60)}`);
    if (what === 'absent') row.values[column] = null;
    else if (what === 'original') row.originals[column] = textIn(extension, column);
    else {
      const concept = extension['valueCodeableConcept'];
      if (concept === undefined) row.values[column] = checked(row, column, valueIn(extension));
      else takeConcept(row, column, concept);
    }
  }
  return row;
}

function take(row: DraftRow, { column, kind, unit = '', to = '' }: Place, value: Json | undefined): void {
  if (value === undefined) return;
  if (kind === 'concept') takeConcept(row, column, value);
  else if (kind === 'reference') row.values[column] = checked(row, column, numberIn(value, to));
  else if (kind === 'quantity' || kind === 'age') {
    if (!isObject(value)) throw noRow(`${column} is no quantity`);
    row.values[column] = checked(row, column, value['value'] ?? null);
    const code = kind === 'age' ? YEAR : (textAt(value, 'code') ?? null);
    row.values[unit] = checked(row, unit, code);
  } else row.values[column] = checked(row, column, value);
}

/** A concept, or words that stand for one; the text is what the source said. What is only said to be unknown says nothing. */
function takeConcept(row: DraftRow, column: string, value: Json): void {
  if (!isObject(value)) throw noRow(`${column} is no concept`);
  const codings = objectsOf(value['coding']);
  const code = codings.find(({ system }) => system === EUCAIM_SYSTEM);
  const words = codings.find(({ system }) => system === WORDS_SYSTEM);
  const said = textAt(code ?? {}, 'code') ?? textAt(words ?? {}, 'display') ?? null;
  row.values[column] = checked(row, column, said);
  const text = textAt(value, 'text');
  if (text !== undefined) row.originals[column] = text;
}

function setKey(row: DraftRow, number: number): void {
  const key = keyColumnOf(row.table);
  row.values[key] = checked(row, key, number);
}

/** A value as its column takes it. */
function checked({ table }: DraftRow, column: string, value: Json): ClinicalValue {
  if (value === null) return null;
  const sqlType = columnsOfTable(table).find((one) => one.column === column)?.sqlType ?? '';
  const length = Number(/^VARCHAR\((\d+)\)$/.exec(sqlType)?.[1] ?? Number.POSITIVE_INFINITY);
  const isRight =
    sqlType === 'BOOLEAN'
      ? typeof value === 'boolean'
      : sqlType === 'INTEGER'
        ? Number.isSafeInteger(value)
        : sqlType.startsWith('DECIMAL')
          ? typeof value === 'number' && Number.isFinite(value)
          : typeof value === 'string' && value.length <= length && (sqlType !== 'DATE' || DAY.test(value));
  if (!isRight) throw noRow(`${table}.${column} is a ${sqlType}`);
  return value as ClinicalValue;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The value of an extension, whatever its type. */
function valueIn(extension: FhirObject): Json {
  const bytes = textAt(extension, 'valueBase64Binary');
  if (bytes !== undefined) return textOf(bytes);
  const reference = extension['valueReference'];
  if (reference !== undefined) return numberIn(reference);
  for (const name in extension) if (name.startsWith('value')) return extension[name] ?? null;
  throw noRow('an extension has no value');
}

function textIn(extension: FhirObject, column: string): string {
  const text = valueIn(extension);
  if (typeof text !== 'string') throw noRow(`what the source said of ${column} is no text`);
  return text;
}

function textOf(bytes: string): string {
  try {
    return fromUtf8(fromBase64Url(bytes));
  } catch {
    throw noRow('an extension has bytes that are no text');
  }
}

function numberIn(value: Json, to?: string): number {
  const reference = isObject(value) ? (textAt(value, 'reference') ?? '') : '';
  const [table, number] = placeOf(reference.slice(reference.indexOf('/') + 1));
  if (to !== undefined && table !== to) throw noRow(`a reference leads to ${table} and not to ${to}`);
  return number;
}

/** Table and number in an id. */
function placeOf(id: string): readonly [table: string, number: number] {
  const [, name = '', digits = ''] = /^([A-Za-z-]{1,40})-(\d{1,15})$/.exec(id) ?? [];
  const table = tableOf.get(name);
  if (table === undefined) throw noRow('its id names no table of the model');
  return [table, Number(digits)];
}

/** An element by its path. */
function at(element: FhirObject, path: string): Json | undefined {
  let found: Json | undefined = element;
  for (const part of path.split('.')) {
    if (Array.isArray(found)) found = found[Number(part)];
    else if (isObject(found)) found = found[part];
    else return undefined;
  }
  return found;
}

function noRow(problem: string): UnicaError {
  return new UnicaError('fhir.no-row', { problem });
}
