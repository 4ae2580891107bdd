import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { DatasetRecord, GuardedCount } from '#wire';
import { useCodeWords } from '../i18n/use-code-words.ts';
import { useFormat } from '../i18n/use-format.ts';
import { Bars } from './bars.tsx';
import { Digest } from './digest.tsx';
import { Facts } from './facts.tsx';
import { Figures } from './figures.tsx';
import { Section } from './section.tsx';

/** Everything that the catalogue shows of a dataset beside its title and description. */
export function DatasetFacts({ dataset }: { readonly dataset: DatasetRecord }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useCodeWords();
  const { ageYears, acquiredYears, card, variables = [] } = dataset;
  const facts: (readonly [string, ReactNode])[] = [
    [t('datasets.site'), `${card?.publisherName ?? dataset.siteId}, ${format.country(dataset.country)}`],
    [t('datasets.modalities'), dataset.modalities.map(words.modality).join(', ') || '–'],
    [t('dataset.body-parts'), dataset.bodyParts.join(', ') || '–'],
    [t('dataset.manufacturers'), dataset.manufacturers.join(', ') || '–'],
    ...(acquiredYears ? [[t('dataset.acquired'), `${acquiredYears.from} – ${acquiredYears.to}`] as const] : []),
    ...(card?.populationCoverage === undefined ? [] : [[t('dataset.population'), card.populationCoverage] as const]),
    ...(card?.contactEmail === undefined
      ? []
      : [
          [
            t('dataset.contact'),
            <a key="contact" href={`mailto:${card.contactEmail}`}>
              {card.contactEmail}
            </a>,
          ] as const,
        ]),
    [t('dataset.version'), format.count(dataset.version)],
    [t('dataset.published'), format.moment(dataset.publishedAtMs)],
    [t('dataset.origin'), dataset.synthetic ? t('dataset.origin-synthetic') : t('dataset.origin-real')],
    [t('dataset.digest'), <Digest key="digest" sha256={dataset.contentSha256} />],
  ];
  return (
    <>
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
        <Section title={t('dataset.variables')} lead={t('dataset.variables-lead')}>
          {variables.length === 0 ? (
            <p className="prose">{t('dataset.no-variables')}</p>
          ) : (
            <ul className="tags" lang="en">
              {variables.map(({ name, title }) => (
                <li key={name}>{title}</li>
              ))}
            </ul>
          )}
        </Section>
      </div>
      <Section title={t('dataset.facts')}>
        <Facts facts={facts} />
      </Section>
    </>
  );
}

function figure(label: string, value: GuardedCount, guarded: (value: GuardedCount) => string) {
  return { label, value: guarded(value), inWords: 'below' in value };
}
