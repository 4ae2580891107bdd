import { useTranslation } from 'react-i18next';
import type { SearchView } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import { useValueWords } from '../i18n/use-value-words.ts';
import { DataTable } from '../parts/data-table.tsx';
import { StateBadge } from '../parts/state-badge.tsx';

type Facet = NonNullable<SearchView['facets']>[number];
type Cell = Facet['cells'][number];

/** People by the values of some fields; a cell that sites kept back says so, and is never drawn as nothing. */
export function FacetTables({ facets }: { readonly facets: readonly Facet[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const wordOf = useValueWords();
  const nameOf = (field: string, cell: Cell): string => {
    if (!('value' in cell)) return `${cell.from ?? ''}–${cell.to ?? ''}`;
    return wordOf(field, cell.value);
  };
  return (
    <>
      <p className="prose quiet">{t('facets.rows')}</p>
      <div className="two-columns">
        {facets.map(({ field, cells, statistics }) => {
          const most = Math.max(1, ...cells.map(({ persons }) => persons));
          return (
            <div key={field}>
              <DataTable
                caption={t(`cohorts.field.${field}`)}
                rows={cells}
                keyOf={(cell) => nameOf(field, cell)}
                columns={[
                  { head: t('facets.value'), cell: (cell) => nameOf(field, cell) },
                  {
                    head: t('facets.share'),
                    cell: ({ persons, withheld }) => (
                      <span className="bar-track" aria-hidden="true" style={{ display: 'block', minWidth: 80 }}>
                        <div
                          className="bar-fill"
                          data-withheld={persons === 0 && withheld > 0 ? '' : undefined}
                          style={persons === 0 && withheld > 0 ? undefined : { width: `${(100 * persons) / most}%` }}
                        />
                      </span>
                    ),
                  },
                  {
                    head: t('cohorts.persons'),
                    numeric: true,
                    cell: ({ persons, withheld }) => (persons === 0 && withheld > 0 ? '–' : format.count(persons)),
                  },
                  {
                    head: t('facets.withheld'),
                    numeric: true,
                    cell: ({ withheld }) =>
                      withheld === 0 ? '–' : <StateBadge tone="warn" label={t('facets.sites', { sites: withheld })} />,
                  },
                ]}
              />
              {statistics === undefined ? null : <Statistics statistics={statistics} />}
            </div>
          );
        })}
      </div>
    </>
  );
}

/** Mean, spread and quartiles in a sentence, and what they leave out. */
function Statistics({ statistics }: { readonly statistics: NonNullable<Facet['statistics']> }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [first, second, third] = statistics.quartiles.map(
    ({ likelyFrom, likelyTo }) => `${likelyFrom ?? ''}–${likelyTo ?? ''}`,
  );
  return (
    <p className="prose quiet">
      {t('facets.statistics', {
        mean: format.decimal(statistics.mean, 1),
        within: format.decimal(statistics.meanWithin, 1),
        deviation: format.decimal(statistics.standardDeviation, 1),
        first,
        second,
        third,
      })}{' '}
      {t('facets.statistics-of')} {statistics.isOpen ? t('facets.statistics-open') : null}
    </p>
  );
}
