import { plainText } from './plain-words.ts';

/** What a unit is times the base of its kind. */
const UNITS: Readonly<Record<string, readonly [kind: string, times: number]>> = {
  mm: ['length', 1],
  cm: ['length', 10],
  m: ['length', 1000],
  ng_ml: ['mass concentration', 1],
  ug_l: ['mass concentration', 1],
  pg_ml: ['mass concentration', 0.001],
  ng_dl: ['mass concentration', 0.01],
  year: ['time', 365.25],
  month: ['time', 365.25 / 12],
  week: ['time', 7],
  day: ['time', 1],
  gy: ['dose', 1],
  cgy: ['dose', 0.01],
  percent: ['share', 1],
  g_dl: ['mass per volume', 1],
  g_l: ['mass per volume', 0.1],
  mg_dl: ['creatinine', 1],
  umol_l: ['creatinine', 1 / 88.4],
};

const SPELLINGS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    'mm millimeter millimetre χιλ χιλιοστα мм COM1000152'.split(' ').map((word) => [plainText(word), 'mm']),
  ),
  ...Object.fromEntries('cm centimeter centimetre εκ см COM1001954'.split(' ').map((word) => [plainText(word), 'cm'])),
  ...Object.fromEntries('ng/ml нг/мл COM1000156'.split(' ').map((word) => [plainText(word), 'ng_ml'])),
  ...Object.fromEntries('ug/l μg/l µg/l mcg/l мкг/л'.split(' ').map((word) => [plainText(word), 'ug_l'])),
  ...Object.fromEntries('pg/ml'.split(' ').map((word) => [plainText(word), 'pg_ml'])),
  ...Object.fromEntries('ng/dl COM1000167'.split(' ').map((word) => [plainText(word), 'ng_dl'])),
  ...Object.fromEntries(
    'year years yr yrs y jahr jahre jahren j j. a ετη ετος έτη έτος χρονια рік років роки р. leto let leta lat lata rok ano anos anni anno año años metai metų m. aasta aastat COM1000151'
      .split(' ')
      .map((word) => [plainText(word), 'year']),
  ),
  ...Object.fromEntries(
    'month months mo monat monate μηνες μήνας місяць місяців mesec mesecev miesiąc miesięcy mês meses mesi mes mėnuo mėn kuu kuud COM1000154'
      .split(' ')
      .map((word) => [plainText(word), 'month']),
  ),
  ...Object.fromEntries('week weeks wk woche wochen'.split(' ').map((word) => [plainText(word), 'week'])),
  ...Object.fromEntries(
    'day days d tag tage ημερες дні днів dan dni dzień dia dias giorni días dienos päev päeva COM1000153'
      .split(' ')
      .map((word) => [plainText(word), 'day']),
  ),
  ...Object.fromEntries('g/dl г/дл COM1001963'.split(' ').map((word) => [plainText(word), 'g_dl'])),
  ...Object.fromEntries('g/l г/л'.split(' ').map((word) => [plainText(word), 'g_l'])),
  ...Object.fromEntries('mg/dl мг/дл COM1001981'.split(' ').map((word) => [plainText(word), 'mg_dl'])),
  // Of creatinine, the one thing that is asked for in it.
  ...Object.fromEntries('umol/l μmol/l µmol/l мкмоль/л'.split(' ').map((word) => [plainText(word), 'umol_l'])),
  // As vocabularies write them.
  'nanogram per milliliter': 'ng_ml',
  'microgram per liter': 'ug_l',
  'picogram per milliliter': 'pg_ml',
  'nanogram per deciliter': 'ng_dl',
  'gram per deciliter': 'g_dl',
  'gram per liter': 'g_l',
  'milligram per deciliter': 'mg_dl',
  'micromole per liter': 'umol_l',
  gray: 'gy',
  gy: 'gy',
  гр: 'gy',
  cgy: 'cgy',
  '%': 'percent',
  percent: 'percent',
  prozent: 'percent',
  [plainText('COM1000161')]: 'percent',
};

/** Whether it is a unit that is known here. */
export function isUnit(text: string): boolean {
  return unitOf(text) !== undefined;
}

/** By how much a number in one unit is multiplied to be in another; undefined where they measure different things, or one is unknown. */
export function factorBetween(from: string, to: string): number | undefined {
  const [source, target] = [unitOf(from), unitOf(to)];
  if (source === undefined || target === undefined)
    return plainText(from.trim()) === plainText(to.trim()) ? 1 : undefined;
  return source[0] === target[0] ? source[1] / target[1] : undefined;
}

function unitOf(text: string): readonly [kind: string, times: number] | undefined {
  const spelling = SPELLINGS[plainText(text.trim())];
  return spelling === undefined ? undefined : UNITS[spelling];
}
