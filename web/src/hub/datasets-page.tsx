import { Button, Checkbox, Group, NativeSelect, Stack, TextInput, Title } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DatasetRecord } from '#wire';
import { datasetsQuery } from '../api/queries.ts';
import { useCodeWords } from '../i18n/use-code-words.ts';
import { useFormat } from '../i18n/use-format.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { TextLink } from '../parts/router-link.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import {
  CATALOGUE_FACETS,
  CATALOGUE_ORDERS,
  type CatalogueFacet,
  type CatalogueFilter,
  datasetsIn,
  filterOf,
  searchOf,
  valuesOf,
} from './catalogue-filter.ts';
import { ForeignRecords } from './foreign-records.tsx';

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
            <Catalogue datasets={datasets} />
          )
        }
      </Loaded>
      <ForeignRecords />
    </>
  );
}

function Catalogue({ datasets }: { readonly datasets: readonly DatasetRecord[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [filter, setFilter] = useFilter();
  const listed = datasetsIn(datasets, filter);
  const isNarrowed = searchOf({ ...filter, order: 'newest' }) !== '';
  // On a phone the list comes first.
  const isWide = useMediaQuery('(min-width: 62em)', true);
  const facets = CATALOGUE_FACETS.map((facet) => (
    <Facet key={facet} facet={facet} datasets={datasets} filter={filter} onFilter={setFilter} />
  ));
  const total = (of: 'persons' | 'studies') =>
    listed.reduce((sum, dataset) => sum + ('count' in dataset[of] ? dataset[of].count : 0), 0);
  return (
    <div className="catalogue">
      <search className="surface catalogue-facets" aria-label={t('catalogue.narrow')}>
        <Stack gap="md">
          <TextInput
            type="search"
            label={t('catalogue.search')}
            leftSection={<IconSearch size={17} aria-hidden="true" />}
            value={filter.words}
            maxLength={200}
            onChange={({ currentTarget }) => setFilter({ ...filter, words: currentTarget.value })}
          />
          {isWide ? (
            facets
          ) : (
            <details className="as-table">
              <summary>{t('catalogue.narrow')}</summary>
              <Stack gap="md" mt="sm">
                {facets}
              </Stack>
            </details>
          )}
        </Stack>
      </search>
      <div className="catalogue-list">
        <Group justify="space-between" gap="sm" align="flex-end">
          <p className="catalogue-found" role="status">
            <strong>{t('catalogue.found', { datasets: format.count(listed.length) })}</strong>{' '}
            <span className="quiet">
              {t('catalogue.in-all', {
                persons: format.count(total('persons')),
                studies: format.count(total('studies')),
              })}
            </span>
          </p>
          <Group gap="sm" align="flex-end">
            {isNarrowed ? (
              <Button variant="subtle" size="sm" onClick={() => setFilter({ ...filterOf(''), order: filter.order })}>
                {t('catalogue.clear')}
              </Button>
            ) : null}
            <NativeSelect
              label={t('catalogue.order')}
              value={filter.order}
              onChange={({ currentTarget }) =>
                setFilter({ ...filter, order: CATALOGUE_ORDERS.find((one) => one === currentTarget.value) ?? 'newest' })
              }
              data={CATALOGUE_ORDERS.map((order) => ({ value: order, label: t(`catalogue.order.${order}`) }))}
            />
          </Group>
        </Group>
        {listed.length === 0 ? (
          <div className="surface">
            <EmptyState title={t('catalogue.nothing')} hint={t('catalogue.nothing-hint')} />
          </div>
        ) : (
          <ul className="catalogue-cards">
            {listed.map((dataset) => (
              <li key={`${dataset.siteId}/${dataset.name}`}>
                <DatasetCard dataset={dataset} />
              </li>
            ))}
          </ul>
        )}
        <p className="quiet">
          {t('catalogue.machines')} <a href="/fdp?format=ttl">FAIR Data Point</a> ·{' '}
          <a href="/fdp/catalog/datasets?format=ttl">DCAT</a>
        </p>
      </div>
    </div>
  );
}

/** The filter, kept in the address so that a list can be shared and found again by going back. */
function useFilter(): readonly [CatalogueFilter, (filter: CatalogueFilter) => void] {
  const [filter, setFilter] = useState(() => filterOf(window.location.search));
  useEffect(() => {
    const again = () => setFilter(filterOf(window.location.search));
    window.addEventListener('popstate', again);
    return () => window.removeEventListener('popstate', again);
  }, []);
  const choose = (next: CatalogueFilter) => {
    setFilter(next);
    window.history.replaceState(window.history.state, '', `${window.location.pathname}${searchOf(next)}`);
  };
  return [filter, choose];
}

interface FacetProps {
  readonly facet: CatalogueFacet;
  readonly datasets: readonly DatasetRecord[];
  readonly filter: CatalogueFilter;
  readonly onFilter: (filter: CatalogueFilter) => void;
}

function Facet({ facet, datasets, filter, onFilter }: FacetProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const nameOf = useFacetWords();
  const values = valuesOf(datasets, facet, filter);
  // What all have alike narrows nothing.
  if (values.length < 2) return null;
  return (
    <Checkbox.Group
      label={t(`catalogue.facet.${facet}`)}
      value={[...filter.chosen[facet]]}
      onChange={(chosen) => onFilter({ ...filter, chosen: { ...filter.chosen, [facet]: chosen } })}
    >
      <Stack gap={6} mt={6}>
        {values.map(({ value, datasets: count }) => (
          <Checkbox
            key={value}
            size="sm"
            value={value}
            disabled={count === 0 && !filter.chosen[facet].includes(value)}
            label={
              <>
                {nameOf(facet, value)} <span className="facet-count">{format.count(count)}</span>
              </>
            }
          />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}

function useFacetWords(): (facet: CatalogueFacet, value: string) => string {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useCodeWords();
  return (facet, value) => {
    switch (facet) {
      case 'modality':
        return words.modality(value);
      case 'country':
        return format.country(value);
      case 'use':
        return words.condition(value);
      case 'origin':
        return value === 'synthetic' ? t('catalogue.synthetic') : t('catalogue.real');
      default:
        return value;
    }
  };
}

function DatasetCard({ dataset }: { readonly dataset: DatasetRecord }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useCodeWords();
  const { siteId, name, ageYears, quality, card } = dataset;
  const figures = [
    [t('datasets.persons'), format.guarded(dataset.persons)],
    [t('datasets.studies'), format.guarded(dataset.studies)],
    [t('datasets.ages'), ageYears === null ? '–' : t('datasets.age-range', ageYears)],
    [t('dataset.quality'), format.number(Math.round(quality.score))],
  ] as const;
  return (
    <article className="surface catalogue-card">
      <Group justify="space-between" align="flex-start" gap="xs">
        <Title order={2} style={{ flex: '1 1 14rem', overflowWrap: 'anywhere' }}>
          <TextLink to="/datasets/$siteId/$name" params={{ siteId, name }} inherit>
            {dataset.title}
          </TextLink>
        </Title>
        {dataset.synthetic ? <StateBadge tone="quiet" label={t('datasets.synthetic')} /> : null}
      </Group>
      <p className="quiet catalogue-where">
        {card?.publisherName ?? siteId}, {format.country(dataset.country)} · {t('dataset.version')}{' '}
        {format.count(dataset.version)} · {format.day(dataset.publishedAtMs)}
      </p>
      {dataset.description === '' ? null : <p className="prose catalogue-description">{dataset.description}</p>}
      <ul className="tags">
        {dataset.modalities.map((code) => (
          <li key={code}>{words.modality(code)}</li>
        ))}
        {dataset.bodyParts.map((part) => (
          <li key={part}>{part}</li>
        ))}
        {dataset.conditions.slice(0, 2).map((code) => (
          <li key={code}>{words.condition(code)}</li>
        ))}
      </ul>
      <dl className="card-figures">
        {figures.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </article>
  );
}
