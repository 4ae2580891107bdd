import { Anchor, Button, FileButton, Group, NativeSelect, NumberInput, Stack, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  acceptedSchema,
  KIT_MATERIALS,
  type KitLanguage,
  type KitMaterial,
  type KitPartnerView,
  type KitReach,
} from '#wire';
import { sendBytes } from '../api/http.ts';
import { asProblem, type ProblemError } from '../api/problem.ts';
import { kitQuery, kitReachQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWrite } from '../api/use-write.ts';
import { isLanguage, LANGUAGES } from '../i18n/languages.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { EntryNotice } from '../parts/entry-notice.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { HUB_READERS } from './hub-readers.ts';
import { ReachTable, useMaterialName, useReachColumns } from './reach-table.tsx';
import './kit.css';

const KINDS = ['hospital', 'altruism', 'other'] as const;

/** Whose name stands on the kit, and how far the kit has come, for the coordinator. */
export function OutreachPage() {
  const { t } = useTranslation();
  const session = useSession();
  const allowed = holdsOneOf(session, HUB_READERS.outreach);
  const maySet = holdsOneOf(session, ['coordinator']);
  const reach = useQuery({ ...kitReachQuery, enabled: allowed });
  return (
    <>
      <PageHead title={t('nav.outreach')} lead={t('outreach.lead')} />
      {allowed ? (
        <>
          {maySet ? <Partners /> : null}
          <Loaded query={reach}>{(counted) => <Reach reach={counted} />}</Loaded>
          {maySet ? <HandedOut /> : null}
        </>
      ) : (
        <EntryNotice roles={HUB_READERS.outreach} />
      )}
    </>
  );
}

function Partners() {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState('');
  const kit = useQuery(kitQuery('en', chosen));
  const partners = kit.data?.partners ?? [];
  const partner = kit.data?.partner ?? null;
  const isReady = kit.data !== undefined && (partner?.partnerId ?? '') === chosen;
  return (
    <Section title={t('outreach.partners')} lead={t('outreach.partners-lead')}>
      {partners.length === 0 ? null : (
        <NativeSelect
          label={t('kit.partner')}
          value={chosen}
          data={[
            { value: '', label: t('outreach.new') },
            ...partners.map(({ partnerId, name }) => ({ value: partnerId, label: name })),
          ]}
          onChange={({ currentTarget }) => setChosen(currentTarget.value)}
        />
      )}
      {isReady ? (
        <>
          <PartnerForm key={`form-${chosen}`} partner={partner} />
          {partner === null ? null : (
            <PartnerLogo key={partner.partnerId} partner={partner} onRemoved={() => setChosen('')} />
          )}
        </>
      ) : null}
    </Section>
  );
}

function PartnerForm({ partner }: { readonly partner: KitPartnerView | null }) {
  const { t } = useTranslation();
  const [name, setName] = useState(partner?.name ?? '');
  const [kind, setKind] = useState<(typeof KINDS)[number]>(partner?.kind ?? 'hospital');
  const [registerNumber, setRegisterNumber] = useState(partner?.registerNumber ?? '');
  const [contact, setContact] = useState(partner?.contact ?? '');
  const [website, setWebsite] = useState(partner?.website ?? '');
  const [choices, setChoices] = useState(partner?.choices ?? '');
  const save = useWrite(['kit'], () => {
    if (partner !== null) return;
    for (const clear of [setName, setRegisterNumber, setContact, setWebsite, setChoices]) clear('');
  });
  const orNull = (text: string) => (text.trim() === '' ? null : text.trim());
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate({
      path: partner === null ? '/api/kit/partners' : `/api/kit/partners/${partner.partnerId}`,
      method: partner === null ? 'POST' : 'PUT',
      body: {
        name,
        kind,
        registerNumber: kind === 'altruism' ? orNull(registerNumber) : null,
        contact,
        website: orNull(website),
        choices: orNull(choices),
      },
    });
  };
  return (
    <form onSubmit={submit} aria-label={t('outreach.partner')}>
      <Stack gap="sm">
        <div className="two-columns">
          <TextInput
            label={t('outreach.name')}
            required
            minLength={2}
            maxLength={80}
            value={name}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
          />
          <NativeSelect
            label={t('outreach.kind')}
            value={kind}
            data={KINDS.map((one) => ({ value: one, label: t(`outreach.kind.${one}`) }))}
            onChange={({ currentTarget }) => setKind(KINDS.find((one) => one === currentTarget.value) ?? 'hospital')}
          />
          {kind === 'altruism' ? (
            <TextInput
              label={t('outreach.register')}
              maxLength={60}
              value={registerNumber}
              onChange={({ currentTarget }) => setRegisterNumber(currentTarget.value)}
            />
          ) : null}
          <TextInput
            label={t('outreach.contact')}
            description={t('outreach.contact-hint')}
            required
            minLength={3}
            maxLength={200}
            value={contact}
            onChange={({ currentTarget }) => setContact(currentTarget.value)}
          />
          <TextInput
            label={t('outreach.website')}
            type="url"
            maxLength={200}
            value={website}
            onChange={({ currentTarget }) => setWebsite(currentTarget.value)}
          />
          <TextInput
            label={t('outreach.choices')}
            description={t('outreach.choices-hint')}
            type="url"
            maxLength={200}
            value={choices}
            onChange={({ currentTarget }) => setChoices(currentTarget.value)}
          />
        </div>
        <Button type="submit" variant="light" loading={save.isPending} style={{ alignSelf: 'flex-start' }}>
          {t('outreach.save')}
        </Button>
        {save.error === null ? null : <ProblemNotice error={save.error} />}
      </Stack>
    </form>
  );
}

function PartnerLogo({ partner, onRemoved }: { readonly partner: KitPartnerView; readonly onRemoved: () => void }) {
  const { t } = useTranslation();
  const { csrfToken } = useSession();
  const client = useQueryClient();
  const remove = useWrite(['kit'], onRemoved);
  const send = useMutation<unknown, ProblemError, Blob | undefined>({
    mutationFn: async (file) => {
      try {
        return await sendBytes(`/api/kit/partners/${partner.partnerId}/logo`, file, csrfToken, acceptedSchema);
      } catch (thrown) {
        throw asProblem(thrown);
      }
    },
    onSuccess: async () => await client.invalidateQueries({ queryKey: ['kit'] }),
  });
  return (
    <Stack gap="sm">
      <p className="prose quiet">{t('outreach.logo-hint')}</p>
      {partner.logo === null ? null : (
        <img className="kit-logo" src={partner.logo} alt={`${t('outreach.logo')}: ${partner.name}`} />
      )}
      <Group gap="sm">
        <FileButton accept="image/png,image/svg+xml" onChange={(file) => file !== null && send.mutate(file)}>
          {(props) => (
            <Button {...props} variant="default" loading={send.isPending}>
              {t('outreach.logo-send')}
            </Button>
          )}
        </FileButton>
        {partner.logo === null ? null : (
          <Button variant="default" onClick={() => send.mutate(undefined)}>
            {t('outreach.logo-remove')}
          </Button>
        )}
        <Button
          variant="default"
          loading={remove.isPending}
          onClick={() => remove.mutate({ path: `/api/kit/partners/${partner.partnerId}`, method: 'DELETE' })}
        >
          {t('outreach.remove')}
        </Button>
      </Group>
      {send.error === null ? null : <ProblemNotice error={send.error} />}
      {remove.error === null ? null : <ProblemNotice error={remove.error} />}
    </Stack>
  );
}

function Reach({ reach }: { readonly reach: KitReach }) {
  const { t } = useTranslation();
  const format = useFormat();
  const uses = useReachColumns();
  return (
    <Section
      title={t('outreach.reach')}
      lead={t('outreach.reach-lead')}
      aside={
        <Anchor href="/api/kit/reach.csv" download="reach.csv">
          {t('outreach.csv')}
        </Anchor>
      }
    >
      {reach.rows.length === 0 ? (
        <EmptyState title={t('outreach.empty')} hint={t('outreach.empty-hint')} />
      ) : (
        <>
          <ReachTable caption={t('outreach.by-material')} rows={reach.rows} />
          <details className="as-table">
            <summary>{t('outreach.by-day')}</summary>
            <DataTable
              caption={t('outreach.by-day')}
              rows={reach.days}
              keyOf={({ day }) => day}
              columns={[
                {
                  head: t('outreach.day'),
                  oneLine: true,
                  cell: ({ day }) => format.day(Date.parse(`${day}T12:00:00Z`)),
                },
                ...uses,
              ]}
            />
          </details>
        </>
      )}
    </Section>
  );
}

function HandedOut() {
  const { t } = useTranslation();
  const nameOf = useMaterialName();
  const [material, setMaterial] = useState<KitMaterial>('leaflet');
  const [language, setLanguage] = useState<KitLanguage>('en');
  const [day, setDay] = useState('');
  const [count, setCount] = useState<number | string>('');
  const [because, setBecause] = useState('');
  const enter = useWrite(['kit-reach'], () => setCount(''));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    enter.mutate({ path: '/api/kit/handed-out', body: { material, language, day, count, because } });
  };
  return (
    <Section title={t('outreach.handed-out')} lead={t('outreach.handed-out-lead')}>
      <form onSubmit={submit} aria-label={t('outreach.handed-out')}>
        <Stack gap="sm">
          <div className="two-columns">
            <NativeSelect
              label={t('outreach.material')}
              value={material}
              data={KIT_MATERIALS.map((one) => ({ value: one, label: nameOf(one) }))}
              onChange={({ currentTarget }) =>
                setMaterial(KIT_MATERIALS.find((one) => one === currentTarget.value) ?? 'leaflet')
              }
            />
            <NativeSelect
              label={t('kit.language')}
              value={language}
              data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))}
              onChange={({ currentTarget: { value } }) => {
                if (isLanguage(value)) setLanguage(value);
              }}
            />
            <TextInput
              type="date"
              label={t('outreach.day')}
              required
              value={day}
              onChange={({ currentTarget }) => setDay(currentTarget.value)}
            />
            <NumberInput
              label={t('outreach.number')}
              required
              min={1}
              max={1_000_000}
              allowDecimal={false}
              hideControls
              value={count}
              onChange={setCount}
            />
          </div>
          <TextInput
            label={t('progress.because')}
            required
            minLength={3}
            maxLength={500}
            value={because}
            onChange={({ currentTarget }) => setBecause(currentTarget.value)}
          />
          <Button type="submit" variant="light" loading={enter.isPending} style={{ alignSelf: 'flex-start' }}>
            {t('outreach.enter')}
          </Button>
          {enter.error === null ? null : <ProblemNotice error={enter.error} />}
        </Stack>
      </form>
    </Section>
  );
}
