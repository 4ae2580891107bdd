import { useTranslation } from 'react-i18next';
import type { HolderView, Role, SessionView } from '#wire';
import { useCodeWords } from '../i18n/use-code-words.ts';
import type { Tone } from '../parts/state-badge.tsx';

/** What a holder's state asks of whoever reads it. */
export const HOLDER_TONES: Readonly<Record<HolderView['state'], Tone>> = {
  submitted: 'warn',
  'representative-contacted': 'info',
  'checking-availability': 'info',
  available: 'info',
  'not-available': 'bad',
  'conditions-indicated': 'warn',
  'conditions-met': 'info',
  'question-asked': 'warn',
  'fee-asked': 'warn',
  granted: 'good',
  refused: 'bad',
  withdrawn: 'quiet',
};

/** States of a whole request. */
export const REQUEST_TONES = {
  draft: 'quiet',
  submitted: 'warn',
  granted: 'good',
  refused: 'bad',
  withdrawn: 'quiet',
} as const;

/** Words for conditions of use. */
export function useConditionWords() {
  const { t } = useTranslation();
  const words = useCodeWords();
  return {
    term: (code: string) => words.condition(code.replace('_', ':')),
    verdict: (verdict: 'met' | 'breached' | 'people-judge') => t(`match.${verdict}`),
  };
}

/** True when the person holds one of the roles in the network or at any organisation. */
export function holdsAnywhere({ person }: SessionView, roles: readonly Role[]): boolean {
  if (person === null) return false;
  return person.roles.some((role) => roles.includes(role)) || person.posts.some(({ role }) => roles.includes(role));
}
