import { Button, Group, Radio, Stack } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { LESSON_ANSWERS, type LessonAnswer, type LessonName, RIGHT_ANSWERS } from '#academy';
import { Notice } from '../parts/notice.tsx';
import { Section } from '../parts/section.tsx';
import { useLessonProgress } from './lesson-progress.ts';

/** The question of a lesson; each answer is explained, and the right one finishes the lesson. */
export function LessonQuestion({ lesson }: { readonly lesson: LessonName }) {
  const { t } = useTranslation();
  const { finish } = useLessonProgress();
  const [chosen, setChosen] = useState<LessonAnswer | null>(null);
  const [judged, setJudged] = useState<LessonAnswer | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setJudged(chosen);
    if (chosen === RIGHT_ANSWERS[lesson]) finish(lesson, chosen);
  };
  const isRight = judged === RIGHT_ANSWERS[lesson];
  return (
    <Section title={t('academy.question')}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <Radio.Group
            label={t(`academy.lesson.${lesson}.question`)}
            value={chosen}
            onChange={(value) => setChosen(LESSON_ANSWERS.find((answer) => answer === value) ?? null)}
          >
            <Stack gap="xs" mt="xs">
              {LESSON_ANSWERS.map((answer) => (
                <Radio key={answer} value={answer} label={t(`academy.lesson.${lesson}.${answer}`)} />
              ))}
            </Stack>
          </Radio.Group>
          <Group>
            <Button type="submit" disabled={chosen === null}>
              {t('academy.check')}
            </Button>
          </Group>
          <div role="status">
            {judged === null ? null : (
              <Notice tone={isRight ? 'good' : 'warn'} title={t(isRight ? 'academy.right' : 'academy.wrong')}>
                <p>{t(`academy.lesson.${lesson}.why-${judged}`)}</p>
              </Notice>
            )}
          </div>
        </Stack>
      </form>
    </Section>
  );
}
