import { useTranslation } from 'react-i18next';
import type { NetworkProgress, ProgressGroup, TallyRow, TargetStanding } from '#wire';
import type { MessageKey } from '../i18n/message-key.ts';
import { useCodeWords } from '../i18n/use-code-words.ts';
import { useFormat } from '../i18n/use-format.ts';

/** Figures that targets are told by, as indicators call them. */
const FIGURE_OF = {
  studies: 'progress.figure.studies',
  persons: 'progress.figure.persons',
  sites: 'progress.figure.sites-active',
  countries: 'progress.figure.countries',
  datasets: 'progress.figure.datasets',
  permits: 'progress.figure.permits-valid',
  models: 'progress.models-registered',
} as const satisfies Readonly<Record<TargetStanding['measure'], MessageKey>>;

/** Words for what the progress of a network is told by. */
export function useProgressWords() {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const codes = useCodeWords();
  const cancer = (code: string, name: string | null) =>
    i18n.exists(`cancer.${code}`) ? t(`cancer.${code}` as MessageKey) : (name ?? code);
  const modality = (key: string) => key.split('+').map(codes.modality).join(' + ');
  const measure = (name: TargetStanding['measure']) => t(FIGURE_OF[name]);
  return {
    measure,
    /** What a row of a table is of. */
    row(group: ProgressGroup, { key, name }: Pick<TallyRow, 'key' | 'name'>): string {
      if (key === null) return t('progress.not-stated');
      switch (group) {
        case 'country':
          return format.country(key);
        case 'cancer':
          return cancer(key, name);
        case 'modality':
          return modality(key);
        case 'readiness':
          return t('progress.tier', { tier: key });
      }
    },
    target({ measure: what, scope, key }: Pick<TargetStanding, 'measure' | 'scope' | 'key'>): string {
      switch (scope) {
        case 'network':
          return measure(what);
        case 'country':
          return `${measure(what)}: ${format.country(key)}`;
        case 'cancer':
          return `${measure(what)}: ${cancer(key, null)}`;
        case 'modality':
          return `${measure(what)}: ${modality(key)}`;
      }
    },
    /** A score with one decimal; a dash where there is none. */
    score: (value: number | null) => (value === null ? '–' : format.decimal(value, 1)),
    turn: (turn: NetworkProgress['joining']['sites'][number]['turn']) => (turn === 'nobody' ? '–' : t(`role.${turn}`)),
  };
}
