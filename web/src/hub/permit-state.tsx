import { useTranslation } from 'react-i18next';
import type { PermitView } from '#wire';
import { StateBadge } from '../parts/state-badge.tsx';

/** Whether a permit holds. */
export function PermitState({ permit }: { readonly permit: Pick<PermitView, 'revokedAtMs' | 'expiresAtMs'> }) {
  const { t } = useTranslation();
  if (permit.revokedAtMs !== null) return <StateBadge tone="bad" label={t('permits.state.revoked')} />;
  if (permit.expiresAtMs < Date.now()) return <StateBadge tone="quiet" label={t('permits.state.expired')} />;
  return <StateBadge tone="good" label={t('permits.state.valid')} />;
}
