import { Button, Checkbox, Group, Stack, Textarea, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { nodeDatasetsSchema } from '#wire';
import { nodeDatasetsQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWrite } from '../api/use-write.ts';
import { useCodeWords } from '../i18n/use-code-words.ts';
import { useFormat } from '../i18n/use-format.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { TextLink } from '../parts/router-link.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { DATA_USE_CONDITIONS } from './data-use-conditions.ts';
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
        {curator ? <PublishForm dataset={dataset} /> : null}
      </Stack>
    </article>
  );
}

function PublishForm({ dataset }: { readonly dataset: OwnDataset }) {
  const { t } = useTranslation();
  const words = useCodeWords();
  const [title, setTitle] = useState(dataset.title);
  const [description, setDescription] = useState('');
  const [conditions, setConditions] = useState<readonly string[]>([]);
  const publish = useWrite(['node-datasets']);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    publish.mutate({
      path: `/api/datasets/${encodeURIComponent(dataset.name)}/publish`,
      body: { title, description, conditions },
    });
  };
  return (
    <details className="as-table">
      <summary>{dataset.version === null ? t('publish.first') : t('publish.again')}</summary>
      <form onSubmit={submit}>
        <Stack gap="sm" mt="sm">
          <p className="prose quiet">{t('publish.lead')}</p>
          <TextInput
            label={t('publish.name')}
            required
            maxLength={200}
            value={title}
            onChange={({ currentTarget }) => setTitle(currentTarget.value)}
          />
          <Textarea
            label={t('publish.description')}
            maxLength={2000}
            autosize
            minRows={2}
            value={description}
            onChange={({ currentTarget }) => setDescription(currentTarget.value)}
          />
          <Checkbox.Group label={t('publish.conditions')} value={[...conditions]} onChange={setConditions}>
            <Stack gap="xs" mt="xs">
              {DATA_USE_CONDITIONS.map((code) => (
                <Checkbox key={code} value={code} label={words.condition(code)} />
              ))}
            </Stack>
          </Checkbox.Group>
          <Button type="submit" loading={publish.isPending} style={{ alignSelf: 'flex-start' }}>
            {t('publish.now')}
          </Button>
          {publish.isSuccess ? <Notice tone="good" role="status" title={t('publish.done')} /> : null}
          {publish.error === null ? null : <ProblemNotice error={publish.error} />}
        </Stack>
      </form>
    </details>
  );
}
