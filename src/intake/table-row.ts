/** A row with the number that a spreadsheet shows for it, less one: the heading is row 0. */
export interface TableRow {
  readonly row: number;
  readonly cells: readonly string[];
}

/** What reading found wrong with the form of a table, cell by cell. */
export interface TableNote {
  readonly row: number;
  /** Heading, or place; empty for a whole row. */
  readonly column: string;
  readonly problem: 'other-encoding' | 'merged-cells' | 'more-headings' | 'formula-error';
}
