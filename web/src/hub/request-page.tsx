import { Button, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { AccessRequest } from '#wire';
import { accessRequestQuery } from '../api/queries.ts';
import { useWrite } from '../api/use-write.ts';
import { useCohortWords } from '../i18n/use-cohort-words.ts';
import { useFormat } from '../i18n/use-format.ts';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { ButtonLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { REQUEST_TONES } from './access-words.ts';
import { HUB_READERS } from './hub-readers.ts';
import { Matching, RequestHolder } from './request-holder.tsx';
import { Renewal } from './request-renewal.tsx';
import { RequestVouched } from './request-vouched.tsx';
import { WordsForm } from './words-form.tsx';

/** One request: what is asked, where it stands at each holder, what each may do now, and its record. */
export function RequestPage() {
  const { requestId } = useParams({ from: '/access/$requestId' });
  const { t } = useTranslation();
  const query = useQuery(accessRequestQuery(requestId));
  return (
    <>
      <PageHead title={query.data?.title ?? t('access.request')} lead={query.data?.purpose ?? ''} />
      <Loaded query={query} roles={HUB_READERS.access}>
        {(request) => (
          <>
            <Asked request={request} />
            {request.holders.length === 0 ? (
              <DraftMatching request={request} />
            ) : (
              request.holders.map((holder) => <RequestHolder key={holder.siteId} request={request} holder={holder} />)
            )}
            <Renewal request={request} />
            <RequestVouched requestId={request.requestId} />
            <Entries request={request} />
          </>
        )}
      </Loaded>
    </>
  );
}

function Asked({ request }: { readonly request: AccessRequest }) {
  const { t } = useTranslation();
  const format = useFormat();
  const cohortWords = useCohortWords();
  const { state, use, ethics, cohort, epsilon, people, requestId } = request;
  const send = useWrite(['access-requests', 'permits']);
  const yesNo = (is: boolean) => (is ? t('access.yes') : t('access.no'));
  return (
    <Section
      title={t('access.asked')}
      aside={<StateBadge tone={REQUEST_TONES[state]} label={t(`access.state.${state}`)} />}
    >
      <Facts
        facts={[
          [t('access.kind'), t(`access.kind.${request.kind}`)],
          [t('access.asked-by'), `${request.requestedBy}, ${format.moment(request.requestedAtMs)}`],
          [t('access.operations'), format.list(request.operations.map((name) => t(`operation.${name}`)))],
          [t('access.datasets'), request.datasets.map(({ siteId, name }) => `${siteId}/${name}`).join(', ')],
          [t('access.duration'), t('access.days', { count: request.days })],
          ...(use === null
            ? ([[t('access.research'), t('access.unstated')]] as const)
            : ([
                [t('access.research'), t(`access.research.${use.research}`)],
                ...(use.diseases.length === 0 ? [] : ([[t('access.diseases'), use.diseases.join(', ')]] as const)),
                [t('access.commercial'), yesNo(use.commercial)],
                [t('access.not-for-profit'), yesNo(use.notForProfit)],
                [t('access.country'), format.country(use.country)],
                [
                  t('access.promises'),
                  promises(request)
                    .map((name) => t(`access.promise.${name}`))
                    .join(', ') || '–',
                ],
              ] as const)),
          [t('access.controller'), request.controller || '–'],
          [t('access.people'), people.map(({ name, affiliation }) => `${name} (${affiliation})`).join(', ') || '–'],
          [t('access.outputs'), request.outputs || '–'],
          [t('access.safeguards'), request.safeguards || '–'],
          [t('access.retention'), t('access.days', { count: request.retentionDays })],
          [t('access.ethics'), ethics === null ? '–' : `${ethics.reference}, ${ethics.body}`],
          [t('permit.people'), cohort === null ? t('cohort.everyone') : cohortWords(cohort)],
          [t('permit.budget'), epsilon === null ? t('permit.no-budget') : `ε ${format.number(epsilon)}`],
          [t('access.version'), format.number(request.version)],
        ]}
      />
      {state === 'draft' && request.isOwn ? (
        <Group gap="sm">
          <Button
            loading={send.isPending}
            onClick={() => send.mutate({ path: `/api/access-requests/${requestId}/sending`, body: {} })}
          >
            {t('access.send')}
          </Button>
          <ButtonLink variant="default" to="/access/$requestId/edit" params={{ requestId }}>
            {t('access.edit')}
          </ButtonLink>
        </Group>
      ) : null}
      {send.error === null ? null : <ProblemNotice error={send.error} />}
    </Section>
  );
}

function promises({ use }: AccessRequest): readonly ('publishes' | 'returnsResults' | 'collaborates')[] {
  return (['publishes', 'returnsResults', 'collaborates'] as const).filter((name) => use?.[name] === true);
}

/** Before a request is sent there are no holders yet: its writer sees what they will see. */
function DraftMatching({ request }: { readonly request: AccessRequest }) {
  const { t } = useTranslation();
  return (
    <Section title={t('match.title')} lead={t('match.lead')}>
      <Matching of={request.title} matching={request.draftMatching} />
    </Section>
  );
}

function Entries({ request }: { readonly request: AccessRequest }) {
  const { t } = useTranslation();
  const format = useFormat();
  const path = `/api/access-requests/${encodeURIComponent(request.requestId)}`;
  return (
    <Section title={t('access.record')}>
      <ol className="plain-list">
        {request.entries.map((entry, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: entries are only ever added at the end
          <li key={index}>
            <strong>{t(`access.entry.${entry.kind}`)}</strong>
            {entry.siteId === null ? null : ` · ${entry.siteId}`} · {entry.by} ·{' '}
            <time dateTime={new Date(entry.atMs).toISOString()}>{format.moment(entry.atMs)}</time>
            {entry.internal ? ` · ${t('access.internal')}` : null}
            {entry.text === null || entry.text === '' ? null : <p className="prose written">{entry.text}</p>}
          </li>
        ))}
      </ol>
      <WordsForm path={`${path}/comments`} label={t('access.comment')} action={t('access.comment-send')} />
      {request.isOwn && request.state !== 'withdrawn' ? (
        <details>
          <summary>{t('access.withdraw')}</summary>
          <WordsForm path={`${path}/withdrawal`} label={t('access.withdraw-why')} action={t('access.withdraw')} />
        </details>
      ) : null}
    </Section>
  );
}
