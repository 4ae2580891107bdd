import { Loader } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { CohortQuery, SearchView } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import { Bars } from '../parts/bars.tsx';
import { DataTable } from '../parts/data-table.tsx';
import { Figures } from '../parts/figures.tsx';
import { Notice } from '../parts/notice.tsx';
import { Told } from '../parts/told.tsx';
import { FacetTables } from './facet-tables.tsx';

interface SearchResultProps {
  readonly view: SearchView;
  readonly query: CohortQuery;
}

/** What the nodes answered so far; a withheld count is said to be withheld. */
export function SearchResult({ view, query }: SearchResultProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const suppressed = view.nodes.filter((node) => node.suppressed).length;
  return (
    <>
      <Figures
        figures={[
          { label: t('cohorts.persons'), value: format.count(view.total.persons) },
          { label: t('cohorts.studies'), value: format.count(view.total.studies) },
          { label: t('cohorts.answered'), value: format.count(view.nodes.length) },
        ]}
      />
      <p className="prose quiet" role="status" style={{ display: 'flex', gap: '0.6rem', alignItems: 'center' }}>
        {view.pending.length === 0 ? (
          t('cohorts.complete')
        ) : (
          <>
            <Loader size="xs" aria-hidden="true" />
            {t('cohorts.pending', { sites: format.list(view.pending) })}
          </>
        )}
      </p>
      {view.nodes.length === 0 ? null : (
        <>
          <Bars
            label={t('cohorts.per-site')}
            bars={view.nodes.map(({ site, persons }) => ({ label: site, value: persons }))}
          />
          <DataTable
            caption={t('cohorts.per-site')}
            rows={view.nodes}
            keyOf={({ site }) => site}
            columns={[
              { head: t('cohorts.site'), cell: ({ site }) => site },
              { head: t('cohorts.persons'), numeric: true, cell: ({ persons }) => format.guarded(persons) },
              { head: t('cohorts.studies'), numeric: true, cell: ({ studies }) => format.guarded(studies) },
              { head: t('cohorts.took'), numeric: true, cell: ({ ms }) => format.seconds(ms / 1000) },
            ]}
          />
        </>
      )}
      {view.facets === undefined || view.facets.length === 0 ? null : <FacetTables facets={view.facets} />}
      {suppressed === 0 ? null : (
        <Notice tone="info" title={t('cohorts.suppressed', { count: suppressed })}>
          <p>{t('cohorts.suppressed-why')}</p>
        </Notice>
      )}
      {view.failed.map(({ site, because }) => (
        <Notice key={site} tone="warn" title={t('cohorts.failed', { site })}>
          <p>
            <Told>{because}</Told>
          </p>
        </Notice>
      ))}
      <details className="as-table">
        <summary>{t('cohorts.as-sent')}</summary>
        <pre className="command">{JSON.stringify(query, null, 2)}</pre>
      </details>
    </>
  );
}
