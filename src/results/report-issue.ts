/** Something about a report that is not as its template says. */
export interface ReportIssue {
  /** Where: the names of the items from the root on. */
  readonly path: string;
  /** Which rule: a row such as `TID 4006 row 7`, or a section of PS3.3. */
  readonly rule: string;
  readonly message: string;
  /** How to mend it. */
  readonly fix: string;
}
