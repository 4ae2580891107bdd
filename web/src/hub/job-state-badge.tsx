import { useTranslation } from 'react-i18next';
import type { JobView } from '#wire';
import { StateBadge, type Tone } from '../parts/state-badge.tsx';

const TONES: Readonly<Record<JobView['state'], Tone>> = {
  'awaiting-approval': 'warn',
  running: 'info',
  finished: 'good',
  cancelled: 'quiet',
  failed: 'bad',
};

/** Where a job stands. */
export function JobStateBadge({ state }: { readonly state: JobView['state'] }) {
  const { t } = useTranslation();
  return <StateBadge tone={TONES[state]} label={t(`job.state.${state}`)} />;
}
