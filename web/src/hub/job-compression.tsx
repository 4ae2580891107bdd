import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { JobView } from '#wire';
import { jobsQuery } from '../api/queries.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Section } from '../parts/section.tsx';
import { compressionOfRounds, lastAuc, uncompressedTwin } from './job-figures.ts';

/** What smaller updates saved in each round, and what they cost beside the same job without them; nothing where updates travel as they are. */
export function JobCompression({ job }: { readonly job: JobView }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data: jobs = [] } = useQuery(jobsQuery);
  if (job.spec.compression === undefined) return null;
  const plain = lastAuc(uncompressedTwin(job, jobs));
  const own = lastAuc(job);
  return (
    <Section title={t('compression.saves')} lead={t('compression.saves-lead')}>
      <DataTable
        caption={t('compression.table')}
        rows={compressionOfRounds(job)}
        keyOf={({ round }) => round}
        columns={[
          { head: t('charts.round'), cell: ({ round }) => format.count(round) },
          { head: t('compression.sent'), numeric: true, cell: ({ sentBytes }) => format.bytes(sentBytes) },
          { head: t('compression.plain'), numeric: true, cell: ({ plainBytes }) => format.bytes(plainBytes) },
          {
            head: t('compression.times'),
            numeric: true,
            cell: ({ sentBytes, plainBytes }) => format.decimal(plainBytes / sentBytes, 1),
          },
          { head: t('compression.left'), numeric: true, cell: ({ leftBehind }) => format.percent(leftBehind) },
        ]}
      />
      <p className="prose quiet">
        {plain === null || own === null
          ? t('compression.no-twin')
          : t('compression.twin', {
              plain: format.decimal(plain, 3),
              own: format.decimal(own, 3),
              difference: format.decimal(own - plain, 3),
            })}
      </p>
    </Section>
  );
}
