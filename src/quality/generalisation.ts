/** A way of saying values less exactly, step by step: each step is a coarser one, the last says nothing. */
export interface Hierarchy {
  readonly kind: 'age' | 'date' | 'year' | 'number' | 'category';
  /** Names of the steps from 0, the value as it is, on. */
  readonly steps: readonly string[];
  /** The value at a step. */
  at(step: number, value: string): string;
}

const ANY = '*';
const AGE = /^0*(\d{1,3})Y?$/;
const DATE = /^(\d{4})-?(\d{2})-?(\d{2})$/;
const YEAR = /^(?:19|20)\d{2}$/;
const NUMBER = /^[+-]?\d+(?:[.,]\d+)?$/;

/** Shares of a column's filled values that must look alike before it is taken for a kind. */
const NEARLY_ALL = 0.95;

/**
 * The steps that fit a column: ages in steps of 5, 10, 20 years; days, months, years, decades; years by 2, 5, 10; numbers in steps of their range;
 * categories whose rare values become `other`. `k`: values of fewer records are rare.
 */
export function hierarchyFor(name: string, values: readonly string[], k: number): Hierarchy {
  const filled = values.filter((value) => value !== '');
  const share = (pattern: RegExp): number =>
    filled.length === 0 ? 0 : filled.filter((value) => pattern.test(value)).length / filled.length;
  const numbers = share(NUMBER) >= NEARLY_ALL;
  if (share(DATE) >= NEARLY_ALL) return DATES;
  if (share(YEAR) >= NEARLY_ALL) return YEARS;
  if (share(AGE) >= NEARLY_ALL && /age|alter|ηλικ|starost|вік|idade|amžius|wiek|età|edad|vanus/i.test(name))
    return AGES;
  return numbers && new Set(filled).size > 10 ? numbersIn(filled) : categories(filled, k);
}

const AGE_WIDTHS = [1, 5, 10, 20] as const;

const AGES: Hierarchy = {
  kind: 'age',
  steps: ['as it is', 'five years', 'ten years', 'twenty years', 'nothing'],
  at(step, value) {
    const width = AGE_WIDTHS[step];
    const age = AGE.exec(value)?.[1];
    if (width === undefined) return ANY;
    if (age === undefined || width === 1) return value;
    return band(Number(age), width);
  },
};

const DATES: Hierarchy = {
  kind: 'date',
  steps: ['as it is', 'month', 'year', 'ten years', 'nothing'],
  at(step, value) {
    const [, year = '', month = ''] = DATE.exec(value) ?? [];
    if (step >= 4) return ANY;
    if (year === '' || step === 0) return value;
    if (step === 1) return `${year}-${month}`;
    return step === 2 ? year : `${year.slice(0, 3)}0s`;
  },
};

const YEAR_WIDTHS = [1, 2, 5, 10] as const;

const YEARS: Hierarchy = {
  kind: 'year',
  steps: ['as it is', 'two years', 'five years', 'ten years', 'nothing'],
  at(step, value) {
    const width = YEAR_WIDTHS[step];
    if (width === undefined) return ANY;
    return width === 1 || !YEAR.test(value) ? value : band(Number(value), width);
  },
};

/** Twentieths, tenths, quarters of the range, rounded to a width that people use. */
function numbersIn(filled: readonly string[]): Hierarchy {
  const numbers = filled.filter((value) => NUMBER.test(value)).map(parsed);
  const range =
    numbers.reduce((most, one) => Math.max(most, one), -Infinity) -
    numbers.reduce((least, one) => Math.min(least, one), Infinity);
  const widths = [20, 10, 4].map((parts) => roundWidth(range / parts));
  return {
    kind: 'number',
    steps: ['as it is', ...widths.map((width) => `steps of ${width}`), 'nothing'],
    at(step, value) {
      if (step > widths.length) return ANY;
      const width = widths[step - 1];
      return width === undefined || !NUMBER.test(value) ? value : band(parsed(value), width);
    },
  };
}

function categories(filled: readonly string[], k: number): Hierarchy {
  const counts = new Map<string, number>();
  for (const value of filled) counts.set(value, (counts.get(value) ?? 0) + 1);
  const rarer = (times: number) => (value: string) => (counts.get(value) ?? 0) < times;
  const [rare, seldom] = [rarer(k), rarer(10 * k)];
  return {
    kind: 'category',
    steps: ['as it is', `values of fewer than ${k} as other`, `values of fewer than ${10 * k} as other`, 'nothing'],
    at(step, value) {
      if (step >= 3) return ANY;
      if (value === '' || step === 0) return value;
      return (step === 1 ? rare : seldom)(value) ? 'other' : value;
    },
  };
}

function parsed(value: string): number {
  return Number(value.replace(',', '.'));
}

function band(value: number, width: number): string {
  const from = Math.floor(value / width) * width;
  const digits = Math.max(0, -Math.floor(Math.log10(width)));
  return `${from.toFixed(digits)}–<${(from + width).toFixed(digits)}`;
}

/** 1, 2 or 5 times a power of ten, not below the width. */
function roundWidth(width: number): number {
  if (!(width > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(width));
  const round = [1, 2, 5, 10].find((one) => one * power >= width) ?? 10;
  return Number((round * power).toPrecision(6));
}
