import { plainText } from './plain-words.ts';

/** Which character parts whole from fraction. */
export type DecimalMark = '.' | ',';

/** How dates of a column are written: year, month and day in this order. */
export type DateOrder = 'ymd' | 'dmy' | 'mdy';

/** A number as it was written: `< 0,2 ng/ml` is 0.2 with a sign and a unit. */
export interface CellNumber {
  readonly value: number;
  /** `<`, `≤`, `>` or `≥` before it; empty otherwise. */
  readonly sign: string;
  /** What stands behind it. */
  readonly unit: string;
}

/** What people write for nothing, in plain words; `unknown` is not here: it is an answer. */
const NOTHING = new Set(
  [
    '',
    '-',
    '--',
    '---',
    '.',
    '?',
    '??',
    'na',
    'n/a',
    'n.a.',
    '#n/a',
    '#na',
    'nan',
    'null',
    'none',
    'nil',
    'nd',
    'n.d.',
    'n/d',
    'missing',
    'k.a.',
    'k. a.',
    'ka',
    'keine angabe',
    'entf.',
    'entfallt',
    'δ/υ',
    'δ.υ.',
    'δα',
    'δ/α',
    'н/д',
    'нд',
    'немае',
    'немає даних',
    'немае даних',
    'b.d.',
    'bd',
    'brak',
    'brak danych',
    'ni podatka',
    'ni podatkov',
    'n.p.',
    'nera',
    'nera duomenu',
    's/d',
    'sem dados',
    'sin datos',
    'sd',
    'n.r.',
    'non disponibile',
    'nd.',
    'andmed puuduvad',
    '#ref!',
    '#value!',
    '#div/0!',
  ].map((word) => plainText(word)),
);

/** Whether a cell says nothing. */
export function saysNothing(cell: string): boolean {
  const text = cell.trim();
  if (text === '' || text.length > LONGEST_NOTHING) return text === '';
  return NOTHING.has(plainText(text));
}

const LONGEST_NOTHING = Math.max(...[...NOTHING].map(({ length }) => length)) + 4;

const NUMBER = /^([<>≤≥]=?|=)?\s*([-+−]?)\s*(\d[\d.,'’ \u00a0\u202f]*)\s*([^\d\s][^\d]{0,24}[23]?)?$/u;

/**
 * A number; undefined where there is none. With the mark of the column, the other one parts thousands; without, one mark with
 * other than three digits behind it is taken for the decimal mark.
 */
export function readNumber(cell: string, mark?: DecimalMark): CellNumber | undefined {
  const parts = NUMBER.exec(cell.trim());
  if (parts === null) return undefined;
  const [, sign = '', minus = '', digits = '', unit = ''] = parts;
  const plain = withoutGroups(digits.trim(), mark);
  if (plain === undefined) return undefined;
  const value = Number(plain) * (minus === '-' || minus === '−' ? -1 : 1);
  return { value, sign: sign.replace('=', '').replace('<=', '≤').replace('>=', '≥'), unit: unit.trim() };
}

/** Digits with a point before the fraction; undefined where marks stand as in no number. */
function withoutGroups(digits: string, mark: DecimalMark | undefined): string | undefined {
  const text = digits.replace(/['’ \u00a0\u202f]/g, '');
  const decimal = mark ?? markOf(text);
  const group = decimal === ',' ? '.' : ',';
  const [whole = '', fraction, ...rest] = text.split(decimal);
  if (rest.length > 0) return undefined;
  if (whole.includes(group) && !/^\d{1,3}([.,]\d{3})+$/.test(whole)) return undefined;
  if (fraction !== undefined && !/^\d*$/.test(fraction)) return undefined;
  return `${whole.replaceAll(group, '')}${fraction === undefined || fraction === '' ? '' : `.${fraction}`}`;
}

/** The mark that a number by itself shows; a point where it shows none. */
function markOf(text: string): DecimalMark {
  const comma = text.lastIndexOf(',');
  const point = text.lastIndexOf('.');
  if (comma < 0) return '.';
  if (point < 0) return /^\d{1,3}(,\d{3})+$/.test(text) ? '.' : ',';
  return comma > point ? ',' : '.';
}

/** Whether a number shows its decimal mark beyond doubt, and which. */
export function certainMark(cell: string): DecimalMark | undefined {
  const digits = NUMBER.exec(cell.trim())?.[3]?.trim() ?? '';
  if (!/[.,]/.test(digits)) return undefined;
  if (/^\d{1,3}([.,]\d{3})+$/.test(digits)) return undefined;
  return markOf(digits);
}

/** A day, or why it is none. */
export type CellDate =
  | {
      readonly kind: 'date';
      readonly iso: string /** True where day and month could be either. */;
      readonly isAmbiguous: boolean;
    }
  | { readonly kind: 'impossible' };

const MONTHS: readonly string[] = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** A date, with or without a time behind it; undefined where the cell is written like none. */
export function readDate(cell: string, order: DateOrder = 'dmy'): CellDate | undefined {
  const text = cell.trim().replace(/[T ]\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/, '');
  const ymd =
    /^(\d{4})[-./] ?(\d{1,2})[-./] ?(\d{1,2})\.?$/.exec(text) ?? /^((?:19|20)\d{2})(\d{2})(\d{2})$/.exec(text);
  if (ymd !== null) return dayOf(Number(ymd[1]), Number(ymd[2]), Number(ymd[3]), false);
  const named = /^(\d{1,2})[-. ]([A-Za-z]{3})[a-z]*[-. ](\d{4})$/.exec(text);
  if (named !== null) {
    const month = MONTHS.indexOf((named[2] ?? '').toLowerCase()) + 1;
    return month === 0 ? undefined : dayOf(Number(named[3]), month, Number(named[1]), false);
  }
  // In several languages a point and a space part the numbers: `12. 3. 2019`.
  const mixed = /^(\d{1,2})[-./] ?(\d{1,2})[-./] ?(\d{4})\.?$/.exec(text);
  if (mixed === null) return undefined;
  const [first, second, year] = [Number(mixed[1]), Number(mixed[2]), Number(mixed[3])];
  const isAmbiguous = first <= 12 && second <= 12 && first !== second;
  return order === 'mdy' ? dayOf(year, first, second, isAmbiguous) : dayOf(year, second, first, isAmbiguous);
}

function dayOf(year: number, month: number, day: number, isAmbiguous: boolean): CellDate {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  if (day < 1 || day > days || year < 1850 || year > 2200) return { kind: 'impossible' };
  const two = (value: number) => String(value).padStart(2, '0');
  return { kind: 'date', iso: `${year}-${two(month)}-${two(day)}`, isAmbiguous };
}
