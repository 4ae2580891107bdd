import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { PlanSheet } from '#wire';
import { planSheetQuery } from '../api/queries.ts';
import { useFormat } from '../i18n/use-format.ts';
import { NODE_READERS } from '../node/node-readers.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { IconArray } from './icon-array.tsx';
import { naturalFrequency } from './natural-frequency.ts';
import { SheetButtons } from './sheet-buttons.tsx';

/** A risk in words for the person whose risk it is: what nobody knows first, then people to count, then what it is not. */
export function ExplanationPage() {
  const { t } = useTranslation();
  const { study } = useParams({ from: '/reading/$study/explanation' });
  return (
    <>
      <PageHead title={t('explain.title')} aside={<SheetButtons study={study} />} />
      <Loaded query={useQuery(planSheetQuery(study))} roles={NODE_READERS.reading}>
        {({ risk, task }) =>
          // Its words are of breast cancer, and no risk that a chest film tells may stand under them.
          risk === null || task !== 'mammography' ? (
            <EmptyState title={t('explain-none.title')} hint={t('explain-none.hint')} />
          ) : (
            <Explanation risk={risk} />
          )
        }
      </Loaded>
    </>
  );
}

function Explanation({ risk }: { readonly risk: NonNullable<PlanSheet['risk']> }) {
  const { t } = useTranslation();
  const { count: figure } = useFormat();
  const { of, count, range } = naturalFrequency(risk.estimate.value, risk.estimate.interval);
  const words = { of: figure(of), years: figure(risk.years) };
  return (
    <article className="surface explanation">
      <p className="explanation-first">{t('explain.nobody-knows')}</p>
      <p>{t('explain.how')}</p>
      <div className="explanation-figure">
        <IconArray of={of} count={count} />
        <div>
          <p className="explanation-count">{t('explain.of', { ...words, n: figure(count), count: risk.years })}</p>
          <p>{t('explain.rest', { ...words, n: figure(of - count) })}</p>
          <p className="quiet">{t('explain.figure', { ...words, count: risk.years })}</p>
        </div>
      </div>
      <p>
        {range === null
          ? t('explain.no-range')
          : t('explain.range', { ...words, low: figure(range.low), high: figure(range.high) })}
      </p>
      <p>{t('explain.not-now')}</p>
      <p>{t('explain.research')}</p>
      <p>{t('explain.ask')}</p>
      <p className="quiet not-plain" lang="en">
        {risk.model} {risk.version}
      </p>
    </article>
  );
}
