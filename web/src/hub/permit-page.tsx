import { Button, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PermitView } from '#wire';
import { permitPolicyQuery, permitsQuery } from '../api/queries.ts';
import { useSession } from '../api/session.ts';
import { useWrite } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { TextLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { holdsAnywhere, useConditionWords } from './access-words.ts';
import { HUB_READERS } from './hub-readers.ts';
import { PermitState } from './permit-state.tsx';

/** One permit: what it allows, what its site holds it against, and how it ends. */
export function PermitPage() {
  const { t } = useTranslation();
  const { permitId } = useParams({ from: '/permits/$permitId' });
  return (
    <>
      <PageHead title={t('permit.title')} lead={permitId} />
      <Loaded query={useQuery(permitsQuery)} roles={HUB_READERS.access}>
        {(permits) => {
          const permit = permits.find((one) => one.permitId === permitId);
          return permit === undefined ? (
            <EmptyState title={t('permits.empty')} hint={t('permits.empty-hint')} />
          ) : (
            <Permit permit={permit} />
          );
        }}
      </Loaded>
    </>
  );
}

function Permit({ permit }: { readonly permit: PermitView }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useConditionWords();
  const session = useSession();
  const { requestId, judged = [], epsilon } = permit;
  return (
    <>
      <Section title={t('permit.terms')} aside={<PermitState permit={permit} />}>
        <p className="prose">{permit.purpose}</p>
        <Facts
          facts={[
            [t('permits.dataset'), `${permit.siteId}/${permit.dataset}`],
            [t('permits.operations'), format.list(permit.operations.map((name) => t(`operation.${name}`)))],
            [t('permit.issued'), format.moment(permit.issuedAtMs)],
            [t('permits.expires'), format.moment(permit.revokedAtMs ?? permit.expiresAtMs)],
            [t('permit.people'), permit.isBoundToCohort === true ? t('permit.cohort') : t('cohort.everyone')],
            [t('permit.budget'), epsilon == null ? t('permit.no-budget') : `ε ${format.number(epsilon)}`],
            ...(judged.length === 0 ? [] : ([[t('permit.judged'), format.list(judged.map(words.term))]] as const)),
          ]}
        />
        {requestId === undefined ? null : (
          <div>
            <TextLink to="/access/$requestId" params={{ requestId }}>
              {t('permit.request')}
            </TextLink>
          </div>
        )}
      </Section>
      <Policy permitId={permit.permitId} />
      {permit.revokedAtMs === null && holdsAnywhere(session, ['committee']) ? <Revoke permit={permit} /> : null}
    </>
  );
}

function Policy({ permitId }: { readonly permitId: string }) {
  const { t } = useTranslation();
  return (
    <Section title={t('permit.policy')} lead={t('permit.policy-lead')}>
      <Loaded query={useQuery(permitPolicyQuery(permitId))} roles={HUB_READERS.access}>
        {({ cedar }) => (
          <pre className="code" lang="en">
            {cedar}
          </pre>
        )}
      </Loaded>
    </Section>
  );
}

function Revoke({ permit }: { readonly permit: PermitView }) {
  const { t } = useTranslation();
  const [because, setBecause] = useState('');
  const revoke = useWrite(['permits', 'access-requests', 'register']);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    revoke.mutate({ path: `/api/permits/${encodeURIComponent(permit.permitId)}/revocation`, body: { because } });
  };
  return (
    <Section title={t('permits.revoke')} lead={t('permit.revoke-lead')}>
      <form onSubmit={submit}>
        <Textarea
          label={t('access.reason')}
          required
          maxLength={1000}
          value={because}
          onChange={({ currentTarget }) => setBecause(currentTarget.value)}
        />
        <Button type="submit" mt="sm" loading={revoke.isPending}>
          {t('permits.revoke')}
        </Button>
        {revoke.error === null ? null : <ProblemNotice error={revoke.error} />}
      </form>
    </Section>
  );
}
