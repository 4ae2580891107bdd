import { Button, Checkbox, Group, NativeSelect, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ChestReading, GateReason } from '#films';
import type { ClinicModel } from '#wire';
import { ProblemError } from '../api/problem.ts';
import { clinicQuery } from '../api/queries.ts';
import { FilmScorer, ScoringFailed, type ScoringStep } from '../films/film-scorer.ts';
import { ResearchOnly } from '../hub/research-only.tsx';
import type { MessageKey } from '../i18n/message-key.ts';
import { useFormat } from '../i18n/use-format.ts';
import { Digest } from '../parts/digest.tsx';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { Told } from '../parts/told.tsx';
import { probabilityPicture } from '../reading/map-colours.ts';
import { NODE_READERS } from './node-readers.ts';

/** Larger files are no chest films, and would only fill the browser's memory. */
const LARGEST_FILM_BYTES = 256 * 2 ** 20;

/** A film from the disk of whoever sits here, scored in this browser; it is sent nowhere, not even to the node. */
export function FilmTrialPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={t('film-trial.title')} lead={t('film-trial.lead')} />
      <ResearchOnly />
      <Loaded query={useQuery(clinicQuery)} roles={NODE_READERS.clinic}>
        {({ models }) => <Trial models={models.filter(isChestModel)} />}
      </Loaded>
    </>
  );
}

function isChestModel({ task, present }: ClinicModel): boolean {
  return task === 'chest-nodule' && present !== null;
}

type State =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'busy'; readonly step: ScoringStep }
  | { readonly kind: 'read'; readonly reading: ChestReading; readonly tookMs: number; readonly model: ClinicModel }
  | { readonly kind: 'failed'; readonly error: unknown };

function Trial({ models }: { readonly models: readonly ClinicModel[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [name, setName] = useState(models[0]?.name ?? '');
  const [file, setFile] = useState<File>();
  const [state, setState] = useState<State>({ kind: 'waiting' });
  const scorer = useRef<{ readonly of: string; readonly at: FilmScorer }>(undefined);
  /** Counts what was chosen and asked: an answer that comes later is of a film that is not chosen any more. */
  const asked = useRef(0);
  useEffect(() => () => scorer.current?.at.close(), []);

  const model = models.find((one) => one.name === name);
  if (model === undefined) return <Notice tone="info" title={t('film-trial.no-model')} />;
  const isTooLarge = file !== undefined && file.size > LARGEST_FILM_BYTES;

  const score = async (event: FormEvent) => {
    event.preventDefault();
    if (file === undefined || isTooLarge) return;
    asked.current += 1;
    const own = asked.current;
    const tell = (next: State) => {
      if (own === asked.current) setState(next);
    };
    // Another version under the same name is fetched anew: the score is told with the version.
    const of = `${model.name} ${model.present?.digest}`;
    if (scorer.current?.of !== of) {
      scorer.current?.at.close();
      scorer.current = { of, at: new FilmScorer(model.name) };
    }
    try {
      const read = await scorer.current.at.read(file, (step) => tell({ kind: 'busy', step }));
      tell({ kind: 'read', model, ...read });
    } catch (error) {
      tell({ kind: 'failed', error });
    }
  };

  const progress =
    state.kind === 'busy'
      ? t(`film-trial.${state.step}`)
      : state.kind === 'read' && state.reading.kind === 'scored' && state.reading.reasons.length === 0
        ? t('film-trial.done', { probability: format.percent(state.reading.probability) })
        : '';
  return (
    <>
      <Section title={t('film-trial.form')} lead={t('film-trial.stays')}>
        <form onSubmit={(event) => void score(event)}>
          <Stack gap="sm">
            <label className="file-choice">
              <span>{t('film-trial.file')}</span>
              <input
                type="file"
                required
                onChange={({ currentTarget }) => {
                  asked.current += 1;
                  setFile(currentTarget.files?.item(0) ?? undefined);
                  setState({ kind: 'waiting' });
                }}
              />
            </label>
            {models.length < 2 ? null : (
              <NativeSelect
                label={t('clinic.model')}
                value={name}
                data={models.map((one) => one.name)}
                onChange={({ currentTarget }) => setName(currentTarget.value)}
              />
            )}
            {isTooLarge ? (
              <Notice
                tone="bad"
                role="alert"
                title={t('film-trial.too-large', { limit: format.bytes(LARGEST_FILM_BYTES) })}
              />
            ) : null}
            <Group gap="sm">
              <Button type="submit" loading={state.kind === 'busy'} disabled={isTooLarge}>
                {t('film-trial.score')}
              </Button>
            </Group>
          </Stack>
        </form>
        <p role="status">{progress}</p>
        {state.kind === 'failed' ? <Failure error={state.error} /> : null}
      </Section>
      {state.kind === 'read' ? <Result {...state} /> : null}
    </>
  );
}

function Failure({ error }: { readonly error: unknown }) {
  const { t } = useTranslation();
  if (error instanceof ProblemError) return <ProblemNotice error={error} />;
  const isFile = error instanceof ScoringFailed && error.code?.startsWith('dicom.') === true;
  return <Notice tone="bad" role="alert" title={t(isFile ? 'film-trial.not-dicom' : 'film-trial.failed')} />;
}

function Result({ reading, tookMs, model }: Extract<State, { kind: 'read' }>) {
  const { t } = useTranslation();
  const format = useFormat();
  if (reading.kind === 'refused') {
    return (
      <Section title={t('film-trial.result')}>
        <Notice tone="bad" role="status" title={t('film-trial.refused')}>
          <Reasons reasons={reading.reasons} />
        </Notice>
      </Section>
    );
  }
  const { probability, reasons } = reading;
  return (
    <Section title={t('film-trial.result')} lead={t('models.research-only')}>
      {reasons.length === 0 ? null : (
        <Notice tone="warn" role="status" title={t('film-trial.gated')}>
          <Reasons reasons={reasons} />
        </Notice>
      )}
      <Facts
        facts={[
          [
            t('film-trial.probability'),
            <data key="probability" value={probability}>
              {format.percent(probability)}
            </data>,
          ],
          [t('clinic.model'), model.name],
          [t('clinic.version'), <Digest key="version" sha256={model.present?.digest ?? ''} />],
          [t('film-trial.took'), format.seconds(tookMs / 1000)],
        ]}
      />
      <SeenFilm reading={reading} />
    </Section>
  );
}

function Reasons({ reasons }: { readonly reasons: readonly GateReason[] }) {
  const { t } = useTranslation();
  return (
    <ul>
      {reasons.map(({ code, because }) => (
        <li key={code + because}>
          {t(`clinic.reason.${code}` satisfies MessageKey)} (<Told>{because}</Told>)
        </li>
      ))}
    </ul>
  );
}

/** The film as the network sees it, its map laid over it where that is wanted. */
function SeenFilm({ reading }: { readonly reading: Extract<ChestReading, { kind: 'scored' }> }) {
  const { t } = useTranslation();
  const [withMap, setWithMap] = useState(true);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { seen, map, mapRows, mapColumns } = reading;
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context === null || context === undefined) return;
    context.putImageData(greyPicture(seen), 0, 0);
    if (!withMap) return;
    const over = new OffscreenCanvas(mapColumns, mapRows);
    over.getContext('2d')?.putImageData(probabilityPicture({ rows: mapRows, columns: mapColumns, values: map }), 0, 0);
    context.imageSmoothingEnabled = true;
    context.drawImage(over, 0, 0, seen.columns, seen.rows);
  }, [seen, map, mapRows, mapColumns, withMap]);
  return (
    <Stack gap="sm">
      <Checkbox
        label={t('film-trial.map')}
        checked={withMap}
        onChange={({ currentTarget }) => setWithMap(currentTarget.checked)}
      />
      <canvas
        ref={canvas}
        className="trial-film"
        width={seen.columns}
        height={seen.rows}
        role="img"
        aria-label={t('film-trial.picture')}
      />
    </Stack>
  );
}

/** From two deviations below the middle, black, to two above it, white. */
function greyPicture({
  rows,
  columns,
  values,
}: {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}) {
  const picture = new ImageData(columns, rows);
  for (let at = 0; at < rows * columns; at += 1) {
    const grey = Math.round(255 * ((values[at] ?? 0) / 4 + 0.5));
    picture.data.set([grey, grey, grey, 255], 4 * at);
  }
  return picture;
}
