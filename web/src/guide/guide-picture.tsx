import { useTranslation } from 'react-i18next';

/** Where images are, what leaves, and which way lines are opened. */
export function GuidePicture() {
  const { t } = useTranslation();
  return (
    <figure className="guide-picture">
      <ol>
        <li>
          <strong>{t('guide.picture.pacs')}</strong>
          <span>{t('guide.picture.pacs-what')}</span>
        </li>
        <li data-own="">
          <strong>{t('guide.picture.node')}</strong>
          <span>{t('guide.picture.node-what')}</span>
        </li>
        <li data-out="">
          <strong>{t('guide.picture.hub')}</strong>
          <span>{t('guide.picture.hub-what')}</span>
        </li>
      </ol>
      <figcaption>{t('guide.picture.says')}</figcaption>
    </figure>
  );
}
