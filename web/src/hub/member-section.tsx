import { useTranslation } from 'react-i18next';
import { type Member, TWINS_REASON } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import { ClockWords } from '../parts/clock-words.tsx';
import { Facts } from '../parts/facts.tsx';
import { Section } from '../parts/section.tsx';
import { MemberActions } from './member-actions.tsx';
import { SiteState } from './sites-table.tsx';

/** A site as the coordinator sees it: where it stands, what it runs, its key, its data, and what can be done. */
export function MemberSection({ member }: { readonly member: Member }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { site, because, clockOffsetMs, fingerprint } = member;
  return (
    <Section title={`${site.displayName} (${site.siteId})`} aside={<SiteState site={site} />}>
      {because === null ? null : <p className="prose">{because === TWINS_REASON ? t('sites.twins') : because}</p>}
      <Facts
        facts={[
          [t('sites.country'), format.country(site.country)],
          [t('sites.last-seen'), site.lastSeenAtMs === null ? '–' : format.moment(site.lastSeenAtMs)],
          [t('sites.data'), <PublishedData key="data" member={member} />],
          [t('sites.software'), site.software ?? '–'],
          [t('sites.ready'), <Readiness key="ready" member={member} />],
          [t('sites.clock'), <ClockWords key="clock" offsetMs={clockOffsetMs} />],
          [t('sites.key'), fingerprint === null ? '–' : <Key key="key" member={member} />],
        ]}
      />
      <MemberActions member={member} />
    </Section>
  );
}

function PublishedData({ member: { datasets } }: { readonly member: Member }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (datasets.length === 0) return '–';
  return datasets.map(({ name, version, qualityScore }) => (
    <div key={name}>
      {t('sites.data-item', { name, version: format.count(version), score: format.count(qualityScore) })}
    </div>
  ));
}

function Readiness({ member: { readiness, sameCode } }: { readonly member: Member }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (readiness === null) return '–';
  const memory = format.bytes(readiness.memoryBytes);
  return (
    <>
      <div>{t('sites.ready-machine', { cores: format.count(readiness.cores), memory })}</div>
      <div>{readiness.approval === 'ask' ? t('sites.ready-ask') : t('sites.ready-automatic')}</div>
      {sameCode === null ? null : <div>{sameCode ? t('sites.same-code') : t('sites.other-code')}</div>}
    </>
  );
}

function Key({ member: { fingerprint, keySinceMs } }: { readonly member: Member }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      <div className="digest">{fingerprint}</div>
      {keySinceMs === null || keySinceMs === 0 ? null : (
        <div className="quiet">{t('sites.key-since', { moment: format.moment(keySinceMs) })}</div>
      )}
    </>
  );
}
