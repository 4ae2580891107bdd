import { Button, Group, Radio, Stack } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { LESSON_ANSWERS, type LessonAnswer, type LessonName, RIGHT_ANSWERS } from '#academy';
import { courseAnsweredSchema } from '#wire';
import { useWriteFor } from '../api/use-write.ts';
import { Notice } from '../parts/notice.tsx';
import { Section } from '../parts/section.tsx';
import { rememberCounted } from './counted.ts';
import { useCoursePlace } from './course-place.ts';
import { useLessonProgress } from './lesson-progress.ts';

/** The question of a lesson; each answer is explained, and the right one finishes the lesson. */
export function LessonQuestion({ lesson }: { readonly lesson: LessonName }) {
  const { t } = useTranslation();
  const { finish } = useLessonProgress();
  const { place } = useCoursePlace();
  const count = useWriteFor(courseAnsweredSchema, [], ({ done }) => {
    if (done.length === place?.lessons.length) rememberCounted();
  });
  const [chosen, setChosen] = useState<LessonAnswer | null>(null);
  const [judged, setJudged] = useState<LessonAnswer | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setJudged(chosen);
    if (chosen === RIGHT_ANSWERS[lesson]) finish(lesson, chosen);
    if (chosen !== null && place?.lessons.includes(lesson) === true) {
      const { code, learner } = place;
      count.mutate({ path: '/api/academy/courses/answers', body: { code, learner, lesson, answer: chosen } });
    }
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
            {place !== null && count.isSuccess ? (
              <p className="prose quiet">{t('academy.course.counted', { title: place.title })}</p>
            ) : null}
            {count.isError ? <p className="prose">{t('academy.course.not-counted')}</p> : null}
          </div>
        </Stack>
      </form>
    </Section>
  );
}
