import { Button, Group, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { acceptedSchema } from '#wire';
import { writeTo } from '../api/http.ts';
import { type ReadingList, readingListQuery } from '../api/queries.ts';
import { useSession } from '../api/session.ts';
import { useFormat } from '../i18n/use-format.ts';
import { NODE_READERS } from '../node/node-readers.ts';
import { DataTable } from '../parts/data-table.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { TextLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { useReadDay } from './use-read-day.ts';

/** Studies of the archive that can be read here. */
export function ReadingListPage() {
  const { t } = useTranslation();
  const [asked, setAsked] = useState({ words: '', task: '', from: '', to: '', state: 'all', page: 1 });
  // What shows films is there before the first of them is asked for.
  useEffect(() => void import('./reading-page.tsx'), []);
  const change = (part: Partial<typeof asked>) => setAsked({ ...asked, page: 1, ...part });
  return (
    <>
      <PageHead title={t('reading.title')} lead={t('reading.lead')} />
      <Notice tone="warn" title={t('reading.research-only')} />
      <Section title={t('reading.studies')}>
        <Group gap="sm" align="end">
          <TextInput
            label={t('reading.words')}
            value={asked.words}
            maxLength={64}
            onChange={({ currentTarget }) => change({ words: currentTarget.value })}
          />
          <NativeSelect
            label={t('reading.kind')}
            value={asked.task}
            onChange={({ currentTarget }) => change({ task: currentTarget.value })}
            data={[
              { value: '', label: t('reading.any-kind') },
              { value: 'mammography', label: t('reading.task.mammography') },
              { value: 'chest', label: t('reading.task.chest') },
            ]}
          />
          <TextInput
            type="date"
            label={t('reading.from')}
            value={asked.from}
            onChange={({ currentTarget }) => change({ from: currentTarget.value })}
          />
          <TextInput
            type="date"
            label={t('reading.to')}
            value={asked.to}
            onChange={({ currentTarget }) => change({ to: currentTarget.value })}
          />
          <NativeSelect
            label={t('reading.state')}
            value={asked.state}
            onChange={({ currentTarget }) => change({ state: currentTarget.value })}
            data={(['all', 'unread', 'read'] as const).map((value) => ({
              value,
              label: t(`reading.state.${value}`),
            }))}
          />
        </Group>
        <Loaded query={useQuery(readingListQuery(asked))} roles={NODE_READERS.reading}>
          {(list) => <Studies list={list} onPage={(page) => setAsked({ ...asked, page })} />}
        </Loaded>
      </Section>
    </>
  );
}

function Studies({ list, onPage }: { readonly list: ReadingList; readonly onPage: (page: number) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const day = useReadDay();
  const prepare = usePreparation();
  const { items, page, hasMore } = list;
  if (items.length === 0 && page === 1) {
    return <EmptyState title={t('reading.empty')} hint={t('reading.empty-hint')} />;
  }
  return (
    <>
      <p className="quiet">{t(`reading.mode.${list.mode}`)}</p>
      <DataTable
        caption={t('reading.title')}
        rows={items}
        keyOf={({ studyInstanceUid }) => studyInstanceUid}
        columns={[
          {
            head: t('reading.person'),
            cell: ({ studyInstanceUid, person }) => (
              <TextLink
                to="/reading/$study"
                params={{ study: studyInstanceUid }}
                className="digest reading-link"
                onPointerEnter={() => prepare(studyInstanceUid)}
                onFocus={() => prepare(studyInstanceUid)}
              >
                {person}
              </TextLink>
            ),
          },
          { head: t('reading.day'), oneLine: true, cell: ({ date }) => day(date) },
          { head: t('reading.kind'), cell: ({ task }) => t(`reading.task.${task}`) },
          { head: t('reading.description'), cell: ({ description }) => description },
          { head: t('reading.images'), numeric: true, cell: ({ images }) => format.count(images) },
          {
            head: t('reading.own-read'),
            cell: ({ readAtMs }) => (readAtMs === null ? t('reading.state.unread') : format.moment(readAtMs)),
          },
        ]}
      />
      <Group justify="space-between">
        <Button variant="default" disabled={page === 1} onClick={() => onPage(page - 1)}>
          {t('reading.previous-page')}
        </Button>
        <span className="quiet">{t('reading.page', { n: format.count(page) })}</span>
        <Button variant="default" disabled={!hasMore} onClick={() => onPage(page + 1)}>
          {t('reading.next-page')}
        </Button>
      </Group>
    </>
  );
}

/** Has the node draw the small pictures of a study that is pointed at: nothing comes back, so that nothing is seen before it is opened. */
function usePreparation(): (study: string) => void {
  const { csrfToken } = useSession();
  const asked = useRef(new Set<string>());
  return (study) => {
    if (asked.current.has(study)) return;
    asked.current.add(study);
    const path = `/api/reading/studies/${encodeURIComponent(study)}/preparations`;
    // Without it the films come a little later.
    writeTo(path, undefined, csrfToken, acceptedSchema).catch(() => asked.current.delete(study));
  };
}
