import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { DatasetRecord, GuardedCount } from '#wire';
import { datasetsQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useCodeWords } from '../i18n/use-code-words.ts';
import { useFormat } from '../i18n/use-format.ts';
import { Bars } from '../parts/bars.tsx';
import { Digest } from '../parts/digest.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Facts } from '../parts/facts.tsx';
import { Figures } from '../parts/figures.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ButtonLink, TextLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { QualityBar } from './datasets-page.tsx';

/** One published dataset. */
export function DatasetPage() {
  const { t } = useTranslation();
  const { siteId, name } = useParams({ from: '/datasets/$siteId/$name' });
  return (
    <Loaded query={useQuery(datasetsQuery)}>
      {({ datasets }) => {
        const dataset = datasets.find((entry) => entry.siteId === siteId && entry.name === name);
        return dataset === undefined ? (
          <>
            <PageHead title={name} />
            <div className="surface">
              <EmptyState
                title={t('dataset.gone')}
                hint={t('dataset.gone-hint')}
                action={<TextLink to="/datasets">{t('dataset.back')}</TextLink>}
              />
            </div>
          </>
        ) : (
          <Dataset dataset={dataset} />
        );
      }}
    </Loaded>
  );
}

function Dataset({ dataset }: { readonly dataset: DatasetRecord }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useCodeWords();
  const session = useSession();
  const { ageYears, quality } = dataset;
  return (
    <>
      <PageHead
        title={dataset.title}
        lead={dataset.description}
        aside={
          holdsOneOf(session, ['researcher']) ? <ButtonLink to="/access/new">{t('dataset.ask')}</ButtonLink> : null
        }
      />
      <Figures
        figures={[
          figure(t('datasets.persons'), dataset.persons, format.guarded),
          figure(t('datasets.studies'), dataset.studies, format.guarded),
          figure(t('datasets.images'), dataset.images, format.guarded),
          {
            label: t('datasets.ages'),
            value: ageYears === null ? '–' : t('datasets.age-range', ageYears),
            inWords: true,
          },
        ]}
      />
      <div className="two-columns">
        <Section title={t('dataset.findings')} lead={t('dataset.findings-lead')}>
          <Bars
            label={t('dataset.findings')}
            bars={Object.entries(dataset.findings).map(([label, value]) => ({ label: words.finding(label), value }))}
          />
        </Section>
        <Section title={t('dataset.sexes')}>
          <Bars
            label={t('dataset.sexes')}
            bars={Object.entries(dataset.sexes).map(([code, value]) => ({ label: words.sex(code), value }))}
          />
        </Section>
      </div>
      <div className="two-columns">
        <Section title={t('dataset.quality')}>
          <QualityBar score={quality.score} />
          <p className="prose">
            {t('dataset.quality-words', {
              checked: format.count(quality.checked),
              findings: format.count(quality.findings),
            })}
          </p>
        </Section>
        <Section title={t('dataset.conditions')} lead={t('dataset.conditions-lead')}>
          {dataset.conditions.length === 0 ? (
            <p className="prose">{t('dataset.no-conditions')}</p>
          ) : (
            <ul style={{ margin: 0, paddingInlineStart: '1.2rem' }}>
              {dataset.conditions.map((code) => (
                <li key={code}>
                  {words.condition(code)} <span className="digest quiet">{code}</span>
                </li>
              ))}
            </ul>
          )}
        </Section>
      </div>
      <Section title={t('dataset.facts')}>
        <Facts
          facts={[
            [t('datasets.site'), `${dataset.siteId}, ${format.country(dataset.country)}`],
            [
              t('dataset.name'),
              <span key="name" className="digest">
                {dataset.name}
              </span>,
            ],
            [t('datasets.modalities'), dataset.modalities.map(words.modality).join(', ') || '–'],
            [t('dataset.body-parts'), dataset.bodyParts.join(', ') || '–'],
            [t('dataset.manufacturers'), dataset.manufacturers.join(', ') || '–'],
            [t('dataset.version'), format.count(dataset.version)],
            [t('dataset.published'), format.moment(dataset.publishedAtMs)],
            [t('dataset.origin'), dataset.synthetic ? t('dataset.origin-synthetic') : t('dataset.origin-real')],
            [t('dataset.digest'), <Digest key="digest" sha256={dataset.contentSha256} />],
          ]}
        />
      </Section>
    </>
  );
}

function figure(label: string, value: GuardedCount, guarded: (value: GuardedCount) => string) {
  return { label, value: guarded(value), inWords: 'below' in value };
}
