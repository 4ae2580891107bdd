import { Button, Checkbox, FileInput, Group, NativeSelect, Stack, Textarea, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { sha256Hex } from '#base';
import {
  type Activity,
  type ActivityVersion,
  activityKeptSchema,
  COLLABORATION_KINDS,
  COLLABORATION_PARTNERS,
  COLLABORATION_STATES,
  type CollaborationEvidence,
  type Objective,
} from '#wire';
import { useWriteFor } from '../api/use-write.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { ACTIVITY_FRAMES, objectivesOf, useActivityWords } from './use-activity-words.ts';

const REFRESH = ['activities', 'activity-versions', 'progress', 'public-activities'] as const;

/** An activity written down, or a new version of one. */
export function ActivityForm({ of, onDone }: { readonly of?: ActivityVersion; readonly onDone: () => void }) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(() => draftOf(of));
  const [because, setBecause] = useState('');
  const keep = useWriteFor(activityKeptSchema, REFRESH, onDone);
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const activity = activityOf(draft);
    if (of === undefined) keep.mutate({ path: '/api/collaborations', body: { activity } });
    else
      keep.mutate({
        path: `/api/collaborations/${of.activityId}`,
        method: 'PUT',
        body: { activity, basedOn: of.version, because },
      });
  };
  const title = of === undefined ? t('collab.new') : t('collab.change-of', { title: of.title });
  return (
    <form onSubmit={submit} aria-label={title}>
      <Stack gap="sm">
        <WhatAndWhen draft={draft} change={change} />
        <Textarea
          label={t('collab.outcome')}
          autosize
          minRows={2}
          maxLength={2000}
          value={draft.outcome}
          onChange={({ currentTarget }) => change({ outcome: currentTarget.value })}
        />
        <ObjectiveChoice chosen={draft.objectives} onChange={(objectives) => change({ objectives })} />
        <EvidenceFields draft={draft} change={change} />
        <Textarea
          label={t('collab.people')}
          description={t('collab.people-hint')}
          autosize
          minRows={2}
          value={draft.people}
          onChange={({ currentTarget }) => change({ people: currentTarget.value })}
        />
        <Checkbox
          label={t('collab.public')}
          description={t('collab.public-hint')}
          checked={draft.isPublic}
          onChange={({ currentTarget }) => change({ isPublic: currentTarget.checked })}
        />
        {of === undefined ? null : (
          <TextInput
            label={t('progress.because')}
            required
            maxLength={500}
            value={because}
            onChange={({ currentTarget }) => setBecause(currentTarget.value)}
          />
        )}
        <Button type="submit" loading={keep.isPending} style={{ alignSelf: 'flex-start' }}>
          {of === undefined ? t('collab.save') : t('collab.save-version', { version: String(of.version + 1) })}
        </Button>
        {keep.error === null ? null : <ProblemNotice error={keep.error} />}
      </Stack>
    </form>
  );
}

interface Draft extends Omit<Activity, 'people' | 'evidence' | 'endsOn'> {
  readonly endsOn: string;
  /** One a line. */
  readonly people: string;
  /** One a line. */
  readonly links: string;
  readonly files: readonly Extract<CollaborationEvidence, { kind: 'file' }>[];
}

interface Part {
  readonly draft: Draft;
  readonly change: (part: Partial<Draft>) => void;
}

function WhatAndWhen({ draft, change }: Part) {
  const { t } = useTranslation();
  return (
    <>
      <TextInput
        label={t('collab.what')}
        required
        maxLength={200}
        value={draft.title}
        onChange={({ currentTarget }) => change({ title: currentTarget.value })}
      />
      <div className="two-columns">
        <NativeSelect
          label={t('collab.partner')}
          value={draft.partner}
          data={COLLABORATION_PARTNERS.map((one) => ({ value: one, label: t(`collab.partner.${one}`) }))}
          onChange={({ currentTarget }) => change({ partner: among(COLLABORATION_PARTNERS, currentTarget.value) })}
        />
        <TextInput
          label={t('collab.partner-name')}
          required
          maxLength={200}
          value={draft.partnerName}
          onChange={({ currentTarget }) => change({ partnerName: currentTarget.value })}
        />
        <NativeSelect
          label={t('collab.kind')}
          value={draft.kind}
          data={COLLABORATION_KINDS.map((one) => ({ value: one, label: t(`collab.kind.${one}`) }))}
          onChange={({ currentTarget }) => change({ kind: among(COLLABORATION_KINDS, currentTarget.value) })}
        />
        <NativeSelect
          label={t('collab.state')}
          value={draft.state}
          data={COLLABORATION_STATES.map((one) => ({ value: one, label: t(`collab.state.${one}`) }))}
          onChange={({ currentTarget }) => change({ state: among(COLLABORATION_STATES, currentTarget.value) })}
        />
        <TextInput
          type="date"
          label={t('collab.from')}
          required
          value={draft.startsOn}
          onChange={({ currentTarget }) => change({ startsOn: currentTarget.value })}
        />
        <TextInput
          type="date"
          label={t('collab.to')}
          min={draft.startsOn}
          value={draft.endsOn}
          onChange={({ currentTarget }) => change({ endsOn: currentTarget.value })}
        />
      </div>
    </>
  );
}

function ObjectiveChoice({
  chosen,
  onChange,
}: {
  readonly chosen: readonly Objective[];
  readonly onChange: (chosen: Objective[]) => void;
}) {
  const { t } = useTranslation();
  const words = useActivityWords();
  return (
    <details className="as-table">
      <summary>{`${t('collab.objectives')} (${chosen.length})`}</summary>
      <Stack gap="sm" mt="sm">
        {ACTIVITY_FRAMES.map((frame) => (
          <fieldset key={frame} className="plain-fieldset">
            <legend>{words.frame(frame)}</legend>
            <Stack gap="xs">
              {objectivesOf(frame).map((objective) => (
                <Checkbox
                  key={objective}
                  label={words.objective(objective)}
                  checked={chosen.includes(objective)}
                  onChange={({ currentTarget }) =>
                    onChange(currentTarget.checked ? [...chosen, objective] : chosen.filter((one) => one !== objective))
                  }
                />
              ))}
            </Stack>
          </fieldset>
        ))}
      </Stack>
    </details>
  );
}

function EvidenceFields({ draft, change }: Part) {
  const { t } = useTranslation();
  const add = async (files: readonly File[]) => {
    const read = await Promise.all(
      files.map(async (file) => ({
        kind: 'file' as const,
        name: file.name.slice(-200),
        sha256: sha256Hex(new Uint8Array(await file.arrayBuffer())),
      })),
    );
    const known = new Set(draft.files.map(({ sha256 }) => sha256));
    change({ files: [...draft.files, ...read.filter(({ sha256 }) => !known.has(sha256))] });
  };
  return (
    <>
      <Textarea
        label={t('collab.links')}
        autosize
        minRows={1}
        value={draft.links}
        onChange={({ currentTarget }) => change({ links: currentTarget.value })}
      />
      <FileInput
        label={t('collab.files')}
        description={t('collab.files-hint')}
        multiple
        value={[]}
        onChange={(files) => void add(files)}
      />
      {draft.files.length === 0 ? null : (
        <ul className="plain-list" aria-label={t('collab.files')}>
          {draft.files.map(({ name, sha256 }) => (
            <li key={sha256}>
              <Group gap="xs">
                <span style={{ overflowWrap: 'anywhere' }}>{name}</span>
                <Button
                  variant="subtle"
                  size="compact-sm"
                  onClick={() => change({ files: draft.files.filter((one) => one.sha256 !== sha256) })}
                >
                  {t('collab.file-remove', { name })}
                </Button>
              </Group>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function draftOf(of: ActivityVersion | undefined): Draft {
  const evidence = of?.evidence ?? [];
  return {
    partner: of?.partner ?? 'eucaim',
    partnerName: of?.partnerName ?? '',
    kind: of?.kind ?? 'meeting',
    title: of?.title ?? '',
    startsOn: of?.startsOn ?? '',
    endsOn: of?.endsOn ?? '',
    state: of?.state ?? 'planned',
    outcome: of?.outcome ?? '',
    objectives: of?.objectives ?? [],
    isPublic: of?.isPublic ?? false,
    people: (of?.people ?? []).join('\n'),
    links: evidence.flatMap((one) => (one.kind === 'link' ? [one.url] : [])).join('\n'),
    files: evidence.flatMap((one) => (one.kind === 'file' ? [one] : [])),
  };
}

function activityOf({ endsOn, people, links, files, ...plain }: Draft): Activity {
  return {
    ...plain,
    endsOn: endsOn === '' ? null : endsOn,
    people: linesOf(people),
    evidence: [...linesOf(links).map((url) => ({ kind: 'link' as const, url })), ...files],
  };
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function among<T extends string>(choices: readonly [T, ...T[]], value: string): T {
  return choices.find((one) => one === value) ?? choices[0];
}
