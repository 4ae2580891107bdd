import { Fragment, type ReactNode } from 'react';

/** One column. The first column names the row. */
export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => ReactNode;
  readonly numeric?: boolean;
  /** Kept on one line, as dates are. */
  readonly oneLine?: boolean;
}

interface DataTableProps<Row> {
  /** Says what the table holds. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number;
}

/** A table that scrolls sideways by itself on narrow screens and is reachable by keyboard. */
export function DataTable<Row>({ caption, columns, rows, keyOf }: DataTableProps<Row>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1).
    <section className="table-frame" aria-label={caption} tabIndex={0}>
      <table>
        <caption>
          <span className="table-name">{caption}</span>
        </caption>
        <thead>
          <tr>
            {columns.map(({ head, numeric }) => (
              <th key={head} scope="col" className={numeric ? 'number' : undefined}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ head, cell, numeric, oneLine }, index) => (
                <Fragment key={head}>
                  {index === 0 ? (
                    <th scope="row" className={numeric ? 'number' : undefined}>
                      {cell(row)}
                    </th>
                  ) : (
                    <td className={numeric ? 'number' : oneLine ? 'one-line' : undefined}>{cell(row)}</td>
                  )}
                </Fragment>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
