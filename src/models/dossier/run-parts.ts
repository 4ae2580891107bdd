import type { RunFigure, RunRecord } from './run-record.ts';

type Column = RunRecord['tables'][number]['columns'][number];

/** What was found: a value, or one with its interval. */
type Found =
  | number
  | { readonly value: number | null; readonly low: number | null; readonly high: number | null }
  | null
  | undefined;

/** A number of a record, with three digits unless `more` says otherwise. */
export function numberFigure(id: string, label: string, found: Found, more: Partial<RunFigure> = {}): RunFigure {
  const told = found == null || typeof found === 'number' ? { value: found ?? null } : found;
  const { value } = told;
  const ends = 'low' in told ? { low: told.low, high: told.high } : {};
  return { ...{ id, label, form: 'number', digits: 3, value }, ...ends, ...more };
}

/** A share of a record, told in percent. */
export function shareFigure(id: string, label: string, found: Found, more: Partial<RunFigure> = {}): RunFigure {
  return numberFigure(id, label, found, { form: 'percent', digits: 1, ...more });
}

/** A column of a record's table. */
export function tableColumn(head: string, form: Column['form'], digits = 0): Column {
  return { head, form, digits };
}

/** How good a risk is over the years that it speaks of. */
export const YEARS_TABLE = {
  title: 'Over the years',
  columns: [
    tableColumn('years', 'count'),
    tableColumn('AUC', 'number', 3),
    tableColumn('Brier score', 'number', 4),
    tableColumn('expected/observed', 'number', 2),
    tableColumn('from', 'number', 2),
    tableColumn('to', 'number', 2),
    tableColumn('slope', 'number', 2),
  ],
};
