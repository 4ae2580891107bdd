import { Button, Group, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type DeidentificationSample, deidentificationSampleSchema } from '#wire';
import { sendBytes } from '../api/http.ts';
import { asProblem, type ProblemError } from '../api/problem.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useFormat } from '../i18n/use-format.ts';
import { EntryNotice } from '../parts/entry-notice.tsx';
import { Figures } from '../parts/figures.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { Told } from '../parts/told.tsx';
import { ElementTable } from './element-table.tsx';
import { FrameSteps } from './frame-steps.tsx';
import { NODE_READERS } from './node-readers.ts';
import { OutlinedPicture } from './outlined-picture.tsx';

/** What is asked: a file, or none for a synthetic film. */
interface Wish {
  readonly file: File | undefined;
  readonly frame: number;
}

/** What de-identification makes of a file: every element and the picture, before and after. */
export function DeidentificationPage() {
  const { t } = useTranslation();
  const session = useSession();
  const [file, setFile] = useState<File>();
  const [shown, setShown] = useState<{ readonly wish: Wish; readonly sample: DeidentificationSample }>();
  const look = useMutation<DeidentificationSample, ProblemError, Wish>({
    // What a file held is not kept once the page is left.
    gcTime: 0,
    mutationFn: async ({ file: given, frame }) => {
      const path =
        given === undefined
          ? '/api/deidentification-sample/synthetic'
          : `/api/deidentification-sample?frame=${String(frame)}`;
      return await sendBytes(path, given, session.csrfToken, deidentificationSampleSchema).catch((thrown: unknown) => {
        throw asProblem(thrown);
      });
    },
    onMutate: ({ file: given }) => setShown((before) => (before?.wish.file === given ? before : undefined)),
    onSuccess: (sample, wish) => setShown({ wish, sample }),
  });
  const forget = () => {
    setShown(undefined);
    look.reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (file !== undefined) look.mutate({ file, frame: 0 });
  };
  const isAllowed = holdsOneOf(session, NODE_READERS.deidentification);
  return (
    <>
      <PageHead title={t('sample.title')} lead={t('sample.lead')} />
      {isAllowed ? (
        <Section title={t('sample.form')} lead={t('sample.secret')}>
          <form onSubmit={submit}>
            <Stack gap="sm">
              <label className="file-choice">
                <span>{t('sample.file')}</span>
                <input
                  type="file"
                  required
                  onChange={({ currentTarget }) => setFile(currentTarget.files?.item(0) ?? undefined)}
                />
              </label>
              <Group gap="sm">
                <Button type="submit" loading={look.isPending}>
                  {t('sample.look')}
                </Button>
                <Button
                  variant="default"
                  disabled={look.isPending}
                  onClick={() => look.mutate({ file: undefined, frame: 0 })}
                >
                  {t('sample.synthetic')}
                </Button>
                {shown === undefined ? null : (
                  <Button variant="default" onClick={forget}>
                    {t('sample.forget')}
                  </Button>
                )}
              </Group>
            </Stack>
          </form>
          {look.error === null ? null : <ProblemNotice error={look.error} />}
        </Section>
      ) : (
        <EntryNotice roles={NODE_READERS.deidentification} />
      )}
      {shown === undefined ? null : (
        <Shown
          sample={shown.sample}
          isBusy={look.isPending}
          onFrame={(frame) => look.mutate({ ...shown.wish, frame })}
        />
      )}
    </>
  );
}

interface ShownProps {
  readonly sample: DeidentificationSample;
  readonly isBusy: boolean;
  readonly onFrame: (frame: number) => void;
}

function Shown({ sample, isBusy, onFrame }: ShownProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { elements, counts, setAside, picture, isSynthetic, masks } = sample;
  return (
    <>
      {isSynthetic ? <Notice tone="info" role="status" title={t('sample.is-synthetic')} /> : null}
      {setAside === null ? null : (
        <Notice tone="warn" role="status" title={t('sample.set-aside')}>
          <p>
            <Told>{`${setAside.sentence} ${setAside.mend}`}</Told>
          </p>
        </Notice>
      )}
      {picture === null ? null : (
        <Section title={t('sample.pictures')}>
          <Group gap="sm">
            <span role="status">
              {t(setAside === null ? 'sample.masks' : 'sample.suspects', { number: format.count(masks.length) })}
            </span>
            {picture.frames === 1 || isSynthetic ? null : (
              <FrameSteps frame={picture.frame} frames={picture.frames} isBusy={isBusy} onGo={onFrame} />
            )}
          </Group>
          <div className="picture-pair">
            {(['before', 'after'] as const).map((side) => (
              <figure key={side}>
                <figcaption>{t(`sample.${side}`)}</figcaption>
                {picture[side] === null ? (
                  <p className="quiet">{t(setAside === null ? 'sample.not-drawn' : 'sample.no-after')}</p>
                ) : (
                  <OutlinedPicture
                    address={`data:image/png;base64,${picture[side]}`}
                    title={t(`sample.picture-${side}`)}
                    size={picture}
                    frame={picture.frame}
                    masks={masks}
                  />
                )}
              </figure>
            ))}
          </div>
        </Section>
      )}
      {setAside === null ? (
        <Section title={t('sample.elements')}>
          <Figures
            figures={DONE.map((done) => ({
              label: t(`sample.done.${done}`),
              value: format.count(counts[done] ?? 0),
            }))}
          />
          <ElementTable elements={elements} counts={counts} />
        </Section>
      ) : null}
    </>
  );
}

const DONE = ['removed', 'emptied', 'replaced', 'cleaned', 'date-shifted', 'uid-replaced', 'added', 'kept'] as const;
