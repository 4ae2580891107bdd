import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { readText } from '../api/http.ts';
import { mappingVersionsQuery } from '../api/queries.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Notice } from '../parts/notice.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { useTakeMapping } from './use-take-mapping.ts';

/** Every mapping that was saved for a table, with who, when and what changed; an earlier one can be had again. */
export function MappingHistory({ tableId, onTaken }: { readonly tableId: string; readonly onTaken: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data } = useQuery(mappingVersionsQuery(tableId));
  const take = useTakeMapping(tableId, onTaken);
  const items = data?.items ?? [];
  if (items.length < 2) return null;
  const latest = items[0]?.version;
  return (
    <Section title={t('mapping.history')} lead={t('mapping.history-lead')}>
      <DataTable
        caption={t('mapping.changed-columns')}
        rows={items}
        keyOf={({ version }) => version}
        columns={[
          { head: t('mapping.version'), numeric: true, cell: ({ version }) => format.count(version) },
          {
            head: t('mapping.saved-at'),
            oneLine: true,
            cell: ({ savedAtMs }) => (savedAtMs === 0 ? '' : format.moment(savedAtMs)),
          },
          { head: t('mapping.saved-by'), cell: ({ actor }) => actor },
          {
            head: t('mapping.changed-columns'),
            cell: ({ changed }) => <span style={{ overflowWrap: 'anywhere' }}>{changed.join(', ')}</span>,
          },
          {
            head: t('mapping.go-back'),
            cell: ({ version }) =>
              version === latest ? (
                t('mapping.present')
              ) : (
                <Button
                  variant="default"
                  size="xs"
                  disabled={take.isPending}
                  aria-label={t('mapping.go-back-named', { version: format.count(version) })}
                  onClick={() =>
                    take.mutate(() =>
                      readText(`/api/mapping/tables/${encodeURIComponent(tableId)}/versions/${version}`),
                    )
                  }
                >
                  {t('mapping.go-back')}
                </Button>
              ),
          },
        ]}
      />
      {take.isSuccess ? <Notice tone="good" role="status" title={t('mapping.taken')} /> : null}
      {take.error === null ? null : <ProblemNotice error={take.error} />}
    </Section>
  );
}
