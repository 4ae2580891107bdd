import { Button, Checkbox, Group, Stack, Textarea, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CheckedTable } from '#wire';
import { tableChecksQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWrite } from '../api/use-write.ts';
import { useCohortWords } from '../i18n/use-cohort-words.ts';
import { useFormat } from '../i18n/use-format.ts';
import { useValueWords } from '../i18n/use-value-words.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { NODE_READERS } from './node-readers.ts';

const TONES = { waiting: 'warn', released: 'good', refused: 'bad' } as const;
const LOOKS = ['cells', 'purpose', 'others'] as const;

/** Exact tables that leave after two people found them to be anonymous. */
export function TableChecks() {
  const { t } = useTranslation();
  return (
    <Section title={t('table-checks.title')} lead={t('table-checks.lead')}>
      <Loaded query={useQuery(tableChecksQuery)} roles={NODE_READERS.approvals}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="prose quiet">{t('table-checks.empty')}</p>
          ) : (
            <Stack gap="md">
              {items.map((table) => (
                <Checked key={table.checkId} table={table} />
              ))}
            </Stack>
          )
        }
      </Loaded>
    </Section>
  );
}

function Checked({ table }: { readonly table: CheckedTable }) {
  const { t } = useTranslation();
  const format = useFormat();
  const cohortWords = useCohortWords();
  const wordOf = useValueWords();
  const checker = holdsOneOf(useSession(), ['operator', 'curator', 'protection-officer']);
  const { answer, state } = table;
  return (
    <article className="filter-row">
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Title order={3}>{cohortWords(table.query)}</Title>
          <StateBadge tone={TONES[state]} label={t(`table-checks.state.${state}`)} />
        </Group>
        <p className="prose">{table.purpose}</p>
        <Facts
          facts={[
            [t('approvals.who'), table.requestedBy],
            [
              t('approvals.project'),
              <span key="project" className="digest">{`${table.projectId}, ${table.permitId}`}</span>,
            ],
            [t('approvals.asked'), format.moment(table.askedAtMs)],
            [t('cohorts.persons'), format.guarded(answer.persons)],
            [t('cohorts.studies'), format.guarded(answer.studies)],
            ...(table.firstAtMs === null ? [] : ([[t('table-checks.first'), format.moment(table.firstAtMs)]] as const)),
            ...(table.secondAtMs === null || state !== 'released'
              ? []
              : ([[t('table-checks.second'), format.moment(table.secondAtMs)]] as const)),
            ...(table.because === null ? [] : ([[t('approvals.because'), table.because]] as const)),
          ]}
        />
        {answer.facets.map(({ field, cells }) => (
          <DataTable
            key={field}
            caption={t(`cohorts.field.${field}`)}
            rows={cells}
            keyOf={(cell) => ('value' in cell ? cell.value : `${cell.from ?? ''}–${cell.to ?? ''}`)}
            columns={[
              {
                head: t('facets.value'),
                cell: (cell) => ('value' in cell ? wordOf(field, cell.value) : `${cell.from ?? ''}–${cell.to ?? ''}`),
              },
              { head: t('cohorts.persons'), numeric: true, cell: ({ persons }) => format.guarded(persons) },
            ]}
          />
        ))}
        {state === 'waiting' && checker ? <Verdict table={table} /> : null}
      </Stack>
    </article>
  );
}

/** Anonymous, once all three were looked at; or not, with a reason. */
function Verdict({ table: { checkId, firstByYou } }: { readonly table: CheckedTable }) {
  const { t } = useTranslation();
  const [looked, setLooked] = useState<readonly string[]>([]);
  const [because, setBecause] = useState('');
  const [lacksReason, setLacksReason] = useState(false);
  const judge = useWrite(['table-checks']);
  const path = `/api/table-checks/${encodeURIComponent(checkId)}`;
  return (
    <div>
      {firstByYou ? (
        <p className="prose">{t('table-checks.other-person')}</p>
      ) : (
        <Checkbox.Group label={t('table-checks.looked')} value={[...looked]} onChange={setLooked}>
          <Stack gap="xs" mt="xs">
            {LOOKS.map((look) => (
              <Checkbox key={look} value={look} label={t(`table-checks.look.${look}`)} />
            ))}
          </Stack>
        </Checkbox.Group>
      )}
      <Textarea
        mt="sm"
        label={t('table-checks.reason')}
        maxLength={500}
        value={because}
        error={lacksReason ? t('approvals.reason-missing') : null}
        onChange={({ currentTarget }) => setBecause(currentTarget.value)}
      />
      <Group mt="sm" gap="sm">
        {firstByYou ? null : (
          <Button
            loading={judge.isPending}
            disabled={looked.length < LOOKS.length}
            aria-label={t('table-checks.pass-named', { check: checkId })}
            onClick={() =>
              judge.mutate({
                path,
                body: { verdict: 'anonymous', looked: { cells: true, purpose: true, others: true } },
              })
            }
          >
            {t('table-checks.pass')}
          </Button>
        )}
        <Button
          variant="default"
          disabled={judge.isPending}
          aria-label={t('table-checks.refuse-named', { check: checkId })}
          onClick={() => {
            const lacks = because.trim() === '';
            setLacksReason(lacks);
            if (!lacks) judge.mutate({ path, body: { verdict: 'refused', because } });
          }}
        >
          {t('table-checks.refuse')}
        </Button>
      </Group>
      {judge.error === null ? null : <ProblemNotice error={judge.error} />}
    </div>
  );
}
