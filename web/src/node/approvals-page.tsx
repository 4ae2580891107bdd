import { Button, Group, Stack, Textarea, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { approvalsSchema } from '#wire';
import { approvalsQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWrite } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { Digest } from '../parts/digest.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { NODE_READERS } from './node-readers.ts';

type Approval = ReturnType<typeof approvalsSchema.parse>['items'][number];

const TONES = { waiting: 'warn', approved: 'good', denied: 'bad' } as const;

/** What this node is asked to take part in; its owner can say no to anything. */
export function ApprovalsPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={t('approvals.title')} lead={t('approvals.lead')} />
      <Loaded query={useQuery(approvalsQuery)} roles={NODE_READERS.approvals}>
        {({ items }) => <Inbox items={items} />}
      </Loaded>
    </>
  );
}

function Inbox({ items }: { readonly items: readonly Approval[] }) {
  const { t } = useTranslation();
  const waiting = items.filter(({ decision }) => decision === 'waiting');
  const decided = items.filter(({ decision }) => decision !== 'waiting');
  return (
    <>
      <Section title={t('approvals.waiting', { count: waiting.length })}>
        {waiting.length === 0 ? (
          <EmptyState title={t('approvals.empty')} hint={t('approvals.empty-hint')} />
        ) : (
          <Stack gap="md">
            {waiting.map((approval) => (
              <Asked key={approval.jobId} approval={approval} />
            ))}
          </Stack>
        )}
      </Section>
      {decided.length === 0 ? null : (
        <Section title={t('approvals.decided')}>
          <Stack gap="md">
            {decided.map((approval) => (
              <Asked key={approval.jobId} approval={approval} />
            ))}
          </Stack>
        </Section>
      )}
    </>
  );
}

function Asked({ approval }: { readonly approval: Approval }) {
  const { t } = useTranslation();
  const format = useFormat();
  const decider = holdsOneOf(useSession(), ['operator', 'protection-officer']);
  const { decision } = approval;
  return (
    <article className="filter-row">
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Title order={3}>{approval.title}</Title>
          <StateBadge tone={TONES[decision]} label={t(`job.decision.${decision}`)} />
        </Group>
        <p className="prose">{approval.purpose}</p>
        <Facts
          facts={[
            [t('approvals.people'), format.guarded(approval.persons)],
            [
              t('approvals.leaves'),
              t('approvals.leaves-words', {
                bytes: format.bytes(approval.updateBytes),
                count: approval.rounds,
                total: format.bytes(approval.updateBytes * approval.rounds),
              }),
            ],
            [
              t('approvals.permit'),
              t('approvals.permit-words', {
                permit: approval.permitId,
                until: format.day(approval.permitExpiresAtMs),
              }),
            ],
            [t('approvals.task'), approval.task],
            [t('approvals.asked'), format.moment(approval.askedAtMs)],
            [t('approvals.digest'), <Digest key="digest" sha256={approval.specSha256} />],
            ...(decision === 'waiting'
              ? []
              : ([
                  [
                    t('approvals.decided-by'),
                    approval.decidedBy?.startsWith('automatic') ? t('job.automatic') : (approval.decidedBy ?? '–'),
                  ],
                  [t('approvals.because'), approval.because || '–'],
                ] as const)),
          ]}
        />
        {decision === 'waiting' && decider ? <Decision jobId={approval.jobId} title={approval.title} /> : null}
        {decision === 'waiting' && !decider ? (
          <p className="quiet" style={{ margin: 0 }}>
            {t('approvals.operators-turn')}
          </p>
        ) : null}
      </Stack>
    </article>
  );
}

function Decision({ jobId, title }: { readonly jobId: string; readonly title: string }) {
  const { t } = useTranslation();
  const [because, setBecause] = useState('');
  const decide = useWrite(['approvals']);
  const send = (decision: 'approved' | 'denied') =>
    decide.mutate({ path: `/api/approvals/${encodeURIComponent(jobId)}`, body: { decision, because } });
  return (
    <div>
      <Textarea
        label={t('approvals.reason')}
        maxLength={500}
        value={because}
        onChange={({ currentTarget }) => setBecause(currentTarget.value)}
      />
      <Group mt="sm" gap="sm">
        <Button
          onClick={() => send('approved')}
          loading={decide.isPending}
          aria-label={t('approvals.approve-named', { title })}
        >
          {t('approvals.approve')}
        </Button>
        <Button
          variant="default"
          onClick={() => send('denied')}
          disabled={decide.isPending}
          aria-label={t('approvals.deny-named', { title })}
        >
          {t('approvals.deny')}
        </Button>
      </Group>
      {decide.error === null ? null : <ProblemNotice error={decide.error} />}
    </div>
  );
}
