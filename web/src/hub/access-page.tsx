import { Group, Stack, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { AccessRequest, PermitView } from '#wire';
import { accessRequestsQuery, permitsQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ButtonLink, TextLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { HOLDER_TONES, REQUEST_TONES } from './access-words.ts';
import { HUB_READERS } from './hub-readers.ts';
import { PermitState } from './permit-state.tsx';

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
            <Inbox requests={list} />
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

/** Requests that wait for the reader: as a member of a holder's committee, or as the one who asked. */
function Inbox({ requests }: { readonly requests: readonly AccessRequest[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const waiting = requests.flatMap((request) =>
    request.holders
      .filter(({ siteId, turn }) =>
        request.isOwn ? turn === 'requester' : turn === 'holder' && request.mayDecideFor.includes(siteId),
      )
      .map((holder) => ({ request, holder })),
  );
  if (waiting.length === 0) return null;
  return (
    <Section title={t('access.inbox', { number: waiting.length })} lead={t('access.inbox-lead')}>
      <DataTable
        caption={t('access.inbox-table')}
        rows={waiting}
        keyOf={({ request, holder }) => `${request.requestId}/${holder.siteId}`}
        columns={[
          {
            head: t('access.request'),
            cell: ({ request: { requestId, title } }) => (
              <TextLink to="/access/$requestId" params={{ requestId }}>
                {title}
              </TextLink>
            ),
          },
          { head: t('access.holder'), cell: ({ holder }) => holder.siteId },
          {
            head: t('permits.state'),
            cell: ({ holder: { state } }) => (
              <StateBadge tone={HOLDER_TONES[state]} label={t(`access.holder-state.${state}`)} />
            ),
          },
          {
            head: t('access.due'),
            oneLine: true,
            cell: ({ holder: { dueAtMs } }) => (dueAtMs === null ? '–' : format.day(dueAtMs)),
          },
        ]}
      />
    </Section>
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
  const { state, requestId } = request;
  return (
    <article className="filter-row">
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Title order={3}>
            <TextLink to="/access/$requestId" params={{ requestId }}>
              {request.title}
            </TextLink>
          </Title>
          <StateBadge tone={REQUEST_TONES[state]} label={t(`access.state.${state}`)} />
        </Group>
        <p className="prose">{request.purpose}</p>
        <Facts
          facts={[
            [t('access.asked-by'), `${request.requestedBy}, ${format.moment(request.requestedAtMs)}`],
            [t('access.operations'), format.list(request.operations.map((name) => t(`operation.${name}`)))],
            [t('access.datasets'), request.datasets.map(({ siteId, name }) => `${siteId}/${name}`).join(', ')],
            [t('access.duration'), t('access.days', { count: request.days })],
          ]}
        />
        {request.holders.length === 0 ? null : (
          <ul className="plain-list" aria-label={t('access.holders')}>
            {request.holders.map((holder) => (
              <li key={holder.siteId}>
                {holder.siteId}{' '}
                <StateBadge tone={HOLDER_TONES[holder.state]} label={t(`access.holder-state.${holder.state}`)} />
              </li>
            ))}
          </ul>
        )}
      </Stack>
    </article>
  );
}

function Permits({ permits }: { readonly permits: readonly PermitView[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (permits.length === 0) return <EmptyState title={t('permits.empty')} hint={t('permits.empty-hint')} />;
  return (
    <DataTable
      caption={t('permits.table')}
      rows={permits}
      keyOf={({ permitId }) => permitId}
      columns={[
        {
          head: t('permits.permit'),
          cell: ({ permitId }) => (
            <TextLink className="digest" to="/permits/$permitId" params={{ permitId }}>
              {permitId}
            </TextLink>
          ),
        },
        { head: t('permits.dataset'), cell: ({ siteId, dataset }) => `${siteId}/${dataset}` },
        {
          head: t('permits.operations'),
          cell: ({ operations }) => format.list(operations.map((name) => t(`operation.${name}`))),
        },
        { head: t('permits.state'), cell: (permit) => <PermitState permit={permit} /> },
        { head: t('permits.expires'), oneLine: true, cell: ({ expiresAtMs }) => format.day(expiresAtMs) },
      ]}
    />
  );
}
