import { Button, Group, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { PatientRecord } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Section } from '../parts/section.tsx';

interface LogProps {
  readonly record: PatientRecord;
  /** Absent where staff look: only the person asks for it. */
  readonly onRetraining?: (jobId: string) => void;
}

/** Who used a person's data and what for, by project; what machines count is folded into a sentence. */
export function PatientLog({ record, onRetraining }: LogProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { projects, counts, similar } = record;
  return (
    <Section title={t('my.log')} lead={t('my.log-lead')}>
      {projects.length === 0 ? <p className="prose quiet">{t('my.log-empty')}</p> : null}
      {projects.map(({ projectId, purpose, controller, firstAtMs, lastAtMs, uses }) => (
        <article key={projectId}>
          <Stack gap="xs">
            <h3 style={{ margin: 0 }}>{purpose}</h3>
            <p className="prose quiet">
              {t('my.log-project', {
                controller,
                project: projectId,
                first: format.day(firstAtMs),
                last: format.day(lastAtMs),
              })}
            </p>
            <ul style={{ margin: 0 }}>
              {uses.map(({ jobId, kind, title, lastAtMs: atMs, isRetrainingAsked }) => (
                <li key={`${kind} ${jobId}`}>
                  {t(`my.use.${kind}`, { title, day: format.day(atMs) })}{' '}
                  {kind !== 'train' ? null : isRetrainingAsked ? (
                    <em>{t('my.retraining-asked')}</em>
                  ) : onRetraining === undefined ? null : (
                    <Button
                      size="compact-sm"
                      variant="default"
                      aria-label={t('my.retraining-named', { title })}
                      onClick={() => onRetraining(jobId)}
                    >
                      {t('my.retraining')}
                    </Button>
                  )}
                </li>
              ))}
            </ul>
          </Stack>
        </article>
      ))}
      <p className="prose">
        {counts.questions === 0 || counts.lastAtMs === null
          ? t('my.counts-none')
          : t('my.counts', { n: format.count(counts.questions), day: format.day(counts.lastAtMs) })}
      </p>
      {similar.map(({ permitId, ground, times, lastAtMs }) => (
        <p key={permitId} className="prose">
          {t('my.similar', { n: format.count(times), day: format.day(lastAtMs), ground })}
        </p>
      ))}
    </Section>
  );
}

/** Everything a person has decided, newest first; her own consents with their receipts. */
export function PatientDecisions({ record, isOwn }: { readonly record: PatientRecord; readonly isOwn: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (record.decisions.length === 0) return null;
  return (
    <Section title={t('my.decisions')}>
      <DataTable
        caption={t('my.decision')}
        rows={record.decisions}
        keyOf={({ atMs, kind }) => `${atMs} ${kind}`}
        columns={[
          { head: t('my.when'), oneLine: true, cell: ({ atMs }) => format.moment(atMs) },
          { head: t('my.decision'), cell: ({ kind }) => t(`my.decision.${kind}`) },
          {
            head: t('my.allowed'),
            cell: ({ purposes }) =>
              purposes.length === 0 ? '–' : format.list(purposes.map((purpose) => t(`my.purpose.${purpose}`))),
          },
          ...(isOwn
            ? [
                {
                  head: t('my.receipt'),
                  cell: ({ receiptId }: PatientRecord['decisions'][number]) =>
                    receiptId === null ? (
                      '–'
                    ) : (
                      <Group gap="xs">
                        <a href={`/api/me/receipts/${receiptId}/print`} target="_blank" rel="noreferrer">
                          {t('my.receipt-print')}
                        </a>
                        <a href={`/api/me/receipts/${receiptId}`} download={`receipt-${receiptId.slice(0, 8)}.jsonld`}>
                          {t('my.receipt-file')}
                        </a>
                      </Group>
                    ),
                },
              ]
            : []),
        ]}
      />
    </Section>
  );
}
