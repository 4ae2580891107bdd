import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { JobView, ModelEvidence } from '#wire';
import { modelsQuery } from '../api/queries.ts';
import { useFormat } from '../i18n/use-format.ts';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { bytesOf, dropOutsOf, fairnessOf, lastAuc } from './job-figures.ts';

interface Compared {
  readonly job: JobView;
  readonly evidence: ModelEvidence | null;
}

/** Jobs beside each other, always with what training alone and on everything together gave; a dash where nobody measured it. */
export function JobComparison({ jobs, caption }: { readonly jobs: readonly JobView[]; readonly caption: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data: models = [] } = useQuery(modelsQuery);
  const rows = jobs.map(
    (job): Compared => ({
      job,
      evidence: models.find(({ modelId }) => modelId === job.modelId)?.evidence ?? null,
    }),
  );
  const three = (value: number | null | undefined) => (value == null ? '–' : format.decimal(value, 3));
  const columns: readonly Column<Compared>[] = [
    { head: t('jobs.job'), cell: ({ job }) => job.spec.title },
    { head: t('studio.strategy'), cell: ({ job }) => job.spec.strategy.kind },
    {
      head: t('jobs.rounds'),
      numeric: true,
      cell: ({ job }) =>
        t('jobs.rounds-of', {
          done: format.count(job.rounds.filter(({ state }) => state === 'closed').length),
          all: format.count(job.spec.rounds),
        }),
    },
    { head: t('compare.last-auc'), numeric: true, cell: ({ job }) => three(lastAuc(job)) },
    { head: t('compare.worst'), numeric: true, cell: ({ job }) => three(fairnessOf(job)?.sites[0]?.auc) },
    { head: t('compare.federated'), numeric: true, cell: ({ evidence }) => three(evidence?.federated.auc) },
    { head: t('compare.local'), numeric: true, cell: ({ evidence }) => three(meanLocal(evidence)) },
    { head: t('compare.pooled'), numeric: true, cell: ({ evidence }) => three(evidence?.pooled?.auc) },
    { head: t('making.bytes'), numeric: true, cell: ({ job }) => format.bytes(bytesOf(job)) },
    {
      head: t('compare.took'),
      numeric: true,
      cell: ({ job }) => format.seconds((job.updatedAtMs - job.submittedAtMs) / 1000),
    },
    { head: t('drop-outs.title'), numeric: true, cell: ({ job }) => format.count(dropOutsOf(job).length) },
  ];
  return (
    <>
      <DataTable caption={caption} rows={rows} keyOf={({ job }) => job.jobId} columns={columns} />
      <p className="prose quiet">{t('compare.honest')}</p>
    </>
  );
}

function meanLocal(evidence: ModelEvidence | null): number | null {
  if (evidence === null || evidence.localOnly.length === 0) return null;
  return evidence.localOnly.reduce((sum, { auc }) => sum + auc, 0) / evidence.localOnly.length;
}
