import { type Json, toBase64Url, utf8 } from '#base';
import { conceptLabel, isConceptCode } from '#vocab';
import { DATA_ABSENT_REASON, EU_BASE_PROFILES } from './canonical-urls.ts';
import {
  CLINICAL_FORMS,
  COLUMN_EXTENSION,
  columnsOfTable,
  EUCAIM_SYSTEM,
  keyColumnOf,
  type Place,
  PSEUDONYM_SYSTEM,
  resourceIdOf,
  resourceOfTable,
  WORDS_SYSTEM,
  YEAR,
} from './clinical-places.ts';
import { uuidFrom } from './derived-ids.ts';
import type { FhirObject, FhirResource } from './fhir-json.ts';
import { DCM_SYSTEM } from './manifest-codes.ts';

/** A value of a row of the common data model. */
export type ClinicalValue = string | number | boolean | null;

/** A row of the common data model, and what stood in the cells that its codes were made of, by column. */
export interface ClinicalRow {
  readonly table: string;
  readonly values: Readonly<Record<string, ClinicalValue>>;
  readonly originals: Readonly<Record<string, string>>;
}

interface Draft {
  [name: string]: Json;
}

const UCUM = 'http://unitsofmeasure.org';
/** As FHIR takes a day, and text. */
const DAY = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const TEXT = /^[ \r\n\t\S]+$/;

/** Profiles that a resource claims; observations, studies and places of the model are told in other ways than HL7 Europe asks for. */
const PROFILES: Readonly<Record<string, string>> = {
  Patient: 'patient-eu-core',
  Condition: 'condition-eu-core',
  Procedure: 'procedure-eu-core',
  MedicationStatement: 'medicationStatement-eu-core',
};
/** What must be there, and is told to be unknown where it is not. */
const NEEDED: Readonly<Record<string, readonly (readonly [element: string, among: RegExp])[]>> = {
  Patient: [['_birthDate', /^birthDate/]],
  Condition: [['code', /^code$/]],
  Observation: [['code', /^code$/]],
  Procedure: [
    ['code', /^code$/],
    ['_performedDateTime', /^performed/],
  ],
  MedicationAdministration: [['medicationCodeableConcept', /^medication/]],
  MedicationStatement: [['medicationCodeableConcept', /^medication/]],
  FamilyMemberHistory: [['relationship', /^relationship$/]],
};
const PATIENT_IS_CALLED: Readonly<Record<string, string>> = {
  BodyStructure: 'patient',
  FamilyMemberHistory: 'patient',
  EpisodeOfCare: 'patient',
};
const GENDERS: Readonly<Record<string, string>> = { COM1001366: 'male', COM1001370: 'female' };

/** The id of the resource of a person; a pseudonym may be longer than ids are, or have other characters. */
export function patientIdOf(person: string): string {
  return `person-${uuidFrom(`person ${person}`)}`;
}

/**
 * The rows of one person as FHIR R4 resources, the patient first; `clinicalRows` reads them again without loss. Columns that
 * FHIR has an element for stand there, all others in an extension each; a concept has its code of the hyper-ontology and, as text, what the
 * source said. Name and date of birth are masked.
 * @param person pseudonym
 */
export function clinicalResources(person: string, rows: readonly ClinicalRow[]): readonly FhirResource[] {
  const studies = new Set(rows.filter(({ table }) => table === 'image_study').map(({ values }) => values['study_id']));
  const series = new Map<ClinicalValue, ClinicalRow[]>();
  const others: ClinicalRow[] = [];
  for (const row of rows) {
    const study = row.values['study_id'] ?? null;
    if (row.table === 'image_series' && studies.has(study)) series.set(study, [...(series.get(study) ?? []), row]);
    else if (row.table !== 'dataset') others.push(row);
  }
  const resources = others.map((row) => resourceOf(person, row, series.get(row.values['study_id'] ?? null) ?? []));
  return resources.toSorted((a, b) => Number(b.resourceType === 'Patient') - Number(a.resourceType === 'Patient'));
}

function resourceOf(person: string, row: ClinicalRow, series: readonly ClinicalRow[]): FhirResource {
  const { table, values } = row;
  const isStudy = table === 'image_study';
  const form = table === 'image_series' ? undefined : CLINICAL_FORMS[table];
  const isUndated = table === 'medication_administration' && !isDay(values['medication_start_date']);
  const resourceType = isUndated ? 'MedicationStatement' : (form?.resource ?? 'Basic');
  const resource: Draft = { ...(form?.fixed as Draft | undefined) };
  if (resourceType === 'Patient') {
    resource['identifier'] = [{ system: PSEUDONYM_SYSTEM, value: person }];
    resource['name'] = [absent('masked')];
    const sex = values['patient_birth_sex'] ?? null;
    if (sex !== null) resource['gender'] = GENDERS[String(sex)] ?? 'unknown';
  } else resource[PATIENT_IS_CALLED[resourceType] ?? 'subject'] = { reference: `Patient/${patientIdOf(person)}` };
  if (resourceType === 'Basic') resource['code'] = { text: `Row of the table ${table}` };
  if (resourceType === 'EpisodeOfCare') resource['status'] = isDay(values['episode_end_date']) ? 'finished' : 'active';
  if (isStudy) Object.assign(resource, studyParts(row, series));
  fill(resource, row, form?.places ?? [], [isStudy ? 'study_uid' : '', 'dataset_id']);
  for (const [element, among] of NEEDED[resourceType] ?? [])
    if (!Object.keys(resource).some((name) => among.test(name))) resource[element] = absent('unknown');
  const profile = PROFILES[resourceType];
  return {
    resourceType,
    id: resourceType === 'Patient' ? patientIdOf(person) : idOf(row),
    meta: {
      ...(profile === undefined ? {} : { profile: [`${EU_BASE_PROFILES}${profile}`] }),
      security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'PSEUDED' }],
    },
    ...resource,
  };
}

function studyParts(study: ClinicalRow, rows: readonly ClinicalRow[]): Draft {
  const [first] = rows
    .flatMap(({ values }) => values['series_acquisition_date'] ?? [])
    .filter(isDay)
    .sort();
  return {
    identifier: [{ system: 'urn:dicom:uid', value: `urn:oid:${study.values['study_uid']}` }],
    ...(first === undefined ? {} : { started: first }),
    ...(rows.length === 0 ? {} : { numberOfSeries: rows.length, series: rows.map((row) => seriesOf(row, study)) }),
  };
}

function seriesOf(row: ClinicalRow, study: ClinicalRow): Draft {
  const { values, originals } = row;
  const series: Draft = { id: idOf(row) };
  const isOfStudy = values['study_uid'] === study.values['study_uid'];
  fill(series, row, CLINICAL_FORMS['image_series']?.places ?? [], ['study_id', isOfStudy ? 'study_uid' : '']);
  // What FHIR has one coding for stands in an extension with all that is known, and here as others read it.
  const modality = originals['series_modality'] ?? '';
  series['modality'] = /^[A-Z]{2,16}$/.test(modality)
    ? { system: DCM_SYSTEM, code: modality }
    : (codingOf(values['series_modality']) ?? absent('unknown'));
  const bodySite = codingOf(values['series_body_side_code']);
  if (bodySite !== undefined) series['bodySite'] = bodySite;
  const laterality = codingOf(values['series_body_side_laterality']);
  if (laterality !== undefined) series['laterality'] = laterality;
  return series;
}

/** Puts every column of a row into its element, or into an extension. @param known columns that stand elsewhere */
function fill(into: Draft, row: ClinicalRow, places: readonly Place[], known: readonly string[]): void {
  const { table, values, originals } = row;
  const done = new Set(known);
  const told = new Set<string>();
  for (const place of places) {
    const own = elementOf(row, place);
    // An observation has one value.
    const isTaken = place.at.startsWith('value') && Object.keys(into).some((name) => name.startsWith('value'));
    if (own === undefined || isTaken) continue;
    put(into, place.at, own);
    done.add(place.column);
    if (place.unit !== undefined) done.add(place.unit);
    if (place.kind === 'concept') told.add(place.column);
  }
  const extensions: Json[] = [];
  const extend = (column: string, value: FhirObject) =>
    extensions.push({ url: `${COLUMN_EXTENSION}${table}.${column}`, ...value });
  for (const { column, sqlType, references } of columnsOfTable(table)) {
    const value = values[column] ?? null;
    const original = originals[column];
    if (column === 'patient_id' && value === null) extend(`${column}.absent`, { valueBoolean: true });
    if (!done.has(column) && column !== 'patient_id' && column !== keyColumnOf(table)) {
      const concept = sqlType !== 'DATE' && isTold(value, original) ? conceptOf(value, original) : undefined;
      const to = column === 'Episode' ? 'episode' : references?.split('.')[0];
      const said = concept === undefined ? plainOf(value, sqlType, to) : { valueCodeableConcept: concept };
      if (said !== undefined) extend(column, said);
      if (concept !== undefined) told.add(column);
    }
    if (original !== undefined && !told.has(column)) extend(`${column}.original`, stringOf(original));
  }
  if (extensions.length > 0) into['extension'] = extensions;
}

/** Whether a value is a concept, or one that is not known, of which the source's words are kept. */
function isTold(value: ClinicalValue, original: string | undefined): boolean {
  if (typeof value === 'string') return original !== undefined || isConceptCode(value);
  return value === null && original !== undefined;
}

function elementOf({ values, originals }: ClinicalRow, { column, kind, unit = '', to = '' }: Place): Json | undefined {
  const value = values[column] ?? null;
  switch (kind) {
    case 'concept':
      return conceptOf(value, originals[column]);
    case 'date':
      return isDay(value) ? value : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'text':
      return typeof value === 'string' && TEXT.test(value) ? value : undefined;
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined;
    case 'reference':
      return typeof value === 'number' ? referenceTo(to, value) : undefined;
    case 'age':
      return typeof value === 'number' && value > 0 && values[unit] === YEAR && originals[unit] === undefined
        ? { value, unit: 'years', system: UCUM, code: 'a' }
        : undefined;
    case 'quantity': {
      const code = values[unit] ?? null;
      if (typeof value !== 'number' || originals[unit] !== undefined) return undefined;
      if (code === null) return { value };
      return typeof code === 'string' && isConceptCode(code)
        ? { value, unit: conceptLabel(code), system: EUCAIM_SYSTEM, code }
        : undefined;
    }
  }
}

function plainOf(value: ClinicalValue, sqlType: string, to: string | undefined): FhirObject | undefined {
  if (value === null || value === '') return undefined;
  if (typeof value === 'boolean') return { valueBoolean: value };
  if (typeof value === 'number') {
    return to === undefined || to === 'image_series'
      ? { valueDecimal: value }
      : { valueReference: referenceTo(to, value) };
  }
  return sqlType === 'DATE' && isDay(value) ? { valueDate: value } : stringOf(value);
}

/** Text; what FHIR takes for none as its bytes. */
function stringOf(text: string): FhirObject {
  if (TEXT.test(text)) return { valueString: text };
  const bytes = toBase64Url(utf8(text)).replaceAll('-', '+').replaceAll('_', '/');
  return { valueBase64Binary: bytes.padEnd(Math.ceil(bytes.length / 4) * 4, '=') };
}

/** A concept with its name, or the words that stand for one; and what the source said. */
function conceptOf(value: ClinicalValue, original: string | undefined): FhirObject | undefined {
  if ((typeof value !== 'string' && value !== null) || !TEXT.test(original ?? ' ')) return undefined;
  if (value !== null && !TEXT.test(value)) return undefined;
  const coding = codingOf(value) ?? (value === null ? undefined : { system: WORDS_SYSTEM, display: value });
  if (coding === undefined && original === undefined) return undefined;
  return {
    ...(coding === undefined ? {} : { coding: [coding] }),
    ...(original === undefined ? {} : { text: original }),
  };
}

function codingOf(value: ClinicalValue | undefined): FhirObject | undefined {
  return typeof value === 'string' && isConceptCode(value)
    ? { system: EUCAIM_SYSTEM, code: value, display: conceptLabel(value) }
    : undefined;
}

function referenceTo(table: string, number: number): FhirObject {
  return { reference: `${resourceOfTable(table)}/${resourceIdOf(table, number)}` };
}

function idOf({ table, values }: ClinicalRow): string {
  return resourceIdOf(table, String(values[keyColumnOf(table)]));
}

function isDay(value: ClinicalValue | undefined): value is string {
  return typeof value === 'string' && DAY.test(value);
}

function absent(reason: 'masked' | 'unknown'): FhirObject {
  return { extension: [{ url: DATA_ABSENT_REASON, valueCode: reason }] };
}

/** Sets an element by its path, making what it stands in. */
function put(into: Draft, path: string, value: Json): void {
  const [first = '', second, ...rest] = path.split('.');
  if (second === undefined) into[first] = value;
  else if (second === '0') {
    if (rest.length === 0) into[first] = [value];
    else {
      const item: Draft = {};
      put(item, rest.join('.'), value);
      into[first] = [item];
    }
  } else {
    const inner: Draft = { ...(into[first] as Draft | undefined) };
    put(inner, [second, ...rest].join('.'), value);
    into[first] = inner;
  }
}
