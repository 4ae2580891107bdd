import { Button, Group, NativeSelect, Stack, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CONSENT_PURPOSES, type PatientRecord, type Protection, patientCodeSchema, patientRecordSchema } from '#wire';
import { paperConsentsQuery, protectionQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWrite, useWriteFor } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Figures } from '../parts/figures.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { TextLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { NODE_READERS } from './node-readers.ts';
import { PaperForm } from './paper-form.tsx';
import { PatientDecisions, PatientLog } from './patient-record.tsx';

/** How the ledgers stand, what waits for the data protection officer, and patients at the desk. */
export function ProtectionPage() {
  const { t } = useTranslation();
  const officer = holdsOneOf(useSession(), ['protection-officer']);
  return (
    <>
      <PageHead title={t('protection.title')} lead={t('protection.lead')} />
      <Loaded query={useQuery(protectionQuery)} roles={NODE_READERS.protection}>
        {(protection) => (
          <>
            <Ledgers protection={protection} />
            {officer ? <Basis key={JSON.stringify(protection.basis)} protection={protection} /> : null}
            <Waiting protection={protection} officer={officer} />
          </>
        )}
      </Loaded>
      {officer ? (
        <>
          <PatientDesk />
          <PaperForms />
        </>
      ) : null}
    </>
  );
}

function Ledgers({ protection }: { readonly protection: Protection }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { optedOut, consents, hindrances, brokenConsent } = protection;
  return (
    <Section title={t('protection.ledgers')}>
      <Figures
        figures={[
          { label: t('protection.opted-out'), value: format.count(optedOut) },
          { label: t('protection.consents'), value: format.count(consents.people) },
          ...CONSENT_PURPOSES.map((purpose) => ({
            label: t(`my.purpose.${purpose}`),
            value: format.count(consents.byPurpose[purpose] ?? 0),
          })),
        ]}
      />
      {brokenConsent === null ? (
        <Notice tone="good" title={t('protection.ledger-whole')} />
      ) : (
        <Notice tone="bad" role="alert" title={t('protection.ledger-broken', { number: brokenConsent })} />
      )}
      {hindrances.length === 0 ? null : (
        <Notice tone="warn" title={t('protection.dossier-open', { n: format.count(hindrances.length) })}>
          <TextLink to="/dossier">{t('nav.dossier')}</TextLink>
        </Notice>
      )}
    </Section>
  );
}

function Basis({ protection }: { readonly protection: Protection }) {
  const { t } = useTranslation();
  const { basis, dataset, references } = protection;
  const [purpose, setPurpose] = useState(basis.kind === 'consent' ? basis.purpose : '');
  const [chosen, setReference] = useState(basis.reference);
  const kind = purpose === '' ? 'law' : 'consent';
  const usable = references.filter((one) => one.for.includes(kind));
  // What is a basis by law is none by consent.
  const reference = usable.find(({ id }) => id === chosen)?.id ?? usable[0]?.id ?? '';
  const set = useWrite(['protection']);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const body = purpose === '' ? { kind: 'law', reference } : { kind: 'consent', purpose, reference };
    set.mutate({ path: `/api/datasets/${encodeURIComponent(dataset)}/basis`, body });
  };
  return (
    <Section title={t('protection.basis')} lead={t('protection.basis-lead')}>
      <form onSubmit={submit}>
        <Stack gap="sm" maw={560}>
          <NativeSelect
            label={t('protection.basis-of', { dataset })}
            value={purpose}
            data={[
              { value: '', label: t('protection.by-law') },
              ...CONSENT_PURPOSES.map((one) => ({
                value: one,
                label: t('protection.by-consent', { purpose: t(`my.purpose.${one}`) }),
              })),
            ]}
            onChange={({ currentTarget }) => setPurpose(currentTarget.value)}
          />
          <NativeSelect
            label={t('protection.reference')}
            value={reference}
            data={usable.map(({ id, title, place }) => ({
              value: id,
              label: place === '' ? title : `${title}, ${place}`,
            }))}
            onChange={({ currentTarget }) => setReference(currentTarget.value)}
          />
          <Button type="submit" variant="default" loading={set.isPending} style={{ alignSelf: 'flex-start' }}>
            {t('protection.basis-set')}
          </Button>
        </Stack>
      </form>
      {set.error === null ? null : <ProblemNotice error={set.error} />}
    </Section>
  );
}

function Waiting({ protection, officer }: { readonly protection: Protection; readonly officer: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { complaints, retraining } = protection;
  return (
    <>
      <Section title={t('protection.complaints')}>
        {complaints.length === 0 ? <p className="prose quiet">{t('protection.complaints-none')}</p> : null}
        {complaints.map(({ complaintId, atMs, text, answer }) => (
          <article key={complaintId}>
            <p className="prose">
              {format.moment(atMs)}: {text ?? t('protection.complaint-kept')}
            </p>
            {answer === null ? (
              officer ? (
                <AnswerForm complaintId={complaintId} />
              ) : null
            ) : (
              <p className="prose quiet">{answer === '' ? t('protection.complaint-answered') : answer}</p>
            )}
          </article>
        ))}
      </Section>
      <Section title={t('protection.retraining')} lead={t('protection.retraining-lead')}>
        {retraining.length === 0 ? (
          <p className="prose quiet">{t('protection.retraining-none')}</p>
        ) : (
          <DataTable
            caption={t('protection.model')}
            rows={retraining}
            keyOf={({ jobId }) => jobId}
            columns={[
              { head: t('protection.model'), cell: ({ title }) => title },
              { head: t('protection.people'), numeric: true, cell: ({ people }) => format.count(people) },
              { head: t('my.when'), oneLine: true, cell: ({ lastAtMs }) => format.moment(lastAtMs) },
            ]}
          />
        )}
      </Section>
    </>
  );
}

function AnswerForm({ complaintId }: { readonly complaintId: string }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const answer = useWrite(['protection']);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    answer.mutate({ path: `/api/complaints/${encodeURIComponent(complaintId)}/answer`, body: { text } });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="xs" maw={560}>
        <Textarea
          label={t('protection.answer')}
          required
          autosize
          maxLength={4000}
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
        <Button type="submit" size="compact-md" loading={answer.isPending} style={{ alignSelf: 'flex-start' }}>
          {t('protection.answer-do')}
        </Button>
        {answer.error === null ? null : <ProblemNotice error={answer.error} />}
      </Stack>
    </form>
  );
}

/** A patient at the desk: her page for staff who have seen who she is, and a code for her own account. */
function PatientDesk() {
  const { t } = useTranslation();
  const format = useFormat();
  const [patientId, setPatientId] = useState('');
  const [record, setRecord] = useState<PatientRecord>();
  const show = useWriteFor(patientRecordSchema, [], setRecord);
  const code = useWriteFor(patientCodeSchema, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    code.reset();
    show.mutate({ path: '/api/patients/record', body: { patientId } });
  };
  return (
    <>
      <Section title={t('protection.desk')} lead={t('protection.desk-lead')}>
        <form onSubmit={submit} autoComplete="off">
          <Stack gap="sm" maw={420}>
            <TextInput
              label={t('opt-outs.patient-id')}
              required
              maxLength={64}
              value={patientId}
              onChange={({ currentTarget }) => {
                // What is shown is about the number that stands here.
                setRecord(undefined);
                code.reset();
                setPatientId(currentTarget.value);
              }}
            />
            <Group gap="sm">
              <Button type="submit" loading={show.isPending}>
                {t('protection.desk-show')}
              </Button>
              <Button
                variant="default"
                loading={code.isPending}
                disabled={patientId.trim() === ''}
                onClick={() => code.mutate({ path: '/api/patients/codes', body: { patientId } })}
              >
                {t('protection.desk-code')}
              </Button>
            </Group>
          </Stack>
        </form>
        {code.data === undefined ? null : (
          <Notice tone="good" role="status" title={code.data.code}>
            <p>{t('protection.code-until', { day: format.moment(code.data.expiresAtMs) })}</p>
          </Notice>
        )}
        {show.error === null ? null : <ProblemNotice error={show.error} />}
        {code.error === null ? null : <ProblemNotice error={code.error} />}
      </Section>
      {record === undefined ? null : (
        <>
          <PatientLog record={record} />
          <PatientDecisions record={record} isOwn={false} />
        </>
      )}
    </>
  );
}

function PaperForms() {
  const { t } = useTranslation();
  const format = useFormat();
  const decide = useWrite(['paper-consents', 'protection']);
  return (
    <Section title={t('paper.title')} lead={t('paper.lead')}>
      <Loaded query={useQuery(paperConsentsQuery)} roles={NODE_READERS.protection}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="prose quiet">{t('paper.none')}</p>
          ) : (
            <DataTable
              caption={t('paper.waiting')}
              rows={items}
              keyOf={({ draftId }) => draftId}
              columns={[
                { head: t('opt-outs.person'), cell: ({ person }) => <span className="digest">{person}</span> },
                {
                  head: t('my.allowed'),
                  cell: ({ purposes: allowed }) => format.list(allowed.map((one) => t(`my.purpose.${one}`))),
                },
                { head: t('paper.by'), cell: ({ givenBy: by }) => t(`paper.by.${by}`) },
                { head: t('my.when'), oneLine: true, cell: ({ enteredAtMs }) => format.moment(enteredAtMs) },
                {
                  head: t('rules.action'),
                  cell: ({ draftId, isOwn }) =>
                    isOwn ? (
                      t('paper.own')
                    ) : (
                      <Group gap="xs">
                        {(['confirmed', 'discarded'] as const).map((decision) => (
                          <Button
                            key={decision}
                            size="xs"
                            variant="default"
                            onClick={() =>
                              decide.mutate({
                                path: `/api/paper-consents/${encodeURIComponent(draftId)}/decision`,
                                body: { decision },
                              })
                            }
                          >
                            {t(`paper.${decision}`)}
                          </Button>
                        ))}
                      </Group>
                    ),
                },
              ]}
            />
          )
        }
      </Loaded>
      <details className="as-table">
        <summary>{t('paper.enter')}</summary>
        <PaperForm />
      </details>
      {decide.error === null ? null : <ProblemNotice error={decide.error} />}
    </Section>
  );
}
