import { Anchor, Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ActivityVersion, COLLABORATION_KINDS, COLLABORATION_PARTNERS, COLLABORATION_STATES } from '#wire';
import { activitiesQuery, activityVersionsQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWrite } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { EntryNotice } from '../parts/entry-notice.tsx';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { ActivityCard } from './activity-card.tsx';
import { ActivityForm } from './activity-form.tsx';
import { HUB_READERS } from './hub-readers.ts';
import { ACTIVITY_FRAMES, frameOf, useActivityWords } from './use-activity-words.ts';

/** What the network does with others, as its coordinator keeps it. */
export function ActivitiesPage() {
  const { t } = useTranslation();
  const session = useSession();
  const allowed = holdsOneOf(session, HUB_READERS.activities);
  const mayChange = holdsOneOf(session, ['coordinator']);
  const activities = useQuery({ ...activitiesQuery, enabled: allowed });
  return (
    <>
      <PageHead
        title={t('collab.title')}
        lead={t('collab.lead')}
        aside={
          allowed ? (
            <Anchor href="/api/progress/tables/collaborations" download="collaborations.csv">
              {t('progress.csv', { table: t('collab.title') })}
            </Anchor>
          ) : null
        }
      />
      {allowed ? (
        <>
          {mayChange ? <NewActivity /> : null}
          <Loaded query={activities}>{(list) => <Activities activities={list} mayChange={mayChange} />}</Loaded>
        </>
      ) : (
        <EntryNotice roles={HUB_READERS.activities} />
      )}
    </>
  );
}

function NewActivity() {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  if (!isOpen) {
    return (
      <Button variant="light" style={{ alignSelf: 'flex-start' }} onClick={() => setOpen(true)}>
        {t('collab.new')}
      </Button>
    );
  }
  return (
    <Section
      title={t('collab.new')}
      aside={
        <Button variant="subtle" onClick={() => setOpen(false)}>
          {t('sites.cancel')}
        </Button>
      }
    >
      <ActivityForm onDone={() => setOpen(false)} />
    </Section>
  );
}

const ALL = { words: '', partner: '', kind: '', state: '', frame: '', year: '' } as const;
type Filter = Readonly<Record<keyof typeof ALL, string>>;

function Activities({
  activities,
  mayChange,
}: {
  readonly activities: readonly ActivityVersion[];
  readonly mayChange: boolean;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const [filter, setFilter] = useState<Filter>(ALL);
  const shown = activities
    .filter((activity) => isShown(activity, filter))
    .toSorted((a, b) => b.startsOn.localeCompare(a.startsOn));
  if (activities.length === 0) {
    return (
      <div className="surface">
        <EmptyState title={t('collab.empty')} hint={t('collab.empty-hint')} />
      </div>
    );
  }
  return (
    <Section
      title={t('collab.register')}
      aside={
        <span className="quiet" role="status">
          {t('collab.shown', { shown: format.count(shown.length), all: format.count(activities.length) })}
        </span>
      }
    >
      <FilterFields
        years={[...new Set(activities.map(({ startsOn }) => startsOn.slice(0, 4)))].toSorted().reverse()}
        filter={filter}
        onChange={(part) => setFilter((before) => ({ ...before, ...part }))}
      />
      {shown.length === 0 ? (
        <Button variant="light" style={{ alignSelf: 'flex-start' }} onClick={() => setFilter(ALL)}>
          {t('catalogue.clear')}
        </Button>
      ) : (
        <Stack gap="md">
          {shown.map((activity) => (
            <KeptActivity key={activity.activityId} activity={activity} mayChange={mayChange} />
          ))}
        </Stack>
      )}
    </Section>
  );
}

function isShown(activity: ActivityVersion, { words, partner, kind, state, frame, year }: Filter): boolean {
  const { title, partnerName, outcome, people, objectives, startsOn } = activity;
  const text = [title, partnerName, outcome, ...people].join(' ').toLowerCase();
  return (
    words
      .toLowerCase()
      .split(/\s+/)
      .every((word) => text.includes(word)) &&
    (partner === '' || activity.partner === partner) &&
    (kind === '' || activity.kind === kind) &&
    // What was entered by mistake is shown to who looks for it.
    (state === '' ? activity.state !== 'withdrawn' : activity.state === state) &&
    (frame === '' || objectives.some((one) => frameOf(one) === frame)) &&
    (year === '' || startsOn.startsWith(year))
  );
}

function FilterFields({
  years,
  filter,
  onChange,
}: {
  readonly years: readonly string[];
  readonly filter: Filter;
  readonly onChange: (part: Partial<Filter>) => void;
}) {
  const { t } = useTranslation();
  const words = useActivityWords();
  const all = { value: '', label: t('collab.all') };
  const choice = (name: Exclude<keyof Filter, 'words'>, label: string, data: { value: string; label: string }[]) => (
    <NativeSelect
      label={label}
      value={filter[name]}
      data={[all, ...data]}
      onChange={({ currentTarget }) => onChange({ [name]: currentTarget.value })}
    />
  );
  return (
    <search>
      <div className="two-columns">
        <TextInput
          type="search"
          label={t('catalogue.search')}
          value={filter.words}
          onChange={({ currentTarget }) => onChange({ words: currentTarget.value })}
        />
        {choice(
          'partner',
          t('collab.partner'),
          COLLABORATION_PARTNERS.map((one) => ({ value: one, label: t(`collab.partner.${one}`) })),
        )}
        {choice(
          'kind',
          t('collab.kind'),
          COLLABORATION_KINDS.map((one) => ({ value: one, label: t(`collab.kind.${one}`) })),
        )}
        {choice(
          'state',
          t('collab.state'),
          COLLABORATION_STATES.map((one) => ({ value: one, label: t(`collab.state.${one}`) })),
        )}
        {choice(
          'frame',
          t('collab.objectives'),
          ACTIVITY_FRAMES.map((one) => ({ value: one, label: words.frame(one) })),
        )}
        {choice(
          'year',
          t('collab.year'),
          years.map((one) => ({ value: one, label: one })),
        )}
      </div>
    </search>
  );
}

function KeptActivity({ activity, mayChange }: { readonly activity: ActivityVersion; readonly mayChange: boolean }) {
  const { t } = useTranslation();
  const [isChanged, setChanged] = useState(false);
  const { people, title } = activity;
  return (
    <ActivityCard activity={activity} marksPublic>
      {people.length === 0 ? null : <Facts facts={[[t('collab.people'), people.join(', ')]]} />}
      {isChanged ? <ActivityForm of={activity} onDone={() => setChanged(false)} /> : null}
      {mayChange ? (
        <Group gap="sm">
          <Button
            variant="light"
            size="compact-md"
            aria-expanded={isChanged}
            aria-label={t(isChanged ? 'collab.cancel-of' : 'collab.change-of', { title })}
            onClick={() => setChanged(!isChanged)}
          >
            {t(isChanged ? 'sites.cancel' : 'collab.change')}
          </Button>
        </Group>
      ) : null}
      <Versions activity={activity} />
      {mayChange && people.length > 0 ? <ForgetPeople activity={activity} /> : null}
    </ActivityCard>
  );
}

function Versions({ activity: { activityId, title, version } }: { readonly activity: ActivityVersion }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="as-table" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{t('collab.versions', { versions: format.count(version) })}</summary>
      {isOpen ? <VersionTable activityId={activityId} title={title} /> : null}
    </details>
  );
}

function VersionTable({ activityId, title }: { readonly activityId: string; readonly title: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useActivityWords();
  return (
    <Loaded query={useQuery(activityVersionsQuery(activityId))}>
      {(versions) => (
        <DataTable
          caption={`${t('collab.versions', { versions: format.count(versions.length) })}: ${title}`}
          rows={versions}
          keyOf={({ version }) => version}
          columns={[
            { head: t('collab.version'), numeric: true, cell: ({ version }) => format.count(version) },
            { head: t('audit.when'), oneLine: true, cell: ({ atMs }) => format.moment(atMs) },
            { head: t('audit.actor'), cell: ({ by }) => by },
            { head: t('audit.because'), cell: ({ because }) => (because === '' ? '–' : because) },
            { head: t('collab.what'), cell: (one) => one.title },
            { head: t('collab.when'), oneLine: true, cell: words.when },
            { head: t('collab.state'), cell: ({ state }) => t(`collab.state.${state}`) },
            { head: t('collab.outcome'), cell: ({ outcome }) => (outcome === '' ? '–' : outcome) },
            { head: t('collab.public'), cell: ({ isPublic }) => t(isPublic ? 'access.yes' : 'access.no') },
          ]}
        />
      )}
    </Loaded>
  );
}

function ForgetPeople({ activity: { activityId, title } }: { readonly activity: ActivityVersion }) {
  const { t } = useTranslation();
  const [because, setBecause] = useState('');
  const forget = useWrite(['activities', 'activity-versions']);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    forget.mutate({ path: `/api/collaborations/${activityId}/forget-people`, body: { because } });
  };
  return (
    <details className="as-table">
      <summary>{t('collab.forget')}</summary>
      <form onSubmit={submit} aria-label={`${t('collab.forget')}: ${title}`}>
        <Stack gap="sm" mt="sm">
          <TextInput
            label={t('progress.because')}
            required
            maxLength={500}
            value={because}
            onChange={({ currentTarget }) => setBecause(currentTarget.value)}
          />
          <Button
            type="submit"
            variant="light"
            color="red"
            loading={forget.isPending}
            style={{ alignSelf: 'flex-start' }}
          >
            {t('collab.forget')}
          </Button>
          {forget.error === null ? null : <ProblemNotice error={forget.error} />}
        </Stack>
      </form>
    </details>
  );
}
