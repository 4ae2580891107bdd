import { type BuiltRow, CdmBuilder } from './cdm-builder.ts';
import type { CellIssue, MappingMeans } from './mapped-cell.ts';
import type { MappingDocument } from './mapping-document.ts';
import type { SourceTable } from './profile-column.ts';
import { RowReader } from './row-reader.ts';

/** What a table became. */
export interface MappedTable {
  readonly rows: readonly BuiltRow[];
  readonly issues: readonly CellIssue[];
  /** Rows that were read, and of these without a person. */
  readonly read: number;
  readonly withoutPerson: number;
  /** Columns of the mapping that the table does not have, and the other way round. */
  readonly missingColumns: readonly string[];
  readonly unmappedColumns: readonly string[];
}

/** Turns rows into rows of the common data model; cells that cannot be taken over are told, each with its place. */
export function applyMapping(table: SourceTable, document: MappingDocument, means: MappingMeans): MappedTable {
  const reader = new RowReader(table.header, document, means);
  for (const cells of table.rows) reader.look(cells);
  const issues: CellIssue[] = [];
  const warehouse = new CdmBuilder(means, (issue) => issues.push(issue));
  let withoutPerson = 0;
  table.rows.forEach((cells, index) => {
    const read = reader.read(cells, index + 1, (issue) => issues.push(issue));
    if (read === undefined) withoutPerson += 1;
    else warehouse.add(read.person, read.cells);
  });
  const { missingColumns, unmappedColumns } = reader;
  return { rows: warehouse.rows(), issues, read: table.rows.length, withoutPerson, missingColumns, unmappedColumns };
}
