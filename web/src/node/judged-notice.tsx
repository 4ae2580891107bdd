import { useTranslation } from 'react-i18next';
import { Notice } from '../parts/notice.tsx';
import { ButtonLink } from '../parts/router-link.tsx';
import type { Judged } from './masked-image-panel.tsx';

/** Says what has become of a picture that was judged. */
export function JudgedNotice({ verdict, quarantineId }: Judged) {
  const { t } = useTranslation();
  if (quarantineId === undefined) {
    return <Notice tone="good" role="status" title={`${t('masks.recorded')} ${t(`masks.verdict.${verdict}`)}`} />;
  }
  return (
    <Notice tone="warn" role="status" title={t('masks.withdrawn')}>
      <ButtonLink to="/quarantine/$quarantineId" params={{ quarantineId }} variant="default" size="sm">
        {t('masks.to-quarantine')}
      </ButtonLink>
    </Notice>
  );
}
