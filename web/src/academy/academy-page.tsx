import { Button, Group, NativeSelect, Stack } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { TRACKS, type TrackName } from '#academy';
import { PageHead } from '../parts/page-head.tsx';
import { ButtonLink, TextLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { CourseSection } from './course-section.tsx';
import { useLessonProgress } from './lesson-progress.ts';
import { TRACK_NAMES } from './track-names.ts';

/** Where learning begins: the sandbox, and lessons by the work one does. */
export function AcademyPage() {
  const { t } = useTranslation();
  const [track, setTrack] = useState<TrackName>('clinician');
  const { done, forget } = useLessonProgress();
  return (
    <>
      <PageHead title={t('nav.academy')} lead={t('academy.lead')} />
      <Section title={t('academy.sandbox.title')} lead={t('academy.sandbox.lead')}>
        <Group>
          <ButtonLink to="/academy/sandbox">{t('academy.open-sandbox')}</ButtonLink>
        </Group>
      </Section>
      <CourseSection />
      <Section title={t('academy.lessons')} lead={t('academy.progress-lead')}>
        <Stack gap="md">
          <NativeSelect
            label={t('academy.track')}
            value={track}
            maw={360}
            data={TRACK_NAMES.map((name) => ({ value: name, label: t(`role.${name}`) }))}
            onChange={({ currentTarget }) =>
              setTrack(TRACK_NAMES.find((name) => name === currentTarget.value) ?? 'clinician')
            }
          />
          <ol className="lessons">
            {TRACKS[track].map((lesson) => (
              <li key={lesson}>
                <Group gap="sm">
                  <TextLink to="/academy/lessons/$lesson" params={{ lesson }}>
                    {t(`academy.lesson.${lesson}.title`)}
                  </TextLink>
                  {done.has(lesson) ? <StateBadge tone="good" label={t('academy.done')} /> : null}
                </Group>
              </li>
            ))}
          </ol>
          <Group>
            <ButtonLink to="/academy/certificate" variant="light">
              {t('academy.certificate.title')}
            </ButtonLink>
            {done.size === 0 ? null : (
              <Button variant="default" onClick={forget}>
                {t('academy.forget')}
              </Button>
            )}
          </Group>
        </Stack>
      </Section>
    </>
  );
}
