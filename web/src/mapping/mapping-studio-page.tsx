import { Button, Group } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type MappingEffect, type MappingStudio, mappingEffectSchema } from '#wire';
import { writeTo } from '../api/http.ts';
import { mappingElementsQuery, mappingStudioQuery, mappingTablesQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWrite } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { NODE_READERS } from '../node/node-readers.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Told } from '../parts/told.tsx';
import { ColumnList } from './column-list.tsx';
import { ColumnPanel } from './column-panel.tsx';
import { EffectSections } from './effect-sections.tsx';
import { EffectStrip } from './effect-strip.tsx';
import { decide, decisionOf, documentOf, draftOf, proposedFor } from './mapping-draft.ts';
import { MappingHistory } from './mapping-history.tsx';
import { MappingText } from './mapping-text.tsx';
import { RunState } from './run-state.tsx';
import { useElements } from './use-elements.ts';

/** So long a person has to be still before the effect is asked for. */
const STILL_MS = 250;

/** One clinical table: what its columns mean, what comes of it, and into the warehouse with it. */
export function MappingStudioPage() {
  const { t } = useTranslation();
  const { tableId } = useParams({ from: '/mapping/$tableId' });
  const studio = useQuery(mappingStudioQuery(tableId));
  const elements = useQuery(mappingElementsQuery);
  // What a person has decided outlives a save; only a mapping that comes from elsewhere takes its place.
  const [taken, setTaken] = useState(0);
  return (
    <Loaded query={studio} roles={NODE_READERS.mapping}>
      {(data) => (
        <>
          <PageHead
            title={data.table.name}
            lead={t('mapping.studio-lead')}
            aside={<RunOf tableId={tableId} studio={data} />}
          />
          <Loaded query={elements} roles={NODE_READERS.mapping}>
            {() => <Studio key={`${tableId} ${taken}`} studio={data} />}
          </Loaded>
          <MappingText
            key={tableId}
            tableId={tableId}
            isMapped={data.table.isMapped}
            name={data.table.name}
            onTaken={() => setTaken((times) => times + 1)}
          />
          <MappingHistory key={`${tableId} history`} tableId={tableId} onTaken={() => setTaken((times) => times + 1)} />
        </>
      )}
    </Loaded>
  );
}

function RunOf({ tableId, studio }: { readonly tableId: string; readonly studio: MappingStudio }) {
  const { data } = useQuery(mappingTablesQuery);
  const table = data?.items.find((one) => one.tableId === tableId) ?? studio.table;
  return <RunState table={table} />;
}

function Studio({ studio }: { readonly studio: MappingStudio }) {
  const { t } = useTranslation();
  const format = useFormat();
  const session = useSession();
  const client = useQueryClient();
  const { columns, table } = studio;
  const saved = useMemo(() => draftOf(studio), [studio]);
  const [draft, setDraft] = useState(saved);
  const [at, setAt] = useState(0);
  const elements = useElements();
  const effect = useEffectOf(studio, draft);
  const path = `/api/mapping/tables/${encodeURIComponent(table.tableId)}`;
  const save = useWrite(['mapping-tables', 'mapping-yaml', 'mapping-versions']);
  const run = useWrite(['mapping-tables', 'warehouse']);
  const isChanged =
    !table.isMapped ||
    JSON.stringify(documentOf(columns, draft, 'open')) !== JSON.stringify(documentOf(columns, saved, 'open'));
  const open = columns.filter(({ column }) => decisionOf(draft, column).kind === 'open').length;
  const chosen = columns[at] ?? columns[0];

  const saveNow = async () => {
    await save.mutateAsync({
      path: `${path}/mapping`,
      method: 'PUT',
      body: { document: documentOf(columns, draft, 'open') },
    });
    const { queryKey } = mappingStudioQuery(table.tableId);
    await client.invalidateQueries({ queryKey });
    const stored = client.getQueryData<MappingStudio>(queryKey);
    // As the node keeps it; but nothing that was decided meanwhile is lost.
    if (stored?.table.isMapped === true) setDraft((now) => (now === draft ? draftOf(stored) : now));
  };
  const bringIn = async () => {
    if (isChanged) await saveNow();
    await run.mutateAsync({ path: `${path}/run` });
  };
  const isBusy = save.isPending || run.isPending;
  const pressed = (what: () => Promise<void>) => () => void what().catch(() => {});

  return (
    <>
      <EffectStrip columns={columns} draft={draft} effect={effect.data} isStale={effect.isFetching} />
      {effect.error === null ? null : <ProblemNotice error={effect.error} />}
      <div className="studio">
        <ColumnList columns={columns} draft={draft} at={at} effect={effect.data} onGo={setAt} onDraft={setDraft} />
        {chosen === undefined ? null : (
          <ColumnPanel
            key={chosen.column}
            tableId={table.tableId}
            column={chosen}
            decision={decisionOf(draft, chosen.column)}
            proposed={proposedFor(chosen)}
            effect={effect.data}
            elements={elements}
            onDecide={(decision) => setDraft((before) => decide(before, chosen.column, decision))}
          />
        )}
      </div>
      <div className="surface studio-end">
        <Group gap="sm">
          <Button variant="default" loading={save.isPending} disabled={!isChanged || isBusy} onClick={pressed(saveNow)}>
            {t('mapping.save')}
          </Button>
          {holdsOneOf(session, ['curator']) ? (
            <Button loading={run.isPending} disabled={isBusy || open === columns.length} onClick={pressed(bringIn)}>
              {t('mapping.bring-in')}
            </Button>
          ) : null}
          <span className="quiet" role="status">
            {isChanged ? t('mapping.unsaved') : t('mapping.saved')}
          </span>
        </Group>
        {open === 0 ? null : <p className="prose quiet">{t('mapping.open-left', { columns: format.count(open) })}</p>}
        {save.error === null ? null : <ProblemNotice error={save.error} />}
        {run.error === null ? null : <ProblemNotice error={run.error} />}
        <RunNotice tableId={table.tableId} isAsked={run.isSuccess} />
      </div>
      {effect.data === undefined ? null : <EffectSections studio={studio} effect={effect.data} />}
    </>
  );
}

/** What the mapping would make of the table: asked again when the person has been still for a moment. */
function useEffectOf({ table: { tableId }, columns }: MappingStudio, draft: ReturnType<typeof draftOf>) {
  const { csrfToken } = useSession();
  const document = useMemo(() => documentOf(columns, draft, 'as-proposed'), [columns, draft]);
  const [still] = useDebouncedValue(document, STILL_MS);
  return useQuery<MappingEffect>({
    queryKey: ['mapping-effect', tableId, still],
    queryFn: async () =>
      await writeTo(
        `/api/mapping/tables/${encodeURIComponent(tableId)}/effect`,
        { document: still },
        csrfToken,
        mappingEffectSchema,
      ),
    placeholderData: keepPreviousData,
    gcTime: 0,
  });
}

/** How bringing the table in goes, where it was asked for here; why it failed the last time in any case. */
function RunNotice({ tableId, isAsked }: { readonly tableId: string; readonly isAsked: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const { data } = useQuery(mappingTablesQuery);
  const run = data?.items.find((one) => one.tableId === tableId)?.run;
  const state = run?.state;
  useEffect(() => {
    if (state === 'done') void client.invalidateQueries({ queryKey: ['warehouse'] });
  }, [state, client]);
  if (run === undefined || run === null || !(isAsked || run.state === 'failed')) return null;
  switch (run.state) {
    case 'running':
      return <Notice tone="info" role="status" title={t('mapping.state.running', { rows: format.count(run.rows) })} />;
    case 'done':
      return (
        <Notice tone="good" role="status" title={t('mapping.state.done', { rows: format.count(run.rows) })}>
          <p>
            {t('mapping.done-words', {
              withoutPerson: format.count(run.withoutPerson),
              refused: format.count(Object.values(run.problems).reduce((sum, one) => sum + one, 0)),
            })}
          </p>
        </Notice>
      );
    case 'failed':
      return (
        <Notice tone="bad" role="alert" title={t('mapping.state.failed')}>
          <p>
            <Told>{run.because ?? ''}</Told>
          </p>
        </Notice>
      );
  }
}
