import { Stack, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ModelWatch, WatchCalibration, WatchFigures, WatchShift } from '#wire';
import { modelWatchQuery } from '../api/queries.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { Told } from '../parts/told.tsx';
import { useCorrectionWords } from '../parts/use-correction-words.ts';
import { HUB_READERS } from './hub-readers.ts';
import { ResearchOnly } from './research-only.tsx';

const STATE_TONES = { waiting: 'warn', answered: 'good', refused: 'bad' } as const;
const VERDICT_TONES = { stable: 'good', watch: 'warn', moved: 'bad' } as const;

/** How a model does in the clinics that were asked. */
export function WatchPage() {
  const { watchId } = useParams({ from: '/clinics/$watchId' });
  return (
    <Loaded query={useQuery(modelWatchQuery(watchId))} roles={HUB_READERS.watches}>
      {(watch) => <Watch watch={watch} />}
    </Loaded>
  );
}

function Watch({ watch }: { readonly watch: ModelWatch }) {
  const { t } = useTranslation();
  const words = useIntervalWords();
  const told = watch.sites.flatMap(({ siteId, figures }) => {
    const ratio = (figures?.calibration.table ?? figures?.calibration.reader)?.ratio ?? null;
    return ratio === null ? [] : [{ siteId, ratio }];
  });
  return (
    <>
      <PageHead title={t('watch.of', { model: watch.model })} lead={watch.because} />
      <ResearchOnly />
      {told.length === 0 ? null : (
        <Section title={t('watch.ratio')} lead={t('watch.ratio-lead')}>
          <DataTable
            caption={`${t('watch.sites')}: ${t('watch.ratio')}`}
            rows={told}
            keyOf={({ siteId }) => siteId}
            columns={[
              { head: t('watch.sites'), cell: ({ siteId }) => siteId },
              { head: t('watch.ratio'), cell: ({ ratio }) => words(ratio) },
            ]}
          />
        </Section>
      )}
      {watch.sites.map((site) => (
        <Section
          key={site.siteId}
          title={site.siteId}
          aside={<StateBadge tone={STATE_TONES[site.state]} label={t(`watch.state.${site.state}`)} />}
        >
          {site.because === null ? null : (
            <p className="prose">
              <Told>{site.because}</Told>
            </p>
          )}
          {site.figures === null ? null : <Site site={site} figures={site.figures} />}
        </Section>
      ))}
    </>
  );
}

type WatchedSite = ModelWatch['sites'][number];

function Site({ site, figures }: { readonly site: WatchedSite; readonly figures: WatchFigures }) {
  const { t } = useTranslation();
  const format = useFormat();
  const correctionWords = useCorrectionWords();
  const { periods, calibration, suggestion, correction, fromOthers } = figures;
  return (
    <Stack gap="md">
      <Facts
        facts={[
          [t('clinic.version'), <span key="version" className="digest">{`${site.version}`}</span>],
          ...(site.mode === null ? [] : ([[t('clinic.mode'), t(`clinic.${site.mode}`)]] as const)),
          [t('watch.people'), format.count(figures.people)],
          [t('watch.correction'), correction === null ? t('watch.none') : correctionWords(correction)],
          ...(fromOthers === null
            ? []
            : ([[t('watch.from-others'), <Shift key="others" shift={fromOthers} />]] as const)),
        ]}
      />
      {periods.length === 0 ? (
        <p className="prose quiet">{t('watch.no-periods')}</p>
      ) : (
        <Periods siteId={site.siteId} figures={figures} />
      )}
      {calibration.table === null && calibration.reader === null ? (
        <p className="prose quiet">{t('watch.no-outcomes')}</p>
      ) : null}
      {(['table', 'reader'] as const).map((source) => {
        const one = calibration[source];
        return one === null ? null : (
          <Calibration key={source} siteId={site.siteId} source={source} calibration={one} />
        );
      })}
      {suggestion === null ? null : (
        <Notice tone="warn" title={t('watch.suggested')}>
          <p>{t('watch.suggested-lead', { correction: correctionWords(suggestion) })}</p>
        </Notice>
      )}
    </Stack>
  );
}

function Shift({ shift }: { readonly shift: WatchShift }) {
  const { t } = useTranslation();
  const words = useIntervalWords();
  return (
    <>
      <StateBadge tone={VERDICT_TONES[shift.verdict]} label={t(`watch.verdict.${shift.verdict}`)} />{' '}
      {t('watch.psi-of', { psi: words(shift.psi) })}
    </>
  );
}

function Periods({ siteId, figures: { periods } }: { readonly siteId: string; readonly figures: WatchFigures }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useIntervalWords();
  const months = ({ from, to }: WatchFigures['periods'][number]) => (from === to ? from : `${from} – ${to}`);
  return (
    <DataTable
      caption={`${siteId}: ${t('watch.periods')}`}
      rows={periods}
      keyOf={({ from }) => from}
      columns={[
        { head: t('watch.period'), oneLine: true, cell: months },
        { head: t('watch.people'), numeric: true, cell: ({ people }) => format.count(people) },
        {
          head: t('watch.scores'),
          cell: ({ shift }) => (shift === null ? t('watch.first') : <Shift shift={shift} />),
        },
        {
          head: t('watch.ks'),
          numeric: true,
          cell: ({ shift }) =>
            shift === null
              ? '–'
              : t('watch.ks-of', { ks: format.decimal(shift.ks, 2), chance: format.decimal(shift.ksByChance, 2) }),
        },
        {
          head: t('watch.high'),
          cell: ({ highScores }) => (highScores === null ? '–' : t(`watch.high.${highScores}`)),
        },
        {
          head: t('watch.inputs'),
          cell: ({ inputs }) =>
            inputs.length === 0
              ? '–'
              : inputs.map(({ of, psi }) => `${t(`watch.input.${of}`)}: ${words(psi)}`).join('; '),
        },
      ]}
    />
  );
}

function Calibration({
  siteId,
  source,
  calibration,
}: {
  readonly siteId: string;
  readonly source: 'table' | 'reader';
  readonly calibration: WatchCalibration;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const told = useIntervalWords();
  const words = (interval: WatchCalibration['ratio']) => (interval === null ? '–' : told(interval));
  return (
    <Stack gap="sm">
      <Title order={3}>{t(`watch.source.${source}`)}</Title>
      <Facts
        facts={[
          [t('watch.people'), format.count(calibration.people)],
          [t('watch.found'), format.count(calibration.found)],
          [t('watch.ratio'), words(calibration.ratio)],
          [t('watch.intercept'), words(calibration.intercept)],
          [t('watch.slope'), words(calibration.slope)],
          [t('clinic.agreement'), words(calibration.agreement)],
        ]}
      />
      <DataTable
        caption={`${siteId}, ${t(`watch.source.${source}`)}: ${t('watch.bins')}`}
        rows={calibration.bins}
        keyOf={({ people, predicted, observed }) => `${predicted} ${observed} ${people}`}
        columns={[
          { head: t('watch.predicted'), numeric: true, cell: ({ predicted }) => format.decimal(predicted, 3) },
          { head: t('watch.observed'), numeric: true, cell: ({ observed }) => format.decimal(observed, 3) },
          { head: t('watch.people'), numeric: true, cell: ({ people }) => format.count(people) },
        ]}
      />
    </Stack>
  );
}

/** A figure with its interval. */
function useIntervalWords() {
  const { t } = useTranslation();
  const format = useFormat();
  return ({ value, low, high }: { readonly value: number; readonly low: number; readonly high: number }) =>
    t('clinic.share', {
      value: format.decimal(value, 2),
      low: format.decimal(low, 2),
      high: format.decimal(high, 2),
    });
}
