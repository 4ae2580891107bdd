import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { ClinicComparison, ClinicState } from '#wire';
import { clinicComparisonQuery, clinicQuery } from '../api/queries.ts';
import type { MessageKey } from '../i18n/message-key.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Figures } from '../parts/figures.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { TextLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { Told } from '../parts/told.tsx';
import { ClinicDestinations } from './clinic-destinations.tsx';
import { ClinicModels } from './clinic-models.tsx';
import { WatchQuestions } from './clinic-watches.tsx';
import { NODE_READERS } from './node-readers.ts';

/** Models in the clinic: what is enabled, what waits, what is sent, and how models agree with readers. */
export function ClinicPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHead
        title={t('clinic.title')}
        lead={t('clinic.lead')}
        aside={<TextLink to="/clinic/film">{t('film-trial.title')}</TextLink>}
      />
      <Loaded query={useQuery(clinicQuery)} roles={NODE_READERS.clinic}>
        {(state) => (
          <>
            <Queue state={state} />
            <ClinicModels models={state.models} />
            <ClinicDestinations destinations={state.destinations} />
            <Happened state={state} />
          </>
        )}
      </Loaded>
      <WatchQuestions />
      <Section title={t('clinic.comparison')} lead={t('clinic.comparison-lead')}>
        <Loaded query={useQuery(clinicComparisonQuery)} roles={NODE_READERS.clinic}>
          {({ items }) => <Comparison items={items} />}
        </Loaded>
      </Section>
    </>
  );
}

function Queue({ state }: { readonly state: ClinicState }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { queue, orders, scores, receives, stopped } = state;
  const processor = queue.processorMs === null ? '–' : format.seconds(queue.processorMs / 1000);
  return (
    <Section title={t('clinic.queue')} lead={t(scores === 'ordered' ? 'clinic.ordered' : 'clinic.every-study')}>
      {stopped ? <Notice tone="warn" title={t('clinic.stopped')} /> : null}
      {receives ? null : <Notice tone="info" title={t('clinic.not-receiving')} />}
      {queue.trouble === null ? null : (
        <Notice tone="bad" title={t('clinic.queue-trouble')}>
          <p>
            <Told>{`${queue.trouble.sentence} ${queue.trouble.mend}`}</Told>
          </p>
        </Notice>
      )}
      <Figures
        figures={[
          { label: t('clinic.waiting'), value: format.count(queue.waiting) },
          { label: t('clinic.lately'), value: format.count(queue.lately) },
          { label: t('clinic.processor'), value: processor, inWords: true },
          {
            label: t('clinic.held'),
            value: t('clinic.held-of', { held: format.bytes(queue.heldBytes), limit: format.bytes(queue.limitBytes) }),
            inWords: true,
          },
          { label: t('clinic.orders'), value: format.count(orders) },
        ]}
      />
    </Section>
  );
}

/** Codes of a later version of the node are shown as they are. */
function useWord(prefix: 'clinic.event' | 'clinic.reason') {
  const { t, i18n } = useTranslation();
  return (code: string) => {
    const key = `${prefix}.${code}`;
    return i18n.exists(key) ? t(key as MessageKey) : code;
  };
}

function Happened({ state: { events, refusals } }: { readonly state: ClinicState }) {
  const { t } = useTranslation();
  const format = useFormat();
  const eventWord = useWord('clinic.event');
  const reasonWord = useWord('clinic.reason');
  const counted = (count: number) => format.count(count);
  return (
    <Section title={t('clinic.happened')}>
      {events.length === 0 ? (
        <p className="prose quiet">{t('clinic.nothing')}</p>
      ) : (
        <DataTable
          caption={`${t('clinic.happened')}: ${t('clinic.count')}`}
          rows={events}
          keyOf={({ what, model }) => `${what} ${model}`}
          columns={[
            { head: t('clinic.what'), cell: ({ what }) => eventWord(what) },
            { head: t('clinic.model'), cell: ({ model }) => model || '–' },
            { head: t('clinic.count'), cell: ({ count }) => counted(count), numeric: true },
          ]}
        />
      )}
      {refusals.length === 0 ? null : (
        <DataTable
          caption={t('clinic.why')}
          rows={refusals}
          keyOf={({ reason, model }) => `${reason} ${model}`}
          columns={[
            { head: t('clinic.reason'), cell: ({ reason }) => reasonWord(reason) },
            { head: t('clinic.model'), cell: ({ model }) => model },
            { head: t('clinic.count'), cell: ({ count }) => counted(count), numeric: true },
          ]}
        />
      )}
    </Section>
  );
}

function Comparison({ items }: { readonly items: readonly ClinicComparison[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (items.length === 0) return <p className="prose quiet">{t('clinic.nothing')}</p>;
  const share = (one: { readonly value: number; readonly low: number; readonly high: number } | null) =>
    one === null
      ? '–'
      : t('clinic.share', {
          value: format.percent(one.value),
          low: format.percent(one.low),
          high: format.percent(one.high),
        });
  const compared = (one: ClinicComparison) => (one.comparison.kind === 'compared' ? one.comparison : undefined);
  return (
    <DataTable
      caption={`${t('clinic.comparison')}: ${t('clinic.cases')}`}
      rows={items}
      keyOf={({ model, version }) => `${model} ${version}`}
      columns={[
        { head: t('clinic.model'), cell: ({ model, version }) => `${model} ${version}` },
        {
          head: t('clinic.cases'),
          cell: ({ comparison }) =>
            comparison.kind === 'withheld'
              ? t('clinic.withheld', { cases: comparison.cases, least: comparison.least })
              : format.count(comparison.cases),
        },
        { head: t('clinic.agreement'), cell: (one) => share(compared(one)?.agreement ?? null) },
        { head: t('clinic.sensitivity'), cell: (one) => share(compared(one)?.sensitivity ?? null) },
        { head: t('clinic.specificity'), cell: (one) => share(compared(one)?.specificity ?? null) },
        { head: t('clinic.alarms'), cell: (one) => share(compared(one)?.alarmRate ?? null) },
      ]}
    />
  );
}
