import { Anchor, Stack, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ProgressGroup, ProgressTable, Tally, TallyRow } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import { Bars } from '../parts/bars.tsx';
import { DataTable } from '../parts/data-table.tsx';
import { useProgressWords } from './use-progress-words.ts';

/** What is in sums of published counts, and what is not. */
export function TallyNotes({ totals }: { readonly totals: Tally }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { syntheticStudies, withheld, withheldBelow } = totals;
  return (
    <>
      {syntheticStudies === 0 ? null : (
        <p className="prose">{t('progress.synthetic', { studies: format.count(syntheticStudies) })}</p>
      )}
      {withheld === 0 ? null : (
        <p className="prose">
          {t('progress.withheld', { datasets: format.count(withheld), below: format.count(withheldBelow) })}
        </p>
      )}
    </>
  );
}

/** Sums by what datasets have in common, as bars and as a table. */
export function TallyGroup({
  group,
  rows,
  hasFile = false,
}: {
  readonly group: ProgressGroup;
  readonly rows: readonly TallyRow[];
  /** Its table can be saved. */
  readonly hasFile?: boolean;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useProgressWords();
  const title = t(`progress.group.${group}`);
  if (rows.length === 0) return null;
  return (
    <Stack gap="xs">
      <Title order={3}>{title}</Title>
      <Bars
        label={`${title}: ${t('sites.studies')}`}
        bars={rows.map((row) => ({ label: words.row(group, row), value: shownStudies(row) }))}
      />
      <details className="as-table">
        <summary>{t('chart.as-table')}</summary>
        <DataTable
          caption={title}
          rows={rows}
          keyOf={({ key }) => key ?? ''}
          columns={[
            { head: title, cell: (row) => words.row(group, row) },
            { head: t('jobs.sites'), numeric: true, cell: ({ sites }) => format.count(sites) },
            { head: t('sites.datasets'), numeric: true, cell: ({ datasets }) => format.count(datasets) },
            { head: t('sites.studies'), numeric: true, cell: (row) => format.guarded(shownStudies(row)) },
            { head: t('progress.figure.persons'), numeric: true, cell: ({ persons }) => format.count(persons) },
            { head: t('progress.images'), numeric: true, cell: ({ images }) => format.count(images) },
            { head: t('progress.no-number'), numeric: true, cell: ({ withheld }) => format.count(withheld) },
          ]}
        />
        {hasFile ? <TableFile table={group} title={title} /> : null}
      </details>
    </Stack>
  );
}

/** A row of which every number was withheld is told by what it lies below. */
function shownStudies({ studies, withheldBelow }: Tally) {
  return studies === 0 && withheldBelow > 0 ? { below: withheldBelow } : { count: studies };
}

/** A link to a table as a file. */
export function TableFile({ table, title }: { readonly table: ProgressTable; readonly title: string }) {
  const { t } = useTranslation();
  return (
    <Anchor href={`/api/progress/tables/${table}`} download={`${table}.csv`}>
      {t('progress.csv', { table: title })}
    </Anchor>
  );
}
