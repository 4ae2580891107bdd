import { Button, Group, Stack } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type MappingTable, mappingTableSchema } from '#wire';
import { sendBytes } from '../api/http.ts';
import { asProblem, type ProblemError } from '../api/problem.ts';
import { mappingTablesQuery, warehouseQuery } from '../api/queries.ts';
import { useSession } from '../api/session.ts';
import { useWrite } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { NODE_READERS } from '../node/node-readers.ts';
import { DataTable } from '../parts/data-table.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Figures } from '../parts/figures.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { TextLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { RunState } from './run-state.tsx';

/** Clinical tables: uploaded, waiting to be mapped, and in the warehouse. */
export function MappingPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={t('mapping.title')} lead={t('mapping.lead')} />
      <Loaded query={useQuery(mappingTablesQuery)} roles={NODE_READERS.mapping}>
        {({ items }) => (
          <>
            <Upload />
            <Section title={t('mapping.waiting')}>
              {items.length === 0 ? (
                <EmptyState title={t('mapping.none')} hint={t('mapping.none-hint')} />
              ) : (
                <Tables tables={items} />
              )}
            </Section>
            <InWarehouse />
          </>
        )}
      </Loaded>
    </>
  );
}

function Upload() {
  const { t } = useTranslation();
  const { csrfToken } = useSession();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [file, setFile] = useState<File>();
  const upload = useMutation<MappingTable, ProblemError, File>({
    mutationFn: async (given) =>
      await sendBytes(
        `/api/mapping/tables?name=${encodeURIComponent(given.name.slice(-200))}`,
        given,
        csrfToken,
        mappingTableSchema,
      ).catch((thrown: unknown) => {
        throw asProblem(thrown);
      }),
    onSuccess: async ({ tableId }) => {
      await client.invalidateQueries({ queryKey: ['mapping-tables'] });
      await navigate({ to: '/mapping/$tableId', params: { tableId } });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (file !== undefined) upload.mutate(file);
  };
  return (
    <Section title={t('mapping.upload')} lead={t('mapping.upload-lead')}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <label className="file-choice">
            <span>{t('mapping.file')}</span>
            <input
              type="file"
              required
              accept=".csv,.tsv,.txt,.xlsx,.json,.ndjson,.zip"
              onChange={({ currentTarget }) => setFile(currentTarget.files?.item(0) ?? undefined)}
            />
          </label>
          <Group>
            <Button type="submit" loading={upload.isPending}>
              {t('mapping.read')}
            </Button>
          </Group>
        </Stack>
      </form>
      {upload.error === null ? null : <ProblemNotice error={upload.error} />}
    </Section>
  );
}

function Tables({ tables }: { readonly tables: readonly MappingTable[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const remove = useWrite(['mapping-tables']);
  return (
    <>
      <DataTable
        caption={t('mapping.table')}
        rows={tables}
        keyOf={({ tableId }) => tableId}
        columns={[
          {
            head: t('mapping.name'),
            cell: ({ tableId, name }) => (
              <TextLink to="/mapping/$tableId" params={{ tableId }} inherit style={{ overflowWrap: 'anywhere' }}>
                {name}
              </TextLink>
            ),
          },
          { head: t('mapping.state'), cell: (table) => <RunState table={table} /> },
          { head: t('mapping.size'), numeric: true, cell: ({ sizeBytes }) => format.bytes(sizeBytes) },
          { head: t('mapping.uploaded'), oneLine: true, cell: ({ uploadedAtMs }) => format.moment(uploadedAtMs) },
          {
            head: t('mapping.take-away'),
            cell: ({ tableId, name, run }) => (
              <Button
                variant="default"
                size="xs"
                disabled={run?.state === 'running' || remove.isPending}
                aria-label={t('mapping.delete-named', { name })}
                onClick={() =>
                  remove.mutate({ path: `/api/mapping/tables/${encodeURIComponent(tableId)}`, method: 'DELETE' })
                }
              >
                {t('mapping.delete')}
              </Button>
            ),
          },
        ]}
      />
      {remove.error === null ? null : <ProblemNotice error={remove.error} />}
    </>
  );
}

function InWarehouse() {
  const { t } = useTranslation();
  const format = useFormat();
  const { data } = useQuery(warehouseQuery);
  if (data === undefined || data.loads.length === 0) return null;
  return (
    <Section title={t('mapping.warehouse')} lead={t('mapping.warehouse-lead')}>
      {data.build === null ? null : (
        <Figures
          figures={[
            { label: t('mapping.persons'), value: format.count(data.build.persons) },
            { label: t('mapping.cdm-rows'), value: format.count(data.build.rows) },
          ]}
        />
      )}
      <DataTable
        caption={t('mapping.loaded')}
        rows={data.loads}
        keyOf={({ load }) => load}
        columns={[
          { head: t('mapping.name'), cell: ({ name }) => <span style={{ overflowWrap: 'anywhere' }}>{name}</span> },
          { head: t('mapping.rows'), numeric: true, cell: ({ rows }) => format.count(rows) },
          {
            head: t('mapping.without-person'),
            numeric: true,
            cell: ({ withoutPerson }) => format.count(withoutPerson),
          },
          {
            head: t('mapping.cells-refused'),
            numeric: true,
            cell: ({ problems }) => format.count(Object.values(problems).reduce((sum, one) => sum + one, 0)),
          },
          { head: t('mapping.loaded'), oneLine: true, cell: ({ loadedAtMs }) => format.moment(loadedAtMs) },
        ]}
      />
    </Section>
  );
}
