import { Anchor } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ForeignRecordDetail } from '#wire';
import { foreignRecordQuery } from '../api/queries.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { TextLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { ForeignState } from './foreign-state.tsx';

/** A record of another catalogue: what its source says, and what the profiles miss in it. */
export function ForeignRecordPage() {
  const { recordId } = useParams({ from: '/foreign-records/$recordId' });
  return <Loaded query={useQuery(foreignRecordQuery(recordId))}>{(detail) => <Detail {...detail} />}</Loaded>;
}

function Detail({ record, missing }: ForeignRecordDetail) {
  const { t } = useTranslation();
  const format = useFormat();
  const { accessRights, licence, publisher, description, page, iri, keywords } = record;
  return (
    <>
      <PageHead
        title={record.title}
        lead={t('foreign.from', { catalogue: record.sourceTitle })}
        aside={<ForeignState record={record} />}
      />
      <Section title={t('foreign.told')} lead={t('foreign.told-lead')}>
        {description === '' ? null : <p className="prose">{description}</p>}
        <Facts
          facts={[
            [t('foreign.publisher'), publisher === '' ? '–' : publisher],
            [t('foreign.keywords'), keywords.length === 0 ? '–' : keywords.join(', ')],
            [t('foreign.access'), accessRights === null ? '–' : t(`foreign.access.${accessRights}`)],
            [t('foreign.licence'), licence === '' ? '–' : <Broken key="licence">{licence}</Broken>],
            [t('foreign.distributions'), format.count(record.distributions)],
            [t('foreign.identifier'), <Broken key="identifier">{iri}</Broken>],
            [
              t('foreign.source'),
              <Anchor key="source" href={page} rel="noopener noreferrer nofollow">
                <Broken>{page}</Broken>
              </Anchor>,
            ],
            [t('foreign.first-seen'), format.moment(record.firstSeenAtMs)],
            [t('foreign.changed'), format.moment(record.changedAtMs)],
            [t('foreign.seen'), format.moment(record.seenAtMs)],
            [
              t('foreign.digest'),
              <span key="digest" className="digest" style={{ whiteSpace: 'normal' }}>
                <Broken>{record.sha256}</Broken>
              </span>,
            ],
          ]}
        />
      </Section>
      {missing.map(({ profile, findings }) => (
        <Section key={profile} title={t(`foreign.profile.${profile}`)}>
          {findings.length === 0 ? (
            <p>{t('foreign.lacks-nothing')}</p>
          ) : (
            <DataTable
              caption={t('foreign.lacks')}
              rows={findings.map((finding, at) => ({ ...finding, at }))}
              keyOf={({ at }) => String(at)}
              columns={[
                { head: t('foreign.property'), cell: ({ path }) => nameOf(path) },
                { head: t('foreign.fix'), cell: ({ fix }) => <span lang="en">{fix}</span> },
              ]}
            />
          )}
        </Section>
      ))}
      <p>
        <TextLink to="/datasets">{t('foreign.back')}</TextLink>
      </p>
    </>
  );
}

/** An address or a digest, which may be broken anywhere. */
function Broken({ children }: { readonly children: string }) {
  return <span style={{ overflowWrap: 'anywhere' }}>{children}</span>;
}

/** The last part of an address, which is what people call a property. */
function nameOf(path: string): string {
  return path === ''
    ? '–'
    : path
        .split(/ [|/] /)
        .map((one) => one.split(/[#/]/).at(-1) ?? one)
        .join(', ');
}
