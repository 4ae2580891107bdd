import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { JobView } from '#wire';
import { LineChart } from '../charts/line-chart.tsx';
import { useFormat } from '../i18n/use-format.ts';

/** The AUC of several runs, round by round. */
export function CompareChart({ jobs }: { readonly jobs: readonly JobView[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const three = useMemo(() => (value: number) => format.decimal(value, 3), [format]);
  const drawn = useMemo(() => {
    const longest = Math.max(...jobs.map(({ rounds }) => rounds.length));
    return {
      steps: Array.from({ length: longest }, (_, index) => index + 1),
      series: jobs.map(({ jobId, spec, rounds }) => ({
        name: `${spec.strategy.kind} ${jobId.slice(-6)}`,
        values: Array.from({ length: longest }, (_, index) => rounds[index]?.auc ?? null),
      })),
    };
  }, [jobs]);
  return (
    <LineChart
      title={t('charts.auc')}
      summary={t('compare.chart')}
      stepName={t('charts.round')}
      steps={drawn.steps}
      series={drawn.series}
      format={three}
    />
  );
}
