import { stat } from 'node:fs/promises';
import { UnicaError } from '#base';
import { openTable } from './open-table.ts';
import type { OpenTable } from './opened-table.ts';

/** A clinical table as a hospital hands it over. */
export interface ClinicalTable extends Pick<OpenTable, 'header' | 'separator' | 'encoding' | 'notes'> {
  readonly rows: readonly (readonly string[])[];
}

/** Half a gigabyte of text is a million patients with a hundred columns; it is held as a whole. */
const LARGEST_TABLE_BYTES = 536_870_912;

/**
 * Reads a clinical table of any form that `openTable` knows, as a whole.
 * @throws UnicaError `intake.missing`, `intake.too-large`, `intake.csv-invalid`
 */
export async function readClinicalTable(path: string): Promise<ClinicalTable> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new UnicaError('intake.missing', { path });
  if (found.size > LARGEST_TABLE_BYTES) throw tooLarge();
  const table = await openTable(path);
  // A folder says only then how much is in it.
  if (table.sizeBytes > LARGEST_TABLE_BYTES) throw tooLarge();
  const rows: (readonly string[])[] = [];
  for await (const batch of table.rows()) for (const { cells } of batch) rows.push(cells);
  return { header: table.header, rows, separator: table.separator, encoding: table.encoding, notes: table.notes };
}

function tooLarge(): UnicaError {
  return new UnicaError('intake.too-large', {
    problem: 'a table may have 512 MiB; split it by rows, each part with the heading',
  });
}
