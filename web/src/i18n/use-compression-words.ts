import { useTranslation } from 'react-i18next';
import type { Compression } from '#wire';
import { useFormat } from './use-format.ts';

/** How updates are made smaller, in a sentence. */
export function useCompressionWords() {
  const { t } = useTranslation();
  const format = useFormat();
  return (compression: Compression | null | undefined): string => {
    if (compression == null) return t('compression.none');
    if (compression.kind === 'int8') return t('compression.int8');
    return t('compression.top-k', { share: `${format.decimal(100 * compression.share, 2)} %` });
  };
}
