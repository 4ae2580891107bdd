import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { GuardedCount } from '#wire';

const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** Numbers, sizes and times as the chosen language writes them. */
export function useFormat() {
  const { t, i18n } = useTranslation();
  // Plain `pt` is Brazil's way of writing numbers and days.
  const language = i18n.language === 'pt' ? 'pt-PT' : i18n.language;
  return useMemo(() => {
    const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
    const moment = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
    const day = new Intl.DateTimeFormat(language, { dateStyle: 'medium' });
    const clock = new Intl.DateTimeFormat(language, { timeStyle: 'medium' });
    const countries = new Intl.DisplayNames([language], { type: 'region' });
    const either = new Intl.ListFormat(language, { type: 'disjunction' });
    const list = new Intl.ListFormat(language, { type: 'conjunction' });
    const count = (value: number) => whole.format(value);
    return {
      count,
      decimal: (value: number, digits: number) =>
        new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value),
      /** A measured number, with as many digits as it needs, at most two behind the mark. */
      number: (value: number) => new Intl.NumberFormat(language, { maximumFractionDigits: 2 }).format(value),
      /** An amount of money, told in hundredths of its currency. */
      money: (cents: number, currency: string) =>
        new Intl.NumberFormat(language, { style: 'currency', currency }).format(cents / 100),
      percent: (share: number) =>
        new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 }).format(share),
      bytes: (value: number) => bytesText(language, value),
      /** Seconds; from two minutes on, minutes. */
      seconds: (value: number) =>
        new Intl.NumberFormat(language, {
          style: 'unit',
          unit: value < 120 ? 'second' : 'minute',
          unitDisplay: 'short',
          maximumFractionDigits: value < 10 || value >= 120 ? 1 : 0,
        }).format(value < 120 ? value : value / 60),
      moment: (epochMs: number) => moment.format(epochMs),
      day: (epochMs: number) => day.format(epochMs),
      clock: (epochMs: number) => clock.format(epochMs),
      country: (code: string) => countries.of(code) ?? code,
      list: (words: readonly string[]) => list.format(words),
      anyOf: (words: readonly string[]) => either.format(words),
      /** "fewer than 10" where the node withheld the exact figure. */
      guarded: (value: GuardedCount) =>
        'count' in value ? count(value.count) : t('count.fewer-than', { limit: count(value.below) }),
    };
  }, [language, t]);
}

/** Decimal (SI) units, as storage is sold and networks are measured. */
function bytesText(language: string, value: number): string {
  let scaled = value;
  let step = 0;
  while (scaled >= 1000 && step < BYTE_UNITS.length - 1) {
    scaled /= 1000;
    step += 1;
  }
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: BYTE_UNITS[step] ?? 'byte',
    unitDisplay: step === 0 ? 'long' : 'short',
    maximumFractionDigits: scaled < 10 && step > 0 ? 1 : 0,
  }).format(scaled);
}
