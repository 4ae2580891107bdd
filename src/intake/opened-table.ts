import type { CsvSeparator } from './csv-records.ts';
import type { TableEncoding } from './decode-table.ts';
import type { TableNote, TableRow } from './table-row.ts';

/** A clinical table that is read row by row, as often as one likes, and never held. */
export interface OpenTable {
  readonly header: readonly string[];
  readonly encoding: TableEncoding | 'xlsx' | 'fhir' | 'omop';
  readonly separator: CsvSeparator | '';
  readonly sizeBytes: number;
  /** Digest of its file. */
  readonly sha256: string;
  readonly notes: readonly TableNote[];
  /** All rows, some hundreds at a time. @throws UnicaError `intake.csv-invalid` */
  rows(): AsyncGenerator<readonly TableRow[]>;
}
