import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { quarantineQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ButtonLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { Told } from '../parts/told.tsx';
import { NODE_READERS } from './node-readers.ts';

/** What was set aside because it could not be de-identified with certainty. */
export function QuarantinePage() {
  const { t } = useTranslation();
  const format = useFormat();
  const mayDecide = holdsOneOf(useSession(), NODE_READERS.quarantinedFile);
  const decide = {
    head: t('quarantine.decide'),
    cell: ({ quarantineId }: { readonly quarantineId: string }) => (
      <ButtonLink to="/quarantine/$quarantineId" params={{ quarantineId }} variant="default" size="compact-sm">
        {t('quarantine.look')}
      </ButtonLink>
    ),
  };
  return (
    <>
      <PageHead title={t('quarantine.title')} lead={t('quarantine.lead')} />
      <Loaded query={useQuery(quarantineQuery)} roles={NODE_READERS.quarantine}>
        {({ items, total }) => (
          <Section title={t('quarantine.items', { count: total })}>
            {items.length === 0 ? (
              <EmptyState title={t('quarantine.empty')} hint={t('quarantine.empty-hint')} />
            ) : (
              <DataTable
                caption={t('quarantine.table')}
                rows={items}
                keyOf={({ quarantineId }) => quarantineId}
                columns={[
                  { head: t('quarantine.reason'), cell: ({ sentence }) => <Told>{sentence}</Told> },
                  { head: t('quarantine.mend'), cell: ({ mend }) => <Told>{mend}</Told> },
                  { head: t('quarantine.when'), oneLine: true, cell: ({ atMs }) => format.moment(atMs) },
                  { head: t('quarantine.size'), numeric: true, cell: ({ sizeBytes }) => format.bytes(sizeBytes) },
                  { head: t('quarantine.code'), cell: ({ code }) => <span className="digest">{code}</span> },
                  ...(mayDecide ? [decide] : []),
                ]}
              />
            )}
          </Section>
        )}
      </Loaded>
    </>
  );
}
