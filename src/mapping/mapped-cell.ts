/** What turns what the site knows into what may be told. */
export interface MappingMeans {
  /** The pseudonym of an identifier, the one that the person's images have. */
  readonly personOf: (identifier: string) => string;
  /** The new UID of a study. */
  readonly uidOf: (uid: string) => string;
  /** Days by which the person's dates are moved into the past. */
  readonly daysBackOf: (person: string) => number;
  readonly datasetId: string;
  /** ISO 8601; later days are refused. */
  readonly today: string;
}

/** What was found wrong with a cell. */
export type CellProblem =
  | 'no-person'
  | 'not-a-number'
  | 'out-of-range'
  | 'too-large-for-the-model'
  | 'unit-unknown'
  | 'not-a-date'
  | 'impossible-date'
  | 'future-date'
  | 'value-unmapped'
  | 'contradiction'
  | 'bound-taken-as-value';

/** A cell that was not taken over as it is. */
export interface CellIssue {
  /** Row of the table, from 1; the heading is row 0. */
  readonly row: number;
  readonly column: string;
  readonly problem: CellProblem;
}

/** A cell's value in the form of the model, and what stood in the cell. */
export interface ReadCell {
  readonly value: string | number | boolean;
  readonly row: number;
  readonly column: string;
  readonly cell: string;
}
