import { Button, Group, NativeSelect, Stack, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { LESSONS, type TrackName, trackOf } from '#academy';
import { type Course, courseSchema } from '#wire';
import { coursesQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWrite, useWriteFor } from '../api/use-write.ts';
import { HUB_READERS } from '../hub/hub-readers.ts';
import { useFormat } from '../i18n/use-format.ts';
import { Bars } from '../parts/bars.tsx';
import { DataTable } from '../parts/data-table.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { CopyText } from '../parts/digest.tsx';
import { EntryNotice } from '../parts/entry-notice.tsx';
import { Figures } from '../parts/figures.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { ButtonLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { TRACK_NAMES } from './track-names.ts';

/** Courses as their trainers open and follow them. */
export function CoursesPage() {
  const { t } = useTranslation();
  const allowed = holdsOneOf(useSession(), HUB_READERS.courses);
  const courses = useQuery({ ...coursesQuery, enabled: allowed });
  return (
    <>
      <PageHead title={t('academy.course.title')} lead={t('academy.course.lead')} />
      {allowed ? (
        <>
          <OpenForm />
          <Loaded query={courses}>
            {({ courses: all }) =>
              all.length === 0 ? (
                <p className="prose quiet">{t('academy.course.none')}</p>
              ) : (
                all.map((course) => <Cohort key={course.courseId} course={course} />)
              )
            }
          </Loaded>
        </>
      ) : (
        <EntryNotice roles={HUB_READERS.courses} />
      )}
      <Group>
        <ButtonLink to="/academy" variant="default">
          {t('academy.all')}
        </ButtonLink>
      </Group>
    </>
  );
}

function OpenForm() {
  const { t } = useTranslation();
  const [title, setTitle] = useState('');
  const [track, setTrack] = useState<TrackName>('clinician');
  const [startsOn, setStartsOn] = useState(today);
  const [endsOn, setEndsOn] = useState('');
  const open = useWriteFor(courseSchema, ['courses'], () => setTitle(''));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    open.mutate({
      path: '/api/academy/courses',
      body: { title, track, startsOn, endsOn: endsOn === '' ? null : endsOn },
    });
  };
  return (
    <Section title={t('academy.course.open')}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <div className="two-columns">
            <TextInput
              label={t('academy.course.name')}
              required
              maxLength={120}
              value={title}
              onChange={({ currentTarget }) => setTitle(currentTarget.value)}
            />
            <NativeSelect
              label={t('academy.track')}
              value={track}
              data={TRACK_NAMES.map((name) => ({ value: name, label: t(`role.${name}`) }))}
              onChange={({ currentTarget }) => setTrack(trackOf(currentTarget.value) ?? 'clinician')}
            />
            <TextInput
              type="date"
              label={t('academy.course.starts')}
              required
              value={startsOn}
              onChange={({ currentTarget }) => setStartsOn(currentTarget.value)}
            />
            <TextInput
              type="date"
              label={t('academy.course.ends')}
              description={t('academy.course.ends-hint')}
              min={startsOn}
              value={endsOn}
              onChange={({ currentTarget }) => setEndsOn(currentTarget.value)}
            />
          </div>
          <Group>
            <Button type="submit" loading={open.isPending}>
              {t('academy.course.submit')}
            </Button>
          </Group>
          {open.error === null ? null : <ProblemNotice error={open.error} />}
        </Stack>
      </form>
    </Section>
  );
}

function today(): string {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

/** One course: its code, and its cohort as sums. */
function Cohort({ course }: { readonly course: Course }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { title, code, isOpen, joined, nicknames, figures } = course;
  const track = trackOf(course.track);
  const day = (iso: string) => format.day(Date.parse(`${iso}T12:00:00Z`));
  return (
    <Section
      title={title}
      aside={
        <StateBadge
          tone={isOpen ? 'good' : 'quiet'}
          label={t(isOpen ? 'academy.course.is-open' : 'academy.course.is-over')}
        />
      }
    >
      <Group gap="xs" align="baseline">
        <span>{t('academy.course.code')}:</span>
        <strong className="course-code">
          {code.slice(0, 4)}-{code.slice(4)}
        </strong>
        <CopyText text={code} />
      </Group>
      <p className="prose quiet">
        {track === undefined ? null : `${t('academy.track')}: ${t(`role.${track}`)}. `}
        {t('academy.course.days', { from: day(course.startsOn), to: day(course.endsOn) })}{' '}
        {t('academy.course.deleted', { date: format.day(course.deletedAtMs) })}
      </p>
      <Figures
        figures={[
          { label: t('academy.course.joined'), value: format.count(joined) },
          ...(figures === null ? [] : [{ label: t('academy.course.finished'), value: format.count(figures.finished) }]),
        ]}
      />
      {figures === null ? (
        <p className="prose">{t('academy.course.too-few', { fewest: format.count(course.fewest) })}</p>
      ) : (
        <CohortFigures of={title} figures={figures} />
      )}
      {nicknames.length === 0 ? null : (
        <details className="as-table">
          <summary>{t('academy.course.nicknames')}</summary>
          <p className="prose">{format.list(nicknames)}</p>
          <p className="prose quiet">
            {t('academy.course.nameless', { number: format.count(joined - nicknames.length) })}
          </p>
        </details>
      )}
      <RemoveCourse course={course} />
    </Section>
  );
}

function CohortFigures({
  of,
  figures: { lessons },
}: {
  readonly of: string;
  readonly figures: NonNullable<Course['figures']>;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const nameOf = (lesson: string) => {
    const known = LESSONS.find((one) => one === lesson);
    return known === undefined ? lesson : t(`academy.lesson.${known}.title`);
  };
  return (
    <>
      <Title order={3}>{t('academy.course.done-bars')}</Title>
      <Bars
        label={`${of}: ${t('academy.course.done-bars')}`}
        bars={lessons.map(({ lesson, done }) => ({ label: nameOf(lesson), value: { count: done } }))}
      />
      <Title order={3}>{t('academy.course.first-bars')}</Title>
      <Bars
        label={`${of}: ${t('academy.course.first-bars')}`}
        bars={lessons.map(({ lesson, firstTry }) => ({ label: nameOf(lesson), value: { count: firstTry } }))}
      />
      <details className="as-table">
        <summary>{t('chart.as-table')}</summary>
        <DataTable
          caption={`${of}: ${t('academy.lessons')}`}
          rows={lessons}
          keyOf={({ lesson }) => lesson}
          columns={[
            { head: t('academy.course.lesson'), cell: ({ lesson }) => nameOf(lesson) },
            { head: t('academy.course.done-bars'), numeric: true, cell: ({ done }) => format.count(done) },
            { head: t('academy.course.first-bars'), numeric: true, cell: ({ firstTry }) => format.count(firstTry) },
            { head: t('academy.course.tries'), numeric: true, cell: ({ tries }) => format.count(tries) },
          ]}
        />
      </details>
    </>
  );
}

function RemoveCourse({ course: { courseId, title } }: { readonly course: Course }) {
  const { t } = useTranslation();
  const [isAsked, setAsked] = useState(false);
  const remove = useWrite(['courses'], () => setAsked(false));
  return (
    <>
      <Group>
        <Button variant="default" onClick={() => setAsked(true)}>
          {t('academy.course.delete')}
        </Button>
      </Group>
      <Dialog title={`${t('academy.course.delete')} – ${title}`} isOpen={isAsked} onClose={() => setAsked(false)}>
        <p>{t('academy.course.delete-ask')}</p>
        {remove.error === null ? null : <ProblemNotice error={remove.error} />}
        <Group justify="flex-end">
          <Button variant="default" data-autofocus onClick={() => setAsked(false)}>
            {t('sites.cancel')}
          </Button>
          <Button
            color="red"
            loading={remove.isPending}
            onClick={() => remove.mutate({ path: `/api/academy/courses/${courseId}`, method: 'DELETE' })}
          >
            {t('academy.course.delete')}
          </Button>
        </Group>
      </Dialog>
    </>
  );
}
