import { Progress } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { privacyLedgerQuery } from '../api/queries.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { Section } from '../parts/section.tsx';
import { NODE_READERS } from './node-readers.ts';

/** What training with differential privacy has cost the people of this node, of what its owner allows. */
export function PrivacyBudget() {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Section title={t('budget.title')} lead={t('budget.lead')}>
      <Loaded query={useQuery(privacyLedgerQuery)} roles={NODE_READERS.approvals}>
        {({ budget, spent, intact, projects }) => {
          const words = t('budget.spent', {
            spent: format.decimal(spent, 2),
            budget: format.decimal(budget.epsilon, 2),
            delta: String(budget.delta),
          });
          return (
            <>
              {intact ? null : <Notice tone="bad" title={t('budget.broken')} />}
              <p style={{ margin: '0 0 0.3rem' }}>{words}</p>
              <Progress
                value={Math.min(100, (100 * spent) / budget.epsilon)}
                aria-label={words}
                color="var(--unica-bar)"
                size="md"
                mb="md"
              />
              {projects.length === 0 ? (
                <p className="quiet">{t('budget.empty')}</p>
              ) : (
                <DataTable
                  caption={t('budget.by-project')}
                  rows={projects}
                  keyOf={({ projectId }) => projectId}
                  columns={[
                    {
                      head: t('approvals.project'),
                      cell: ({ projectId }) => <span className="digest">{projectId}</span>,
                    },
                    { head: t('budget.rounds'), numeric: true, cell: ({ rounds }) => format.count(rounds) },
                    { head: t('rounds.epsilon'), numeric: true, cell: ({ epsilon }) => format.decimal(epsilon, 2) },
                  ]}
                />
              )}
            </>
          );
        }}
      </Loaded>
    </Section>
  );
}
