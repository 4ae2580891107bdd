import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { outgoingQuery } from '../api/queries.ts';
import { useCodeWords } from '../i18n/use-code-words.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Digest } from '../parts/digest.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Figures } from '../parts/figures.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Section } from '../parts/section.tsx';
import { NODE_READERS } from './node-readers.ts';

/** The ledger of everything that left this house. */
export function OutgoingPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useCodeWords();
  return (
    <>
      <PageHead title={t('outgoing.title')} lead={t('outgoing.lead')} />
      <Loaded query={useQuery(outgoingQuery)} roles={NODE_READERS.outgoing}>
        {({ items, total, bytes, byKind }) =>
          total === 0 ? (
            <div className="surface">
              <EmptyState title={t('outgoing.empty')} hint={t('outgoing.empty-hint')} />
            </div>
          ) : (
            <>
              <Figures
                figures={[
                  { label: t('outgoing.requests'), value: format.count(total) },
                  { label: t('outgoing.bytes'), value: format.bytes(bytes) },
                ]}
              />
              <Section title={t('outgoing.by-kind')} lead={t('outgoing.by-kind-lead')}>
                <DataTable
                  caption={t('outgoing.by-kind-table')}
                  rows={byKind}
                  keyOf={({ kind }) => kind}
                  columns={[
                    { head: t('outgoing.what'), cell: ({ kind }) => words.outgoing(kind) },
                    { head: t('outgoing.requests'), numeric: true, cell: ({ requests }) => format.count(requests) },
                    { head: t('outgoing.bytes'), numeric: true, cell: (row) => format.bytes(row.bytes) },
                  ]}
                />
              </Section>
              <Section
                title={t('outgoing.ledger')}
                lead={t('outgoing.shown', { shown: format.count(items.length), total: format.count(total) })}
              >
                <DataTable
                  caption={t('outgoing.ledger-table')}
                  rows={items}
                  keyOf={({ sequence }) => sequence}
                  columns={[
                    { head: t('outgoing.number'), cell: ({ sequence }) => format.count(sequence) },
                    { head: t('outgoing.when'), oneLine: true, cell: ({ atMs }) => format.moment(atMs) },
                    { head: t('outgoing.what'), cell: ({ kind }) => words.outgoing(kind) },
                    { head: t('outgoing.bytes'), numeric: true, cell: (row) => format.bytes(row.bytes) },
                    {
                      head: t('outgoing.request'),
                      cell: ({ method, path }) => (
                        <span className="digest address">
                          {method} {path}
                        </span>
                      ),
                    },
                    {
                      head: t('outgoing.job'),
                      cell: ({ jobId }) => (jobId === null ? '–' : <span className="digest">{jobId}</span>),
                    },
                    { head: t('outgoing.digest'), cell: ({ bodySha256 }) => <Digest sha256={bodySha256} /> },
                  ]}
                />
              </Section>
            </>
          )
        }
      </Loaded>
    </>
  );
}
