import { Button, Group, Stack, Textarea, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { approvalsSchema } from '#wire';
import { approvalsQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWrite } from '../api/use-write.ts';
import { useCodeWords } from '../i18n/use-code-words.ts';
import { useCohortWords } from '../i18n/use-cohort-words.ts';
import { useCompressionWords } from '../i18n/use-compression-words.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Digest } from '../parts/digest.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { LocalRules } from './local-rules.tsx';
import { NODE_READERS } from './node-readers.ts';
import { OptOutExceptions } from './opt-out-exceptions.tsx';
import { PrivacyBudget } from './privacy-budget.tsx';
import { StandingRules } from './standing-rules.tsx';
import { TableChecks } from './table-checks.tsx';

type Approval = ReturnType<typeof approvalsSchema.parse>['items'][number];

const TONES = { waiting: 'warn', approved: 'good', denied: 'bad' } as const;

/** What this node is asked to take part in; its owner can say no to anything. */
export function ApprovalsPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={t('approvals.title')} lead={t('approvals.lead')} />
      <Loaded query={useQuery(approvalsQuery)} roles={NODE_READERS.approvals}>
        {({ items }) => (
          <>
            <Inbox items={items} />
            <TableChecks />
            <StandingRules asked={items} />
            <LocalRules />
            <PrivacyBudget />
            <OptOutExceptions enters />
          </>
        )}
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
  const words = useCodeWords();
  const cohortWords = useCohortWords();
  const compressionWords = useCompressionWords();
  const { decision, leaving } = approval;
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
            [t('approvals.who'), approval.requestedBy ?? '–'],
            [
              t('approvals.permit'),
              <>
                {t('approvals.permit-words', {
                  permit: approval.permitId,
                  until: format.day(approval.permitExpiresAtMs),
                })}
                {approval.operations.length === 0 ? null : (
                  <>
                    <br />
                    {t('approvals.allows', {
                      what: format.list(approval.operations.map((name) => t(`operation.${name}`))),
                    })}
                  </>
                )}
              </>,
            ],
            [
              t('approvals.conditions'),
              approval.conditions.length === 0 ? '–' : format.list(approval.conditions.map(words.condition)),
            ],
            ...(approval.projectId === null
              ? []
              : ([
                  [
                    t('approvals.project'),
                    <span key="project" className="digest">
                      {approval.projectId}
                    </span>,
                  ],
                ] as const)),
            [t('approvals.cohort'), `${approval.dataset}: ${cohortWords(approval.cohort)}`],
            [
              t('approvals.people'),
              approval.own === null
                ? format.guarded(approval.persons)
                : t('approvals.own-words', {
                    persons: format.count(approval.own.persons),
                    films: format.count(approval.own.films),
                  }),
            ],
            [t('approvals.task'), t('approvals.task-words', { task: approval.task, strategy: approval.strategy })],
            [
              t('approvals.leaves'),
              t('approvals.leaves-words', {
                bytes: format.bytes(leaving.sentBytesPerRound),
                count: approval.rounds,
                total: format.bytes(leaving.bytesInAll),
              }),
            ],
            [
              t('approvals.masked'),
              leaving.whyOpen === null
                ? t('approvals.masked-yes')
                : `${t('approvals.masked-no')} (${t(`updates.why.${leaving.whyOpen}`)})`,
            ],
            [t('compression.title'), compressionWords(leaving.compression)],
            [
              t('evaluation.asked'),
              leaving.evaluation === null
                ? t('evaluation.asked-none')
                : [
                    t(leaving.evaluation.localOnly ? 'evaluation.asked-local' : 'evaluation.asked-models'),
                    ...(leaving.evaluation.crossSite === true ? [t('evaluation.asked-cross')] : []),
                    ...(leaving.evaluation.withoutEach === true ? [t('evaluation.asked-without')] : []),
                  ].join('; '),
            ],
            ...(approval.peers.length === 0
              ? []
              : ([[t('approvals.peers'), <Peers key="peers" peers={approval.peers} />]] as const)),
            [
              t('approvals.privacy'),
              leaving.privacy === null
                ? t('approvals.privacy-none')
                : leaving.privacy.limit === undefined || leaving.privacy.remaining === undefined
                  ? t('approvals.privacy-words', {
                      epsilon: format.decimal(leaving.privacy.epsilon, 2),
                      delta: String(leaving.privacy.delta),
                    })
                  : t('approvals.privacy-of-budget', {
                      epsilon: format.decimal(leaving.privacy.epsilon, 2),
                      limit: format.decimal(leaving.privacy.limit, 2),
                      remaining: format.decimal(leaving.privacy.remaining, 2),
                      delta: String(leaving.privacy.delta),
                    }),
            ],
            [t('approvals.asked'), format.moment(approval.askedAtMs)],
            [t('approvals.digest'), <Digest key="digest" sha256={approval.specSha256} />],
            [t('approvals.model-digest'), <Digest key="model" sha256={approval.modelSha256} />],
            [t('approvals.code-digest'), <Digest key="code" sha256={approval.codeSha256} />],
            ...(decision === 'waiting'
              ? []
              : ([
                  [
                    t('approvals.decided-by'),
                    approval.ruleId !== null
                      ? t('approvals.by-rule', { rule: approval.ruleId })
                      : approval.decidedBy?.startsWith('automatic')
                        ? t('job.automatic')
                        : (approval.decidedBy ?? '–'),
                  ],
                  ...(approval.decidedAtMs === null
                    ? []
                    : ([[t('approvals.decided-at'), format.moment(approval.decidedAtMs)]] as const)),
                  [t('approvals.because'), approval.because || '–'],
                ] as const)),
          ]}
        />
        <details className="as-table">
          <summary>{t('approvals.tensors', { parameters: format.count(leaving.parameters) })}</summary>
          <DataTable
            caption={t('approvals.tensors-table', { title: approval.title })}
            rows={leaving.tensors}
            keyOf={({ name }) => name}
            columns={[
              { head: t('approvals.tensor'), cell: ({ name }) => <span className="digest">{name}</span> },
              { head: t('approvals.shape'), numeric: true, cell: ({ shape }) => shape.join(' × ') },
            ]}
          />
        </details>
        {decider && decision !== 'denied' ? <Decision approval={approval} /> : null}
        {decision === 'waiting' && !decider ? (
          <p className="quiet" style={{ margin: 0 }}>
            {t('approvals.operators-turn')}
          </p>
        ) : null}
      </Stack>
    </article>
  );
}

/** Whose keys the masking rests on, to be read to the other hospital. */
function Peers({ peers }: { readonly peers: Approval['peers'] }) {
  const { t } = useTranslation();
  return (
    <>
      <p className="quiet" style={{ margin: 0 }}>
        {t('approvals.peers-lead')}
      </p>
      <ul style={{ margin: 0 }}>
        {peers.map(({ siteId, fingerprint, confirmed }) => (
          <li key={siteId}>
            {siteId}: <span className="fingerprint">{fingerprint ?? t('approvals.peer-unknown')}</span>
            {fingerprint === null ? null : (
              <> ({confirmed ? t('approvals.peer-confirmed') : t('approvals.peer-first-seen')})</>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

/** Yes or no; a yes can be taken back while the job runs. A no says why. */
function Decision({ approval: { jobId, title, decision } }: { readonly approval: Approval }) {
  const { t } = useTranslation();
  const [because, setBecause] = useState('');
  const [lacksReason, setLacksReason] = useState(false);
  const decide = useWrite(['approvals']);
  const reason = useRef<HTMLTextAreaElement>(null);
  const send = (answer: 'approved' | 'denied') => {
    const lacks = answer === 'denied' && because.trim() === '';
    setLacksReason(lacks);
    if (lacks) reason.current?.focus();
    else decide.mutate({ path: `/api/approvals/${encodeURIComponent(jobId)}`, body: { decision: answer, because } });
  };
  return (
    <div>
      <Textarea
        ref={reason}
        label={decision === 'waiting' ? t('approvals.reason') : t('approvals.reason-back')}
        maxLength={500}
        value={because}
        error={lacksReason ? t('approvals.reason-missing') : null}
        onChange={({ currentTarget }) => setBecause(currentTarget.value)}
      />
      <Group mt="sm" gap="sm">
        {decision === 'waiting' ? (
          <Button
            onClick={() => send('approved')}
            loading={decide.isPending}
            aria-label={t('approvals.approve-named', { title })}
          >
            {t('approvals.approve')}
          </Button>
        ) : null}
        <Button
          variant="default"
          onClick={() => send('denied')}
          disabled={decide.isPending}
          aria-label={
            decision === 'waiting' ? t('approvals.deny-named', { title }) : t('approvals.take-back-named', { title })
          }
        >
          {decision === 'waiting' ? t('approvals.deny') : t('approvals.take-back')}
        </Button>
      </Group>
      {decide.error === null ? null : <ProblemNotice error={decide.error} />}
    </div>
  );
}
