import { useTranslation } from 'react-i18next';
import type { MappingTable } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import { StateBadge } from '../parts/state-badge.tsx';

/** How far a table has come: waiting, mapped, on its way into the warehouse, there. */
export function RunState({ table: { run, isMapped } }: { readonly table: MappingTable }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (run === null) {
    return isMapped ? (
      <StateBadge tone="info" label={t('mapping.state.mapped')} />
    ) : (
      <StateBadge tone="quiet" label={t('mapping.state.new')} />
    );
  }
  const rows = format.count(run.rows);
  switch (run.state) {
    case 'running':
      return <StateBadge tone="info" label={t('mapping.state.running', { rows })} />;
    case 'done':
      return <StateBadge tone="good" label={t('mapping.state.done', { rows })} />;
    case 'failed':
      return <StateBadge tone="bad" label={t('mapping.state.failed')} />;
  }
}
