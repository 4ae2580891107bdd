import { useTranslation } from 'react-i18next';
import type { NetworkProgress } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Figures } from '../parts/figures.tsx';
import { Section } from '../parts/section.tsx';
import { TableFile } from './tally-tables.tsx';

/** How many people training has reached. */
export function TrainingSection({ training }: { readonly training: NetworkProgress['training'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const title = t('progress.training');
  return (
    <Section title={title} lead={t('progress.training-lead')}>
      <Figures figures={[{ label: t('progress.training-people'), value: format.count(training.people) }]} />
      {training.months.length === 0 ? null : (
        <>
          <DataTable
            caption={`${title}: ${t('progress.month')}`}
            rows={training.months}
            keyOf={({ month }) => month}
            columns={[
              { head: t('progress.month'), oneLine: true, cell: ({ month }) => month },
              { head: t('progress.in-courses'), numeric: true, cell: ({ inCourses }) => format.count(inCourses) },
              { head: t('progress.certified'), numeric: true, cell: ({ certified }) => format.count(certified) },
            ]}
          />
          <TableFile table="training" title={title} />
        </>
      )}
    </Section>
  );
}
