import { Button, Checkbox, Group, Stack, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { modelWatchSchema, type NetworkView } from '#wire';
import { modelWatchesQuery, networkQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWriteFor } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { TextLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { HUB_READERS } from './hub-readers.ts';
import { ResearchOnly } from './research-only.tsx';

/** Models that are in use in clinics: what was asked of sites, and a new question. */
export function WatchesPage() {
  const { t } = useTranslation();
  const network = useQuery(networkQuery);
  const asks = holdsOneOf(useSession(), ['researcher', 'coordinator']);
  return (
    <>
      <PageHead title={t('watch.title')} lead={t('watch.lead')} />
      <ResearchOnly />
      <Asked />
      {asks ? (
        <Section title={t('watch.ask')} lead={t('watch.ask-lead')}>
          <Loaded query={network}>{({ sites }) => <AskForm sites={sites} />}</Loaded>
        </Section>
      ) : null}
    </>
  );
}

function Asked() {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Section title={t('watch.asked')}>
      <Loaded query={useQuery(modelWatchesQuery)} roles={HUB_READERS.watches}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="prose quiet">{t('watch.empty')}</p>
          ) : (
            <DataTable
              caption={`${t('watch.asked')}: ${t('watch.answers')}`}
              rows={items}
              keyOf={({ watchId }) => watchId}
              columns={[
                {
                  head: t('watch.model'),
                  cell: ({ watchId, model }) => (
                    <TextLink to="/clinics/$watchId" params={{ watchId }}>
                      {model}
                    </TextLink>
                  ),
                },
                { head: t('watch.when'), oneLine: true, cell: ({ askedAtMs }) => format.moment(askedAtMs) },
                { head: t('watch.because'), cell: ({ because }) => because },
                {
                  head: t('watch.answers'),
                  cell: ({ answered, asked, refused }) =>
                    t('watch.answers-of', {
                      answered: format.count(answered),
                      asked: format.count(asked),
                      refused: format.count(refused),
                    }),
                },
              ]}
            />
          )
        }
      </Loaded>
    </Section>
  );
}

function AskForm({ sites }: { readonly sites: NetworkView['sites'] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const active = sites.filter(({ state }) => state === 'active').map(({ siteId }) => siteId);
  const [model, setModel] = useState('chest-nodule');
  const [left, setLeft] = useState<readonly string[]>([]);
  const [because, setBecause] = useState('');
  const ask = useWriteFor(modelWatchSchema, ['model-watches'], ({ watchId }) =>
    navigate({ to: '/clinics/$watchId', params: { watchId } }),
  );
  const asked = active.filter((siteId) => !left.includes(siteId));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    ask.mutate({ path: '/api/model-watches', body: { model, sites: asked, because } });
  };
  return (
    <form onSubmit={submit} aria-label={t('watch.ask')}>
      <Stack gap="sm" maw={640}>
        <TextInput
          label={t('watch.model')}
          description={t('watch.model-hint')}
          required
          pattern="[a-z0-9][a-z0-9\-]{0,63}"
          value={model}
          onChange={({ currentTarget }) => setModel(currentTarget.value)}
        />
        <Checkbox.Group
          label={t('watch.sites')}
          value={asked}
          onChange={(chosen) => setLeft(active.filter((siteId) => !chosen.includes(siteId)))}
        >
          <Group gap="md" mt="xs">
            {active.map((siteId) => (
              <Checkbox key={siteId} value={siteId} label={siteId} />
            ))}
          </Group>
        </Checkbox.Group>
        <Textarea
          label={t('watch.because')}
          description={t('watch.because-hint')}
          required
          minLength={10}
          maxLength={500}
          autosize
          minRows={2}
          value={because}
          onChange={({ currentTarget }) => setBecause(currentTarget.value)}
        />
        {ask.error === null ? null : <ProblemNotice error={ask.error} />}
        <Group>
          <Button type="submit" loading={ask.isPending} disabled={asked.length === 0}>
            {t('watch.send')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
