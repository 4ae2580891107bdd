import { Button, Group, Loader, Stack, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  practiceCountSchema,
  type SetupStep,
  type SetupView,
  sessionViewSchema,
  setupEnrolledSchema,
  setupViewSchema,
} from '#wire';
import { readFrom } from '../api/http.ts';
import { importsQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWrite, useWriteFor } from '../api/use-write.ts';
import type { MessageKey } from '../i18n/message-key.ts';
import { useFormat } from '../i18n/use-format.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { ButtonLink } from '../parts/router-link.tsx';
import { Questionnaires } from './questionnaires.tsx';

interface StepProps {
  readonly step: SetupStep['step'];
  readonly view: SetupView;
}

type Page =
  | '/dossier'
  | '/arrivals'
  | '/pacs'
  | '/deidentification'
  | '/masks'
  | '/quarantine'
  | '/mapping'
  | '/quality'
  | '/approvals'
  | '/outgoing'
  | '/';

/** The one dataset of a node: its whole archive. */
const DATASET = 'chest-films';

/** The pages that do the work of a step; they are not written again here. */
const PAGES: Readonly<Partial<Record<SetupStep['step'], readonly (readonly [Page, MessageKey])[]>>> = {
  responsible: [['/dossier', 'nav.dossier']],
  dossier: [['/dossier', 'nav.dossier']],
  images: [
    ['/arrivals', 'nav.arrivals'],
    ['/pacs', 'nav.pacs'],
  ],
  deidentification: [
    ['/deidentification', 'nav.deidentification'],
    ['/masks', 'nav.masks'],
  ],
  'set-aside': [['/quarantine', 'nav.quarantine']],
  tables: [['/mapping', 'nav.mapping']],
  quality: [['/quality', 'nav.quality']],
  'tier-2': [['/outgoing', 'nav.outgoing']],
  'tier-3': [['/approvals', 'nav.approvals']],
};

/** What a person can do for a step: a form of one field where it is done here, or the page that does it. */
export function StepActions({ step, view }: StepProps) {
  const { t } = useTranslation();
  const session = useSession();
  const isOperator = holdsOneOf(session, ['operator']);
  const pages = view.site === null ? [] : (PAGES[step] ?? []);
  return (
    <>
      {step === 'way-out' && view.site === null && isOperator ? <HubForm view={view} /> : null}
      {step === 'enrolment' && view.site === null && view.hubUrl !== null && isOperator ? (
        <EnrolmentForm view={view} />
      ) : null}
      {step === 'membership' && isWaiting(view) ? (
        <p className="guide-waiting" role="status">
          <Loader size="xs" aria-hidden="true" /> {t('guide.waiting')}
        </p>
      ) : null}
      {step === 'dossier' && view.practice !== null && view.measures.hindrances.length > 0 && view.site !== null ? (
        <PracticeDossier />
      ) : null}
      {step === 'images' && view.site !== null && holdsOneOf(session, ['operator', 'curator']) ? (
        <ImagesForm view={view} />
      ) : null}
      {step === 'questionnaires' && view.site !== null ? <Questionnaires view={view} /> : null}
      {step === 'tier-2' && view.practice !== null && view.site !== null ? <PracticeCount view={view} /> : null}
      {view.site !== null && (step === 'dataset' || step === 'tier-1') ? (
        <Group gap="xs">
          <ButtonLink to="/datasets/$name" params={{ name: DATASET }} variant="default" size="xs">
            {t('guide.open', { page: t('guide.preview') })}
          </ButtonLink>
        </Group>
      ) : null}
      {pages.length === 0 ? null : (
        <Group gap="xs">
          {pages.map(([to, label]) => (
            <ButtonLink key={to} to={to} variant="default" size="xs">
              {t('guide.open', { page: t(label) })}
            </ButtonLink>
          ))}
        </Group>
      )}
    </>
  );
}

/** Whether the coordinator of the network has yet to let the site in. */
function isWaiting({ steps }: SetupView): boolean {
  return steps.some(({ step, state }) => step === 'membership' && state === 'waits');
}

function HubForm({ view }: Pick<StepProps, 'view'>) {
  const { t } = useTranslation();
  const [hubUrl, setHubUrl] = useState(view.hubUrl ?? '');
  const client = useQueryClient();
  const look = useWriteFor(setupViewSchema, [], (answer) => client.setQueryData(['setup'], answer));
  return (
    <OneField
      label={t('guide.hub')}
      hint={t('guide.hub-hint')}
      type="url"
      value={hubUrl}
      onChange={setHubUrl}
      onSubmit={() => look.mutate({ path: '/api/setup/hub', body: { hubUrl } })}
      isBusy={look.isPending}
      action={t('guide.hub-do')}
      practice={view.practice?.hubUrl}
      error={look.error}
    />
  );
}

function EnrolmentForm({ view }: Pick<StepProps, 'view'>) {
  const { t } = useTranslation();
  const [code, setCode] = useState('');
  const [isStarting, setStarting] = useState(false);
  const join = useWriteFor(setupEnrolledSchema, [], ({ link }) => {
    setStarting(true);
    // Where the node did not begin, the pages that are still there say why.
    void nodeAnswers().then((isThere) => window.location.assign(isThere ? `/welcome#${link}` : '/guide'));
  });
  if (isStarting)
    return (
      <p className="guide-waiting" role="status">
        <Loader size="xs" aria-hidden="true" /> {t('guide.starting')}
      </p>
    );
  return (
    <OneField
      label={t('guide.code')}
      hint={t('guide.code-hint')}
      value={code}
      onChange={setCode}
      onSubmit={() => join.mutate({ path: '/api/setup/enrolment', body: { code } })}
      isBusy={join.isPending}
      action={t('guide.code-do')}
      practice={view.practice?.code}
      error={join.error}
    />
  );
}

/** Waits until the node stands in the place of the pages that came before it. */
async function nodeAnswers(): Promise<boolean> {
  for (let tries = 0; tries < 240; tries += 1) {
    const session = await readFrom('/api/session', sessionViewSchema).catch(() => undefined);
    if (session !== undefined && session.house.siteId !== null) return true;
    await new Promise((resolve) => {
      setTimeout(resolve, 500);
    });
  }
  return false;
}

function ImagesForm({ view }: Pick<StepProps, 'view'>) {
  const { t } = useTranslation();
  const format = useFormat();
  const [path, setPath] = useState('');
  const { data: imports } = useQuery(importsQuery);
  const start = useWrite(['imports', 'setup']);
  const [last] = imports ?? [];
  return (
    <>
      <OneField
        label={t('arrivals.path')}
        hint={t('arrivals.path-hint')}
        value={path}
        onChange={setPath}
        onSubmit={() => start.mutate({ path: '/api/imports', body: { path } })}
        isBusy={start.isPending}
        action={t('arrivals.start')}
        practice={view.practice?.films}
        error={start.error}
      />
      {last === undefined ? null : (
        <p className="guide-waiting" role="status">
          {last.state === 'running' ? <Loader size="xs" aria-hidden="true" /> : null}
          {t('guide.import', {
            state: t(`arrivals.state.${last.state}`),
            received: format.count(last.received),
            accepted: format.count(last.accepted),
          })}
        </p>
      )}
    </>
  );
}

function PracticeDossier() {
  const { t } = useTranslation();
  const enter = useWrite(['setup', 'dossier']);
  return (
    <>
      <Button
        style={{ alignSelf: 'flex-start' }}
        loading={enter.isPending}
        onClick={() => enter.mutate({ path: '/api/setup/practice-dossier' })}
      >
        {t('guide.practice-dossier')}
      </Button>
      {enter.error === null ? null : <ProblemNotice error={enter.error} />}
    </>
  );
}

function PracticeCount({ view }: Pick<StepProps, 'view'>) {
  const { t } = useTranslation();
  const format = useFormat();
  const ask = useWriteFor(practiceCountSchema, ['setup']);
  return (
    <>
      <Button
        style={{ alignSelf: 'flex-start' }}
        loading={ask.isPending}
        onClick={() => ask.mutate({ path: '/api/setup/practice-count' })}
      >
        {t('guide.practice-count')}
      </Button>
      {ask.data === undefined ? null : (
        <p role="status">
          <strong>
            {t('guide.practice-told', {
              persons:
                ask.data.persons === null
                  ? t('count.fewer-than', { limit: format.count(view.measures.minimumCount) })
                  : format.count(ask.data.persons),
            })}
          </strong>
        </p>
      )}
      {ask.error === null ? null : <ProblemNotice error={ask.error} />}
    </>
  );
}

interface OneFieldProps {
  readonly label: string;
  readonly hint: string;
  readonly type?: 'url' | 'text';
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onSubmit: () => void;
  readonly isBusy: boolean;
  readonly action: string;
  /** What a practice would type. */
  readonly practice: string | undefined;
  readonly error: Error | null;
}

function OneField({
  label,
  hint,
  type = 'text',
  value,
  onChange,
  onSubmit,
  isBusy,
  action,
  practice,
  error,
}: OneFieldProps) {
  const { t } = useTranslation();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="xs" maw={560}>
        <TextInput
          label={label}
          description={practice === undefined ? hint : `${hint} ${t('guide.practice-value', { value: practice })}`}
          type={type}
          required
          autoComplete="off"
          spellCheck={false}
          value={value}
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
        />
        <Group gap="xs">
          <Button type="submit" loading={isBusy}>
            {action}
          </Button>
          {practice === undefined || value === practice ? null : (
            <Button variant="default" onClick={() => onChange(practice)}>
              {t('guide.practice-fill')}
            </Button>
          )}
        </Group>
        {error === null ? null : <ProblemNotice error={error} />}
      </Stack>
    </form>
  );
}
