import { useTranslation } from 'react-i18next';
import { type Member, TWINS_REASON } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import { ClockWords } from '../parts/clock-words.tsx';
import { DataTable } from '../parts/data-table.tsx';
import { MemberActions } from './member-actions.tsx';
import { SiteState } from './sites-table.tsx';

/** The sites as the coordinator sees them: where each stands, what it runs, its key, its data, and what can be done. */
export function MembersTable({ members }: { readonly members: readonly Member[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <DataTable
      caption={t('sites.table')}
      rows={members}
      keyOf={({ site }) => site.siteId}
      columns={[
        { head: t('sites.site'), cell: ({ site }) => `${site.displayName} (${site.siteId})` },
        { head: t('sites.state'), cell: (member) => <Standing member={member} /> },
        {
          head: t('sites.last-seen'),
          oneLine: true,
          cell: ({ site }) => (site.lastSeenAtMs === null ? '–' : format.moment(site.lastSeenAtMs)),
        },
        { head: t('sites.data'), cell: (member) => <PublishedData member={member} /> },
        { head: t('sites.ready'), cell: (member) => <Readiness member={member} /> },
        { head: t('sites.clock'), oneLine: true, cell: ({ clockOffsetMs }) => <ClockWords offsetMs={clockOffsetMs} /> },
        { head: t('sites.key'), cell: (member) => <Key member={member} /> },
        { head: t('sites.actions'), cell: (member) => <MemberActions member={member} /> },
      ]}
    />
  );
}

function Standing({ member: { site, because } }: { readonly member: Member }) {
  const { t } = useTranslation();
  return (
    <>
      <SiteState site={site} />
      {because === null ? null : <p className="quiet">{because === TWINS_REASON ? t('sites.twins') : because}</p>}
    </>
  );
}

function PublishedData({ member: { datasets } }: { readonly member: Member }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (datasets.length === 0) return '–';
  return datasets.map(({ name, version, qualityScore }) => (
    <p key={name}>
      {t('sites.data-item', { name, version: format.count(version), score: format.count(qualityScore) })}
    </p>
  ));
}

function Readiness({ member: { site, readiness, sameCode } }: { readonly member: Member }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      <p>{`${t('sites.software')}: ${site.software ?? '–'}`}</p>
      {readiness === null ? null : (
        <>
          <p>
            {t('sites.ready-machine', {
              cores: format.count(readiness.cores),
              memory: format.bytes(readiness.memoryBytes),
            })}
          </p>
          <p>{readiness.approval === 'ask' ? t('sites.ready-ask') : t('sites.ready-automatic')}</p>
        </>
      )}
      {sameCode === null ? null : <p>{sameCode ? t('sites.same-code') : t('sites.other-code')}</p>}
    </>
  );
}

function Key({ member: { fingerprint, keySinceMs } }: { readonly member: Member }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (fingerprint === null) return '–';
  return (
    <>
      <p className="digest">{fingerprint}</p>
      {keySinceMs === null || keySinceMs === 0 ? null : (
        <p className="quiet">{t('sites.key-since', { moment: format.moment(keySinceMs) })}</p>
      )}
    </>
  );
}
