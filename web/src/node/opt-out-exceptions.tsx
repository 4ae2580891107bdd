import { Button, Group, Stack, Textarea, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OptOutException } from '#wire';
import { optOutExceptionsQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWrite } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge } from '../parts/state-badge.tsx';

const TONES = { entered: 'warn', 'in-force': 'bad', over: 'quiet', ended: 'quiet' } as const;
const DAY_MS = 86_400_000;

/** Laws by which data are used although people opted out: for everybody to read, and for two people to agree to. */
export function OptOutExceptions({ enters = false }: { readonly enters?: boolean }) {
  const { t } = useTranslation();
  const session = useSession();
  const mayEnter = holdsOneOf(session, ['operator', 'protection-officer']);
  return (
    <Section title={t('exceptions.title')} lead={t('exceptions.lead')}>
      <Loaded query={useQuery(optOutExceptionsQuery)}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="prose quiet">{t('exceptions.none')}</p>
          ) : (
            <Stack gap="md">
              {items.map((one) => (
                <Exception key={one.exceptionId} exception={one} />
              ))}
            </Stack>
          )
        }
      </Loaded>
      {enters && mayEnter ? <ExceptionForm /> : null}
    </Section>
  );
}

function Exception({ exception }: { readonly exception: OptOutException }) {
  const { t } = useTranslation();
  const format = useFormat();
  const session = useSession();
  const { exceptionId, state, law } = exception;
  const agree = useWrite(['opt-out-exceptions']);
  const path = `/api/opt-out-exceptions/${encodeURIComponent(exceptionId)}`;
  const isOpen = state === 'entered' || state === 'in-force';
  const asOwner = isOpen && exception.ownerAgreedAtMs === null && holdsOneOf(session, ['operator']);
  const asOfficer = isOpen && exception.officerAgreedAtMs === null && holdsOneOf(session, ['protection-officer']);
  const mayEnd = isOpen && holdsOneOf(session, ['operator', 'protection-officer']);
  const moment = (atMs: number | null) => (atMs === null ? t('exceptions.not-yet') : format.moment(atMs));
  return (
    <article className="filter-row">
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Title order={3}>
            <a href={exception.url}>{`${law}, ${exception.place}`}</a>
          </Title>
          <StateBadge tone={TONES[state]} label={t(`exceptions.state.${state}`)} />
        </Group>
        <p className="prose">{exception.reason}</p>
        <Facts
          facts={[
            [t('exceptions.country'), exception.country],
            [
              t('approvals.project'),
              <span key="project" className="digest">
                {exception.projectId}
              </span>,
            ],
            [t('exceptions.until'), format.day(exception.untilMs)],
            [t('exceptions.owner-agreed'), moment(exception.ownerAgreedAtMs)],
            [t('exceptions.officer-agreed'), moment(exception.officerAgreedAtMs)],
            ...(exception.endedAtMs === null
              ? []
              : ([
                  [t('exceptions.ended'), `${format.moment(exception.endedAtMs)}: ${exception.endedBecause ?? ''}`],
                ] as const)),
          ]}
        />
        {asOwner || asOfficer ? (
          <Button
            variant="default"
            style={{ alignSelf: 'flex-start' }}
            loading={agree.isPending}
            onClick={() => agree.mutate({ path: `${path}/${asOwner ? 'owner' : 'officer'}-consent`, body: {} })}
          >
            {t(asOwner ? 'exceptions.agree-owner' : 'exceptions.agree-officer')}
          </Button>
        ) : null}
        {mayEnd ? <Ending path={path} /> : null}
        {agree.error === null ? null : <ProblemNotice error={agree.error} />}
      </Stack>
    </article>
  );
}

function Ending({ path }: { readonly path: string }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const end = useWrite(['opt-out-exceptions']);
  return (
    <div>
      <TextInput
        label={t('exceptions.end-reason')}
        value={text}
        maxLength={1000}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
      />
      <Button
        mt="sm"
        variant="default"
        disabled={text.trim() === ''}
        loading={end.isPending}
        onClick={() => end.mutate({ path: `${path}/end`, body: { text } })}
      >
        {t('exceptions.end')}
      </Button>
      {end.error === null ? null : <ProblemNotice error={end.error} />}
    </div>
  );
}

const EMPTY = { law: '', place: '', url: '', projectId: '', reason: '', until: '' };
const FIELDS = ['law', 'place', 'url', 'projectId'] as const;

/** The law as it is published, the one project it is for, and why; it has no effect yet. */
function ExceptionForm() {
  const { t } = useTranslation();
  const [form, setForm] = useState(EMPTY);
  const enter = useWrite(['opt-out-exceptions'], () => setForm(EMPTY));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const { until, ...wish } = form;
    // To the end of the day that was chosen.
    const body = { ...wish, untilMs: Date.parse(until) + DAY_MS };
    enter.mutate({ path: '/api/opt-out-exceptions', body });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm" maw={560} mt="md">
        {FIELDS.map((field) => (
          <TextInput
            key={field}
            required
            type={field === 'url' ? 'url' : 'text'}
            label={t(`exceptions.field.${field}`)}
            value={form[field]}
            maxLength={field === 'url' ? 500 : field === 'law' ? 300 : 100}
            onChange={({ currentTarget }) => setForm({ ...form, [field]: currentTarget.value })}
          />
        ))}
        <Textarea
          required
          label={t('exceptions.field.reason')}
          value={form.reason}
          minLength={20}
          maxLength={1000}
          onChange={({ currentTarget }) => setForm({ ...form, reason: currentTarget.value })}
        />
        <TextInput
          required
          type="date"
          label={t('exceptions.field.until')}
          value={form.until}
          onChange={({ currentTarget }) => setForm({ ...form, until: currentTarget.value })}
        />
        <Button type="submit" variant="default" loading={enter.isPending} style={{ alignSelf: 'flex-start' }}>
          {t('exceptions.enter')}
        </Button>
        {enter.error === null ? null : <ProblemNotice error={enter.error} />}
      </Stack>
    </form>
  );
}
