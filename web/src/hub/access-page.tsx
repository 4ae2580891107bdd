import { Button, Group, Stack, Textarea, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AccessRequest, PermitView } from '#wire';
import { accessRequestsQuery, permitsQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWrite } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { ButtonLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { HUB_READERS } from './hub-readers.ts';

const REQUEST_TONES = {
  draft: 'quiet',
  submitted: 'warn',
  granted: 'good',
  refused: 'bad',
  withdrawn: 'quiet',
} as const;

/** What was asked, what was promised, and whose turn it is. */
export function AccessPage() {
  const { t } = useTranslation();
  const researcher = holdsOneOf(useSession(), ['researcher']);
  const requests = useQuery(accessRequestsQuery);
  const permits = useQuery({ ...permitsQuery, enabled: requests.data !== undefined });
  return (
    <>
      <PageHead
        title={t('access.title')}
        lead={t('access.lead')}
        aside={researcher ? <ButtonLink to="/access/new">{t('access.new')}</ButtonLink> : null}
      />
      <Loaded query={requests} roles={HUB_READERS.access}>
        {(list) => (
          <>
            <Requests requests={list} />
            <Section title={t('permits.title')} lead={t('permits.lead')}>
              <Loaded query={permits} roles={HUB_READERS.access}>
                {(issued) => <Permits permits={issued} />}
              </Loaded>
            </Section>
          </>
        )}
      </Loaded>
    </>
  );
}

function Requests({ requests }: { readonly requests: readonly AccessRequest[] }) {
  const { t } = useTranslation();
  const newestFirst = [...requests].sort((a, b) => b.requestedAtMs - a.requestedAtMs);
  return (
    <Section title={t('access.requests')}>
      {requests.length === 0 ? (
        <EmptyState title={t('access.empty')} hint={t('access.empty-hint')} />
      ) : (
        <Stack gap="md">
          {newestFirst.map((request) => (
            <Request key={request.requestId} request={request} />
          ))}
        </Stack>
      )}
    </Section>
  );
}

function Request({ request }: { readonly request: AccessRequest }) {
  const { t } = useTranslation();
  const format = useFormat();
  const session = useSession();
  const { state } = request;
  return (
    <article className="filter-row">
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Title order={3}>{request.title}</Title>
          <StateBadge tone={REQUEST_TONES[state]} label={t(`access.state.${state}`)} />
        </Group>
        <p className="prose">{request.purpose}</p>
        <Facts
          facts={[
            [t('access.asked-by'), `${request.requestedBy}, ${format.moment(request.requestedAtMs)}`],
            [t('access.operations'), format.list(request.operations.map((name) => t(`operation.${name}`)))],
            [t('access.datasets'), request.datasets.map(({ siteId, name }) => `${siteId}/${name}`).join(', ')],
            [t('access.duration'), t('access.days', { count: request.days })],
            ...(request.decidedAtMs === null
              ? []
              : ([
                  [t('access.decided'), `${request.decidedBy ?? ''}, ${format.moment(request.decidedAtMs)}`],
                  [t('access.because'), request.because ?? '–'],
                ] as const)),
          ]}
        />
        {state === 'submitted' && !holdsOneOf(session, ['committee']) ? (
          <p className="quiet" style={{ margin: 0 }}>
            {t('access.committees-turn')}
          </p>
        ) : null}
        {state === 'submitted' && holdsOneOf(session, ['committee']) ? <Decision request={request} /> : null}
      </Stack>
    </article>
  );
}

function Decision({ request }: { readonly request: AccessRequest }) {
  const { t } = useTranslation();
  const [because, setBecause] = useState('');
  const decide = useWrite(['access-requests', 'permits']);
  const send = (decision: 'granted' | 'refused') => (event: FormEvent<HTMLButtonElement>) => {
    event.preventDefault();
    if (!event.currentTarget.form?.reportValidity()) return;
    decide.mutate({
      path: `/api/access-requests/${encodeURIComponent(request.requestId)}/decision`,
      body: { decision, because },
    });
  };
  return (
    <form>
      <Textarea
        label={t('access.reason')}
        description={t('access.reason-hint')}
        required
        maxLength={1000}
        value={because}
        onChange={({ currentTarget }) => setBecause(currentTarget.value)}
      />
      <Group mt="sm" gap="sm">
        <Button type="button" onClick={send('granted')} loading={decide.isPending}>
          {t('access.grant')}
        </Button>
        <Button type="button" variant="default" onClick={send('refused')} disabled={decide.isPending}>
          {t('access.refuse')}
        </Button>
      </Group>
      {decide.error === null ? null : <ProblemNotice error={decide.error} />}
    </form>
  );
}

function Permits({ permits }: { readonly permits: readonly PermitView[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const session = useSession();
  if (permits.length === 0) return <EmptyState title={t('permits.empty')} hint={t('permits.empty-hint')} />;
  return (
    <DataTable
      caption={t('permits.table')}
      rows={permits}
      keyOf={({ permitId }) => permitId}
      columns={[
        { head: t('permits.permit'), cell: ({ permitId }) => <span className="digest">{permitId}</span> },
        { head: t('permits.dataset'), cell: ({ siteId, dataset }) => `${siteId}/${dataset}` },
        {
          head: t('permits.operations'),
          cell: ({ operations }) => format.list(operations.map((name) => t(`operation.${name}`))),
        },
        { head: t('permits.state'), cell: (permit) => <PermitState permit={permit} /> },
        { head: t('permits.expires'), oneLine: true, cell: ({ expiresAtMs }) => format.day(expiresAtMs) },
        ...(holdsOneOf(session, ['committee'])
          ? [{ head: t('permits.action'), cell: (permit: PermitView) => <Revoke permit={permit} /> }]
          : []),
      ]}
    />
  );
}

function Revoke({ permit }: { readonly permit: PermitView }) {
  const { t } = useTranslation();
  const revoke = useWrite(['permits']);
  if (permit.revokedAtMs !== null) return <>–</>;
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        loading={revoke.isPending}
        aria-label={t('permits.revoke-named', { permit: permit.permitId })}
        onClick={() =>
          revoke.mutate({ path: `/api/permits/${encodeURIComponent(permit.permitId)}/revocation`, body: {} })
        }
      >
        {t('permits.revoke')}
      </Button>
      {revoke.error === null ? null : <ProblemNotice error={revoke.error} />}
    </>
  );
}

function PermitState({ permit }: { readonly permit: PermitView }) {
  const { t } = useTranslation();
  if (permit.revokedAtMs !== null) return <StateBadge tone="bad" label={t('permits.state.revoked')} />;
  if (permit.expiresAtMs < Date.now()) return <StateBadge tone="quiet" label={t('permits.state.expired')} />;
  return <StateBadge tone="good" label={t('permits.state.valid')} />;
}
