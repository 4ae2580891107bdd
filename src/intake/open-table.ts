import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { UnicaError } from '#base';
import { CsvRecords, type CsvSeparator, separatorOf } from './csv-records.ts';
import { isOmopFolder, openOmopTable } from './omop-table.ts';
import type { OpenTable } from './opened-table.ts';
import type { TableRow } from './table-row.ts';
import { surveyText, type TextSurvey, textOf } from './table-text.ts';
import { readSheet } from './xlsx-sheet.ts';
import { LOCAL_SIGNATURE } from './zip-archive.ts';

/** Beyond, a heading is none. */
const MOST_COLUMNS = 2000;
const BATCH = 500;

/**
 * Opens a CSV table in whatever encoding and with whatever separator it was written, of any size; the first sheet of a workbook; a FHIR bundle, or
 * resources one a line; or a folder with the tables of an OMOP common data model.
 * @throws UnicaError `intake.missing`, `intake.csv-invalid`, `intake.zip-unsafe`, `intake.zip-damaged`, `intake.too-large`
 */
export async function openTable(path: string): Promise<OpenTable> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true && (await isOmopFolder(path))) return await openOmopTable(path, openTable);
  if (found === undefined || !found.isFile()) throw new UnicaError('intake.missing', { path });
  const begins = await beginningOf(path);
  if (begins.length >= 4 && begins.readUInt32LE(0) === LOCAL_SIGNATURE) return await openWorkbook(path, found.size);
  // No heading of a table begins with a brace.
  if (/^\ufeff?\s*\{\s*"/.test(begins.toString('utf8'))) {
    const { openFhirTable } = await import('./fhir-table.ts');
    return await openFhirTable(path, found.size);
  }
  const survey = await surveyText(path);
  return await openCsv(path, survey);
}

async function beginningOf(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** The first sheet of a workbook; held as a whole, which the limits of workbooks bound. */
async function openWorkbook(path: string, sizeBytes: number): Promise<OpenTable> {
  const digest = createHash('sha256');
  for await (const bytes of createReadStream(path)) digest.update(bytes as Uint8Array);
  const { header, rows, notes } = await readSheet(path, sizeBytes);
  return {
    header,
    encoding: 'xlsx',
    separator: '',
    sizeBytes,
    sha256: digest.digest('hex'),
    notes,
    async *rows() {
      for (let start = 0; start < rows.length; start += BATCH) yield rows.slice(start, start + BATCH);
    },
  };
}

async function openCsv(path: string, survey: TextSurvey): Promise<OpenTable> {
  const { separator, cells } = await headingOf(path, survey);
  const names = cells.map((cell) => cell.trim());
  while (names.at(-1) === '') names.pop();
  if (names.length === 0) throw invalid(1, 'it is empty');
  if (names.length > MOST_COLUMNS) throw invalid(1, `it has ${names.length} columns`);
  const twice = names.find((name, at) => name !== '' && names.indexOf(name) !== at);
  if (twice !== undefined) throw invalid(1, `two columns are called "${twice}"`);
  // Spreadsheets leave empty columns behind; one that holds something needs a name, which its first filled cell tells.
  const kept = names.flatMap((name, at) => (name === '' ? [] : [at]));
  const { encoding, sizeBytes, sha256, otherLines } = survey;
  return {
    header: kept.map((at) => names[at] ?? ''),
    encoding,
    separator,
    sizeBytes,
    sha256,
    notes: otherLines === 0 ? [] : [{ row: 0, column: '', problem: 'other-encoding' }],
    async *rows() {
      const records = new CsvRecords(separator);
      let batch: TableRow[] = [];
      let isHeading = true;
      const take = ({ line, number, cells: own }: { line: number; number: number; cells: readonly string[] }): void => {
        if (isHeading) {
          isHeading = false;
          return;
        }
        const stray = own.findIndex((cell, at) => (names[at] ?? '') === '' && cell.trim() !== '');
        if (stray >= names.length) throw invalid(line, `it has ${own.length} cells and the header ${names.length}`);
        if (stray >= 0) throw invalid(1, `column ${stray + 1} has no heading`);
        batch.push({ row: number - 1, cells: kept.map((at) => own[at]?.trim() ?? '') });
      };
      for await (const text of textOf(path, survey)) {
        for (const record of records.take(text)) {
          take(record);
          if (batch.length < BATCH) continue;
          yield batch;
          batch = [];
        }
      }
      for (const record of records.end()) take(record);
      if (batch.length > 0) yield batch;
    },
  };
}

async function headingOf(
  path: string,
  survey: TextSurvey,
): Promise<{ separator: CsvSeparator; cells: readonly string[] }> {
  let begun = '';
  for await (const text of textOf(path, survey)) {
    begun += text;
    const separator = separatorOf(begun);
    const [first] = new CsvRecords(separator).take(begun);
    if (first !== undefined) return { separator, cells: first.cells };
  }
  const separator = separatorOf(begun);
  const records = new CsvRecords(separator);
  const [first] = [...records.take(begun), ...records.end()];
  if (first === undefined) throw invalid(1, 'it is empty');
  return { separator, cells: first.cells };
}

function invalid(line: number, problem: string): UnicaError {
  return new UnicaError('intake.csv-invalid', { line, problem });
}
