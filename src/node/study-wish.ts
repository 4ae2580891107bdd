import { UnicaError } from '#base';
import { attributeOf, tagOf } from '#vocab';

/** Keys by PS3.6 keyword that the wanted studies match. */
export type StudyKeys = Readonly<Record<string, string>>;

/** PS3.4 section C.2.2.2: what would make a value match more than itself, and what would make it several. */
const MATCHES_MORE = /[*?\\]/;
/** Values of SH have at most 16 characters, and are matched without spaces around them (PS3.5 section 6.2). */
const SHORT_TEXT_CHARACTERS = 16;

/**
 * One accession number a line; empty lines and those that begin with `#` are passed over, repetitions too.
 * @throws UnicaError `node.unusable-list` naming the line, never what stands there
 */
export function accessionNumbers(text: string): readonly string[] {
  const numbers = new Set<string>();
  for (const [index, each] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const number = each.trim();
    if (number === '' || number.startsWith('#')) continue;
    const problem = problemOf(number);
    if (problem !== undefined) throw new UnicaError('node.unusable-list', { line: index + 1, problem });
    numbers.add(number);
  }
  if (numbers.size === 0) throw new UnicaError('node.unusable-list', { line: 1, problem: 'there is none in it' });
  return [...numbers];
}

function problemOf(number: string): string | undefined {
  if (MATCHES_MORE.test(number)) return 'a wildcard or backslash would match more than one study';
  if (number.length > SHORT_TEXT_CHARACTERS) return `it is longer than ${SHORT_TEXT_CHARACTERS} characters`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  return /[\x00-\x1f\x7f]/.test(number) ? 'it holds a control character' : undefined;
}

/**
 * `StudyDate=20240101-20241231`, `ModalitiesInStudy=MG` …; at least one of them has to narrow the search.
 * @throws UnicaError `node.unusable-query` naming the keyword, never its value
 */
export function studyKeys(conditions: readonly string[]): StudyKeys {
  const keys: Record<string, string> = {};
  for (const condition of conditions) {
    const [, keyword = '', value = ''] = /^\s*([A-Za-z0-9]+)\s*=\s*(.*?)\s*$/s.exec(condition) ?? [];
    if (keyword === '') throw unusable('a condition is not a keyword, = and a value');
    if (!isMatchable(keyword)) throw unusable(`studies cannot be found by ${keyword}`);
    keys[keyword] = value;
  }
  if (!Object.values(keys).some((value) => /[^*?]/.test(value))) throw unusable('it would match every study there is');
  return keys;
}

const NOT_TEXT = new Set([
  'AT',
  'FD',
  'FL',
  'OB',
  'OD',
  'OF',
  'OL',
  'OV',
  'OW',
  'SL',
  'SQ',
  'SS',
  'SV',
  'UL',
  'UN',
  'US',
  'UV',
]);

function isMatchable(keyword: string): boolean {
  if (keyword === 'QueryRetrieveLevel') return false;
  try {
    return !NOT_TEXT.has(attributeOf(tagOf(keyword))?.vr ?? 'UN');
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function unusable(problem: string): UnicaError {
  return new UnicaError('node.unusable-query', { problem });
}
