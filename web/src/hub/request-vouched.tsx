import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { vouchedQuery } from '../api/queries.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Section } from '../parts/section.tsx';

/** What trusted issuers vouch for of whoever asked; nothing where nobody does. */
export function RequestVouched({ requestId }: { readonly requestId: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data } = useQuery(vouchedQuery(requestId));
  if (data === undefined || data.visas.length === 0) return null;
  return (
    <Section title={t('vouched.title')} lead={t('vouched.lead')}>
      <DataTable
        caption={`${t('vouched.title')}: ${t('vouched.value')}`}
        rows={data.visas}
        keyOf={({ type, value, source }) => `${type} ${value} ${source}`}
        columns={[
          { head: t('vouched.what'), cell: ({ type }) => t(`vouched.type.${type}`) },
          { head: t('vouched.value'), cell: ({ value }) => <span className="digest">{value}</span> },
          { head: t('vouched.source'), cell: ({ source, issuer }) => `${source} (${issuer})` },
          { head: t('vouched.since'), cell: ({ assertedAtMs }) => format.day(assertedAtMs) },
          { head: t('vouched.until'), cell: ({ expiresAtMs }) => format.moment(expiresAtMs) },
        ]}
      />
    </Section>
  );
}
