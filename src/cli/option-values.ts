import { InvalidArgumentError } from 'commander';
import { siteIdSchema } from '#wire';

/** Reads a whole number within bounds. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
  };
}

/** Reads a number above 0. */
export function positiveNumber(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value > 0 && value <= most) return value;
    throw new InvalidArgumentError(`Give a number above 0, at most ${most}.`);
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

/** Reads the short name of a site. */
export function siteId(text: string): string {
  if (siteIdSchema.safeParse(text).success) return text;
  throw new InvalidArgumentError('Give lower-case letters, digits and dashes, at most 32, such as lisbon.');
}

/** A DICOM system as it is written on the command line. */
export interface DicomAddressText {
  readonly aeTitle: string;
  readonly host: string;
  readonly port: number;
}

/** Reads `PACS@192.0.2.7:104`; an IPv6 address stands in brackets. */
export function dicomAddress(text: string): DicomAddressText {
  const [, title = '', host = '', digits = ''] =
    /^([\x20-\x5b\x5d-\x7e]{1,16})@(\[[0-9A-Fa-f:.]+\]|[^@:[\]\s]+):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (title.trim() !== '' && port >= 1 && port <= 65_535) {
    return { aeTitle: title.trim(), host: host.replace(/^\[|\]$/g, ''), port };
  }
  throw new InvalidArgumentError('Give AE title, host and port as in PACS@192.0.2.7:104.');
}
