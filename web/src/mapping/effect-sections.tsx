import { useTranslation } from 'react-i18next';
import type { MappingEffect, MappingStudio } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import { Bars } from '../parts/bars.tsx';
import { DataTable } from '../parts/data-table.tsx';
import { Notice } from '../parts/notice.tsx';
import { Section } from '../parts/section.tsx';
import { useMappingWords } from './use-mapping-words.ts';

/** Of each problem so many cells are listed. */
const MOST_CELLS = 50;

/** What would come of the mapping: rows of the model by table, and every cell that would not be taken over, with what to do. */
export function EffectSections({ studio, effect }: { readonly studio: MappingStudio; readonly effect: MappingEffect }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useMappingWords();
  const tables = Object.entries(effect.tables).sort(([, a], [, b]) => b - a);
  const problems = Object.entries(effect.problems).sort(([, a], [, b]) => b - a);
  return (
    <>
      <Section title={t('mapping.lands')} lead={t('mapping.lands-lead')}>
        {effect.isSample ? (
          <Notice tone="info" title={t('mapping.is-sample', { rows: format.count(effect.rows) })} />
        ) : null}
        <Bars label={t('mapping.lands')} bars={tables.map(([label, count]) => ({ label, value: { count } }))} />
      </Section>
      <Section title={t('mapping.problems')} lead={t('mapping.problems-lead')}>
        {effect.missingColumns.length === 0 ? null : (
          <Notice tone="warn" title={t('mapping.missing-columns')}>
            <p>{format.list(effect.missingColumns)}</p>
          </Notice>
        )}
        {studio.notes.length === 0 ? null : (
          <DataTable
            caption={t('mapping.form')}
            rows={studio.notes}
            keyOf={({ row, column, problem }) => `${row} ${column} ${problem}`}
            columns={[
              { head: t('mapping.what'), cell: ({ problem }) => words.problem(problem) },
              { head: t('mapping.where'), cell: ({ row, column }) => placeOf(format, row, column) },
              { head: t('mapping.to-do'), cell: ({ problem }) => words.mend(problem) },
            ]}
          />
        )}
        {problems.length === 0 ? <Notice tone="good" title={t('mapping.no-problems')} /> : null}
        {problems.map(([problem, count]) => {
          const cells = effect.issues.filter((issue) => issue.problem === problem).slice(0, MOST_CELLS);
          return (
            <details key={problem} className="problem">
              <summary>
                <strong>{words.problem(problem)}</strong>{' '}
                <span className="badge" data-tone="warn">
                  {format.count(count)}
                </span>
              </summary>
              <p className="prose">{words.mend(problem)}</p>
              {cells.length === 0 ? null : (
                <DataTable
                  caption={t('mapping.cells-shown', { shown: format.count(cells.length), cells: format.count(count) })}
                  rows={cells}
                  keyOf={({ row, column }) => `${row} ${column}`}
                  columns={[
                    { head: t('mapping.column'), cell: ({ column }) => column },
                    { head: t('mapping.row'), numeric: true, cell: ({ row }) => format.count(row + 1) },
                    {
                      head: t('mapping.cell'),
                      cell: ({ cell }) => <span className="cell">{cell === '' ? '–' : cell}</span>,
                    },
                  ]}
                />
              )}
            </details>
          );
        })}
      </Section>
    </>
  );
}

function placeOf(format: ReturnType<typeof useFormat>, row: number, column: string): string {
  return [row === 0 ? '' : format.count(row + 1), column].filter((part) => part !== '').join(', ') || '–';
}
