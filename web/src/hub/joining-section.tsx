import { useTranslation } from 'react-i18next';
import type { NetworkProgress } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Section } from '../parts/section.tsx';
import { TableFile } from './tally-tables.tsx';
import { useProgressWords } from './use-progress-words.ts';

/** How far each site has come on its way in, since when it waits, and whose turn it is. */
export function JoiningSection({ joining: { steps, sites } }: { readonly joining: NetworkProgress['joining'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useProgressWords();
  const title = t('progress.joining');
  return (
    <Section title={title} lead={t('progress.joining-lead')}>
      <DataTable
        caption={t('progress.joining-steps')}
        rows={steps}
        keyOf={({ step }) => step}
        columns={[
          { head: t('progress.step'), cell: ({ step }) => t(`progress.step.${step}`) },
          { head: t('progress.came'), numeric: true, cell: ({ reached }) => format.count(reached) },
          { head: t('progress.waiting'), numeric: true, cell: ({ waiting }) => format.count(waiting) },
          {
            head: t('progress.median-days'),
            numeric: true,
            cell: ({ medianDays }) => (medianDays === null ? '–' : format.number(medianDays)),
          },
          {
            head: t('progress.longest'),
            numeric: true,
            cell: ({ longestWaitDays }) => (longestWaitDays === null ? '–' : format.count(longestWaitDays)),
          },
        ]}
      />
      {sites.length === 0 ? null : (
        <>
          <DataTable
            caption={t('progress.joining-sites')}
            rows={sites}
            keyOf={({ siteId }) => siteId}
            columns={[
              { head: t('sites.site'), cell: ({ displayName }) => displayName },
              { head: t('progress.step'), cell: ({ step }) => t(`progress.step.${step}`) },
              {
                head: t('progress.since'),
                oneLine: true,
                cell: ({ sinceMs }) => (sinceMs === null ? '–' : format.day(sinceMs)),
              },
              {
                head: t('progress.days'),
                numeric: true,
                cell: ({ days }) => (days === null ? '–' : format.count(days)),
              },
              { head: t('access.turn'), cell: ({ turn }) => words.turn(turn) },
            ]}
          />
          <TableFile table="joining" title={title} />
        </>
      )}
    </Section>
  );
}
