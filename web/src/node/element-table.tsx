import { Button, Group, SegmentedControl, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DeidentificationSample, ElementChangeView, ElementDone, ShownElementValue } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { StateBadge, type Tone } from '../parts/state-badge.tsx';
import { ruleWords } from './rule-words.ts';

const SHOWS = ['all', 'changed', 'removed', 'kept'] as const;
type Show = (typeof SHOWS)[number];

/** So many rows at a time: more are asked for. */
const STEP = 200;

const TONES: Readonly<Record<ElementDone, Tone>> = {
  kept: 'quiet',
  removed: 'bad',
  emptied: 'bad',
  replaced: 'warn',
  cleaned: 'warn',
  'date-shifted': 'warn',
  'uid-replaced': 'warn',
  added: 'info',
};

/** Every element before and after, what was done with it and why. */
export function ElementTable({ elements, counts }: Pick<DeidentificationSample, 'elements' | 'counts'>) {
  const { t } = useTranslation();
  const format = useFormat();
  const [show, setShow] = useState<Show>('all');
  const [search, setSearch] = useState('');
  const [most, setMost] = useState(STEP);
  const found = elements.filter((element) => isShown(element, show) && holds(element, search.trim().toLowerCase()));
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return (
    <>
      <Group gap="sm" align="flex-end">
        <SegmentedControl
          aria-label={t('sample.show')}
          data={SHOWS.map((value) => ({ value, label: t(`sample.show.${value}`) }))}
          value={show}
          onChange={(value) => setShow(SHOWS.find((one) => one === value) ?? 'all')}
        />
        <TextInput
          label={t('sample.search')}
          value={search}
          maxLength={100}
          autoComplete="off"
          onChange={({ currentTarget }) => setSearch(currentTarget.value)}
        />
        <span role="status">{t('sample.matching', { number: format.count(found.length) })}</span>
      </Group>
      {all > elements.length ? (
        <p className="quiet">
          {t('sample.left-out', { shown: format.count(elements.length), all: format.count(all) })}
        </p>
      ) : null}
      {found.length === 0 ? (
        <EmptyState title={t('sample.none')} hint={t('sample.none-hint')} />
      ) : (
        <DataTable
          caption={t('sample.table')}
          rows={found.slice(0, most)}
          keyOf={({ path }) => path}
          columns={[
            { head: t('sample.element'), cell: (element) => <Name {...element} /> },
            { head: t('sample.before'), cell: ({ before }) => <Value value={before} /> },
            { head: t('sample.after'), cell: ({ after }) => <Value value={after} /> },
            {
              head: t('sample.what'),
              cell: ({ done }) => <StateBadge tone={TONES[done]} label={t(`sample.done.${done}`)} />,
            },
            {
              head: t('sample.why'),
              cell: (element) => <span className="element-why">{ruleWords(t, element)}</span>,
            },
          ]}
        />
      )}
      {found.length > most ? (
        <Button variant="default" style={{ alignSelf: 'flex-start' }} onClick={() => setMost(most + STEP)}>
          {t('sample.more')}
        </Button>
      ) : null}
      <p className="prose quiet">{t('sample.codes')}</p>
    </>
  );
}

function isShown({ done }: ElementChangeView, show: Show): boolean {
  switch (show) {
    case 'all':
      return true;
    case 'kept':
      return done === 'kept';
    case 'removed':
      return done === 'removed' || done === 'emptied';
    case 'changed':
      return done !== 'kept';
  }
}

function holds({ keyword, path, vr, before, after }: ElementChangeView, search: string): boolean {
  if (search === '') return true;
  const texts = [keyword ?? '', path, tagText(path.slice(-8)), vr, textOf(before), textOf(after)];
  return texts.some((text) => text.toLowerCase().includes(search));
}

function textOf(value: ShownElementValue | null): string {
  return value !== null && 'text' in value ? value.text : '';
}

function tagText(tag: string): string {
  return `(${tag.slice(0, 4)},${tag.slice(4)})`.toUpperCase();
}

function Name({ tag, keyword, depth, path, vr }: ElementChangeView) {
  const { t } = useTranslation();
  return (
    <span style={{ display: 'block', paddingInlineStart: `${Math.min(depth, 6)}rem` }} title={path}>
      <span lang="en">{keyword ?? t('sample.no-keyword')}</span>
      <br />
      <span className="digest quiet">
        {tagText(tag)} {vr}
      </span>
    </span>
  );
}

function Value({ value }: { readonly value: ShownElementValue | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (value === null) return <span className="quiet">{t('sample.absent')}</span>;
  if ('items' in value) return t('sample.items', { number: format.count(value.items) });
  if ('sizeBytes' in value) return format.bytes(value.sizeBytes);
  if (value.text === '') return <span className="quiet">{t('sample.empty')}</span>;
  return (
    <span className="element-value">
      {value.text}
      {value.isCut ? ' …' : ''}
    </span>
  );
}
