import { Anchor } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { LESSON_LAWS, LESSON_SOURCES, type LessonName } from '#academy';
import { Section } from '../parts/section.tsx';

/** The articles that a lesson rests on, each with the page of the law; nothing where there are none. */
export function LessonSources({ lesson }: { readonly lesson: LessonName }) {
  const { t } = useTranslation();
  const sources = LESSON_SOURCES[lesson];
  if (sources.length === 0) return null;
  return (
    <Section title={t('academy.sources')} lead={t('academy.sources-lead')}>
      <ul className="lessons">
        {sources.map(({ law, articles }) => (
          <li key={law}>
            <Anchor href={LESSON_LAWS[law]} underline="always" target="_blank" rel="noreferrer">
              {t(`academy.law.${law}`)}
            </Anchor>
            {': '}
            {t('academy.articles', { articles })}
          </li>
        ))}
      </ul>
    </Section>
  );
}
