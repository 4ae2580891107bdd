import { Anchor, Button, Group, NumberInput, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type HarvestSource, harvestSourceSchema } from '#wire';
import { harvestSourcesQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWrite, useWriteFor } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { Dialog } from '../parts/dialog.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { EntryNotice } from '../parts/entry-notice.tsx';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { HUB_READERS } from './hub-readers.ts';

const OUTCOME_TONES = { never: 'quiet', complete: 'good', partial: 'warn', failed: 'bad' } as const;
const EVERY_DAY = 24;
const EVERY_MONTH = 720;

/** Catalogues of others that the hub reads: a coordinator adds and removes them. */
export function CataloguesPage() {
  const { t } = useTranslation();
  const session = useSession();
  const allowed = holdsOneOf(session, HUB_READERS.catalogues);
  const mayChange = holdsOneOf(session, ['coordinator']);
  const sources = useQuery({ ...harvestSourcesQuery, enabled: allowed });
  return (
    <>
      <PageHead title={t('harvest.title')} lead={t('harvest.lead')} />
      {allowed ? (
        <>
          {mayChange ? <NewCatalogue /> : null}
          <Loaded query={sources}>
            {(list) =>
              list.length === 0 ? (
                <div className="surface">
                  <EmptyState title={t('harvest.empty')} hint={t('harvest.empty-hint')} />
                </div>
              ) : (
                list.map((source) => <CatalogueSection key={source.sourceId} source={source} mayChange={mayChange} />)
              )
            }
          </Loaded>
        </>
      ) : (
        <EntryNotice roles={HUB_READERS.catalogues} />
      )}
    </>
  );
}

function NewCatalogue() {
  const { t } = useTranslation();
  const [address, setAddress] = useState('');
  const [everyHours, setEveryHours] = useState<number | string>(EVERY_DAY);
  const add = useWriteFor(harvestSourceSchema, ['harvest-sources', 'foreign-records'], () => setAddress(''));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate({ path: '/api/harvest-sources', body: { address, everyHours: Number(everyHours) } });
  };
  return (
    <Section title={t('harvest.new')} lead={t('harvest.new-lead')}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <div className="two-columns">
            <TextInput
              type="url"
              label={t('harvest.address')}
              placeholder="https://"
              required
              maxLength={2000}
              value={address}
              onChange={({ currentTarget }) => setAddress(currentTarget.value)}
            />
            <NumberInput
              label={t('harvest.every-hours')}
              required
              min={1}
              max={EVERY_MONTH}
              allowDecimal={false}
              value={everyHours}
              onChange={setEveryHours}
            />
          </div>
          {add.error === null ? null : <ProblemNotice error={add.error} />}
          {add.data === undefined ? null : (
            <Notice tone="good" role="status" title={t('harvest.added', { address: add.data.address })} />
          )}
          <Group>
            <Button type="submit" loading={add.isPending}>
              {t('harvest.add')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}

function CatalogueSection({ source, mayChange }: { readonly source: HarvestSource; readonly mayChange: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { title, address, outcome, problems, isBeingRead } = source;
  return (
    <Section
      title={title}
      aside={
        <StateBadge
          tone={isBeingRead ? 'info' : OUTCOME_TONES[outcome]}
          label={isBeingRead ? t('harvest.reading') : t(`harvest.outcome.${outcome}`)}
        />
      }
    >
      <Facts
        facts={[
          [
            t('harvest.address'),
            <Anchor key="address" href={address} rel="noopener noreferrer nofollow">
              {address}
            </Anchor>,
          ],
          [t('harvest.records'), format.count(source.records)],
          [t('harvest.visited'), source.visitedAtMs === null ? '–' : format.moment(source.visitedAtMs)],
          [
            t('harvest.documents'),
            t('harvest.documents-value', {
              documents: format.count(source.documents),
              unchanged: format.count(source.unchanged),
            }),
          ],
          [t('harvest.next'), format.moment(source.nextAtMs)],
        ]}
      />
      {problems.length === 0 ? null : (
        <details className="as-table">
          <summary>{t('harvest.problems', { problems: format.count(problems.length) })}</summary>
          <ul lang="en">
            {problems.map(({ address: at, code, problem }) => (
              <li key={`${code} ${at}`} style={{ overflowWrap: 'anywhere' }}>
                {problem}
              </li>
            ))}
          </ul>
        </details>
      )}
      {mayChange ? <CatalogueActions source={source} /> : null}
    </Section>
  );
}

function CatalogueActions({ source }: { readonly source: HarvestSource }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [isAsking, setAsking] = useState(false);
  const path = `/api/harvest-sources/${source.sourceId}`;
  const readNow = useWrite(['harvest-sources', 'foreign-records']);
  const remove = useWrite(['harvest-sources', 'foreign-records'], () => setAsking(false));
  return (
    <>
      {readNow.error === null ? null : <ProblemNotice error={readNow.error} />}
      <Group gap="xs">
        <Button
          size="xs"
          loading={readNow.isPending}
          disabled={source.isBeingRead}
          aria-label={t('harvest.now-of', { catalogue: source.title })}
          onClick={() => readNow.mutate({ path: `${path}/now` })}
        >
          {t('harvest.now')}
        </Button>
        <Button
          size="xs"
          variant="default"
          aria-label={t('harvest.remove-of', { catalogue: source.title })}
          onClick={() => setAsking(true)}
        >
          {t('harvest.remove')}
        </Button>
      </Group>
      <Dialog
        title={t('harvest.remove-of', { catalogue: source.title })}
        isOpen={isAsking}
        onClose={() => setAsking(false)}
      >
        <Stack gap="sm">
          <p>{t('harvest.remove-asks', { records: format.count(source.records) })}</p>
          {remove.error === null ? null : <ProblemNotice error={remove.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setAsking(false)}>
              {t('sites.cancel')}
            </Button>
            <Button
              color="var(--unica-bad)"
              variant="outline"
              loading={remove.isPending}
              onClick={() => remove.mutate({ path, method: 'DELETE' })}
            >
              {t('harvest.remove')}
            </Button>
          </Group>
        </Stack>
      </Dialog>
    </>
  );
}
