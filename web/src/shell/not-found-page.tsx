import { useTranslation } from 'react-i18next';
import { EmptyState } from '../parts/empty-state.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { TextLink } from '../parts/router-link.tsx';

/** An address that leads nowhere. */
export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={t('not-found.title')} />
      <div className="surface">
        <EmptyState
          title={t('not-found.what')}
          hint={t('not-found.hint')}
          action={<TextLink to="/">{t('not-found.home')}</TextLink>}
        />
      </div>
    </>
  );
}
