import { Button, Checkbox, Group, Stack, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  CONSENT_PRESETS,
  CONSENT_PURPOSES,
  type ConsentPurpose,
  type consentTextViewSchema,
  type PatientRecord,
} from '#wire';
import { consentTextQuery, ownRecordQuery } from '../api/queries.ts';
import { useWrite } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { NODE_READERS } from './node-readers.ts';
import { OptOutExceptions } from './opt-out-exceptions.tsx';
import { PatientDecisions, PatientLog } from './patient-record.tsx';

/** A patient's own page: decide, take back, see who used her data for what. */
export function MyDataPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={t('my.title')} lead={t('my.lead')} />
      <Loaded query={useQuery(ownRecordQuery)} roles={NODE_READERS.myData}>
        {({ record }) => (record === null ? <LinkForm /> : <OwnRecord record={record} />)}
      </Loaded>
    </>
  );
}

function LinkForm() {
  const { t } = useTranslation();
  const [code, setCode] = useState('');
  const link = useWrite(['me']);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    link.mutate({ path: '/api/me/link', body: { code } });
  };
  return (
    <Section title={t('my.link')} lead={t('my.link-lead')}>
      <form onSubmit={submit} autoComplete="off">
        <Stack gap="sm" maw={420}>
          <TextInput
            label={t('my.code')}
            required
            maxLength={40}
            value={code}
            onChange={({ currentTarget }) => setCode(currentTarget.value)}
          />
          <Button type="submit" loading={link.isPending} style={{ alignSelf: 'flex-start' }}>
            {t('my.link-do')}
          </Button>
        </Stack>
      </form>
      {link.error === null ? null : <ProblemNotice error={link.error} />}
    </Section>
  );
}

function OwnRecord({ record }: { readonly record: PatientRecord }) {
  const retraining = useWrite(['me']);
  return (
    <>
      <UseNow record={record} />
      <OptOutExceptions />
      <ConsentChoice record={record} />
      <PatientLog
        record={record}
        onRetraining={(jobId) => retraining.mutate({ path: '/api/me/retraining', body: { jobId } })}
      />
      {retraining.error === null ? null : <ProblemNotice error={retraining.error} />}
      <PatientDecisions record={record} isOwn />
      <ComplaintForm record={record} />
    </>
  );
}

/** Whether her data are used now, and the one button that changes it. */
function UseNow({ record }: { readonly record: PatientRecord }) {
  const { t } = useTranslation();
  const format = useFormat();
  const decide = useWrite(['me']);
  const isOut = record.optedOutAtMs !== null;
  const { datasets, models } = record.effect;
  return (
    <Section title={t('my.now')}>
      <Notice
        tone={record.isUsed ? 'info' : 'good'}
        role="status"
        title={
          isOut
            ? t('my.now-out', { day: format.moment(record.optedOutAtMs ?? 0) })
            : record.isUsed
              ? record.studies === 0
                ? t('my.now-used-tables')
                : t('my.now-used', { n: format.count(record.studies) })
              : t('my.now-unused')
        }
      >
        <p>
          {record.isUsed ? t('my.effect-datasets', { n: format.count(datasets.length) }) : t('my.effect-none')}{' '}
          {models.length === 0 ? null : t('my.effect-models', { n: format.count(models.length) })}
        </p>
      </Notice>
      <Button
        variant={isOut ? 'default' : 'filled'}
        loading={decide.isPending}
        style={{ alignSelf: 'flex-start' }}
        onClick={() =>
          decide.mutate({ path: '/api/me/opt-out', body: { decision: isOut ? 'withdraw-opt-out' : 'opt-out' } })
        }
      >
        {isOut ? t('my.come-back') : t('my.opt-out')}
      </Button>
      <p className="prose quiet">{t('my.opt-out-hint')}</p>
      {decide.error === null ? null : <ProblemNotice error={decide.error} />}
    </Section>
  );
}

/** Consent for data altruism: the text in layers, presets, each purpose by itself, and one button to take it back. */
function ConsentChoice({ record }: { readonly record: PatientRecord }) {
  const { i18n } = useTranslation();
  const query = useQuery(consentTextQuery(i18n.language));
  return (
    <Loaded query={query}>
      {({ version, language, text }) => (
        <ConsentForm
          key={record.consent?.receiptId ?? 'none'}
          record={record}
          version={version}
          language={language}
          text={text}
        />
      )}
    </Loaded>
  );
}

type Shown = ReturnType<typeof consentTextViewSchema.parse>;

function ConsentForm({ record, version, language, text }: { readonly record: PatientRecord } & Shown) {
  const { t } = useTranslation();
  const format = useFormat();
  const given = record.consent;
  const [purposes, setPurposes] = useState<readonly ConsentPurpose[]>(given?.purposes ?? []);
  const decide = useWrite(['me']);
  const send = (wanted: readonly ConsentPurpose[]) =>
    decide.mutate({ path: '/api/me/consent', body: { purposes: wanted, textVersion: version, language } });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send(purposes);
  };
  return (
    <Section title={t('my.consent')} lead={t('my.consent-lead')}>
      {given === null ? null : (
        <Notice tone="good" role="status" title={t('my.consent-given', { day: format.day(given.atMs) })}>
          <p>{format.list(given.purposes.map((purpose) => t(`my.purpose.${purpose}`)))}</p>
        </Notice>
      )}
      <Stack gap="xs">
        {text.short.map((sentence) => (
          <p className="prose" style={{ margin: 0 }} key={sentence}>
            {sentence}
          </p>
        ))}
        {text.layers.map(({ title, body }) => (
          <details className="as-table" key={title}>
            <summary>{title}</summary>
            <p className="prose">{body}</p>
          </details>
        ))}
      </Stack>
      <form onSubmit={submit}>
        <Stack gap="md">
          <fieldset style={{ border: 0, padding: 0, margin: 0 }}>
            <legend>{t('my.presets')}</legend>
            <Group gap="xs" mt="xs">
              {(['public-research', 'research-and-ai', 'everything'] as const).map((preset) => (
                <Button
                  key={preset}
                  variant="default"
                  size="compact-md"
                  onClick={() => setPurposes(CONSENT_PRESETS[preset])}
                >
                  {t(`my.preset.${preset}`)}
                </Button>
              ))}
            </Group>
          </fieldset>
          <Checkbox.Group
            label={t('my.purposes')}
            value={[...purposes]}
            onChange={(values) => setPurposes(CONSENT_PURPOSES.filter((purpose) => values.includes(purpose)))}
          >
            <Stack gap="sm" mt="xs">
              {CONSENT_PURPOSES.map((purpose) => (
                <Checkbox
                  key={purpose}
                  value={purpose}
                  label={text.purposes[purpose]?.title ?? purpose}
                  description={text.purposes[purpose]?.body}
                />
              ))}
            </Stack>
          </Checkbox.Group>
          <Group gap="sm">
            <Button type="submit" loading={decide.isPending} disabled={purposes.length === 0}>
              {t('my.consent-do')}
            </Button>
            {given === null ? null : (
              <Button variant="default" loading={decide.isPending} onClick={() => send([])}>
                {t('my.consent-withdraw')}
              </Button>
            )}
          </Group>
        </Stack>
      </form>
      {decide.error === null ? null : <ProblemNotice error={decide.error} />}
    </Section>
  );
}

function ComplaintForm({ record }: { readonly record: PatientRecord }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [text, setText] = useState('');
  const write = useWrite(['me'], () => setText(''));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    write.mutate({ path: '/api/me/complaints', body: { text } });
  };
  return (
    <Section title={t('my.complaint')} lead={t('my.complaint-lead')}>
      {record.complaints.map(({ complaintId, atMs, text: words, answer }) => (
        <blockquote key={complaintId} style={{ margin: 0 }}>
          <p className="prose">
            {format.day(atMs)}: {words}
          </p>
          <p className="prose quiet">{answer ?? t('my.complaint-waits')}</p>
        </blockquote>
      ))}
      <form onSubmit={submit}>
        <Stack gap="sm" maw={560}>
          <Textarea
            label={t('my.complaint-text')}
            required
            autosize
            minRows={3}
            maxLength={4000}
            value={text}
            onChange={({ currentTarget }) => setText(currentTarget.value)}
          />
          <Button type="submit" variant="default" loading={write.isPending} style={{ alignSelf: 'flex-start' }}>
            {t('my.complaint-do')}
          </Button>
        </Stack>
      </form>
      {write.error === null ? null : <ProblemNotice error={write.error} />}
    </Section>
  );
}
