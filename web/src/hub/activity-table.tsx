import { useTranslation } from 'react-i18next';
import type { NetworkProgress } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { TextLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { TableFile } from './tally-tables.tsx';
import { useActivityWords } from './use-activity-words.ts';

/** What the network does with others, as its report tells it. */
export function ActivityTable({ activities }: { readonly activities: NetworkProgress['collaborations'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useActivityWords();
  const title = t('collab.title');
  return (
    <Section title={title} aside={<TextLink to="/collaborations">{t('collab.register')}</TextLink>}>
      {activities.length === 0 ? (
        <p className="prose quiet">{t('collab.empty')}</p>
      ) : (
        <>
          <DataTable
            caption={`${title} (${format.count(activities.length)})`}
            rows={activities}
            keyOf={({ activityId }) => activityId}
            columns={[
              { head: t('collab.what'), cell: (one) => one.title },
              { head: t('collab.partner'), cell: ({ partnerName }) => partnerName },
              { head: t('collab.kind'), cell: ({ kind }) => t(`collab.kind.${kind}`) },
              { head: t('collab.when'), oneLine: true, cell: words.when },
              { head: t('collab.state'), cell: ({ state }) => t(`collab.state.${state}`) },
            ]}
          />
          <TableFile table="collaborations" title={title} />
        </>
      )}
    </Section>
  );
}
