import { Button, Group, Stack } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type MaskedImage, type MaskVerdictView, maskReviewOutcomeSchema } from '#wire';
import { maskedImageQuery } from '../api/queries.ts';
import { useWriteFor } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { FrameSteps } from './frame-steps.tsx';
import { NODE_READERS } from './node-readers.ts';
import { OutlinedPicture } from './outlined-picture.tsx';

/** What was said of a picture, and where it waits if it left the archive. */
export interface Judged {
  readonly verdict: MaskVerdictView;
  readonly quarantineId: string | undefined;
}

interface PanelProps {
  readonly sopInstanceUid: string;
  /** The random sample it is shown in. */
  readonly sampleId?: string | undefined;
  readonly onJudged: (judged: Judged) => void;
}

/** A stored picture with what is black in it, and what a person says of it. */
export function MaskedImagePanel({ sopInstanceUid, ...props }: PanelProps) {
  return (
    <Loaded query={useQuery(maskedImageQuery(sopInstanceUid))} roles={NODE_READERS.masks}>
      {(image) => <Panel key={image.sopInstanceUid} image={image} {...props} />}
    </Loaded>
  );
}

const VERDICTS = ['right', 'too-much', 'readable'] as const;

function Panel({ image, sampleId, onJudged }: Omit<PanelProps, 'sopInstanceUid'> & { readonly image: MaskedImage }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [frame, setFrame] = useState(image.masks[0]?.frame ?? 0);
  const [isAsked, setAsked] = useState(false);
  const { sopInstanceUid, picture, masks, reviews } = image;
  const address = `/api/masks/${encodeURIComponent(sopInstanceUid)}`;
  const pictureAddress = `${address}/picture?frame=${String(frame)}`;
  const [settled, setSettled] = useState({ address: '', isShown: false });
  // Who has not seen the picture cannot say anything of it.
  const isSeen = settled.isShown && settled.address === pictureAddress;
  const [verdict, setVerdict] = useState<MaskVerdictView>('right');
  const client = useQueryClient();
  const judge = useWriteFor(maskReviewOutcomeSchema, ['masks', 'mask-samples', 'quarantine'], ({ quarantineId }) => {
    onJudged({ verdict, quarantineId });
    // What was withdrawn is not there to be asked for again.
    if (quarantineId === undefined) void client.invalidateQueries({ queryKey: ['masked-image', sopInstanceUid] });
  });
  const send = (said: MaskVerdictView) => {
    setVerdict(said);
    judge.mutate({
      path: `${address}/review`,
      body: { verdict: said, ...(sampleId === undefined ? {} : { sampleId }) },
    });
  };
  const say = (said: MaskVerdictView) => {
    if (!isSeen) return;
    if (said === 'readable') setAsked(true);
    else send(said);
  };
  return (
    <>
      <Section title={t('masks.picture-title')}>
        {picture.frames === 1 ? null : <FrameSteps frame={frame} frames={picture.frames} onGo={setFrame} />}
        <OutlinedPicture
          address={pictureAddress}
          onSettled={(settledAddress, isShown) => setSettled({ address: settledAddress, isShown })}
          title={t('masks.picture')}
          size={picture}
          frame={frame}
          masks={masks}
        />
        {settled.address === pictureAddress && !settled.isShown ? (
          <Notice tone="bad" role="alert" title={t('masks.picture-failed')} />
        ) : null}
        <Stack
          gap="sm"
          // Digits do something only while the focus is in here (WCAG 2.1.4).
          onKeyDown={(event) => {
            const said = VERDICTS[Number(event.key) - 1];
            if (said === undefined || event.ctrlKey || event.metaKey || event.altKey || judge.isPending) return;
            event.preventDefault();
            say(said);
          }}
        >
          {isAsked ? (
            <Notice tone="warn" role="alert" title={t('masks.readable-sure')}>
              <Group gap="sm" mt="sm">
                <Button autoFocus loading={judge.isPending} onClick={() => send('readable')}>
                  {t('quarantine.yes')}
                </Button>
                <Button variant="default" disabled={judge.isPending} onClick={() => setAsked(false)}>
                  {t('quarantine.no')}
                </Button>
              </Group>
            </Notice>
          ) : (
            <Group gap="sm" role="group" aria-label={t('masks.say')}>
              {VERDICTS.map((said, index) => (
                <Button
                  key={said}
                  variant={said === 'right' ? 'filled' : 'default'}
                  autoFocus={sampleId !== undefined && index === 0}
                  aria-keyshortcuts={String(index + 1)}
                  // Not `disabled`, which would take the focus away until the picture is there.
                  aria-disabled={!isSeen}
                  {...(isSeen ? {} : { 'data-disabled': true })}
                  loading={judge.isPending && verdict === said}
                  onClick={() => say(said)}
                >
                  {t(`masks.say.${said}`)}
                </Button>
              ))}
            </Group>
          )}
          <p className="prose quiet">
            {t('masks.keys')} {t('masks.too-much-then')}
          </p>
        </Stack>
        {judge.error === null ? null : <ProblemNotice error={judge.error} />}
      </Section>
      <Section title={t('masks.about')}>
        <Facts
          facts={[
            [t('masks.modality'), image.modality ?? t('masks.unknown')],
            [t('masks.maker'), image.manufacturer ?? t('masks.unknown')],
            [t('masks.arrived'), format.moment(image.importedAtMs)],
            [
              t('masks.said'),
              reviews.length === 0
                ? t('masks.none-said')
                : reviews.map(({ verdict: said, reviewer, atMs, isSettled }) => (
                    <span key={atMs} style={{ display: 'block' }}>
                      {t(`masks.verdict.${said}`)}: {reviewer}, {format.moment(atMs)}
                      {isSettled ? `; ${t('masks.settled')}` : ''}
                    </span>
                  )),
            ],
          ]}
        />
        {masks.length === 0 ? (
          <p className="prose">{t('masks.nothing-masked')}</p>
        ) : (
          <DataTable
            caption={t('masks.masks-table')}
            rows={masks.slice(0, MOST_MASKS)}
            keyOf={({ frame: at, x, y, width, height, reason }) => [at, x, y, width, height, reason].join('/')}
            columns={[
              { head: t('masks.frame'), cell: (mask) => format.count(mask.frame + 1) },
              { head: t('masks.place'), oneLine: true, cell: (mask) => t('masks.at', { ...mask }) },
              { head: t('masks.found-by'), cell: ({ reason }) => t(`masks.reason.${reason}`) },
              {
                head: t('masks.certainty'),
                numeric: true,
                cell: ({ confidence }) => format.percent(confidence),
              },
            ]}
          />
        )}
      </Section>
    </>
  );
}

/** More of them are seen in the picture, not listed. */
const MOST_MASKS = 200;
