import { Button, Checkbox, Group, NumberInput, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { absenceSchema, type Committee, type Post, postInvitationSchema, postSchema } from '#wire';
import { committeesQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWrite, useWriteFor } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { holdsAnywhere } from './access-words.ts';
import { HUB_READERS } from './hub-readers.ts';

/** Who decides for each holder; and where somebody who was invited takes up their post. */
export function CommitteesPage() {
  const { t } = useTranslation();
  const reads = holdsAnywhere(useSession(), HUB_READERS.committees);
  const committees = useQuery({ ...committeesQuery, enabled: reads });
  return (
    <>
      <PageHead title={t('committees.title')} lead={t('committees.lead')} />
      <TakePost />
      {reads ? (
        <Loaded query={committees} roles={HUB_READERS.committees}>
          {(list) => (
            <>
              {list.map((committee) => (
                <CommitteeOfHolder key={committee.siteId} committee={committee} />
              ))}
            </>
          )}
        </Loaded>
      ) : null}
    </>
  );
}

function TakePost() {
  const { t } = useTranslation();
  const [code, setCode] = useState('');
  const [taken, setTaken] = useState<Post>();
  const take = useWriteFor(postSchema, ['session', 'committees', 'access-requests'], (post) => {
    setTaken(post);
    setCode('');
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    take.mutate({ path: '/api/posts', body: { code } });
  };
  return (
    <Section title={t('committees.take')} lead={t('committees.take-lead')}>
      <form onSubmit={submit}>
        <Group align="flex-end" gap="sm">
          <TextInput
            label={t('committees.code')}
            required
            minLength={8}
            maxLength={100}
            autoComplete="off"
            value={code}
            onChange={({ currentTarget }) => setCode(currentTarget.value)}
          />
          <Button type="submit" loading={take.isPending}>
            {t('committees.take')}
          </Button>
        </Group>
      </form>
      {taken === undefined ? null : (
        <Notice tone="good" role="status" title={t('committees.taken', { holder: taken.siteId })} />
      )}
      {take.error === null ? null : <ProblemNotice error={take.error} />}
    </Section>
  );
}

function CommitteeOfHolder({ committee }: { readonly committee: Committee }) {
  const { t } = useTranslation();
  const format = useFormat();
  const coordinates = holdsOneOf(useSession(), ['coordinator']);
  const { siteId, members, isOwn, quorum } = committee;
  const end = useWrite(['committees']);
  return (
    <Section title={siteId} lead={t(`access.committee.${isOwn ? 'own' : 'network'}`)}>
      <p className="prose">
        {t('access.quorum')}: {format.number(quorum)}
      </p>
      {members.length === 0 ? null : (
        <ul className="plain-list" aria-label={t('committees.members', { holder: siteId })}>
          {members.map(({ postId, name, sinceMs, awayUntilMs, plannedAway, standsInUntilMs, isOwn: isMine }) => (
            <li key={postId}>
              {name}, {format.day(sinceMs)}
              {awayUntilMs === null ? null : ` · ${t('committees.away', { date: format.day(awayUntilMs) })}`}
              {plannedAway === null
                ? null
                : ` · ${t('committees.planned', {
                    from: format.day(plannedAway.fromMs),
                    until: format.day(plannedAway.untilMs),
                  })}`}
              {standsInUntilMs === null
                ? null
                : ` · ${t('committees.stands-in', { date: format.day(standsInUntilMs) })}`}{' '}
              {isMine && standsInUntilMs === null ? (
                <Absence postId={postId} isAway={awayUntilMs !== null} isPlanned={plannedAway !== null} />
              ) : null}
              {coordinates ? (
                <Button
                  size="compact-sm"
                  variant="default"
                  loading={end.isPending}
                  aria-label={t('committees.end-named', { name })}
                  onClick={() => end.mutate({ path: `/api/posts/${encodeURIComponent(postId)}/end`, body: {} })}
                >
                  {t('committees.end')}
                </Button>
              ) : null}
            </li>
          ))}
        </ul>
      )}
      {end.error === null ? null : <ProblemNotice error={end.error} />}
      {coordinates ? <Coordinate committee={committee} /> : null}
    </Section>
  );
}

/** A member will be away, with or without a stand-in; or is back. */
function Absence(props: { readonly postId: string; readonly isAway: boolean; readonly isPlanned: boolean }) {
  const { postId, isAway, isPlanned } = props;
  const { t } = useTranslation();
  const [from, setFrom] = useState('');
  const [until, setUntil] = useState('');
  const [standIn, setStandIn] = useState(true);
  const [code, setCode] = useState<string | null>(null);
  const path = `/api/posts/${encodeURIComponent(postId)}`;
  const leave = useWriteFor(absenceSchema, ['committees'], (answer) => setCode(answer.code));
  const back = useWrite(['committees', 'session']);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // The last day counts.
    const untilMs = Date.parse(until) + 86_400_000;
    leave.mutate({ path: `${path}/absence`, body: { fromMs: Date.parse(from), untilMs, standIn } });
  };
  return (
    <>
      {isAway || isPlanned ? (
        <Button
          size="compact-sm"
          variant="default"
          loading={back.isPending}
          onClick={() => back.mutate({ path: `${path}/return`, body: {} })}
        >
          {t(isAway ? 'committees.back' : 'committees.planned-end')}
        </Button>
      ) : (
        <details>
          <summary>{t('committees.leave')}</summary>
          <form onSubmit={submit}>
            <Group align="flex-end" gap="sm">
              <TextInput
                type="date"
                label={t('committees.leave-from')}
                required
                value={from}
                onChange={({ currentTarget }) => setFrom(currentTarget.value)}
              />
              <TextInput
                type="date"
                label={t('committees.leave-until')}
                required
                min={from}
                value={until}
                onChange={({ currentTarget }) => setUntil(currentTarget.value)}
              />
              <Checkbox
                label={t('committees.stand-in')}
                checked={standIn}
                mb={8}
                onChange={({ currentTarget }) => setStandIn(currentTarget.checked)}
              />
              <Button type="submit" variant="default" loading={leave.isPending}>
                {t('committees.leave-do')}
              </Button>
            </Group>
          </form>
        </details>
      )}
      {code === null ? null : (
        <Notice tone="info" role="status" title={t('committees.stand-in-code')}>
          <code>{code}</code>
        </Notice>
      )}
      {leave.error === null ? null : <ProblemNotice error={leave.error} />}
      {back.error === null ? null : <ProblemNotice error={back.error} />}
    </>
  );
}

function Coordinate({ committee: { siteId, quorum } }: { readonly committee: Committee }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [wanted, setWanted] = useState(quorum);
  const [invitation, setInvitation] = useState<{ readonly code: string; readonly expiresAtMs: number }>();
  const set = useWrite(['committees']);
  const invite = useWriteFor(postInvitationSchema, [], setInvitation);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    set.mutate({ path: `/api/committees/${siteId}/quorum`, body: { quorum: wanted } });
  };
  return (
    <>
      <form onSubmit={submit}>
        <Group align="flex-end" gap="sm">
          <NumberInput
            label={t('committees.quorum-of', { holder: siteId })}
            value={wanted}
            min={1}
            max={15}
            required
            allowDecimal={false}
            maw={260}
            onChange={(value) => typeof value === 'number' && setWanted(value)}
          />
          <Button type="submit" variant="default" loading={set.isPending}>
            {t('committees.quorum-set')}
          </Button>
          <Button
            type="button"
            loading={invite.isPending}
            aria-label={t('committees.invite-to', { holder: siteId })}
            onClick={() => invite.mutate({ path: `/api/committees/${siteId}/invitations`, body: {} })}
          >
            {t('committees.invite')}
          </Button>
        </Group>
      </form>
      {invitation === undefined ? null : (
        <Notice tone="info" role="status" title={t('committees.invited', { date: format.day(invitation.expiresAtMs) })}>
          <code>{invitation.code}</code>
        </Notice>
      )}
      {set.error === null ? null : <ProblemNotice error={set.error} />}
      {invite.error === null ? null : <ProblemNotice error={invite.error} />}
    </>
  );
}
