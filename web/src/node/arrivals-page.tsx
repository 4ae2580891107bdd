import { Button, Group, Loader, Stack, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ImportView } from '#wire';
import { importsQuery, nodeStatusQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWrite } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { TextLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { Told } from '../parts/told.tsx';
import { NODE_READERS } from './node-readers.ts';

const TONES = { running: 'info', done: 'good', failed: 'bad' } as const;

/** Bringing images in, and what became of them. */
export function ArrivalsPage() {
  const { t } = useTranslation();
  const mayImport = holdsOneOf(useSession(), ['operator', 'curator']);
  return (
    <>
      <PageHead title={t('arrivals.title')} lead={t('arrivals.lead')} />
      {mayImport ? <ImportForm /> : null}
      <Receiver />
      <Loaded query={useQuery(importsQuery)} roles={NODE_READERS.arrivals}>
        {(imports) => (
          <Section title={t('arrivals.imports')}>
            {imports.length === 0 ? (
              <EmptyState title={t('arrivals.empty')} hint={t('arrivals.empty-hint')} />
            ) : (
              <Stack gap="md">
                {imports.map((view) => (
                  <Import key={view.importId} view={view} />
                ))}
              </Stack>
            )}
          </Section>
        )}
      </Loaded>
    </>
  );
}

/** Where a PACS sends to; nothing where the node receives nothing over the network. */
function Receiver() {
  const { t } = useTranslation();
  const format = useFormat();
  const { data: status } = useQuery(nodeStatusQuery);
  const receiver = status?.dicomReceiver ?? null;
  if (status === undefined || receiver === null) return null;
  const { host, port, securePort, aeTitle, waiting, associations, lately } = receiver;
  const lastMinute = lately.slice(-STEPS_A_MINUTE);
  const objects = lastMinute.reduce((sum, step) => sum + step.objects, 0);
  const bytes = lastMinute.reduce((sum, step) => sum + step.bytes, 0);
  return (
    <Section title={t('arrivals.receiver')}>
      <Facts
        facts={[
          [t('arrivals.receiver-address'), `${host}:${port}`],
          ...(securePort === null ? [] : ([[t('arrivals.receiver-secure'), `${host}:${securePort}`]] as const)),
          [t('arrivals.receiver-title'), aeTitle],
          [t('arrivals.receiver-senders'), format.count(associations)],
          [t('arrivals.receiver-waiting'), format.count(waiting)],
          [t('arrivals.receiver-minute'), t('arrivals.receiver-rate', { count: objects, bytes: format.bytes(bytes) })],
          ...(status.diskFreeBytes === null
            ? []
            : ([[t('arrivals.receiver-disk'), format.bytes(status.diskFreeBytes)]] as const)),
        ]}
      />
      <ArrivalBars label={t('arrivals.receiver-chart')} counts={lately.map((step) => step.objects)} />
    </Section>
  );
}

const STEPS_A_MINUTE = 6;

/** A bar for each step of time; what it says in the last minute stands beside it in words. */
function ArrivalBars({ label, counts }: { readonly label: string; readonly counts: readonly number[] }) {
  const most = Math.max(1, ...counts);
  return (
    <svg
      className="arrival-bars"
      viewBox={`0 0 ${counts.length} 20`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {counts.map((count, step) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place.
        <rect key={step} x={step + 0.1} y={20 - (20 * count) / most} width={0.8} height={(20 * count) / most} />
      ))}
    </svg>
  );
}

function ImportForm() {
  const { t } = useTranslation();
  const [path, setPath] = useState('');
  const [clinicalPath, setClinicalPath] = useState('');
  const start = useWrite(['imports', 'status'], () => setPath(''));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    start.mutate({ path: '/api/imports', body: { path, ...(clinicalPath === '' ? {} : { clinicalPath }) } });
  };
  return (
    <Section title={t('arrivals.form')} lead={t('arrivals.form-lead')}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <TextInput
            label={t('arrivals.path')}
            description={t('arrivals.path-hint')}
            required
            value={path}
            onChange={({ currentTarget }) => setPath(currentTarget.value)}
          />
          <TextInput
            label={t('arrivals.clinical')}
            description={t('arrivals.clinical-hint')}
            value={clinicalPath}
            onChange={({ currentTarget }) => setClinicalPath(currentTarget.value)}
          />
          <Button type="submit" loading={start.isPending} style={{ alignSelf: 'flex-start' }}>
            {t('arrivals.start')}
          </Button>
        </Stack>
      </form>
      {start.error === null ? null : <ProblemNotice error={start.error} />}
    </Section>
  );
}

function Import({ view }: { readonly view: ImportView }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <article className="filter-row">
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Title order={3} style={{ overflowWrap: 'anywhere' }}>
            {view.source}
          </Title>
          <Group gap="xs">
            {view.state === 'running' ? <Loader size="xs" aria-hidden="true" /> : null}
            <StateBadge tone={TONES[view.state]} label={t(`arrivals.state.${view.state}`)} />
          </Group>
        </Group>
        <p className="quiet" style={{ margin: 0 }}>
          {format.moment(view.startedAtMs)} · {format.seconds(view.seconds)}
        </p>
        {view.because === null ? null : (
          <p className="prose">
            <Told>{view.because}</Told>
          </p>
        )}
        <DataTable
          caption={t('arrivals.table', { source: view.source })}
          rows={[view]}
          keyOf={({ importId }) => importId}
          columns={[
            { head: t('arrivals.received'), numeric: true, cell: ({ received }) => format.count(received) },
            { head: t('arrivals.accepted'), numeric: true, cell: ({ accepted }) => format.count(accepted) },
            { head: t('arrivals.quarantined'), numeric: true, cell: ({ quarantined }) => format.count(quarantined) },
            { head: t('arrivals.duplicates'), numeric: true, cell: ({ duplicates }) => format.count(duplicates) },
            { head: t('arrivals.opted-out'), numeric: true, cell: ({ optedOut }) => format.count(optedOut) },
          ]}
        />
        {view.quarantined === 0 ? null : <TextLink to="/quarantine">{t('arrivals.to-quarantine')}</TextLink>}
        {view.rejected.length === 0 ? null : (
          <details className="as-table">
            <summary>{t('arrivals.rejected', { count: view.rejected.length })}</summary>
            <DataTable
              caption={t('arrivals.rejected-table')}
              rows={view.rejected}
              keyOf={({ path }) => path}
              columns={[
                { head: t('arrivals.file'), cell: ({ path }) => path },
                { head: t('arrivals.reason'), cell: ({ reason }) => <Told>{reason}</Told> },
              ]}
            />
          </details>
        )}
      </Stack>
    </article>
  );
}
