import type { ConsentText, TextLanguage } from './consent-texts.ts';

/** How hard a text is to read. */
export interface Readability {
  readonly wordsPerSentence: number;
  /** LIX: words per sentence plus the share of long words in percent (Björnsson, *Läsbarhet*, 1968). */
  readonly lix: number;
  readonly mostLix: number;
  readonly isPlain: boolean;
}

/** A word with more letters is long. */
const LONG_LETTERS = 6;
/** More words in a sentence, on average, is no plain language in any language. */
const MOST_WORDS = 15;

/**
 * LIX up to 40 is easy for an adult who reads English or Swedish. Where words are longer because endings and compounds are
 * written together, the same ease has a higher value: by the mean length of words of the language in the same text.
 */
const MOST_LIX: Readonly<Record<TextLanguage, number>> = {
  en: 40,
  de: 46,
  el: 48,
  sl: 46,
  uk: 52,
  pt: 46,
  lt: 55,
  pl: 52,
  it: 46,
  es: 46,
  et: 52,
};

/** How hard the whole of a text is. */
export function readabilityOf(language: TextLanguage, { title, short, layers, purposes }: ConsentText): Readability {
  const parts = [title, ...short];
  for (const part of [...layers, ...Object.values(purposes)]) parts.push(part.title, part.body);
  return readabilityOfParts(language, parts);
}

/** How hard sentences are that stand together. */
export function readabilityOfParts(language: TextLanguage, parts: readonly string[]): Readability {
  const sentences = parts.flatMap((part) => part.split(/(?<=[.!?;])\s+/)).filter((sentence) => sentence.trim() !== '');
  const words = sentences.flatMap((sentence) => sentence.match(/[\p{L}\p{M}ʼ’'-]+/gu) ?? []);
  const long = words.filter((word) => [...word].filter((letter) => /\p{L}/u.test(letter)).length > LONG_LETTERS).length;
  const wordsPerSentence = words.length / Math.max(1, sentences.length);
  const lix = wordsPerSentence + (100 * long) / Math.max(1, words.length);
  const mostLix = MOST_LIX[language];
  return { wordsPerSentence, lix, mostLix, isPlain: lix <= mostLix && wordsPerSentence <= MOST_WORDS };
}
