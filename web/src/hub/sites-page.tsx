import { Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { enrolmentCodeReplySchema } from '#wire';
import { membersQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWriteFor } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { CopyText } from '../parts/digest.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { EntryNotice } from '../parts/entry-notice.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { countriesByName } from './country-places.ts';
import { HUB_READERS } from './hub-readers.ts';
import { MemberSection } from './member-section.tsx';

/** The coordinator's list of sites and the way to invite another. */
export function SitesPage() {
  const { t } = useTranslation();
  const allowed = holdsOneOf(useSession(), HUB_READERS.sites);
  const members = useQuery({ ...membersQuery, enabled: allowed });
  return (
    <>
      <PageHead title={t('sites.title')} lead={t('sites.lead')} />
      {allowed ? (
        <>
          <Invitation />
          <Loaded query={members}>
            {(list) =>
              list.length === 0 ? (
                <EmptyState title={t('network.empty')} hint={t('network.empty-hint')} />
              ) : (
                list.map((member) => <MemberSection key={member.site.siteId} member={member} />)
              )
            }
          </Loaded>
        </>
      ) : (
        <EntryNotice roles={HUB_READERS.sites} />
      )}
    </>
  );
}

interface Invited {
  readonly code: string;
  readonly expiresAtMs: number;
  readonly siteId: string;
  readonly country: string;
}

function Invitation() {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const [siteId, setSiteId] = useState('');
  const [displayName, setDisplayName] = useState('');
  const [country, setCountry] = useState('GR');
  const [invited, setInvited] = useState<Invited>();
  const invite = useWriteFor(enrolmentCodeReplySchema, ['network', 'members'], (reply) =>
    setInvited({ ...reply, siteId, country }),
  );
  const countries = countriesByName(format.country, i18n.language);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    invite.mutate({ path: '/api/enrolment-codes', body: { siteId, displayName, country } });
  };
  return (
    <Section title={t('invite.title')} lead={t('invite.lead')}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <div className="two-columns">
            <TextInput
              label={t('invite.name')}
              required
              maxLength={120}
              value={displayName}
              onChange={({ currentTarget }) => setDisplayName(currentTarget.value)}
            />
            <TextInput
              label={t('invite.site-id')}
              description={t('invite.site-id-hint')}
              required
              pattern="[a-z][a-z0-9\-]{1,31}"
              value={siteId}
              onChange={({ currentTarget }) => setSiteId(currentTarget.value)}
            />
            <NativeSelect
              label={t('invite.country')}
              value={country}
              data={countries}
              onChange={({ currentTarget }) => setCountry(currentTarget.value)}
            />
          </div>
          <Button type="submit" loading={invite.isPending} style={{ alignSelf: 'flex-start' }}>
            {t('invite.make')}
          </Button>
        </Stack>
      </form>
      {invite.error === null ? null : <ProblemNotice error={invite.error} />}
      {invited === undefined ? null : (
        <Notice
          tone="good"
          role="status"
          title={t('invite.made', { site: invited.siteId, until: format.moment(invited.expiresAtMs) })}
        >
          <Group gap="xs">
            <span className="code-large">{invited.code}</span>
            <CopyText text={invited.code} />
          </Group>
          <p>{t('invite.next')}</p>
          <pre className="command">
            {`unica node init --hub ${window.location.origin} --code ${invited.code} --site ${invited.siteId} --country ${invited.country}`}
          </pre>
        </Notice>
      )}
    </Section>
  );
}
