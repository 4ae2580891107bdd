import { Anchor, Button, Group, Stack, TextInput, Title } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ForeignRecord } from '#wire';
import { foreignRecordsQuery } from '../api/queries.ts';
import { useFormat } from '../i18n/use-format.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { TextLink } from '../parts/router-link.tsx';
import { ForeignState } from './foreign-state.tsx';

const PAGE = 50;

/** Records of other catalogues, below the network's own and never counted with them; nothing where none is read. */
export function ForeignRecords() {
  const { t } = useTranslation();
  const any = useQuery(foreignRecordsQuery('', 0));
  const id = useId();
  if ((any.data?.found ?? 0) === 0) return null;
  return (
    <section aria-labelledby={id}>
      <Stack gap="md" mt="xl">
        <Title order={2} id={id}>
          {t('foreign.title')}
        </Title>
        <p className="prose quiet">{t('foreign.lead')}</p>
        <FoundRecords />
      </Stack>
    </section>
  );
}

function FoundRecords() {
  const { t } = useTranslation();
  const format = useFormat();
  const [words, setWords] = useState('');
  const [offset, setOffset] = useState(0);
  const found = useQuery(foreignRecordsQuery(words, offset));
  return (
    <>
      <TextInput
        type="search"
        label={t('foreign.search')}
        leftSection={<IconSearch size={17} aria-hidden="true" />}
        value={words}
        maxLength={200}
        onChange={({ currentTarget }) => {
          setWords(currentTarget.value);
          setOffset(0);
        }}
      />
      <Loaded query={found}>
        {({ records, found: count }) => (
          <>
            <p role="status">{t('foreign.found', { records: format.count(count) })}</p>
            {records.length === 0 ? (
              <div className="surface">
                <EmptyState title={t('foreign.nothing')} hint={t('catalogue.nothing-hint')} />
              </div>
            ) : (
              <ul className="catalogue-cards">
                {records.map((record) => (
                  <li key={record.recordId}>
                    <ForeignCard record={record} />
                  </li>
                ))}
              </ul>
            )}
            {count <= PAGE ? null : (
              <Group gap="sm">
                <Button variant="default" disabled={offset === 0} onClick={() => setOffset(Math.max(0, offset - PAGE))}>
                  {t('foreign.earlier')}
                </Button>
                <Button variant="default" disabled={offset + PAGE >= count} onClick={() => setOffset(offset + PAGE)}>
                  {t('foreign.later')}
                </Button>
              </Group>
            )}
          </>
        )}
      </Loaded>
    </>
  );
}

function ForeignCard({ record }: { readonly record: ForeignRecord }) {
  const { t } = useTranslation();
  const { recordId, title, publisher, sourceTitle, description, keywords, page } = record;
  return (
    <article className="surface catalogue-card">
      <Group justify="space-between" align="flex-start" gap="xs">
        <Title order={3} style={{ flex: '1 1 14rem', overflowWrap: 'anywhere' }}>
          <TextLink to="/foreign-records/$recordId" params={{ recordId }} inherit>
            {title}
          </TextLink>
        </Title>
        <ForeignState record={record} />
      </Group>
      <p className="quiet catalogue-where" style={{ overflowWrap: 'anywhere' }}>
        {publisher === '' ? null : `${publisher} · `}
        {t('foreign.from', { catalogue: sourceTitle })}
      </p>
      {description === '' ? null : <p className="prose catalogue-description">{description}</p>}
      {keywords.length === 0 ? null : (
        <ul className="tags">
          {keywords.slice(0, 8).map((word) => (
            <li key={word}>{word}</li>
          ))}
        </ul>
      )}
      <p>
        <Anchor href={page} rel="noopener noreferrer nofollow" aria-label={t('foreign.at-source-of', { title })}>
          {t('foreign.at-source')}
        </Anchor>
      </p>
    </article>
  );
}
