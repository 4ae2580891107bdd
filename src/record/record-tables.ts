import type { DatasetRecord } from '#wire';
import { guardedWords } from './guarded-words.ts';
import { variablesOf } from './variables.ts';

/** The released counts of a dataset as CSV (RFC 4180): what is withheld reads "fewer than 10". */
export function analyticsCsv(record: DatasetRecord): string {
  return csv([
    ['measure', 'value', 'count'],
    ['persons', '', guardedWords(record.persons)],
    ['studies', '', guardedWords(record.studies)],
    ['images', '', guardedWords(record.images)],
    ...Object.entries(record.sexes).map(([sex, count]) => ['sex', sex, guardedWords(count)]),
    ...Object.entries(record.findings).map(([finding, count]) => ['finding', finding, guardedWords(count)]),
    ...(record.quality.dimensions ?? []).map(({ dimension, score }) => ['quality', dimension, `${score}`]),
  ]);
}

/** The shape of the data without data: one line for each variable. */
export function sampleCsv(record: DatasetRecord): string {
  return csv([
    ['name', 'title', 'description', 'datatype', 'concept'],
    ...variablesOf(record).map(({ name, title, description, datatype, code }) => [
      name,
      title,
      description,
      datatype,
      code ?? '',
    ]),
  ]);
}

function csv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** A cell that begins like a formula is given an apostrophe, so that no spreadsheet runs it. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
