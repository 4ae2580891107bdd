import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { MonthStanding } from '#wire';
import { LineChart } from '../charts/line-chart.tsx';
import { useFormat } from '../i18n/use-format.ts';
import { Section } from '../parts/section.tsx';
import { TableFile } from './tally-tables.tsx';
import { useProgressWords } from './use-progress-words.ts';

const SCORES = [0, 100] as const;

/** Studies and scores at the end of each month. */
export function MonthCharts({ months }: { readonly months: readonly MonthStanding[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useProgressWords();
  const last = months.at(-1);
  const steps = useMemo(() => months.map(({ month }) => month), [months]);
  const studies = useMemo(
    () => [{ name: t('sites.studies'), values: months.map((one) => one.studies), main: true }],
    [months, t],
  );
  const scores = useMemo(
    () => [
      { name: t('progress.quality'), values: months.map(({ quality }) => quality), main: true },
      { name: t('progress.fair'), values: months.map(({ fair }) => fair) },
      { name: t('progress.label'), values: months.map(({ label }) => label) },
    ],
    [months, t],
  );
  if (last === undefined) return null;
  return (
    <>
      <Section title={t('progress.months')}>
        <LineChart
          title={t('sites.studies')}
          summary={t('progress.months-summary', { studies: format.count(last.studies), month: last.month })}
          stepName={t('progress.month')}
          steps={steps}
          series={studies}
          format={format.count}
        />
      </Section>
      <Section title={t('progress.trends')} lead={t('progress.trends-lead')}>
        <LineChart
          title={format.list([t('progress.quality'), t('progress.fair'), t('progress.label')])}
          summary={t('progress.trends-summary', {
            month: last.month,
            quality: words.score(last.quality),
            fair: words.score(last.fair),
            label: words.score(last.label),
          })}
          stepName={t('progress.month')}
          steps={steps}
          series={scores}
          format={words.score}
          range={SCORES}
        />
        <TableFile table="months" title={t('progress.months')} />
      </Section>
    </>
  );
}
