import { InvalidArgumentError } from 'commander';

/** Reads a whole number within bounds. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
  };
}

/** Reads one of the words. */
export function oneOf<Word extends string>(words: readonly Word[]): (text: string) => Word {
  return (text) => {
    const word = words.find((candidate) => candidate === text);
    if (word !== undefined) return word;
    throw new InvalidArgumentError(`Give one of ${words.join(', ')}.`);
  };
}

/** Reads words separated by commas. */
export function someOf<Word extends string>(words: readonly Word[]): (text: string) => readonly Word[] {
  const one = oneOf(words);
  return (text) => text.split(',').map((word) => one(word.trim()));
}

/** Reads an http or https address. */
export function webAddress(text: string): string {
  try {
    const url = new URL(text);
    if (url.protocol === 'http:' || url.protocol === 'https:') return url.href.replace(/\/$/, '');
  } catch {
    // Told below in the same words as any other unusable address.
  }
  throw new InvalidArgumentError('Give an address such as https://hub.example.eu.');
}
