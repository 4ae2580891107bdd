import { Button } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type OpenedStudy, type OwnRead, openedStudySchema, opinionsSchema } from '#wire';
import { filmHeadsQuery } from '../api/queries.ts';
import { useWriteFor } from '../api/use-write.ts';
import { NODE_READERS } from '../node/node-readers.ts';
import { Dialog } from '../parts/dialog.tsx';
import { EntryNotice } from '../parts/entry-notice.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import type { FilmHead } from './film-head.ts';
import { startPreviews } from './film-previews.ts';
import { KeyHelp } from './key-help.tsx';
import { OpinionPanel } from './opinion-panel.tsx';
import { OwnReadForm, OwnReadView } from './own-read-form.tsx';
import { SimilarCasesPanel } from './similar-cases.tsx';
import { useReadDay } from './use-read-day.ts';
import { type MarkedPlace, Viewer } from './viewer.tsx';

/** Small pictures that are asked for before the films hang: two exams of four views. */
const PREVIEWS_AT_ONCE = 8;

/** A study, hung for reading. */
export function ReadingPage() {
  const { t } = useTranslation();
  const { study } = useParams({ from: '/reading/$study' });
  const client = useQueryClient();
  const open = useWriteFor(openedStudySchema, [], ({ images, priors }) =>
    startPreviews([...images, ...(priors[0]?.images ?? [])].slice(0, PREVIEWS_AT_ONCE)),
  );
  const opened = useRef<string>(undefined);
  const { mutate } = open;
  useEffect(() => {
    // Each opening is in the journal; looking twice at the same address is one.
    if (opened.current === study) return;
    opened.current = study;
    mutate({ path: `/api/reading/studies/${encodeURIComponent(study)}/openings` });
    // What is on the films is told beside, so that they wait for neither.
    void client.prefetchQuery(filmHeadsQuery(study));
  }, [study, mutate, client]);
  if (open.error !== null) {
    return open.error.status === 401 || open.error.status === 403 ? (
      <EntryNotice roles={NODE_READERS.reading} />
    ) : (
      <ProblemNotice error={open.error} />
    );
  }
  if (open.data === undefined || open.data.studyInstanceUid !== study) {
    return (
      <p role="status" className="empty">
        {t('loading')}
      </p>
    );
  }
  return <Reading key={study} study={open.data} />;
}

const NO_HEADS: ReadonlyMap<string, FilmHead> = new Map();

function Reading({ study }: { readonly study: OpenedStudy }) {
  const { t } = useTranslation();
  const day = useReadDay();
  const navigate = useNavigate();
  const ownQuery = useQuery(filmHeadsQuery(study.studyInstanceUid));
  const prior = study.priors[0]?.studyInstanceUid;
  const priorQuery = useQuery({ ...filmHeadsQuery(prior ?? ''), enabled: prior !== undefined });
  const own = ownQuery.data ?? NO_HEADS;
  const before = priorQuery.data ?? NO_HEADS;
  const heads = useMemo(() => new Map([...own, ...before]), [own, before]);
  const headError = ownQuery.error ?? priorQuery.error;
  const [ownRead, setOwnRead] = useState(study.ownRead);
  const [places, setPlaces] = useState<readonly MarkedPlace[]>(() => placesOf(study.ownRead));
  const [isShown, setShown] = useState(false);
  const [chosen, setChosen] = useState(0);
  const [opacity, setOpacity] = useState(0.6);
  const [isHelp, setHelp] = useState(false);
  const form = useRef<HTMLElement>(null);
  const release = useWriteFor(opinionsSchema, [], () => setShown(true));
  const opinions = release.data?.opinions;
  const mustReadFirst = ownRead === null && study.mode === 'own-read-first';
  const toForm = () => {
    const field = form.current?.querySelector<HTMLElement>('select, input, button');
    (field ?? form.current)?.focus();
    form.current?.scrollIntoView({ block: 'nearest' });
  };
  const toggleOpinion = () => {
    if (isShown) setShown(false);
    else if (mustReadFirst) toForm();
    else if (opinions !== undefined) setShown(true);
    else release.mutate({ path: `/api/reading/readings/${study.readingId}/opinion` });
  };
  useEffect(() => {
    document.title = `${t(`reading.task.${study.task}`)} · ${study.person}`;
  }, [t, study]);
  return (
    <>
      <header className="reader-head">
        <Link to="/reading" className="reader-back" aria-label={t('reading.back')} title={t('reading.back')}>
          <IconArrowLeft size={20} aria-hidden />
        </Link>
        <div>
          <h1>
            {t(`reading.task.${study.task}`)} <span className="digest">{study.person}</span>
          </h1>
          <p>
            {day(study.date)}
            {study.description === '' ? null : ` · ${study.description}`} ·{' '}
            {study.priors.length === 0
              ? t('reading.no-priors')
              : t('reading.priors', { n: study.priors.length, day: day(study.priors[0]?.date ?? '') })}
          </p>
        </div>
      </header>
      {headError === null ? null : <ProblemNotice error={headError} />}
      <Viewer
        study={study}
        heads={heads}
        isAwaited={ownQuery.isFetching || priorQuery.isFetching}
        places={places}
        onPlaces={ownRead === null ? setPlaces : undefined}
        opinion={isShown ? opinions?.[chosen] : undefined}
        opacity={opacity}
        onOpinion={toggleOpinion}
        onOwnRead={toForm}
        onNextStudy={() => {
          if (study.nextStudy !== null) void navigate({ to: '/reading/$study', params: { study: study.nextStudy } });
        }}
        onHelp={() => setHelp(!isHelp)}
        panel={
          <aside className="reader-panel" aria-label={t('reading.panel')} ref={form} tabIndex={-1}>
            {ownRead === null ? (
              <OwnReadForm study={study} places={places} onPlaces={setPlaces} onRecorded={(read) => setOwnRead(read)} />
            ) : (
              <OwnReadView study={study} ownRead={ownRead} />
            )}
            <OpinionPanel
              study={study}
              opinions={isShown ? opinions : undefined}
              {...{ chosen, opacity, mustReadFirst }}
              isPending={release.isPending}
              error={release.error}
              onChosen={setChosen}
              onOpacity={setOpacity}
              onToggle={toggleOpinion}
            />
            {isShown && opinions?.[chosen]?.outcome.kind === 'scored' ? (
              <SimilarCasesPanel
                key={opinions[chosen].model.digest}
                study={study}
                digest={opinions[chosen].model.digest}
              />
            ) : null}
            <nav className="reader-onward" aria-label={t('reading.onward')}>
              {ownRead === null ? null : (
                <>
                  <Link to="/reading/$study/plan" params={{ study: study.studyInstanceUid }}>
                    {t('plan.title')}
                  </Link>
                  {study.task === 'mammography' ? (
                    <Link to="/reading/$study/explanation" params={{ study: study.studyInstanceUid }}>
                      {t('explain.title')}
                    </Link>
                  ) : null}
                </>
              )}
              {study.nextStudy === null ? null : (
                <Link to="/reading/$study" params={{ study: study.nextStudy }}>
                  {t('reading.next-study')} (N)
                </Link>
              )}
            </nav>
          </aside>
        }
      />
      <Dialog title={t('reading.help-title')} isOpen={isHelp} onClose={() => setHelp(false)}>
        <KeyHelp task={study.task} />
        <Button variant="default" style={{ alignSelf: 'flex-start' }} onClick={() => setHelp(false)}>
          {t('sites.close')}
        </Button>
      </Dialog>
    </>
  );
}

function placesOf(read: OwnRead | null): readonly MarkedPlace[] {
  return (read?.places ?? []).map(({ sopInstanceUid, column, row }) => ({ sopInstanceUid, x: column, y: row }));
}
