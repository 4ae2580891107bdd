import { ColumnHabits, unitOfHeading } from './column-habits.ts';
import { plainText } from './plain-words.ts';
import { certainMark, type DateOrder, type DecimalMark, readDate, readNumber, saysNothing } from './read-cell.ts';

/** A table as text, every row as long as the header. */
export interface SourceTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What a column mostly holds. `words` are few different values, `text` is prose. */
export type ColumnKind = 'empty' | 'identifier' | 'number' | 'date' | 'words' | 'text';

/** What is wrong with a cell of a column whose other cells are of one kind. */
export type Oddity =
  | 'not-a-number'
  | 'not-a-date'
  | 'impossible-date'
  | 'future-date'
  | 'outlier'
  | 'other-decimal-mark';

/** Everything known of a column from its cells alone. Numbers, no cells, but for the values that occur often. */
export type ColumnProfile = {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly filled: number;
  readonly missing: number;
  readonly distinct: number;
  readonly decimalMark: DecimalMark;
  readonly dateOrder: DateOrder;
  /** Least and greatest number, where it is one. */
  readonly range: readonly [least: number, greatest: number] | null;
  /** First and last day, ISO 8601, where it holds dates. */
  readonly days: readonly [first: string, last: string] | null;
  /** From the heading, in brackets or behind the last separator, or from behind the numbers; empty where none is told. */
  readonly unit: string;
  /** Values and how often they occur, most frequent first; at most {@link MOST_VALUES}, none of identifiers and prose. */
  readonly values: readonly { readonly value: string; readonly count: number }[];
  /** Rows of the table from 0, with what is odd about them; at most {@link MOST_ODDITIES}. */
  readonly oddities: readonly { readonly row: number; readonly oddity: Oddity }[];
  readonly oddCells: number;
};

const MOST_VALUES = 200;
const MOST_ODDITIES = 100;

/** Of the cells that say something, so many have to be of a kind for the column to be. */
const MOSTLY = 0.8;
/** A value further than this many spreads of the middle half from it is an outlier (Tukey's outer fence). */
const FAR_OUT = 3;

/** Profiles of all columns. @param today ISO 8601; days after it are odd */
export function profileTable({ header, rows }: SourceTable, today: string): readonly ColumnProfile[] {
  return header.map((name, column) =>
    profileColumn(
      name,
      rows.map((row) => row[column] ?? ''),
      today,
    ),
  );
}

/** What a column holds, by its cells. */
export function profileColumn(name: string, cells: readonly string[], today: string): ColumnProfile {
  const filled = cells.flatMap((cell, row) => (saysNothing(cell) ? [] : [{ row, text: cell.trim() }]));
  const counts = new Map<string, number>();
  for (const { text } of filled) counts.set(text, (counts.get(text) ?? 0) + 1);
  const habits = new ColumnHabits(name);
  for (const { text } of filled) habits.add(text);
  const { decimalMark, dateOrder } = habits;
  const base = { name, filled: filled.length, missing: cells.length - filled.length, distinct: counts.size };
  const plain = { ...base, decimalMark, dateOrder, range: null, days: null, unit: unitOfHeading(name) };
  const nothing = { values: [], oddities: [], oddCells: 0 } as const;
  if (filled.length === 0) return { ...plain, kind: 'empty', ...nothing };

  const dates = filled.map(({ row, text }) => ({ row, date: readDate(text, dateOrder) }));
  if (dates.filter(({ date }) => date !== undefined).length >= MOSTLY * filled.length) {
    const days = dates.flatMap(({ date }) => (date?.kind === 'date' ? [date.iso] : [])).sort();
    const odd = dates.flatMap(({ row, date }): { row: number; oddity: Oddity }[] => {
      if (date === undefined) return [{ row, oddity: 'not-a-date' }];
      if (date.kind === 'impossible') return [{ row, oddity: 'impossible-date' }];
      return date.iso > today ? [{ row, oddity: 'future-date' }] : [];
    });
    const [first, last] = [days[0], days.at(-1)];
    return {
      ...plain,
      kind: 'date',
      days: first === undefined || last === undefined ? null : [first, last],
      values: [],
      ...told(odd),
    };
  }

  const numbers = filled.map(({ row, text }) => ({ row, text, number: readNumber(text, decimalMark) }));
  const values = [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  // Numbers in which the other mark stands are still a column of numbers.
  const isNumeric = (text: string): boolean =>
    readNumber(text, decimalMark) !== undefined || readNumber(text) !== undefined;
  if (
    filled.filter(({ text }) => isNumeric(text)).length >= MOSTLY * filled.length &&
    !looksLikeNumbersOfPeople(
      name,
      filled.map(({ text }) => text),
      counts.size,
    )
  ) {
    const read = numbers.flatMap(({ number }) => (number === undefined ? [] : [number.value])).sort((a, b) => a - b);
    const isFarOut = fences(read);
    const odd = numbers.flatMap(({ row, text, number }): { row: number; oddity: Oddity }[] => {
      if (number === undefined) return [{ row, oddity: isNumeric(text) ? 'other-decimal-mark' : 'not-a-number' }];
      const mark = certainMark(text);
      if (mark !== undefined && mark !== decimalMark) return [{ row, oddity: 'other-decimal-mark' }];
      return isFarOut(number.value) ? [{ row, oddity: 'outlier' }] : [];
    });
    const [least, greatest] = [read[0], read.at(-1)];
    return {
      ...plain,
      kind: 'number',
      range: least === undefined || greatest === undefined ? null : [least, greatest],
      unit: plain.unit || unitOfCells(numbers.map(({ number }) => number?.unit ?? '')),
      values: values.slice(0, MOST_VALUES),
      ...told(odd),
    };
  }
  if (
    looksLikeNumbersOfPeople(
      name,
      filled.map(({ text }) => text),
      counts.size,
    )
  )
    return { ...plain, kind: 'identifier', ...nothing };
  const words = filled.reduce((sum, { text }) => sum + text.split(/\s+/).length, 0) / filled.length;
  const isProse =
    (words > 4 && counts.size > 0.3 * filled.length) ||
    (counts.size > MOST_VALUES && counts.size > 0.5 * filled.length);
  return isProse
    ? { ...plain, kind: 'text', ...nothing }
    : { ...plain, kind: 'words', values: values.slice(0, MOST_VALUES), oddities: [], oddCells: 0 };
}

function told(
  odd: readonly { readonly row: number; readonly oddity: Oddity }[],
): Pick<ColumnProfile, 'oddities' | 'oddCells'> {
  return { oddities: odd.slice(0, MOST_ODDITIES), oddCells: odd.length };
}

/** UIDs, or a value for (nearly) every row that is no measurement: all of one length, or with letters in it. */
function looksLikeNumbersOfPeople(name: string, cells: readonly string[], distinct: number): boolean {
  const isUid = (cell: string): boolean => /^[0-2](\.\d+){4,}$|^2\.25\.\d{20,}$/.test(cell);
  if (cells.filter(isUid).length >= MOSTLY * cells.length) return true;
  if (isNumberOfPeopleWhoCameAgain(name, cells, distinct)) return true;
  if (cells.length < 5 || distinct < 0.6 * cells.length) return false;
  const says =
    /(^|[^\p{L}])(id|ids|nr|no|num|number|nummer|uid|code|mrn|pid|κωδικος|κωδ|αμ|номер|код|ид|stevilka|st|numer|numero|numeris)([^\p{L}]|$)/u.test(
      plainText(name).replace(/([a-z])id$/, '$1 id'),
    );
  const lengths = new Set(cells.map(({ length }) => length));
  const lettered = cells.filter(
    (cell) => /^[\p{L}\p{N}][\p{L}\p{N}/_-]*$/u.test(cell) && /\p{L}/u.test(cell) && /\d{2}/.test(cell),
  );
  if (lettered.length >= MOSTLY * cells.length && distinct >= 0.9 * cells.length) return true;
  const whole = cells.every((cell) => /^\d+$/.test(cell));
  return says && (whole || lettered.length >= MOSTLY * cells.length || lengths.size === 1);
}

/** A table of visits has several rows of a person: numbers with letters, of one length, under a heading that says so. */
function isNumberOfPeopleWhoCameAgain(name: string, cells: readonly string[], distinct: number): boolean {
  if (cells.length < 20 || distinct < 0.25 * cells.length) return false;
  const says = /(^|[^\p{L}])(id|pid|mrn)([^\p{L}]|$)/u.test(plainText(name).replace(/([a-z])id$/, '$1 id'));
  const isNumber = (cell: string): boolean => /^\p{L}+[_/-]?\d{4,}$/u.test(cell);
  return says && new Set(cells.map(({ length }) => length)).size === 1 && cells.every(isNumber);
}

function fences(sorted: readonly number[]): (value: number) => boolean {
  if (sorted.length < 8) return () => false;
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  const [low, high] = [at(0.25), at(0.75)];
  const spread = high - low;
  if (spread === 0) return () => false;
  return (value) => value < low - FAR_OUT * spread || value > high + FAR_OUT * spread;
}

/** The unit behind most numbers. */
function unitOfCells(units: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const unit of units) if (unit !== '') counts.set(unit, (counts.get(unit) ?? 0) + 1);
  const [most] = [...counts].sort((a, b) => b[1] - a[1]);
  return most !== undefined && most[1] >= units.length / 2 ? most[0] : '';
}
