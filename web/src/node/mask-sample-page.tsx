import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { MaskSample } from '#wire';
import { maskSampleQuery } from '../api/queries.ts';
import { useFormat } from '../i18n/use-format.ts';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ButtonLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { JudgedNotice } from './judged-notice.tsx';
import { MaskTally } from './mask-tally.tsx';
import { type Judged, MaskedImagePanel } from './masked-image-panel.tsx';
import { NODE_READERS } from './node-readers.ts';

/** The pictures of a random sample, one after the other. */
export function MaskSamplePage() {
  const { t } = useTranslation();
  const { sampleId } = useParams({ from: '/mask-samples/$sampleId' });
  return (
    <>
      <PageHead title={t('masks.sample')} lead={t('masks.image-lead')} />
      <Loaded query={useQuery(maskSampleQuery(sampleId))} roles={NODE_READERS.masks}>
        {(sample) => <Sample key={sample.sampleId} sample={sample} />}
      </Loaded>
    </>
  );
}

function Sample({ sample }: { readonly sample: MaskSample }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [last, setLast] = useState<Judged>();
  const { pictures, masked, unmasked, sampleId } = sample;
  const place = pictures.findIndex(({ verdict }) => verdict === null);
  const next = pictures[place];
  return (
    <>
      <Section
        title={t('masks.so-far')}
        aside={
          <ButtonLink to="/masks" variant="default" size="sm">
            {t('masks.back')}
          </ButtonLink>
        }
      >
        <Facts
          facts={[
            [t('masks.drawn'), `${format.moment(sample.atMs)}, ${sample.drawnBy}`],
            [t('masks.group.masked'), <MaskTally key="masked" {...masked} />],
            [t('masks.group.unmasked'), <MaskTally key="unmasked" {...unmasked} />],
            [t('masks.reviewers'), format.list(sample.reviewers)],
          ]}
        />
      </Section>
      {last === undefined ? null : <JudgedNotice {...last} />}
      {next === undefined ? (
        <Notice tone="good" role="status" title={t('masks.sample-done')} />
      ) : (
        <>
          <p role="status">
            {t('masks.sample-place', { number: format.count(place + 1), total: format.count(pictures.length) })}
          </p>
          <MaskedImagePanel sopInstanceUid={next.sopInstanceUid} sampleId={sampleId} onJudged={setLast} />
        </>
      )}
    </>
  );
}
