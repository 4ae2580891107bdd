import { Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Dossier } from '#wire';
import { dossierQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWrite } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge, type Tone } from '../parts/state-badge.tsx';
import { NODE_READERS } from './node-readers.ts';

type Entry = Dossier['entries'][number];

const TONES: Readonly<Record<Entry['state'], Tone>> = {
  missing: 'bad',
  'in-force': 'good',
  'ends-soon': 'warn',
  expired: 'bad',
  'not-yet': 'warn',
  'does-not-apply': 'quiet',
  'not-needed': 'quiet',
};

/** What has to be there before the node may share, until when each document is good, and drafts to begin with. */
export function DossierPage() {
  const { t } = useTranslation();
  const writer = holdsOneOf(useSession(), ['operator', 'protection-officer']);
  return (
    <>
      <PageHead title={t('dossier.title')} lead={t('dossier.lead')} />
      <Loaded query={useQuery(dossierQuery)} roles={NODE_READERS.dossier}>
        {(dossier) => (
          <>
            <Standing dossier={dossier} />
            <Checklist dossier={dossier} />
            {writer ? <DocumentForm dossier={dossier} /> : null}
            <Rules dossier={dossier} />
            <Drafts dossier={dossier} />
          </>
        )}
      </Loaded>
    </>
  );
}

function Standing({ dossier: { hindrances, isExample } }: { readonly dossier: Dossier }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      {isExample ? <Notice tone="warn" title={t('dossier.example')} /> : null}
      {hindrances.length === 0 ? (
        <Notice tone="good" title={t('dossier.complete')} />
      ) : (
        <Notice tone="bad" title={t('dossier.incomplete')}>
          <p>{format.list(hindrances.map((item) => t(`dossier.item.${item}`)))}</p>
        </Notice>
      )}
    </>
  );
}

function Checklist({ dossier }: { readonly dossier: Dossier }) {
  const { t } = useTranslation();
  const format = useFormat();
  const rows = dossier.entries.filter(({ state }) => state !== 'not-needed');
  return (
    <Section title={t('dossier.checklist')}>
      <DataTable
        caption={t('dossier.item')}
        rows={rows}
        keyOf={({ item }) => item}
        columns={[
          { head: t('dossier.item'), cell: ({ item }) => t(`dossier.item.${item}`) },
          {
            head: t('dossier.state'),
            cell: ({ state }) => <StateBadge tone={TONES[state]} label={t(`dossier.state.${state}`)} />,
          },
          { head: t('dossier.document'), cell: ({ document }) => document?.reference ?? '–' },
          { head: t('dossier.responsible'), cell: ({ document }) => document?.responsible ?? '–' },
          {
            head: t('dossier.until'),
            oneLine: true,
            cell: ({ document, state }) =>
              document === null || state === 'does-not-apply' ? '–' : format.day(Date.parse(document.validUntil)),
          },
          {
            head: t('dossier.law'),
            cell: ({ law }) => (law === null ? 'EUCAIM' : <a href={law.url}>{`${law.title}, ${law.place}`}</a>),
          },
        ]}
      />
    </Section>
  );
}

function DocumentForm({ dossier }: { readonly dossier: Dossier }) {
  const { t } = useTranslation();
  const needed = dossier.entries.filter(({ state }) => state !== 'not-needed');
  const [chosen, setChosen] = useState(dossier.hindrances[0] ?? needed[0]?.item ?? 'dpia');
  const [kind, setKind] = useState('document');
  const [reference, setReference] = useState('');
  const [responsible, setResponsible] = useState('');
  const [validFrom, setValidFrom] = useState('');
  const [validUntil, setValidUntil] = useState('');
  const enter = useWrite(['dossier', 'protection'], () => setReference(''));
  const entry = needed.find(({ item }) => item === chosen);
  const isDocument = kind === 'document' || entry?.mayNotApply !== true;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const body = isDocument
      ? { kind: 'document', reference, responsible, validFrom, validUntil }
      : { kind: 'does-not-apply', reference, responsible };
    enter.mutate({ path: `/api/dossier/${encodeURIComponent(chosen)}`, body });
  };
  const day = (label: string, value: string, set: (text: string) => void) => (
    <TextInput
      type="date"
      label={label}
      required
      value={value}
      onChange={({ currentTarget }) => set(currentTarget.value)}
    />
  );
  return (
    <Section title={t('dossier.enter')}>
      <form onSubmit={submit}>
        <Stack gap="sm" maw={560}>
          <NativeSelect
            label={t('dossier.item')}
            value={chosen}
            data={needed.map(({ item }) => ({ value: item, label: t(`dossier.item.${item}`) }))}
            onChange={({ currentTarget }) => setChosen(currentTarget.value as Entry['item'])}
          />
          {entry?.mayNotApply === true ? (
            <NativeSelect
              label={t('dossier.kind')}
              value={kind}
              data={[
                { value: 'document', label: t('dossier.kind-document') },
                { value: 'does-not-apply', label: t('dossier.state.does-not-apply') },
              ]}
              onChange={({ currentTarget }) => setKind(currentTarget.value)}
            />
          ) : null}
          <TextInput
            label={isDocument ? t('dossier.where') : t('dossier.why-not')}
            required
            maxLength={300}
            value={reference}
            onChange={({ currentTarget }) => setReference(currentTarget.value)}
          />
          <TextInput
            label={t('dossier.responsible')}
            required
            maxLength={300}
            value={responsible}
            onChange={({ currentTarget }) => setResponsible(currentTarget.value)}
          />
          {isDocument ? (
            <Group grow align="flex-start">
              {day(t('dossier.from'), validFrom, setValidFrom)}
              {day(t('dossier.until'), validUntil, setValidUntil)}
            </Group>
          ) : null}
          <Button type="submit" loading={enter.isPending} style={{ alignSelf: 'flex-start' }}>
            {t('dossier.enter-do')}
          </Button>
        </Stack>
      </form>
      {enter.error === null ? null : <ProblemNotice error={enter.error} />}
    </Section>
  );
}

function Rules({ dossier: { country, rules } }: { readonly dossier: Dossier }) {
  const { t } = useTranslation();
  const format = useFormat();
  const authority = rules.authority.url === '' ? '–' : <a href={rules.authority.url}>{rules.authority.name}</a>;
  return (
    <Section title={t('dossier.rules', { country: format.country(country) })} lead={rules.note}>
      <Facts
        facts={[
          [t('dossier.authority'), authority],
          [t('dossier.ethics'), rules.ethicsBody],
          [t('dossier.laws'), <Laws key="laws" laws={rules.laws} />],
          [
            t('dossier.exception'),
            rules.optOutException === null ? (
              t('dossier.exception-none')
            ) : (
              <Laws key="exception" laws={[rules.optOutException]} />
            ),
          ],
          [t('dossier.looked-up'), format.day(Date.parse(rules.lawsHeldOn))],
        ]}
      />
      <p className="prose quiet">{t('dossier.not-looked-up')}</p>
      {rules.inTheUnion ? null : <Notice tone="warn" title={t('dossier.outside')} />}
    </Section>
  );
}

function Drafts({ dossier: { drafts } }: { readonly dossier: Dossier }) {
  const { t, i18n } = useTranslation();
  return (
    <Section title={t('dossier.drafts')} lead={t('dossier.drafts-lead')}>
      <ul>
        {drafts.map((draft) => (
          <li key={draft}>
            <a href={`/api/dossier/drafts/${draft}?language=${i18n.language}`} download={`${draft}.md`}>
              {t(`dossier.draft.${draft as 'dpia'}`)}
            </a>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Laws({ laws }: Pick<Dossier['rules'], 'laws'>) {
  return (
    <ul>
      {laws.map(({ title, source }) => (
        <li key={title}>{source === null ? title : <a href={source}>{title}</a>}</li>
      ))}
    </ul>
  );
}
