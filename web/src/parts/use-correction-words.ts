import { useTranslation } from 'react-i18next';
import type { ScoreCorrection } from '#wire';
import { useFormat } from '../i18n/use-format.ts';

/** How scores are moved, as a formula. */
export function useCorrectionWords() {
  const { t } = useTranslation();
  const format = useFormat();
  return ({ intercept, slope }: ScoreCorrection) =>
    t('watch.formula', { intercept: format.decimal(intercept, 2), slope: format.decimal(slope, 2) });
}
