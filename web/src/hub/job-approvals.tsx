import { useTranslation } from 'react-i18next';
import type { JobView } from '#wire';
import { DataTable } from '../parts/data-table.tsx';
import { Notice } from '../parts/notice.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge } from '../parts/state-badge.tsx';

const TONES = { waiting: 'warn', approved: 'good', denied: 'bad' } as const;

/** Who agreed at each site; an automatic yes is said to be one. */
export function JobApprovals({ job: { sites } }: { readonly job: JobView }) {
  const { t } = useTranslation();
  const automatic = sites.some(({ decidedBy }) => isAutomatic(decidedBy));
  return (
    <Section title={t('job.approvals')} lead={t('job.approvals-lead')}>
      <DataTable
        caption={t('job.approvals-table')}
        rows={sites}
        keyOf={({ siteId }) => siteId}
        columns={[
          {
            head: t('job.site'),
            cell: ({ siteId, engine, sendsWhole }) => (
              <>
                {siteId} {engine === undefined ? null : <StateBadge tone="warn" label={t('job.flower')} />}{' '}
                {sendsWhole === undefined ? null : <StateBadge tone="info" label={t('job.sends-whole')} />}
              </>
            ),
          },
          {
            head: t('job.decision'),
            cell: ({ decision }) => <StateBadge tone={TONES[decision]} label={t(`job.decision.${decision}`)} />,
          },
          {
            head: t('job.decided-by'),
            cell: ({ decidedBy }) =>
              decidedBy === null ? '–' : isAutomatic(decidedBy) ? t('job.automatic') : decidedBy,
          },
          { head: t('job.because'), cell: ({ because }) => because || '–' },
        ]}
      />
      {automatic ? (
        <Notice tone="info" title={t('job.automatic-title')}>
          <p>{t('job.automatic-why')}</p>
        </Notice>
      ) : null}
      {sites.some(({ engine }) => engine === 'flower') ? (
        <Notice tone="warn" title={t('job.flower-title')}>
          <p>{t('job.flower-why')}</p>
        </Notice>
      ) : null}
    </Section>
  );
}

/** Nodes decide "automatic (…)" where a rule stood in for a person. */
function isAutomatic(decidedBy: string | null): boolean {
  return decidedBy?.startsWith('automatic') ?? false;
}
