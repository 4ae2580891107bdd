import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UnicaError } from '#base';
import type { OpenTable } from './opened-table.ts';
import { type NamedCells, PERSON, tableOfRecords } from './table-of-records.ts';

type Row = Readonly<Record<string, string>>;

/** A table of the model as CSV: its rows by column in small letters. */
interface OmopFile {
  readonly sha256: string;
  readonly sizeBytes: number;
  rows(): AsyncIterable<Row>;
}

/** The tables that say something of a person, in which column each has its concept, and what it is called here. */
const TABLES = [
  'person',
  'death',
  'condition_occurrence',
  'measurement',
  'observation',
  'procedure_occurrence',
  'drug_exposure',
  'image_occurrence',
] as const;

/** Names of the tables that are read. */
export const OMOP_TABLES: ReadonlySet<string> = new Set([...TABLES, 'concept']);

/** Standard concepts of the column `gender_concept_id`. */
const GENDERS: Readonly<Record<string, string>> = { '8507': 'male', '8532': 'female' };
const LONGEST_HEADING = 120;

/** Whether a folder holds tables of the OMOP common data model. */
export async function isOmopFolder(folder: string): Promise<boolean> {
  return (await readdir(folder)).some((name) => name.toLowerCase() === 'person.csv');
}

/**
 * The tables of an OMOP common data model 5.4, as CSV in a folder, as one clinical table: a row for each of their rows that says something of a
 * person. Concepts are named by `concept.csv` where it is there, else by the source values.
 * @param openTable reads one CSV file
 * @throws UnicaError `intake.csv-invalid`, `intake.missing`
 */
export async function openOmopTable(
  folder: string,
  openTable: (path: string) => Promise<OpenTable>,
): Promise<OpenTable> {
  const files = await filesIn(folder, openTable);
  const person = files.get('person');
  if (person === undefined) throw new UnicaError('intake.missing', { path: join(folder, 'person.csv') });
  const digest = createHash('sha256');
  let sizeBytes = 0;
  for (const name of TABLES) {
    const file = files.get(name);
    if (file === undefined) continue;
    digest.update(`${name} ${file.sha256}\n`);
    sizeBytes += file.sizeBytes;
  }
  const people = new Map<string, string>();
  for await (const row of person.rows())
    people.set(row['person_id'] ?? '', row['person_source_value'] || (row['person_id'] ?? ''));
  const names = await conceptNames(files);
  // A site's own concept names what no standard concept does.
  const nameOf: NameOf = (row, what, source = `${what}_source_value`) =>
    (
      names.get(row[`${what}_concept_id`] ?? '') ??
      names.get(row[`${what}_source_concept_id`] ?? '') ??
      row[source] ??
      ''
    )
      .replace(/\s+/g, ' ')
      .trim();
  return await tableOfRecords({ encoding: 'omop', sizeBytes, sha256: digest.digest('hex') }, async function* () {
    for (const table of TABLES) {
      const file = files.get(table);
      if (file === undefined) continue;
      let line = 1;
      for await (const row of file.rows()) {
        line += 1;
        const who = people.get(row['person_id'] ?? '');
        if (who === undefined)
          throw new UnicaError('intake.csv-invalid', {
            line,
            problem: `${table}.csv tells of somebody who is not in person.csv`,
          });
        const said = cellsOf(table, row, nameOf).filter(([heading, value]) => heading !== '' && value !== '');
        // The person last: nothing that is said under the same heading takes its place.
        if (said.length > 0) yield new Map([...said, [PERSON, who]]) as NamedCells;
      }
    }
  });
}

async function filesIn(
  folder: string,
  openTable: (path: string) => Promise<OpenTable>,
): Promise<ReadonlyMap<string, OmopFile>> {
  const files = new Map<string, OmopFile>();
  for (const name of await readdir(folder)) {
    const table = /^(\w+)\.csv$/i.exec(name)?.[1]?.toLowerCase();
    if (table === undefined || !OMOP_TABLES.has(table)) continue;
    const { header, rows, sha256, sizeBytes } = await openTable(join(folder, name));
    const columns = header.map((heading) => heading.toLowerCase());
    files.set(table, {
      sha256,
      sizeBytes,
      async *rows() {
        for await (const batch of rows())
          for (const { cells } of batch)
            yield Object.fromEntries(columns.map((column, at) => [column, cells[at] ?? '']));
      },
    });
  }
  return files;
}

/** Names of the concepts that are used; the vocabularies hold millions of others. */
async function conceptNames(files: ReadonlyMap<string, OmopFile>): Promise<ReadonlyMap<string, string>> {
  const concept = files.get('concept');
  if (concept === undefined) return new Map();
  const used = new Set<string>();
  for (const table of TABLES) {
    for await (const row of files.get(table)?.rows() ?? [])
      for (const [column, value] of Object.entries(row)) if (column.endsWith('_concept_id')) used.add(value);
  }
  used.delete('0');
  const names = new Map<string, string>();
  for await (const { concept_id: id = '', concept_name: name = '' } of concept.rows())
    if (used.has(id)) names.set(id, name);
  return names;
}

/** What a concept of a row is called: by its standard concept, that of the source, or the source's own words. */
type NameOf = (row: Row, what: string, source?: string) => string;

type Said = readonly (readonly [heading: string, value: string])[];

function cellsOf(table: (typeof TABLES)[number], row: Row, nameOf: NameOf): Said {
  const text = (column: string): string => row[column] ?? '';
  switch (table) {
    case 'person':
      return [['sex', GENDERS[text('gender_concept_id')] ?? text('gender_source_value')]];
    case 'death':
      return [['deceased', 'yes']];
    case 'condition_occurrence': {
      // A person has other illnesses as well; by ICD-10 it is known which are no cancers.
      const source = text('condition_source_value');
      if (/^[A-Z]\d{2}(\.|$)/.test(source) && !/^(C|D[0-4])/.test(source)) return [];
      return [
        ['diagnosis', /^(C|D[0-4])\d/.test(source) ? source : nameOf(row, 'condition')],
        ['date of diagnosis', text('condition_start_date')],
      ];
    }
    case 'measurement':
      return [[headingOf(row, 'measurement', nameOf), saidValue(row, nameOf)]];
    case 'observation':
      return [[headingOf(row, 'observation', nameOf), saidValue(row, nameOf) || text('value_as_string')]];
    case 'procedure_occurrence':
      return [
        ['surgery', nameOf(row, 'procedure')],
        ['date of surgery', text('procedure_date')],
      ];
    case 'drug_exposure':
      return [
        ['medication', nameOf(row, 'drug')],
        ['medication start', text('drug_exposure_start_date')],
        ['medication end', text('drug_exposure_end_date')],
      ];
    case 'image_occurrence':
      return [['study uid', text('image_study_uid')]];
  }
}

function headingOf(row: Row, what: string, nameOf: NameOf): string {
  return nameOf(row, what).slice(0, LONGEST_HEADING);
}

function saidValue(row: Row, nameOf: NameOf): string {
  const number = row['value_as_number'] ?? '';
  if (number !== '') return `${number} ${nameOf(row, 'unit')}`.trim();
  return nameOf(row, 'value_as', 'value_source_value');
}
