import { fitNumber } from './fit-number.ts';

/** Days and months of the hyper-ontology. */
export const DAY = 'COM1000153';
export const MONTH = 'COM1000154';
const DAYS_IN_MONTH = 365.25 / 12;

/** How far a day is from another, as a column of the model holds it. */
export interface Offset {
  readonly value: number;
  /** {@link DAY}, or {@link MONTH} where so many days do not fit: `DECIMAL(5,2)` ends at 999.99. */
  readonly unit: typeof DAY | typeof MONTH;
}

/**
 * Days from one day to another; months where so many days do not fit into the column.
 * @param day ISO 8601
 * @param since ISO 8601; what is before it has a negative offset
 */
export function offsetFrom(day: string, since: string, sqlType: string): Offset | undefined {
  const days = Math.round((Date.parse(day) - Date.parse(since)) / 86_400_000);
  if (Number.isNaN(days)) return undefined;
  const fitted = fitNumber(days, sqlType);
  if (fitted !== undefined) return { value: fitted, unit: DAY };
  const months = fitNumber(days / DAYS_IN_MONTH, sqlType);
  return months === undefined ? undefined : { value: months, unit: MONTH };
}
