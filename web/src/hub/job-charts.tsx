import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { JobView, SiteRound } from '#wire';
import { aucOfHistogram } from '../charts/auc-of-histogram.ts';
import { LineChart } from '../charts/line-chart.tsx';
import { useFormat } from '../i18n/use-format.ts';

/** Loss and AUC, round by round, of each site and of the network. */
export function JobCharts({ job: { rounds, spec } }: { readonly job: JobView }) {
  const { t } = useTranslation();
  const format = useFormat();
  const network = t('charts.network');

  const drawn = useMemo(() => {
    const closed = rounds.filter(({ state }) => state === 'closed');
    const ofSite = (value: (metrics: SiteRound) => number | null) =>
      spec.sites.map((siteId) => ({
        name: siteId,
        values: closed.map(({ sites }) => {
          const metrics = sites.find((site) => site.siteId === siteId)?.metrics ?? null;
          return metrics === null ? null : value(metrics);
        }),
      }));
    return {
      steps: closed.map(({ round }) => round),
      loss: [{ name: network, values: closed.map(({ loss }) => loss), main: true }, ...ofSite(({ loss }) => loss)],
      auc: [
        { name: network, values: closed.map(({ auc }) => auc), main: true },
        ...ofSite(({ validation }) => (validation === null ? null : aucOfHistogram(validation.histogram))),
      ],
    };
  }, [rounds, spec.sites, network]);

  const summaryOf = (values: readonly (number | null)[]) => {
    const shown = values.filter((value) => value !== null);
    const [first, last] = [shown[0], shown.at(-1)];
    if (first === undefined || last === undefined) return t('charts.no-values');
    return t('charts.from-to', { first: format.decimal(first, 3), last: format.decimal(last, 3) });
  };
  const three = useMemo(() => (value: number) => format.decimal(value, 3), [format]);
  return (
    <div className="two-columns">
      <LineChart
        title={t('charts.loss')}
        summary={summaryOf(drawn.loss[0]?.values ?? [])}
        stepName={t('charts.round')}
        steps={drawn.steps}
        series={drawn.loss}
        format={three}
      />
      <LineChart
        title={t('charts.auc')}
        summary={summaryOf(drawn.auc[0]?.values ?? [])}
        stepName={t('charts.round')}
        steps={drawn.steps}
        series={drawn.auc}
        format={three}
      />
    </div>
  );
}
