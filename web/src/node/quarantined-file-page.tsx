import { Button, Group, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type MarkedBox, type QuarantinedFile, quarantineOutcomeSchema } from '#wire';
import { quarantinedFileQuery, quarantineQuery } from '../api/queries.ts';
import { useWriteFor } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { ButtonLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { Told } from '../parts/told.tsx';
import { newBox } from './box-moves.ts';
import { FrameSteps } from './frame-steps.tsx';
import { MarkedPicture } from './marked-picture.tsx';
import { NODE_READERS } from './node-readers.ts';

/** One file of the quarantine: look at it, mark what identifies, take it in or discard it. */
export function QuarantinedFilePage() {
  const { t } = useTranslation();
  const { quarantineId } = useParams({ from: '/quarantine/$quarantineId' });
  return (
    <>
      <PageHead title={t('quarantine.file-title')} lead={t('quarantine.file-lead')} />
      <Loaded query={useQuery(quarantinedFileQuery(quarantineId))} roles={NODE_READERS.quarantinedFile}>
        {(file) => <Decision key={file.quarantineId} file={file} />}
      </Loaded>
    </>
  );
}

type Step = 'release' | 'discard';

function Decision({ file }: { readonly file: QuarantinedFile }) {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const neighbours = useNeighbours(file.quarantineId);
  const [boxes, setBoxes] = useState<readonly MarkedBox[]>(file.suspects);
  const [frame, setFrame] = useState(0);
  const [asked, setAsked] = useState<Step>();
  const [stays, setStays] = useState<{ readonly sentence?: string | undefined; readonly mend?: string | undefined }>();
  const goTo = (quarantineId: string | undefined) =>
    quarantineId === undefined
      ? navigate({ to: '/quarantine' })
      : navigate({ to: '/quarantine/$quarantineId', params: { quarantineId } });
  const decide = useWriteFor(quarantineOutcomeSchema, ['quarantine', 'node-status'], (answer) => {
    setAsked(undefined);
    if (answer.outcome === 'set-aside') setStays(answer);
    else void goTo(neighbours.next ?? neighbours.previous);
  });
  const send = (step: Step) =>
    decide.mutate({
      path: `/api/quarantine/${encodeURIComponent(file.quarantineId)}/decision`,
      body: step === 'release' ? { decision: 'release', boxes } : { decision: 'discard' },
    });
  const { picture } = file;
  const keys: Readonly<Record<string, () => unknown>> = {
    j: () => neighbours.next && goTo(neighbours.next),
    k: () => neighbours.previous && goTo(neighbours.previous),
    r: () => file.isReleasable && setAsked('release'),
    d: () => setAsked('discard'),
    a: () => picture && setBoxes([...boxes, newBox(frame, picture)]),
  };
  return (
    <Section
      title={t('quarantine.why')}
      aside={
        <ButtonLink to="/quarantine" variant="default" size="sm">
          {t('quarantine.back')}
        </ButtonLink>
      }
    >
      <Facts
        facts={[
          [t('quarantine.reason'), <Told key="reason">{file.sentence}</Told>],
          [t('quarantine.mend'), <Told key="mend">{file.mend}</Told>],
          [t('quarantine.when'), format.moment(file.atMs)],
          [t('quarantine.size'), format.bytes(file.sizeBytes)],
        ]}
      />
      {picture === null ? (
        <EmptyState title={t('quarantine.no-picture')} hint={t('quarantine.no-picture-hint')} />
      ) : (
        <Stack
          gap="sm"
          // Letters do something only while the focus is in here (WCAG 2.1.4).
          onKeyDown={(event) => {
            const action = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key.toLowerCase()];
            if (action === undefined) return;
            event.preventDefault();
            action();
          }}
        >
          <Group gap="sm">
            <Button variant="default" size="sm" onClick={keys['a']}>
              {t('quarantine.add-box')}
            </Button>
            <span className="quiet">{t('quarantine.boxes', { count: boxes.length })}</span>
            {picture.frames === 1 ? null : <FrameSteps frame={frame} frames={picture.frames} onGo={setFrame} />}
          </Group>
          <MarkedPicture
            address={`/api/quarantine/${encodeURIComponent(file.quarantineId)}/picture?frame=${frame}`}
            size={picture}
            frame={frame}
            boxes={boxes}
            onChange={setBoxes}
          />
          <p className="prose quiet">{t('quarantine.keys')}</p>
        </Stack>
      )}
      {file.isReleasable ? null : <Notice tone="info" title={t('quarantine.not-releasable')} />}
      {stays === undefined ? null : (
        <Notice tone="warn" role="alert" title={t('quarantine.stays')}>
          <p>
            <Told>{`${stays.sentence} ${stays.mend}`}</Told>
          </p>
        </Notice>
      )}
      {decide.error === null ? null : <ProblemNotice error={decide.error} />}
      {asked === undefined ? (
        <Group gap="sm">
          {file.isReleasable ? (
            <Button onClick={() => setAsked('release')}>
              {t(boxes.length === 0 ? 'quarantine.release-as-is' : 'quarantine.release')}
            </Button>
          ) : null}
          <Button variant="default" onClick={() => setAsked('discard')}>
            {t('quarantine.discard')}
          </Button>
        </Group>
      ) : (
        <Notice tone="warn" role="alert" title={t(`quarantine.${asked}-sure`)}>
          <Group gap="sm" mt="sm">
            <Button autoFocus loading={decide.isPending} onClick={() => send(asked)}>
              {t('quarantine.yes')}
            </Button>
            <Button variant="default" disabled={decide.isPending} onClick={() => setAsked(undefined)}>
              {t('quarantine.no')}
            </Button>
          </Group>
        </Notice>
      )}
    </Section>
  );
}

/** The files before and after this one in the list. */
function useNeighbours(quarantineId: string) {
  const items = useQuery(quarantineQuery).data?.items ?? [];
  const place = items.findIndex((item) => item.quarantineId === quarantineId);
  const at = (index: number) => (place < 0 ? undefined : items[index]?.quarantineId);
  return { next: at(place + 1), previous: place < 1 ? undefined : at(place - 1) };
}
