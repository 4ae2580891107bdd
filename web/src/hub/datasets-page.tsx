import { Group, Progress, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { DatasetRecord } from '#wire';
import { datasetsQuery } from '../api/queries.ts';
import { useCodeWords } from '../i18n/use-code-words.ts';
import { useFormat } from '../i18n/use-format.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { TextLink } from '../parts/router-link.tsx';
import { StateBadge } from '../parts/state-badge.tsx';

/** The public catalogue. */
export function DatasetsPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={t('datasets.title')} lead={t('datasets.lead')} />
      <Loaded query={useQuery(datasetsQuery)}>
        {({ datasets }) =>
          datasets.length === 0 ? (
            <div className="surface">
              <EmptyState title={t('datasets.empty')} hint={t('datasets.empty-hint')} />
            </div>
          ) : (
            <ul className="cards">
              {datasets.map((dataset) => (
                <li key={`${dataset.siteId}/${dataset.name}`}>
                  <DatasetCard dataset={dataset} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </>
  );
}

function DatasetCard({ dataset }: { readonly dataset: DatasetRecord }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useCodeWords();
  const { siteId, name, ageYears, quality } = dataset;
  return (
    <article className="surface">
      <Group justify="space-between" align="flex-start" gap="xs">
        <Title order={2} style={{ flex: '1 1 10rem', overflowWrap: 'anywhere' }}>
          <TextLink to="/datasets/$siteId/$name" params={{ siteId, name }} inherit>
            {dataset.title}
          </TextLink>
        </Title>
        {dataset.synthetic ? <StateBadge tone="quiet" label={t('datasets.synthetic')} /> : null}
      </Group>
      <Facts
        facts={[
          [t('datasets.site'), `${siteId}, ${format.country(dataset.country)}`],
          [t('datasets.persons'), format.guarded(dataset.persons)],
          [t('datasets.studies'), format.guarded(dataset.studies)],
          [t('datasets.modalities'), dataset.modalities.map(words.modality).join(', ')],
          [t('datasets.ages'), ageYears === null ? '–' : t('datasets.age-range', ageYears)],
        ]}
      />
      <div style={{ marginTop: 'auto' }}>
        <QualityBar score={quality.score} />
      </div>
    </article>
  );
}

/** The quality score with its words; 100 means that no check found anything. */
export function QualityBar({ score }: { readonly score: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = t('datasets.quality-score', { score: format.count(score) });
  return (
    <>
      <p className="quiet" style={{ margin: '0 0 0.3rem' }}>
        {words}
      </p>
      <Progress value={score} aria-label={words} color="var(--unica-bar)" size="sm" />
    </>
  );
}
