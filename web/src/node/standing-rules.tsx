import { Autocomplete, Button, Group, NativeSelect, NumberInput, Stack, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { approvalsSchema, StandingRule, StandingRuleWish } from '#wire';
import { standingRulesQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWrite } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { NODE_READERS } from './node-readers.ts';

type Asked = ReturnType<typeof approvalsSchema.parse>['items'][number];

const TONES = { 'in-force': 'good', expired: 'quiet', withdrawn: 'warn' } as const;

/** What the owner agrees to in advance; every rule has an end and can be taken back. */
export function StandingRules({ asked }: { readonly asked: readonly Asked[] }) {
  const { t } = useTranslation();
  const decider = holdsOneOf(useSession(), ['operator', 'protection-officer']);
  return (
    <Section title={t('rules.title')} lead={t('rules.lead')}>
      <Loaded query={useQuery(standingRulesQuery)} roles={NODE_READERS.approvals}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="prose quiet">{t('rules.empty')}</p>
          ) : (
            <RulesTable rules={items} decider={decider} />
          )
        }
      </Loaded>
      {decider ? <RuleForm asked={asked} /> : null}
    </Section>
  );
}

function RulesTable({ rules, decider }: { readonly rules: readonly StandingRule[]; readonly decider: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const withdraw = useWrite(['standing-rules']);
  const whatOf = ({ scope }: StandingRule) =>
    scope.kind === 'count'
      ? t('rules.counts-words', { permit: scope.permitId })
      : t('rules.training-words', { project: scope.projectId });
  const usedOf = ({ scope, used }: StandingRule) => {
    if (scope.kind === 'count') return t('rules.used-counts', { done: format.count(used.decisions) });
    const rounds = t('rules.used-rounds', { done: format.count(used.rounds), all: format.count(scope.rounds) });
    if (scope.epsilon === null) return rounds;
    const epsilon = `ε ${format.decimal(used.epsilon, 2)} / ${format.decimal(scope.epsilon, 2)}`;
    return format.list([rounds, epsilon]);
  };
  return (
    <>
      <DataTable
        caption={t('rules.table')}
        rows={rules}
        keyOf={({ ruleId }) => ruleId}
        columns={[
          { head: t('rules.rule'), cell: ({ ruleId }) => <span className="digest">{ruleId}</span> },
          { head: t('rules.what'), cell: whatOf },
          { head: t('rules.used'), cell: usedOf },
          { head: t('rules.because'), cell: ({ because }) => because },
          { head: t('rules.until'), oneLine: true, cell: ({ expiresAtMs }) => format.day(expiresAtMs) },
          {
            head: t('rules.state'),
            cell: ({ state }) => <StateBadge tone={TONES[state]} label={t(`rules.state.${state}`)} />,
          },
          ...(decider
            ? [
                {
                  head: t('rules.action'),
                  cell: ({ ruleId, state }: StandingRule) =>
                    state === 'in-force' ? (
                      <Button
                        size="xs"
                        variant="default"
                        loading={withdraw.isPending}
                        aria-label={t('rules.withdraw-named', { rule: ruleId })}
                        onClick={() =>
                          withdraw.mutate({
                            path: `/api/standing-rules/${encodeURIComponent(ruleId)}/withdrawal`,
                            body: {},
                          })
                        }
                      >
                        {t('rules.withdraw')}
                      </Button>
                    ) : (
                      '–'
                    ),
                },
              ]
            : []),
        ]}
      />
      {withdraw.error === null ? null : <ProblemNotice error={withdraw.error} />}
    </>
  );
}

function RuleForm({ asked }: { readonly asked: readonly Asked[] }) {
  const { t } = useTranslation();
  const projects = new Map(
    asked.flatMap(({ projectId, title }) => (projectId === null ? [] : [[projectId, title] as const])),
  );
  const permits = new Set(asked.map(({ permitId }) => permitId));
  const [kind, setKind] = useState<'train' | 'count'>('train');
  const [project, setProject] = useState<string>();
  const [permit, setPermit] = useState<string>();
  const [rounds, setRounds] = useState(50);
  const [epsilon, setEpsilon] = useState<number | null>(null);
  const [days, setDays] = useState(90);
  const [because, setBecause] = useState('');
  const create = useWrite(['standing-rules', 'approvals'], () => setBecause(''));
  const projectId = project ?? [...projects.keys()][0];
  const permitId = permit ?? [...permits.keys()][0];
  if (projectId === undefined && permitId === undefined)
    return <p className="prose quiet">{t('rules.nothing-asked')}</p>;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const scope: StandingRuleWish['scope'] =
      kind === 'train' ? { kind, projectId: projectId ?? '', rounds, epsilon } : { kind, permitId: permitId ?? '' };
    create.mutate({ path: '/api/standing-rules', body: { scope, because, days } });
  };
  const options = (named: ReadonlyMap<string, string>) =>
    [...named].map(([value, title]) => ({ value, label: `${title} (${value})` }));
  return (
    <details className="as-table">
      <summary>{t('rules.new')}</summary>
      <form onSubmit={submit} style={{ marginTop: '1rem' }}>
        <Stack gap="md" maw={560}>
          <NativeSelect
            label={t('rules.agree-to')}
            value={kind}
            data={[
              { value: 'train', label: t('rules.kind-train') },
              { value: 'count', label: t('rules.kind-count') },
            ]}
            onChange={({ currentTarget }) => setKind(currentTarget.value === 'count' ? 'count' : 'train')}
          />
          {kind === 'train' ? (
            <>
              {projects.size === 0 ? (
                <p className="prose quiet">{t('rules.nothing-asked')}</p>
              ) : (
                <NativeSelect
                  label={t('approvals.project')}
                  value={projectId ?? ''}
                  data={options(projects)}
                  onChange={({ currentTarget }) => setProject(currentTarget.value)}
                />
              )}
              <NumberInput
                label={t('rules.rounds')}
                description={t('rules.rounds-hint')}
                value={rounds}
                min={1}
                max={100_000}
                allowDecimal={false}
                required
                onChange={(value) => typeof value === 'number' && setRounds(value)}
              />
              <NumberInput
                label={t('rules.epsilon')}
                description={t('rules.epsilon-hint')}
                value={epsilon ?? ''}
                min={0.01}
                max={1000}
                step={0.5}
                onChange={(value) => setEpsilon(typeof value === 'number' ? value : null)}
              />
            </>
          ) : (
            <Autocomplete
              label={t('approvals.permit')}
              value={permitId ?? ''}
              data={[...permits.keys()]}
              required
              maxLength={60}
              onChange={setPermit}
            />
          )}
          <NumberInput
            label={t('rules.days')}
            value={days}
            min={1}
            max={1095}
            allowDecimal={false}
            required
            onChange={(value) => typeof value === 'number' && setDays(value)}
          />
          <Textarea
            label={t('rules.because')}
            value={because}
            required
            maxLength={500}
            onChange={({ currentTarget }) => setBecause(currentTarget.value)}
          />
          <Group>
            <Button type="submit" loading={create.isPending}>
              {t('rules.create')}
            </Button>
          </Group>
          {create.error === null ? null : <ProblemNotice error={create.error} />}
        </Stack>
      </form>
    </details>
  );
}
