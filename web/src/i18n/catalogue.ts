import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import en from './en.json' with { type: 'json' };
import { isLanguage, LANGUAGES, type Language } from './languages.ts';

const STORAGE_KEY = 'unica-language';

/** Catalogues beside this file; `scripts/check-catalogues.js` refuses one that is not complete. */
const loaders = import.meta.glob<Readonly<Record<string, string>>>(['./*.json', '!./en.json'], { import: 'default' });

/** Languages that have a catalogue, in the order of {@link LANGUAGES}. */
export const OFFERED_LANGUAGES: readonly Language[] = Object.keys(LANGUAGES)
  .filter(isLanguage)
  .filter((code) => code === 'en' || `./${code}.json` in loaders);

/** Keys with a plural carry `_one`, `_other`… by the rules of the language; values are never split at dots. */
export async function startCatalogue(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    resources: { en: { translation: en } },
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false },
  });
  await speak(rememberedLanguage());
}

/** Switches every text, number and date to the language and remembers it on this device. */
export async function speak(language: Language): Promise<void> {
  const load = loaders[`./${language}.json`];
  if (load !== undefined && !i18next.hasResourceBundle(language, 'translation')) {
    i18next.addResourceBundle(language, 'translation', await load());
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  try {
    localStorage.setItem(STORAGE_KEY, language);
  } catch {
    // Storage can be switched off; the choice then lasts for this page.
  }
}

function rememberedLanguage(): Language {
  const wished = [stored(), ...navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase())];
  return (
    OFFERED_LANGUAGES.find((code) => code === wished.find((wish) => OFFERED_LANGUAGES.some((x) => x === wish))) ?? 'en'
  );
}

function stored(): string | undefined {
  try {
    return localStorage.getItem(STORAGE_KEY) ?? undefined;
  } catch {
    return undefined;
  }
}
