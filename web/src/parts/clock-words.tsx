import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/use-format.ts';

/** Differences of clocks below this are those of the way between them. */
const SAME_CLOCK_MS = 5000;

/** A clock against the hub's, in words. @param offsetMs milliseconds ahead; null where nothing was said */
export function ClockWords({ offsetMs }: { readonly offsetMs: number | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (offsetMs === null) return '–';
  if (Math.abs(offsetMs) < SAME_CLOCK_MS) return t('sites.clock-right');
  const seconds = format.count(Math.round(Math.abs(offsetMs) / 1000));
  return offsetMs > 0 ? t('sites.clock-ahead', { seconds }) : t('sites.clock-behind', { seconds });
}
