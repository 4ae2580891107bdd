/** The languages of the network, by their own names. One is offered once its catalogue file is there and complete. */
export const LANGUAGES = {
  en: 'English',
  el: 'Ελληνικά',
  de: 'Deutsch',
  sl: 'Slovenščina',
  uk: 'Українська',
  pt: 'Português',
  lt: 'Lietuvių',
  pl: 'Polski',
  it: 'Italiano',
  es: 'Español',
  et: 'Eesti',
} as const;

/** Code of one of {@link LANGUAGES}. */
export type Language = keyof typeof LANGUAGES;

/** True for the code of a language of the network. */
export function isLanguage(code: string): code is Language {
  return code in LANGUAGES;
}
