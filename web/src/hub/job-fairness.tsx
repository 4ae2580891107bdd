import { useTranslation } from 'react-i18next';
import type { JobView } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Section } from '../parts/section.tsx';
import { Told } from '../parts/told.tsx';
import { dropOutsOf, fairnessOf } from './job-figures.ts';

/** How the model does at each site beside the others, and who was missing when. */
export function JobFairness({ job }: { readonly job: JobView }) {
  const { t } = useTranslation();
  const format = useFormat();
  const fairness = fairnessOf(job);
  const [worst] = fairness?.sites ?? [];
  const best = fairness?.sites.at(-1);
  const dropOuts = dropOutsOf(job);
  return (
    <>
      {fairness === undefined || worst === undefined || best === undefined ? null : (
        <Section title={t('fairness.title')} lead={t('fairness.lead')}>
          <p className="prose">
            {t('fairness.words', {
              best: best.siteId,
              worst: worst.siteId,
              difference: format.decimal(best.auc - worst.auc, 3),
              round: format.count(fairness.round),
            })}
          </p>
          <DataTable
            caption={t('fairness.table')}
            rows={fairness.sites}
            keyOf={({ siteId }) => siteId}
            columns={[
              { head: t('job.site'), cell: ({ siteId }) => siteId },
              { head: t('model.auc'), numeric: true, cell: ({ auc }) => format.decimal(auc, 3) },
              { head: t('fairness.films'), numeric: true, cell: ({ films }) => format.count(films) },
            ]}
          />
        </Section>
      )}
      <Section title={t('drop-outs.title')} lead={t('drop-outs.lead')}>
        {dropOuts.length === 0 ? (
          <p className="prose quiet">{t('drop-outs.none')}</p>
        ) : (
          <DataTable
            caption={t('drop-outs.table')}
            rows={dropOuts}
            keyOf={({ key }) => key}
            columns={[
              { head: t('job.site'), cell: ({ siteId }) => siteId },
              { head: t('charts.round'), numeric: true, cell: ({ round }) => format.count(round) },
              {
                head: t('job.because'),
                cell: ({ because }) => (because === null ? t('drop-outs.late') : <Told>{because}</Told>),
              },
            ]}
          />
        )}
      </Section>
    </>
  );
}
