import { Button, Group, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
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

interface Filter {
  readonly kind: string;
  readonly jobId: string;
  /** Days as the browser's date field has them, `2026-11-29`; both belong to what is wanted. */
  readonly from: string;
  readonly to: string;
}

const EVERYTHING: Filter = { kind: '', jobId: '', from: '', to: '' };

const DAY_MS = 86_400_000;

/** A filter as the house is asked for it; days are those of the person who looks. */
function queryOf({ kind, jobId, from, to }: Filter): string {
  const query = new URLSearchParams();
  if (kind !== '') query.set('kind', kind);
  if (jobId !== '') query.set('jobId', jobId);
  const startOf = (day: string) => new Date(`${day}T00:00:00`).getTime();
  if (from !== '') query.set('fromMs', String(startOf(from)));
  if (to !== '') query.set('toMs', String(startOf(to) + DAY_MS));
  return query.toString();
}

interface FilterFormProps {
  readonly filter: Filter;
  readonly kinds: readonly string[];
  readonly jobs: readonly string[];
  readonly onChange: (filter: Filter) => void;
}

function FilterForm({ filter, kinds, jobs, onChange }: FilterFormProps) {
  const { t } = useTranslation();
  const words = useCodeWords();
  const all = { value: '', label: t('outgoing.all') };
  return (
    <search className="surface" aria-label={t('outgoing.filter')}>
      <Group gap="md" align="flex-end">
        <NativeSelect
          label={t('outgoing.what')}
          value={filter.kind}
          data={[all, ...kinds.map((kind) => ({ value: kind, label: words.outgoing(kind) }))]}
          onChange={({ currentTarget }) => onChange({ ...filter, kind: currentTarget.value })}
        />
        <NativeSelect
          label={t('outgoing.job')}
          value={filter.jobId}
          data={[all, ...jobs.map((job) => ({ value: job, label: job }))]}
          onChange={({ currentTarget }) => onChange({ ...filter, jobId: currentTarget.value })}
        />
        {(['from', 'to'] as const).map((end) => (
          <TextInput
            key={end}
            type="date"
            label={t(`outgoing.${end}`)}
            value={filter[end]}
            onChange={({ currentTarget }) => onChange({ ...filter, [end]: currentTarget.value })}
          />
        ))}
        <Button variant="subtle" onClick={() => onChange(EVERYTHING)}>
          {t('outgoing.clear')}
        </Button>
      </Group>
    </search>
  );
}

/** The ledger of everything that left this house. */
export function OutgoingPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useCodeWords();
  const [filter, setFilter] = useState<Filter>(EVERYTHING);
  const asked = queryOf(filter);
  const whole = useQuery(outgoingQuery(''));
  return (
    <>
      <PageHead
        title={t('outgoing.title')}
        lead={t('outgoing.lead')}
        aside={
          <Button component="a" variant="default" href={`/api/outgoing.csv${asked === '' ? '' : `?${asked}`}`} download>
            {t('outgoing.export')}
          </Button>
        }
      />
      {whole.data === undefined ? null : (
        <FilterForm
          filter={filter}
          kinds={whole.data.byKind.map(({ kind }) => kind)}
          jobs={whole.data.jobs ?? []}
          onChange={setFilter}
        />
      )}
      <Loaded query={useQuery(outgoingQuery(asked))} roles={NODE_READERS.outgoing}>
        {({ items, total, bytes, byKind }) =>
          total === 0 && asked !== '' ? (
            <div className="surface">
              <EmptyState title={t('outgoing.none-fits')} hint={t('outgoing.none-fits-hint')} />
            </div>
          ) : total === 0 ? (
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
