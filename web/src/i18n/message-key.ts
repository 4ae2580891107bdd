import type en from './en.json';

type PluralOf<Key extends string> = Key extends `${infer Stem}_${'zero' | 'one' | 'two' | 'few' | 'many' | 'other'}`
  ? Stem
  : Key;

/** A key of the catalogues, without its plural ending. */
export type MessageKey = PluralOf<keyof typeof en & string>;
