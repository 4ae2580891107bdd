import { Group } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import type { FunctionComponent } from 'react';
import { useTranslation } from 'react-i18next';
import { LESSONS, type LessonName } from '#academy';
import { PageHead } from '../parts/page-head.tsx';
import { ButtonLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { NotFoundPage } from '../shell/not-found-page.tsx';
import { AveragesFigure } from './averages-figure.tsx';
import { BudgetFigure } from './budget-figure.tsx';
import { CalibrationFigure } from './calibration-figure.tsx';
import { ConsentFigure } from './consent-figure.tsx';
import { LeavesFigure } from './leaves-figure.tsx';
import { LessonQuestion } from './lesson-question.tsx';
import { LessonSources } from './lesson-sources.tsx';
import { MasksFigure } from './masks-figure.tsx';
import { RoleFigure } from './role-figure.tsx';
import { SubgroupsFigure } from './subgroups-figure.tsx';
import { TogetherFigure } from './together-figure.tsx';

const FIGURES: Readonly<Record<LessonName, FunctionComponent>> = {
  together: TogetherFigure,
  leaves: LeavesFigure,
  averages: AveragesFigure,
  masks: MasksFigure,
  budget: BudgetFigure,
  calibration: CalibrationFigure,
  subgroups: SubgroupsFigure,
  consent: ConsentFigure,
  role: RoleFigure,
};

/** One lesson: a few sentences, a figure that computes, a question. */
export function LessonPage() {
  const { lesson } = useParams({ from: '/academy/lessons/$lesson' });
  const name = LESSONS.find((one) => one === lesson);
  return name === undefined ? <NotFoundPage /> : <Lesson key={name} name={name} />;
}

function Lesson({ name }: { readonly name: LessonName }) {
  const { t } = useTranslation();
  const Figure = FIGURES[name];
  return (
    <>
      <PageHead title={t(`academy.lesson.${name}.title`)} lead={t(`academy.lesson.${name}.text`)} />
      <Section title={t('academy.try')} lead={t(`academy.lesson.${name}.try`)}>
        <Figure />
      </Section>
      <LessonQuestion lesson={name} />
      <LessonSources lesson={name} />
      <Group>
        <ButtonLink to="/academy" variant="default">
          {t('academy.all')}
        </ButtonLink>
      </Group>
    </>
  );
}
