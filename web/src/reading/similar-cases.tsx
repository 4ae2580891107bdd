import { Button, Group } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type HungImage, type OpenedStudy, type SimilarCases, similarCasesSchema } from '#wire';
import { useWriteFor } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { Notice } from '../parts/notice.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { frameAddress } from './film-previews.ts';
import { useReadDay } from './use-read-day.ts';

/** Pixels of the longer side of a case's film, drawn by the node. */
const FILM_PX = 256;

/** Earlier cases of this node that look alike to the model whose opinion is shown; asked for by itself, for each is in the journal. */
export function SimilarCasesPanel({ study, digest }: { readonly study: OpenedStudy; readonly digest: string }) {
  const { t } = useTranslation();
  const [isShown, setShown] = useState(false);
  const ask = useWriteFor(similarCasesSchema, [], () => setShown(true));
  const found = isShown ? ask.data : undefined;
  const toggle = () => {
    if (isShown) setShown(false);
    // Asked anew each time: somebody may have opted out since, and every look is in the journal.
    else ask.mutate({ path: `/api/reading/readings/${study.readingId}/similar`, body: { digest } });
  };
  return (
    <section className="reader-part" aria-label={t('similar.title')}>
      <Group justify="space-between" gap="xs">
        <h2>{t('similar.title')}</h2>
        <Button variant="default" size="xs" loading={ask.isPending} aria-expanded={isShown} onClick={toggle}>
          {isShown ? t('opinion.hide') : t('opinion.show')}
        </Button>
      </Group>
      {ask.error === null ? null : <ProblemNotice error={ask.error} />}
      <div role="status">
        {found === undefined ? null : found.kind === 'none' ? (
          <Notice tone="info" title={t('similar.none')}>
            <p>{t(`similar.why.${found.why}`)}</p>
          </Notice>
        ) : (
          <Found found={found} task={study.task} />
        )}
      </div>
    </section>
  );
}

type FoundCases = Extract<SimilarCases, { readonly kind: 'found' }>;

function Found({ found, task }: { readonly found: FoundCases; readonly task: OpenedStudy['task'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { permit, searched, medianDistance, cases } = found;
  return (
    <>
      <Notice tone="warn" title={t('similar.not-evidence')}>
        <p>{t('similar.caution')}</p>
      </Notice>
      {medianDistance === null || cases.length === 0 ? (
        <p>{t('similar.empty')}</p>
      ) : (
        <>
          <p className="quiet">
            {t('similar.searched', { n: format.count(searched), median: format.decimal(medianDistance, 2) })}
          </p>
          <ul className="similar-cases">
            {cases.map((one) => (
              <SimilarCase key={one.studyInstanceUid} one={one} task={task} />
            ))}
          </ul>
        </>
      )}
      <p className="quiet">
        {t('similar.permit', {
          permit: permit.permitId,
          dataset: permit.dataset,
          day: format.day(permit.untilMs),
          ground: permit.ground,
        })}
      </p>
    </>
  );
}

function SimilarCase(props: { readonly one: FoundCases['cases'][number]; readonly task: OpenedStudy['task'] }) {
  const { one, task } = props;
  const { t } = useTranslation();
  const format = useFormat();
  const day = useReadDay();
  const { studyInstanceUid, person, date, ageYears, distance, outcome, followedMonths, images } = one;
  const found = outcome === null ? undefined : outcome.found ? 'found' : 'not-found';
  return (
    <li>
      <div className="similar-films" data-films={images.length > 1 ? 'many' : 'one'}>
        {images.map((image) => (
          <img
            key={image.sopInstanceUid}
            src={`${frameAddress(image)}/rendered?viewport=${FILM_PX},${FILM_PX}`}
            alt={t('similar.film', { view: viewOf(image) })}
            loading="lazy"
            width={FILM_PX}
            height={FILM_PX}
          />
        ))}
      </div>
      <div>
        <p className="similar-outcome" data-found={found ?? 'unknown'}>
          {outcome === null
            ? t('similar.outcome.unknown')
            : `${t(`similar.outcome.${task}.${outcome.found ? 'found' : 'not-found'}`)} (${t(`similar.source.${outcome.source}`)})`}
        </p>
        <p>{t('similar.distance', { distance: format.decimal(distance, 2) })}</p>
        <p className="quiet">
          {[
            day(date),
            ...(ageYears === null ? [] : [`${t('plan.age')}: ${format.count(ageYears)}`]),
            ...(followedMonths === null || followedMonths === 0
              ? []
              : [t('similar.followed', { count: followedMonths })]),
          ].join(' · ')}
        </p>
        <Link to="/reading/$study" params={{ study: studyInstanceUid }}>
          {t('similar.open', { person })}
        </Link>
      </div>
    </li>
  );
}

const viewOf = ({ laterality, view }: HungImage) => `${laterality} ${view}`.trim();
