import { useTranslation } from 'react-i18next';
import type { FairScore } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import { Ring } from './ring.tsx';
import { Section } from './section.tsx';

const LETTERS = ['F', 'A', 'I', 'R'] as const;

/** How findable, accessible, interoperable and reusable a record is: a ring for each letter, every metric below with what would help. */
export function FairPanel({ fair }: { readonly fair: FairScore }) {
  const { t } = useTranslation();
  const lacking = fair.metrics.filter(({ earned, outOf }) => earned < outOf);
  return (
    <Section title={t('fair.title')} lead={t('fair.lead')}>
      <div className="rings">
        <Ring share={fair.percent / 100} label={t('fair.all')} isLarge />
        {LETTERS.map((letter) => {
          const own = fair.metrics.filter(({ metric }) => letterOf(metric) === letter);
          const earned = own.reduce((sum, one) => sum + one.earned, 0);
          const outOf = own.reduce((sum, one) => sum + one.outOf, 0);
          return <Ring key={letter} share={outOf === 0 ? 0 : earned / outOf} label={t(`fair.letter.${letter}`)} />;
        })}
      </div>
      {lacking.length === 0 ? <p className="prose">{t('fair.complete')}</p> : null}
      {lacking.length === 0 ? null : <Metrics metrics={lacking} />}
      <details className="as-table">
        <summary>{t('fair.metrics')}</summary>
        <Metrics metrics={fair.metrics.filter(({ earned, outOf }) => earned === outOf)} />
      </details>
    </Section>
  );
}

function Metrics({ metrics }: Pick<FairScore, 'metrics'>) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <ul className="metrics">
      {metrics.map(({ metric, name, earned, outOf, improve }) => (
        <li key={metric} data-met={earned === outOf ? '' : undefined}>
          <span className="digest">{metric.replace('FsF-', '')}</span>
          <span lang="en">
            {name}
            {improve === '' ? null : <span className="metric-improve">{improve}</span>}
          </span>
          <span className="metric-points">
            {t('fair.points', { earned: format.number(earned), outOf: format.number(outOf) })}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** `FsF-A1.1-01MD` is of A. */
function letterOf(metric: string): string {
  return metric.charAt('FsF-'.length);
}
