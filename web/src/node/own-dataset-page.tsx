import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type DatasetGuide, publishDatasetSchema, type RecordStandingView, recordStandingSchema } from '#wire';
import { writeTo } from '../api/http.ts';
import { datasetGuideQuery, datasetVersionsQuery, publishedRecordQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { DatasetFacts } from '../parts/dataset-facts.tsx';
import { Digest } from '../parts/digest.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { FairPanel } from '../parts/fair-panel.tsx';
import { LabelPanel } from '../parts/label-panel.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { DatasetWay } from './dataset-way.tsx';
import { NODE_READERS } from './node-readers.ts';
import { PublishButton } from './publish-button.tsx';
import { type Announcement, announcementOf, type RecordDraft, recordDraftOf } from './record-draft.ts';
import { FieldLink, RecordForm } from './record-form.tsx';
import { RecordSteps } from './record-steps.tsx';

/** So long a person has to be still before the record is made anew. */
const STILL_MS = 350;

/** A dataset before it is published: what is typed, what the record still lacks, and exactly what will be public. */
export function OwnDatasetPage() {
  const { t } = useTranslation();
  const { name } = useParams({ from: '/datasets/$name' });
  const isCurator = holdsOneOf(useSession(), ['curator']);
  return (
    <Loaded query={useQuery(datasetGuideQuery(name))} roles={NODE_READERS.datasets}>
      {(guide) => (
        <>
          <PageHead
            title={guide.published?.announcement.title ?? name}
            {...(isCurator ? { lead: t('record.lead') } : {})}
          />
          {isCurator ? (
            <Editor key={guide.published?.version ?? 0} name={name} guide={guide} />
          ) : (
            <LastRecord name={name} guide={guide} />
          )}
          <Versions name={name} />
        </>
      )}
    </Loaded>
  );
}

interface EditorProps {
  readonly name: string;
  readonly guide: DatasetGuide;
}

function Editor({ name, guide }: EditorProps) {
  const [draft, setDraft] = useState<RecordDraft>(() => recordDraftOf(name, guide.published?.announcement));
  const announcement = useMemo(() => announcementOf(draft), [draft]);
  const checked = useMemo(() => publishDatasetSchema.safeParse(announcement), [announcement]);
  const wrong = checked.success
    ? []
    : checked.error.issues.map(({ path }) => String(path[0] === 'card' ? path[1] : path[0]));
  const { preview, isOf } = usePreview(name, checked.success ? announcement : undefined);
  const standing = preview.data;
  return (
    <>
      <DatasetWay guide={guide} standing={standing} isForm />
      {preview.error === null ? null : <ProblemNotice error={preview.error} />}
      {standing === undefined ? null : <RecordSteps standing={standing} isForm />}
      <RecordForm draft={draft} onDraft={setDraft} wrong={wrong} missing={standing?.missing ?? []} />
      {standing === undefined ? null : (
        <>
          <WhatWillBePublic standing={standing} isStale={preview.isFetching} />
          <LabelPanel
            label={standing.label}
            quality={standing.record.quality}
            linkTo={({ field }, words) => (field === null ? words : <FieldLink field={field}>{words}</FieldLink>)}
          />
          <FairPanel fair={standing.fair} />
          <PublishButton
            name={name}
            announcement={announcement}
            standing={standing}
            published={guide.published}
            isReady={checked.success && isOf && !preview.isFetching}
          />
        </>
      )}
    </>
  );
}

/** The record as it would be published; made anew when the person has been still for a moment. Nothing leaves the node. */
function usePreview(name: string, announcement: Announcement | undefined) {
  const { csrfToken } = useSession();
  const [still] = useDebouncedValue(announcement, STILL_MS);
  const preview = useQuery<RecordStandingView>({
    queryKey: ['record-preview', name, still],
    queryFn: async () =>
      await writeTo(`/api/datasets/${encodeURIComponent(name)}/preview`, still, csrfToken, recordStandingSchema),
    enabled: still !== undefined,
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 0,
  });
  // Between a key and the next preview, what is shown is of what was typed before.
  return { preview, isOf: still === announcement };
}

function WhatWillBePublic({ standing, isStale }: { readonly standing: RecordStandingView; readonly isStale: boolean }) {
  const { t } = useTranslation();
  const { record, address, turtle } = standing;
  return (
    <section className="as-public" aria-label={t('record.public')} aria-busy={isStale}>
      <div className="as-public-head">
        <h2>{t('record.public')}</h2>
        <p className="quiet">{t('record.public-lead')}</p>
        <p className="digest as-public-address">{address}</p>
      </div>
      <div className="as-public-body">
        <p className="as-public-title">{record.title}</p>
        <p className="lead">{record.description}</p>
        <DatasetFacts dataset={record} />
        <details className="as-table">
          <summary>{t('record.turtle')}</summary>
          <pre className="command">{turtle}</pre>
        </details>
      </div>
    </section>
  );
}

/** For those who may look but not publish. */
function LastRecord({ name, guide }: EditorProps) {
  const { t } = useTranslation();
  const { data } = useQuery({ ...publishedRecordQuery(name), enabled: guide.published !== null });
  return (
    <>
      <DatasetWay guide={guide} standing={data} isForm={false} />
      {guide.published === null ? (
        <div className="surface">
          <EmptyState title={t('record.none')} hint={t('record.none-hint')} />
        </div>
      ) : null}
      {data === undefined ? null : (
        <>
          <RecordSteps standing={data} isForm={false} />
          <DatasetFacts dataset={data.record} />
          <LabelPanel label={data.label} quality={data.record.quality} />
          <FairPanel fair={data.fair} />
        </>
      )}
    </>
  );
}

function Versions({ name }: { readonly name: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data } = useQuery(datasetVersionsQuery(name));
  if (data === undefined || data.items.length === 0) return null;
  return (
    <Section title={t('record.versions')} lead={t('record.versions-lead')}>
      <DataTable
        caption={t('record.versions-table')}
        rows={data.items}
        keyOf={({ version }) => version}
        columns={[
          { head: t('dataset.version'), cell: ({ version }) => format.count(version) },
          { head: t('publish.name'), cell: ({ title }) => title },
          { head: t('dataset.published'), oneLine: true, cell: ({ publishedAtMs }) => format.moment(publishedAtMs) },
          { head: t('datasets.persons'), numeric: true, cell: ({ persons }) => format.guarded(persons) },
          { head: t('datasets.studies'), numeric: true, cell: ({ studies }) => format.guarded(studies) },
          { head: t('dataset.digest'), cell: ({ contentSha256 }) => <Digest sha256={contentSha256} /> },
        ]}
      />
    </Section>
  );
}
