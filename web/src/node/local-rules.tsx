import { Button, Checkbox, Group, Stack, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type LocalRule, OFFERED_OPERATIONS, type Operation } from '#wire';
import { localRulesQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWrite } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { NODE_READERS } from './node-readers.ts';

/** What this node refuses, whatever a permit says. */
export function LocalRules() {
  const { t } = useTranslation();
  const decider = holdsOneOf(useSession(), ['operator', 'protection-officer']);
  return (
    <Section title={t('local-rules.title')} lead={t('local-rules.lead')}>
      <Loaded query={useQuery(localRulesQuery)} roles={NODE_READERS.approvals}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="prose quiet">{t('local-rules.empty')}</p>
          ) : (
            <RulesTable rules={items} decider={decider} />
          )
        }
      </Loaded>
      {decider ? <RuleForm /> : null}
    </Section>
  );
}

function RulesTable({ rules, decider }: { readonly rules: readonly LocalRule[]; readonly decider: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const withdraw = useWrite(['local-rules']);
  const whatOf = ({ operations, datasets, commercialOnly, projectId }: LocalRule) =>
    format.list([
      operations.length === 0
        ? t('local-rules.everything')
        : format.list(operations.map((operation) => t(`operation.${operation}`))),
      ...datasets,
      ...(commercialOnly ? [t('access.commercial')] : []),
      ...(projectId === null ? [] : [projectId]),
    ]);
  return (
    <>
      <DataTable
        caption={t('local-rules.table')}
        rows={rules}
        keyOf={({ ruleId }) => ruleId}
        columns={[
          { head: t('rules.rule'), cell: ({ ruleId }) => <span className="digest">{ruleId}</span> },
          { head: t('local-rules.what'), cell: whatOf },
          { head: t('rules.because'), cell: ({ because }) => because },
          ...(decider
            ? [
                {
                  head: t('rules.action'),
                  cell: ({ ruleId }: LocalRule) => (
                    <Button
                      size="xs"
                      variant="default"
                      loading={withdraw.isPending}
                      aria-label={t('local-rules.withdraw-named', { rule: ruleId })}
                      onClick={() => withdraw.mutate({ path: `/api/local-rules/${ruleId}/withdrawal`, body: {} })}
                    >
                      {t('local-rules.withdraw')}
                    </Button>
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

function RuleForm() {
  const { t } = useTranslation();
  const [operations, setOperations] = useState<readonly Operation[]>([]);
  const [commercialOnly, setCommercialOnly] = useState(false);
  const [project, setProject] = useState('');
  const [because, setBecause] = useState('');
  const make = useWrite(['local-rules'], () => setBecause(''));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const projectId = project.trim() === '' ? null : project.trim();
    make.mutate({ path: '/api/local-rules', body: { operations, datasets: [], commercialOnly, projectId, because } });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Checkbox.Group
          label={t('local-rules.operations')}
          value={[...operations]}
          onChange={(values) => setOperations(OFFERED_OPERATIONS.filter((one) => values.includes(one)))}
        >
          <Group gap="md" mt="xs">
            {OFFERED_OPERATIONS.map((operation) => (
              <Checkbox key={operation} value={operation} label={t(`operation.${operation}`)} />
            ))}
          </Group>
        </Checkbox.Group>
        <Checkbox
          label={t('local-rules.commercial')}
          checked={commercialOnly}
          onChange={({ currentTarget }) => setCommercialOnly(currentTarget.checked)}
        />
        <TextInput
          label={t('local-rules.project')}
          pattern="\s*request-[0-9a-z]{8,40}\s*"
          maxLength={60}
          value={project}
          onChange={({ currentTarget }) => setProject(currentTarget.value)}
        />
        <Textarea
          label={t('local-rules.because')}
          required
          maxLength={200}
          value={because}
          onChange={({ currentTarget }) => setBecause(currentTarget.value)}
        />
        <div>
          <Button type="submit" variant="default" loading={make.isPending}>
            {t('local-rules.make')}
          </Button>
        </div>
      </Stack>
      {make.error === null ? null : <ProblemNotice error={make.error} />}
    </form>
  );
}
