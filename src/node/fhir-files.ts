import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UnicaError } from '#base';
import {
  type ClinicalRead,
  type ClinicalRow,
  clinicalResources,
  clinicalRows,
  type FhirResource,
  inModelOrder,
  isResource,
  patientIdOf,
  pseudonymIn,
  validateFhir,
} from '#fhir';
import { readFhirLines } from '#intake';
import type { BuildReport, ClinicalWarehouse, LoadReport, StoredRow } from '#warehouse';
import { LineFile } from './line-file.ts';

/** What was written. */
export interface FhirFileReport {
  /** Resources by kind. */
  readonly rows: Readonly<Record<string, number>>;
  readonly invalid: readonly { readonly file: string; readonly path: string; readonly message: string }[];
}

const MOST_INVALID = 100;
const ROWS_AT_ONCE = 500;

/**
 * Writes a build as FHIR R4, a resource a line (NDJSON), person after person, each patient before what is of the patient; checked by our own
 * validator as it is written. {@link loadFhirFile} makes the same warehouse of it.
 */
export async function writeFhirFile(
  warehouse: ClinicalWarehouse,
  { build }: Pick<BuildReport, 'build'>,
  wish: { readonly out: string; readonly datasetId: string; readonly signal?: AbortSignal | undefined },
): Promise<FhirFileReport> {
  const { out, datasetId, signal } = wish;
  await mkdir(out, { recursive: true });
  const name = `${datasetId}.fhir.ndjson`;
  const file = new LineFile(join(out, name));
  const counts: Record<string, number> = {};
  const invalid: { file: string; path: string; message: string }[] = [];
  for await (const people of warehouse.people(build)) {
    for (const { person, rows } of people) {
      signal?.throwIfAborted();
      const lines: string[] = [];
      for (const resource of clinicalResources(person, rows.map(toClinical))) {
        counts[resource.resourceType] = (counts[resource.resourceType] ?? 0) + 1;
        for (const { path, message } of validateFhir(resource).errors)
          if (invalid.length < MOST_INVALID) invalid.push({ file: name, path: `${resource['id']} ${path}`, message });
        lines.push(JSON.stringify(resource));
      }
      await file.write(lines);
    }
  }
  await file.end();
  return { rows: counts, invalid };
}

function toClinical({ table, values, origin }: StoredRow): ClinicalRow {
  const originals: Record<string, string> = {};
  for (const column in origin) {
    const original = origin[column]?.original;
    if (original !== undefined) originals[column] = original;
  }
  return { table, values, originals };
}

/**
 * Brings in a file that {@link writeFhirFile} wrote. Pseudonyms and days are taken as they are. Everything is looked at before anything is
 * kept.
 * @throws UnicaError `fhir.no-row`, `intake.missing`, `intake.csv-invalid`
 */
export async function loadFhirFile(warehouse: ClinicalWarehouse, path: string, name: string): Promise<LoadReport> {
  const digest = createHash('sha256');
  try {
    for await (const bytes of createReadStream(path)) digest.update(bytes as Uint8Array);
  } catch (cause) {
    throw new UnicaError('intake.missing', { path }, { cause });
  }
  const whole = readPeople(path);
  while ((await whole.next()).done !== true);
  return await warehouse.loadReady(name, digest.digest('hex'), batchesOf(path));
}

async function* batchesOf(path: string) {
  let batch: { person: string; row: { table: string; values: ClinicalRow['values']; origin: StoredRow['origin'] } }[] =
    [];
  for await (const { person, rows } of readPeople(path)) {
    for (const { table, values, originals } of rows) {
      const origin = Object.fromEntries(Object.entries(originals).map(([column, original]) => [column, { original }]));
      batch.push({ person, row: { table, values, origin } });
      // Within a person too: a database takes so many values in one statement and no more.
      if (batch.length < ROWS_AT_ONCE) continue;
      yield batch;
      batch = [];
    }
  }
  yield batch;
}

/** People one after another with all their rows, in the order of the model. */
async function* readPeople(path: string): AsyncGenerator<ClinicalRead> {
  const people = new Map<string, string>();
  let person: string | undefined;
  let rows: ClinicalRow[] = [];
  for await (const { line, value } of readFhirLines(path)) {
    if (!isResource(value)) throw new UnicaError('fhir.no-row', { problem: `line ${line} is no resource` });
    const resource: FhirResource = value;
    if (resource.resourceType === 'Patient') {
      if (person !== undefined) yield { person, rows: inModelOrder(rows) };
      person = pseudonymIn(resource);
      rows = [];
      const id = patientIdOf(person);
      if (people.has(id) || resource['id'] !== id)
        throw new UnicaError('fhir.no-row', { problem: `the patient of line ${line} was there, or has another id` });
      people.set(id, person);
    }
    const read = readRow(resource, people, line);
    if (read.person !== person)
      throw new UnicaError('fhir.no-row', { problem: `line ${line} is not of the patient before it` });
    rows.push(...read.rows);
  }
  if (person !== undefined) yield { person, rows: inModelOrder(rows) };
}

function readRow(resource: FhirResource, people: ReadonlyMap<string, string>, line: number): ClinicalRead {
  try {
    return clinicalRows(resource, people);
  } catch (cause) {
    if (!(cause instanceof UnicaError)) throw cause;
    throw new UnicaError('fhir.no-row', { problem: `line ${line}: ${cause.facts['problem']}` }, { cause });
  }
}
