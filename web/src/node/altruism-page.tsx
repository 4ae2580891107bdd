import { Button, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Altruism, ConsentPurpose } from '#wire';
import { altruismQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWrite } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { OptOutExceptions } from './opt-out-exceptions.tsx';
import { PurposeChoice } from './purpose-choice.tsx';

/** The public page of the data altruism organisation: who it is, what for, and what came of it each year. */
export function AltruismPage() {
  const { t } = useTranslation();
  const officer = holdsOneOf(useSession(), ['protection-officer']);
  return (
    <>
      <PageHead title={t('altruism.title')} lead={t('altruism.lead')} />
      <Loaded query={useQuery(altruismQuery)}>
        {(altruism) => (
          <>
            <Organisation altruism={altruism} />
            <Years altruism={altruism} />
            {officer ? <RegisterForm altruism={altruism} /> : null}
          </>
        )}
      </Loaded>
      <OptOutExceptions />
    </>
  );
}

function Organisation({ altruism: { organisation, people, textVersion } }: { readonly altruism: Altruism }) {
  const { t } = useTranslation();
  const format = useFormat();
  const website = organisation === null || organisation.website === '' ? '–' : <Address url={organisation.website} />;
  return (
    <Section title={organisation?.name ?? t('altruism.none')}>
      <Facts
        facts={[
          ...(organisation === null
            ? []
            : ([
                [t('altruism.registration'), organisation.registration || t('altruism.not-registered')],
                [t('altruism.website'), website],
                [t('altruism.contact'), organisation.contact],
                [t('altruism.purposes'), format.list(organisation.purposes.map((one) => t(`my.purpose.${one}`)))],
              ] as const)),
          [t('protection.consents'), format.guarded(people)],
          [t('altruism.text-version'), format.count(textVersion)],
        ]}
      />
    </Section>
  );
}

function Address({ url }: { readonly url: string }) {
  return <a href={url}>{url}</a>;
}

function Years({ altruism: { years } }: { readonly altruism: Altruism }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Section title={t('altruism.years')} lead={t('altruism.years-lead')}>
      <DataTable
        caption={t('altruism.year')}
        rows={years}
        keyOf={({ year }) => year}
        columns={[
          { head: t('altruism.year'), cell: ({ year }) => String(year) },
          { head: t('altruism.given'), numeric: true, cell: ({ given }) => format.guarded(given) },
          { head: t('altruism.withdrawn'), numeric: true, cell: ({ withdrawn }) => format.guarded(withdrawn) },
          {
            head: t('altruism.projects'),
            cell: ({ projects }) => (projects.length === 0 ? '–' : projects.map(({ purpose }) => purpose).join(' · ')),
          },
          { head: t('protection.complaints'), numeric: true, cell: ({ complaints }) => format.guarded(complaints) },
          {
            head: t('altruism.report'),
            cell: ({ year }) => (
              <a href={`/api/altruism/reports/${year}`} download={`report-${year}.md`}>
                {t('altruism.report-of', { year })}
              </a>
            ),
          },
        ]}
      />
    </Section>
  );
}

function RegisterForm({ altruism: { organisation } }: { readonly altruism: Altruism }) {
  const { t } = useTranslation();
  const [name, setName] = useState(organisation?.name ?? '');
  const [registration, setRegistration] = useState(organisation?.registration ?? '');
  const [website, setWebsite] = useState(organisation?.website ?? '');
  const [contact, setContact] = useState(organisation?.contact ?? '');
  const [purposes, setPurposes] = useState<readonly ConsentPurpose[]>(organisation?.purposes ?? []);
  const write = useWrite(['altruism']);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    write.mutate({ path: '/api/altruism', body: { name, registration, website, contact, purposes } });
  };
  const line = (label: string, value: string, set: (text: string) => void, required: boolean) => (
    <TextInput
      label={label}
      required={required}
      maxLength={200}
      value={value}
      onChange={({ currentTarget }) => set(currentTarget.value)}
    />
  );
  return (
    <Section title={t('altruism.enter')}>
      <form onSubmit={submit}>
        <Stack gap="sm" maw={560}>
          {line(t('altruism.name'), name, setName, true)}
          {line(t('altruism.registration'), registration, setRegistration, false)}
          {line(t('altruism.website'), website, setWebsite, false)}
          {line(t('altruism.contact'), contact, setContact, true)}
          <PurposeChoice label={t('altruism.purposes')} chosen={purposes} onChoose={setPurposes} />
          <Button
            type="submit"
            loading={write.isPending}
            disabled={purposes.length === 0}
            style={{ alignSelf: 'flex-start' }}
          >
            {t('dossier.enter-do')}
          </Button>
        </Stack>
      </form>
      {write.error === null ? null : <ProblemNotice error={write.error} />}
    </Section>
  );
}
