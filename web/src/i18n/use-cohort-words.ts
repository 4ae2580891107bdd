import { useTranslation } from 'react-i18next';
import type { CohortQuery } from '#wire';
import { useFormat } from './use-format.ts';
import { useValueWords } from './use-value-words.ts';

/** A question about people, in words. */
export function useCohortWords(): (query: CohortQuery) => string {
  const { t } = useTranslation();
  const valueWord = useValueWords();
  const format = useFormat();
  const inWords = (query: CohortQuery, depth: number): string => {
    const grouped = (text: string, parts: number) => (depth > 0 && parts > 1 ? `(${text})` : text);
    if ('all' in query) {
      if (query.all.length === 0) return t('cohort.everyone');
      const parts = query.all.map((part) => inWords(part, depth + 1));
      return grouped(format.list(parts), parts.length);
    }
    if ('any' in query) {
      if (query.any.length === 0) return t('cohort.nobody');
      const parts = query.any.map((part) => inWords(part, depth + 1));
      return grouped(format.anyOf(parts), parts.length);
    }
    if ('not' in query) return t('cohort.not', { what: inWords(query.not, depth + 1) });
    const field = t(`cohorts.field.${query.is}`);
    if ('in' in query) {
      return t('cohort.is', { field, values: format.anyOf(query.in.map((value) => valueWord(query.is, value))) });
    }
    const { from, to } = query;
    if (from !== undefined && to !== undefined) return t('cohort.between', { field, from, to });
    return from === undefined ? t('cohort.up-to', { field, to }) : t('cohort.at-least', { field, from });
  };
  return (query) => inWords(query, 0);
}
