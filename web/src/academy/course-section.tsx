import { Button, Group, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { trackOf } from '#academy';
import { type CourseMembership, courseMembershipSchema } from '#wire';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWrite, useWriteFor } from '../api/use-write.ts';
import { HUB_READERS } from '../hub/hub-readers.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { ButtonLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { useCoursePlace } from './course-place.ts';

/** Where learners join a course by its code, and trainers find theirs. Only a hub has courses. */
export function CourseSection() {
  const { t } = useTranslation();
  const session = useSession();
  const { place, take } = useCoursePlace();
  if (session.house.kind !== 'hub') return null;
  return (
    <Section
      title={t(place === null ? 'academy.course.join-title' : 'academy.course.taking-part')}
      lead={t(place === null ? 'academy.course.join-lead' : 'academy.course.taking-part-lead')}
      aside={
        holdsOneOf(session, HUB_READERS.courses) ? (
          <ButtonLink to="/academy/courses" variant="light">
            {t('academy.course.title')}
          </ButtonLink>
        ) : null
      }
    >
      {place === null ? <JoinForm onJoined={take} /> : <Place place={place} onLeft={() => take(null)} />}
    </Section>
  );
}

function JoinForm({ onJoined }: { readonly onJoined: (place: CourseMembership) => void }) {
  const { t } = useTranslation();
  const [code, setCode] = useState('');
  const [nickname, setNickname] = useState('');
  const join = useWriteFor(courseMembershipSchema, [], onJoined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const called = nickname.trim();
    join.mutate({
      path: '/api/academy/courses/learners',
      body: { code: code.toUpperCase().replaceAll(/[^A-Z0-9]/g, ''), nickname: called === '' ? null : called },
    });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <div className="two-columns">
          <TextInput
            label={t('academy.course.code')}
            required
            maxLength={20}
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            value={code}
            onChange={({ currentTarget }) => setCode(currentTarget.value)}
          />
          <TextInput
            label={t('academy.course.nickname')}
            description={t('academy.course.nickname-hint')}
            maxLength={30}
            autoComplete="off"
            value={nickname}
            onChange={({ currentTarget }) => setNickname(currentTarget.value)}
          />
        </div>
        <Group>
          <Button type="submit" loading={join.isPending}>
            {t('academy.course.join')}
          </Button>
        </Group>
        {join.error === null ? null : <ProblemNotice error={join.error} />}
      </Stack>
    </form>
  );
}

function Place({ place, onLeft }: { readonly place: CourseMembership; readonly onLeft: () => void }) {
  const { t } = useTranslation();
  const { code, learner, title, track } = place;
  const known = trackOf(track);
  const leave = useWrite([], onLeft);
  return (
    <Stack gap="sm">
      <p className="course-title">{title}</p>
      {known === undefined ? null : (
        <p className="prose">
          {t('academy.track')}: {t(`role.${known}`)}
        </p>
      )}
      <Group>
        <Button
          variant="default"
          loading={leave.isPending}
          onClick={() => leave.mutate({ path: '/api/academy/courses/leavings', body: { code, learner } })}
        >
          {t('academy.course.leave')}
        </Button>
      </Group>
      {leave.error === null ? null : <ProblemNotice error={leave.error} />}
    </Stack>
  );
}
