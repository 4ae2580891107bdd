import { Button, Group, NativeSelect, Slider, Stack } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { acceptedSchema, DISAGREEMENT_REASONS, type OpenedStudy, type Opinion } from '#wire';
import type { ProblemError } from '../api/problem.ts';
import { useWriteFor } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { Notice } from '../parts/notice.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Told } from '../parts/told.tsx';

interface OpinionPanelProps {
  readonly study: OpenedStudy;
  /** Undefined while they are not shown. */
  readonly opinions: readonly Opinion[] | undefined;
  readonly chosen: number;
  readonly opacity: number;
  readonly mustReadFirst: boolean;
  readonly isPending: boolean;
  readonly error: ProblemError | null;
  readonly onChosen: (at: number) => void;
  readonly onOpacity: (opacity: number) => void;
  readonly onToggle: () => void;
}

/** What models say: hidden until it is asked for, and where the site reads that way until the own read is recorded. */
export function OpinionPanel(props: OpinionPanelProps) {
  const { study, opinions, chosen, mustReadFirst, isPending, error, onChosen, onToggle } = props;
  const { t } = useTranslation();
  // Kept while an opinion is hidden, or another one is looked at.
  const [said, setSaid] = useState<Readonly<Record<string, Opinion['verdict']>>>({});
  const opinion = opinions?.[chosen];
  return (
    <section className="reader-part" aria-label={t('opinion.title')}>
      <Group justify="space-between" gap="xs">
        <h2>{t('opinion.title')}</h2>
        <Button variant="default" size="xs" disabled={mustReadFirst} loading={isPending} onClick={onToggle}>
          {opinions === undefined ? t('opinion.show') : t('opinion.hide')} (O)
        </Button>
      </Group>
      <p className="quiet">{t('opinion.research')}</p>
      {mustReadFirst ? <p className="quiet">{t('opinion.after-own-read')}</p> : null}
      {error === null ? null : <ProblemNotice error={error} />}
      {opinions?.length === 0 ? <p role="status">{t('opinion.none')}</p> : null}
      {opinions !== undefined && opinions.length > 1 ? (
        <NativeSelect
          label={t('opinion.model')}
          data={opinions.map(({ model }, at) => ({ value: String(at), label: `${model.name} ${model.version}` }))}
          value={String(chosen)}
          onChange={({ currentTarget }) => onChosen(Number(currentTarget.value))}
        />
      ) : null}
      {opinion === undefined ? null : (
        <div role="status">
          <OneOpinion key={opinion.model.digest} opinion={opinion} {...props} />
          {opinion.outcome.kind === 'refused' ? null : (
            <Verdict
              key={`verdict-${opinion.model.digest}`}
              study={study}
              digest={opinion.model.digest}
              said={said[opinion.model.digest] ?? opinion.verdict}
              onSaid={(verdict) => setSaid((known) => ({ ...known, [opinion.model.digest]: verdict }))}
            />
          )}
        </div>
      )}
    </section>
  );
}

function OneOpinion({ opinion, opacity, onOpacity }: OpinionPanelProps & { readonly opinion: Opinion }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { model, outcome, images } = opinion;
  const named = (
    <p className="quiet">
      {model.name} {model.version} · {format.moment(opinion.atMs)}
    </p>
  );
  if (outcome.kind === 'refused') {
    return (
      <Stack gap="xs">
        {named}
        <Notice tone="warn" title={t('opinion.refused')}>
          <p>{t(`opinion.reason.${outcome.reason as 'modality'}`)}</p>
          <p className="quiet">
            <Told>{outcome.says}</Told>
          </p>
        </Notice>
      </Stack>
    );
  }
  const maps = images.flatMap(({ map }) => (map === null ? [] : [map]));
  return (
    <Stack gap="xs">
      {named}
      {outcome.risks.some(({ estimate }) => estimate.value === outcome.score.value) ? null : (
        <Score label={t('opinion.score')} estimate={outcome.score} />
      )}
      {outcome.risks.map(({ years, estimate }) => (
        <Score key={years} label={t('opinion.risk', { count: years })} estimate={estimate} />
      ))}
      {outcome.density === null ? null : (
        <p>
          {t('opinion.density', {
            category: outcome.density.category,
            share: format.percent(outcome.density.probability),
          })}
        </p>
      )}
      {outcome.remarks.map((remark) => (
        <p key={remark} lang="en" className="quiet">
          {remark}
        </p>
      ))}
      {maps.length === 0 ? (
        <p className="quiet">{t('opinion.no-map')}</p>
      ) : (
        <div className="opinion-map">
          <p id="map-opacity">{t('opinion.opacity')}</p>
          <Slider
            min={0}
            max={100}
            step={5}
            value={Math.round(100 * opacity)}
            label={(value) => format.percent(value / 100)}
            thumbLabel={t('opinion.opacity')}
            onChange={(value) => onOpacity(value / 100)}
          />
          <div className="map-legend" aria-hidden="true" />
          <p className="map-ends">
            <span>{format.percent(0)}</span>
            <span>{t('opinion.scale')}</span>
            <span>{format.percent(1)}</span>
          </p>
          {maps.some(({ faithful }) => !faithful) ? (
            <Notice tone="warn" title={t('opinion.not-faithful')}>
              <p>{t('opinion.not-faithful-hint')}</p>
            </Notice>
          ) : null}
        </div>
      )}
    </Stack>
  );
}

type Estimate = Extract<Opinion['outcome'], { kind: 'scored' }>['score'];

/** A share with its interval, as a figure and as a line from nothing to all. */
function Score({ label, estimate }: { readonly label: string; readonly estimate: Estimate }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { value, interval } = estimate;
  const percent = (share: number) => `${format.decimal(100 * share, share < 0.1 ? 1 : 0)} %`;
  return (
    <div className="opinion-score">
      <p>
        <span>{label}</span> <b>{percent(value)}</b>
      </p>
      <svg viewBox="0 0 200 12" preserveAspectRatio="none" aria-hidden="true">
        <rect x="0" y="4" width="200" height="4" rx="2" className="score-track" />
        {interval === null ? null : (
          <rect
            x={200 * interval.low}
            y="3"
            width={Math.max(2, 200 * (interval.high - interval.low))}
            height="6"
            className="score-range"
          />
        )}
        <rect x={Math.max(0, 200 * value - 1.5)} y="0" width="3" height="12" className="score-value" />
      </svg>
      <p className="quiet">
        {interval === null
          ? t('opinion.no-interval')
          : t('opinion.interval', {
              low: percent(interval.low),
              high: percent(interval.high),
              level: format.percent(interval.level),
            })}
      </p>
    </div>
  );
}

/** Whether the reader agrees; the journal and the quality report have it. */
function Verdict(props: {
  readonly study: OpenedStudy;
  readonly digest: string;
  readonly said: Opinion['verdict'];
  readonly onSaid: (verdict: NonNullable<Opinion['verdict']>) => void;
}) {
  const { study, digest, said, onSaid } = props;
  const { t } = useTranslation();
  const [reason, setReason] = useState<(typeof DISAGREEMENT_REASONS)[number]>('false-mark');
  const judge = useWriteFor(acceptedSchema, ['reading-quality']);
  const send = (judged: NonNullable<Opinion['verdict']>) =>
    judge.mutate(
      {
        path: `/api/reading/readings/${study.readingId}/verdict`,
        body: { digest, judged },
      },
      { onSuccess: () => onSaid(judged) },
    );
  return (
    <div className="opinion-verdict">
      <p className="verdict-now">
        {said === null
          ? t('opinion.judge')
          : said.verdict === 'agree'
            ? t('opinion.agreed')
            : t('opinion.disagreed', { reason: t(`opinion.because.${said.reason}`) })}
      </p>
      <Group gap="xs" align="end">
        <Button size="xs" variant="default" loading={judge.isPending} onClick={() => send({ verdict: 'agree' })}>
          {t('opinion.agree')}
        </Button>
        <NativeSelect
          size="xs"
          label={t('opinion.why-not')}
          data={DISAGREEMENT_REASONS.map((value) => ({ value, label: t(`opinion.because.${value}`) }))}
          value={reason}
          onChange={({ currentTarget }) =>
            setReason(DISAGREEMENT_REASONS.find((one) => one === currentTarget.value) ?? reason)
          }
        />
        <Button
          size="xs"
          variant="default"
          loading={judge.isPending}
          onClick={() => send({ verdict: 'disagree', reason })}
        >
          {t('opinion.disagree')}
        </Button>
      </Group>
      {judge.error === null ? null : <ProblemNotice error={judge.error} />}
    </div>
  );
}
