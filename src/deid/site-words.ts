import { UnicaError } from '#base';

/** Words that a site lets stay in descriptions, in a lower-case form without accents. */
export type SiteWords = ReadonlySet<string>;

export const NO_SITE_WORDS: SiteWords = new Set();

const MOST_WORDS = 20_000;
/** Shorter ones are initials as often as words. */
const FEWEST_LETTERS = 3;

/**
 * Reads a site's list: words separated by white space, a comment after `#`. A word of letters with a hyphen or an apostrophe
 * stands for its parts.
 * @throws UnicaError `deid.unusable-words` naming the line
 */
export function readSiteWords(text: string): SiteWords {
  const words = new Set<string>();
  for (const [index, line] of text
    .replace(/^\ufeff/, '')
    .split(/\r\n?|\n/)
    .entries()) {
    const [content = ''] = line.split('#');
    for (const word of content.split(/\s+/).filter((part) => part !== '')) {
      for (const part of word.split(/[-'’]/)) {
        if (!/^[\p{L}\p{M}]+$/u.test(part)) throw unusable(index, 'it has something else than letters');
        if ([...part].length < FEWEST_LETTERS) throw unusable(index, `a word has fewer than ${FEWEST_LETTERS} letters`);
        words.add(plainWord(part));
      }
    }
    if (words.size > MOST_WORDS) throw unusable(index, `there are more than ${MOST_WORDS} words`);
  }
  return words;
}

/** A lower-case form in which accents and the two forms of the Greek sigma do not count. */
export function plainWord(word: string): string {
  return word.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '').replaceAll('ς', 'σ');
}

/** Whether a word could be a form of one of these names: with other accents, with an ending, or cut short. */
export function resemblesName(word: string, names: ReadonlySet<string>): boolean {
  const form = plainWord(word);
  for (const name of names) {
    const other = plainWord(name);
    if (other === form) return true;
    if (Math.min(other.length, form.length) >= 4 && (other.startsWith(form) || form.startsWith(other))) return true;
  }
  return false;
}

/** Lines are told by their number: what stands in one may be a name. */
function unusable(index: number, problem: string): UnicaError {
  return new UnicaError('deid.unusable-words', { line: index + 1, problem });
}
