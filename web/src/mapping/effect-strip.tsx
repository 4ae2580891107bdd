import { useTranslation } from 'react-i18next';
import type { MappingEffect } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import { type Draft, decisionOf, type StudioColumn, sureColumns } from './mapping-draft.ts';

interface EffectStripProps {
  readonly columns: readonly StudioColumn[];
  readonly draft: Draft;
  readonly effect: MappingEffect | undefined;
  readonly isStale: boolean;
}

/** How far the mapping has come, and what would come of it, as numbers and a bar. */
export function EffectStrip({ columns, draft, effect, isStale }: EffectStripProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const decided = columns.filter(({ column }) => decisionOf(draft, column).kind !== 'open').length;
  const proposed = sureColumns(columns, draft, 0).length;
  const open = columns.length - decided - proposed;
  const parts = [
    ['decided', decided],
    ['proposed', proposed],
    ['open', open],
  ] as const;
  const refused = effect === undefined ? 0 : Object.values(effect.problems).reduce((sum, one) => sum + one, 0);
  const share = effect === undefined || effect.cells.filled === 0 ? 0 : effect.cells.taken / effect.cells.filled;
  const figures = [
    ['mapping.persons', effect === undefined ? '…' : format.count(effect.persons)],
    ['mapping.values-taken', effect === undefined ? '…' : format.percent(share)],
    ['mapping.cells-refused', effect === undefined ? '…' : format.count(refused)],
    ['mapping.without-person', effect === undefined ? '…' : format.count(effect.withoutPerson)],
  ] as const;
  return (
    <section className="surface effect-strip" aria-label={t('mapping.effect')} aria-busy={isStale}>
      <div className="effect-coverage">
        <p className="effect-title">
          {t('mapping.coverage', { decided: format.count(decided), columns: format.count(columns.length) })}
        </p>
        <div className="coverage-bar" aria-hidden="true">
          {parts.map(([part, count]) => (
            <div key={part} data-part={part} style={{ flexGrow: count }} />
          ))}
        </div>
        <ul className="coverage-legend">
          {parts.map(([part, count]) => (
            <li key={part} data-part={part}>
              {t(`mapping.part.${part}`, { columns: format.count(count) })}
            </li>
          ))}
        </ul>
      </div>
      <dl className="effect-figures">
        {figures.map(([label, value]) => (
          <div key={label}>
            <dt>{t(label)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
