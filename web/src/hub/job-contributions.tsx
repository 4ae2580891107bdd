import { Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Comparison, ContributionFigures } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { StateBadge } from '../parts/state-badge.tsx';

/** The models of each site alone at every site, and what leaving each site out does to the final one. */
export function JobContributions({ comparison }: { readonly comparison: Comparison }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { sites, models, contributions } = comparison;
  const three = (value: number) => format.decimal(value, 3);
  const local = models.filter(({ kind }) => kind === 'local-only');
  const cell = (model: (typeof models)[number], siteId: string) => {
    const figures = model.sites.find((site) => site.siteId === siteId)?.figures ?? null;
    const state = sites.find((site) => site.siteId === siteId)?.state;
    if (state === 'working') return <span className="quiet">{t('evaluation.working')}</span>;
    if (figures?.auc == null) return <StateBadge tone="quiet" label={t('evaluation.withheld')} />;
    return `${three(figures.auc)} ± ${three(figures.aucWithin)}`;
  };
  const rows = contributions.flatMap(({ siteId, everywhere, elsewhere }) => [
    { siteId, where: 'everywhere' as const, figures: everywhere },
    { siteId, where: 'elsewhere' as const, figures: elsewhere },
  ]);
  const auc = (value: number | null | undefined) => (value == null ? '–' : three(value));
  return (
    <>
      {local.length === 0 ? null : (
        <>
          <Title order={3}>{t('evaluation.cross')}</Title>
          <p className="prose quiet">{t('evaluation.cross-lead')}</p>
          <DataTable
            caption={t('evaluation.cross')}
            rows={local}
            keyOf={({ siteId }) => siteId}
            columns={[
              { head: t('evaluation.trained-at'), cell: ({ siteId }) => siteId },
              ...sites.map((at) => ({
                head: t('evaluation.tried-at', { site: at.siteId }),
                numeric: true,
                cell: (model: (typeof models)[number]) => cell(model, at.siteId),
              })),
            ]}
          />
        </>
      )}
      {rows.length === 0 ? null : (
        <>
          <Title order={3}>{t('evaluation.contribution')}</Title>
          <p className="prose quiet">{t('evaluation.contribution-lead')}</p>
          <DataTable
            caption={t('evaluation.contribution')}
            rows={rows}
            keyOf={({ siteId, where }) => `${siteId} ${where}`}
            columns={[
              { head: t('job.site'), cell: ({ siteId }) => siteId },
              { head: t('evaluation.measured-at'), cell: ({ where }) => t(`evaluation.${where}`) },
              { head: t('evaluation.with'), numeric: true, cell: ({ figures }) => auc(figures?.auc) },
              { head: t('evaluation.without'), numeric: true, cell: ({ figures }) => auc(figures?.aucWithout) },
              {
                head: t('evaluation.difference'),
                numeric: true,
                cell: ({ figures }) => <Difference figures={figures} />,
              },
              {
                head: t('evaluation.loss-saved'),
                numeric: true,
                cell: ({ figures }) => (figures === null ? '–' : three(figures.lossDifference)),
              },
              {
                head: t('evaluation.films'),
                numeric: true,
                cell: ({ figures }) => (figures === null ? '–' : format.count(figures.films)),
              },
            ]}
          />
        </>
      )}
    </>
  );
}

/** How much AUC a site's changes brought, with what may be chance. */
function Difference({ figures }: { readonly figures: ContributionFigures | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (figures?.aucDifference == null) return '–';
  const { aucDifference, aucWithin, chanceWithin } = figures;
  const range = Math.max(aucWithin, chanceWithin ?? 0);
  const isChance = chanceWithin === null || Math.abs(aucDifference) <= range;
  return (
    <>
      {format.decimal(aucDifference, 3)} ± {format.decimal(range, 3)}
      {isChance ? <div className="quiet">{t('evaluation.may-be-chance')}</div> : null}
    </>
  );
}
