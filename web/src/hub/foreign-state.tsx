import { useTranslation } from 'react-i18next';
import type { ForeignRecord } from '#wire';
import { StateBadge } from '../parts/state-badge.tsx';

const TONES = { draft: 'warn', 'eucaim-valid': 'info', 'r8-valid': 'good' } as const;

/** How far a record of another catalogue is valid. */
export function ForeignState({ record: { state } }: { readonly record: ForeignRecord }) {
  const { t } = useTranslation();
  return <StateBadge tone={TONES[state]} label={t(`foreign.state.${state}`)} />;
}
