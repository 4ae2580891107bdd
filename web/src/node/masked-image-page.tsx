import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PageHead } from '../parts/page-head.tsx';
import { ButtonLink } from '../parts/router-link.tsx';
import { JudgedNotice } from './judged-notice.tsx';
import { type Judged, MaskedImagePanel } from './masked-image-panel.tsx';

/** One picture: whether it is blacked out rightly. */
export function MaskedImagePage() {
  const { t } = useTranslation();
  const { sopInstanceUid } = useParams({ from: '/masks/$sopInstanceUid' });
  const [judged, setJudged] = useState<Judged>();
  return (
    <>
      <PageHead title={t('masks.image-title')} lead={t('masks.image-lead')} />
      <ButtonLink to="/masks" variant="default" size="sm" style={{ alignSelf: 'flex-start' }}>
        {t('masks.back')}
      </ButtonLink>
      {judged === undefined ? null : <JudgedNotice {...judged} />}
      {judged?.quarantineId === undefined ? (
        <MaskedImagePanel sopInstanceUid={sopInstanceUid} onJudged={setJudged} />
      ) : null}
    </>
  );
}
