import { UnicaError } from '#base';
import type { OpenTable } from './opened-table.ts';
import type { TableRow } from './table-row.ts';

/** What one record of another form says, by heading. */
export type NamedCells = ReadonlyMap<string, string>;

/** The heading under which every form names the person, so that it is understood. */
export const PERSON = 'patient id';

const MOST_HEADINGS = 2000;
const BATCH = 500;

/**
 * Records as a table that is read row by row: a row for each record, a column for each thing that any of them says. Read once more than a table,
 * because its headings are only known at the end.
 * @param records all of them, from the beginning each time
 * @throws UnicaError `intake.csv-invalid` where nothing names a person, or too many different things are said
 */
export async function tableOfRecords(
  about: Pick<OpenTable, 'encoding' | 'sizeBytes' | 'sha256'>,
  records: () => AsyncIterable<NamedCells>,
): Promise<OpenTable> {
  const headings = new Set([PERSON]);
  let count = 0;
  for await (const record of records()) {
    count += 1;
    for (const heading of record.keys()) headings.add(heading);
    if (headings.size > MOST_HEADINGS)
      throw new UnicaError('intake.csv-invalid', {
        line: count,
        problem: `more than ${MOST_HEADINGS} things are said`,
      });
  }
  if (count === 0) throw new UnicaError('intake.csv-invalid', { line: 1, problem: 'nothing in it is about a person' });
  const header = [...headings];
  return {
    ...about,
    header,
    separator: '',
    notes: [],
    async *rows() {
      let batch: TableRow[] = [];
      let row = 0;
      for await (const record of records()) {
        row += 1;
        batch.push({ row, cells: header.map((heading) => record.get(heading) ?? '') });
        if (batch.length < BATCH) continue;
        yield batch;
        batch = [];
      }
      if (batch.length > 0) yield batch;
    },
  };
}
