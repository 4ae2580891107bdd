import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type JobPreflight, type JobSpec, jobPreflightSchema } from '#wire';
import { useWriteFor } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Notice } from '../parts/notice.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { Told } from '../parts/told.tsx';

/** What stands in the way at each site, looked at before anybody is asked. */
export function Preflight({ spec, requestId }: { readonly spec: JobSpec; readonly requestId: string }) {
  const { t } = useTranslation();
  const [looked, setLooked] = useState<{ readonly answer: JobPreflight; readonly spec: string }>();
  const asked = JSON.stringify(spec);
  const look = useWriteFor(jobPreflightSchema, [], (answer) => setLooked({ answer, spec: asked }));
  return (
    <Section title={t('preflight.title')} lead={t('preflight.lead')}>
      <div>
        <Button
          variant="default"
          loading={look.isPending}
          onClick={() => look.mutate({ path: '/api/jobs/preflight', body: { spec, requestId } })}
        >
          {t('preflight.look')}
        </Button>
      </div>
      {look.error === null ? null : <ProblemNotice error={look.error} />}
      {looked === undefined ? null : (
        <>
          {looked.spec === asked ? null : <p className="prose quiet">{t('preflight.changed')}</p>}
          <Answer answer={looked.answer} rounds={spec.rounds} />
        </>
      )}
    </Section>
  );
}

function Answer({ answer, rounds }: { readonly answer: JobPreflight; readonly rounds: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { refused, sites } = answer;
  const ready = sites.filter(({ hindrances }) => hindrances.length === 0).length;
  return (
    <>
      {refused === null ? null : (
        <Notice tone="bad" title={t('preflight.refused')} role="alert">
          <p>
            <Told>{refused}</Told>
          </p>
        </Notice>
      )}
      <Notice
        tone={ready === sites.length ? 'good' : 'warn'}
        title={t('preflight.ready', { ready: format.count(ready), all: format.count(sites.length) })}
        role="status"
      >
        <p>
          {t('preflight.leaves', {
            parameters: format.count(answer.parameters),
            bytes: format.bytes(answer.bytesPerRound),
            total: format.bytes(answer.bytesInAll),
            rounds: format.count(rounds),
          })}
        </p>
        <p>
          {answer.whyOpen === null
            ? t('updates.masked')
            : `${t('updates.open')} (${t(`updates.why.${answer.whyOpen}`)})`}
        </p>
      </Notice>
      <DataTable
        caption={t('preflight.table')}
        rows={sites}
        keyOf={({ siteId }) => siteId}
        columns={[
          { head: t('job.site'), cell: ({ siteId }) => siteId },
          {
            head: t('preflight.hindrances'),
            cell: ({ hindrances }) =>
              hindrances.length === 0 ? (
                <StateBadge tone="good" label={t('preflight.none')} />
              ) : (
                hindrances.map((name) => (
                  <div key={name}>
                    <StateBadge tone="warn" label={t(`preflight.hindrance.${name}`)} />
                  </div>
                ))
              ),
          },
          {
            head: t('preflight.films'),
            numeric: true,
            cell: ({ dataset }) => (dataset === null ? '–' : format.guarded(dataset.images)),
          },
          {
            head: t('preflight.classes'),
            cell: ({ dataset }) =>
              dataset === null
                ? '–'
                : Object.entries(dataset.findings)
                    .map(([label, count]) => `${label} ${format.guarded(count)}`)
                    .join(', ') || '–',
          },
          {
            head: t('preflight.permit'),
            oneLine: true,
            cell: ({ permit }) => (permit === null ? '–' : format.day(permit.expiresAtMs)),
          },
          {
            head: t('preflight.hardware'),
            cell: ({ readiness }) =>
              readiness === null
                ? t('preflight.not-said')
                : t('preflight.hardware-words', {
                    cores: format.count(readiness.cores),
                    memory: format.bytes(readiness.memoryBytes),
                    workers: format.count(readiness.trainingWorkers),
                  }),
          },
          { head: t('preflight.software'), cell: ({ software }) => software ?? '–' },
          {
            head: t('preflight.decides'),
            cell: ({ readiness }) =>
              readiness === null ? '–' : readiness.approval === 'ask' ? t('preflight.person') : t('preflight.rule'),
          },
        ]}
      />
    </>
  );
}
