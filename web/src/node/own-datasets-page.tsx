import { Group, Stack, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { nodeDatasetsSchema } from '#wire';
import { nodeDatasetsQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useFormat } from '../i18n/use-format.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ButtonLink, TextLink } from '../parts/router-link.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { NODE_READERS } from './node-readers.ts';

type OwnDataset = ReturnType<typeof nodeDatasetsSchema.parse>['items'][number];

/** The node's datasets and their publication in the network's catalogue. */
export function OwnDatasetsPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={t('own-datasets.title')} lead={t('own-datasets.lead')} />
      <Loaded query={useQuery(nodeDatasetsQuery)} roles={NODE_READERS.datasets}>
        {({ items }) =>
          items.length === 0 ? (
            <div className="surface">
              <EmptyState
                title={t('own-datasets.empty')}
                hint={t('own-datasets.empty-hint')}
                action={<TextLink to="/arrivals">{t('own-datasets.to-arrivals')}</TextLink>}
              />
            </div>
          ) : (
            items.map((dataset) => <Dataset key={dataset.name} dataset={dataset} />)
          )
        }
      </Loaded>
    </>
  );
}

function Dataset({ dataset }: { readonly dataset: OwnDataset }) {
  const { t } = useTranslation();
  const format = useFormat();
  const curator = holdsOneOf(useSession(), ['curator']);
  const { version, publishedAtMs, qualityScore } = dataset;
  return (
    <article className="surface">
      <Stack gap="md">
        <Group justify="space-between" gap="xs">
          <Title order={2}>{dataset.title}</Title>
          {version === null ? (
            <StateBadge tone="quiet" label={t('own-datasets.unpublished')} />
          ) : (
            <StateBadge tone="good" label={t('own-datasets.version', { version: format.count(version) })} />
          )}
        </Group>
        <Facts
          facts={[
            [
              t('dataset.name'),
              <span key="name" className="digest">
                {dataset.name}
              </span>,
            ],
            [t('datasets.persons'), format.guarded(dataset.persons)],
            [t('datasets.studies'), format.guarded(dataset.studies)],
            [t('dataset.quality'), qualityScore === null ? '–' : format.count(qualityScore)],
            [t('dataset.published'), publishedAtMs === null ? '–' : format.moment(publishedAtMs)],
          ]}
        />
        <Group>
          <ButtonLink to="/datasets/$name" params={{ name: dataset.name }} variant={curator ? 'filled' : 'default'}>
            {curator ? t('own-datasets.prepare') : t('own-datasets.look')}
          </ButtonLink>
        </Group>
      </Stack>
    </article>
  );
}
