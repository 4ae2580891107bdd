import { useTranslation } from 'react-i18next';
import { Notice } from '../parts/notice.tsx';

/** Stands on every page that shows what a model says. */
export function ResearchOnly() {
  const { t } = useTranslation();
  return (
    <Notice tone="warn" title={t('models.research-only')}>
      <p>{t('models.research-only-why')}</p>
    </Notice>
  );
}
