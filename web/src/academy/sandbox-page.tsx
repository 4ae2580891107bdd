import { Stack } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { SANDBOX_START, type SandboxRound } from '#academy';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Figures } from '../parts/figures.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Section } from '../parts/section.tsx';
import { KindPictures } from './kind-pictures.tsx';
import { NOISES, SandboxForm, SKEWS, STRATEGY_NAMES } from './sandbox-form.tsx';
import { SandboxCurves, SandboxHospitals, SandboxOutcome } from './sandbox-result.tsx';
import { type SandboxRun, useSandbox } from './use-sandbox.ts';

/** Virtual hospitals that learn together in this browser, from made pictures. */
export function SandboxPage() {
  const { t } = useTranslation();
  const [settings, setSettings] = useState(SANDBOX_START);
  const { runs, start, stop } = useSandbox();
  const run = runs.at(-1);
  return (
    <>
      <PageHead title={t('academy.sandbox.title')} lead={t('academy.sandbox.lead')} />
      <Notice tone="info" title={t('academy.sandbox.made')}>
        <p>{t('academy.sandbox.made-lead')}</p>
      </Notice>
      <Section title={t('academy.sandbox.choices')} lead={t('academy.sandbox.choices-lead')}>
        <SandboxForm
          settings={settings}
          isRunning={run?.state === 'running'}
          onChange={setSettings}
          onStart={() => start(settings)}
          onStop={stop}
        />
      </Section>
      <Section title={t('academy.sandbox.kinds')} lead={t('academy.sandbox.kinds-lead')}>
        <KindPictures seed={settings.seed} />
      </Section>
      {run === undefined ? null : <RunSection run={run} />}
      {runs.length < 2 ? null : <RunsSection runs={runs} />}
    </>
  );
}

function RunSection({ run }: { readonly run: SandboxRun }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { begin, rounds, settings } = run;
  const last = rounds.at(-1);
  return (
    <Section title={t('academy.sandbox.run', { number: run.number })}>
      <Stack gap="lg">
        <p role="status" className="prose">
          <StateWords run={run} />
        </p>
        {begin === null ? null : <SandboxHospitals begin={begin} />}
        {last === undefined ? null : (
          <>
            <LastFigures last={last} />
            <SandboxCurves hospitals={settings.hospitals} rounds={rounds} planned={settings.rounds} />
            <SandboxOutcome last={last} />
            <p className="prose quiet">{t('academy.sandbox.reading')}</p>
          </>
        )}
        {begin?.hospitals[0]?.epsilon == null ? null : <p className="prose quiet">{t('academy.sandbox.epsilon')}</p>}
        {begin === null ? null : (
          <p className="prose quiet">{t('academy.sandbox.what-left', { numbers: format.count(begin.parameters) })}</p>
        )}
      </Stack>
    </Section>
  );
}

function StateWords({ run }: { readonly run: SandboxRun }) {
  const { t } = useTranslation();
  const format = useFormat();
  const round = Math.max(0, run.rounds.length - 1);
  switch (run.state) {
    case 'running':
      return <>{t('academy.sandbox.running', { round, rounds: run.settings.rounds })}</>;
    case 'stopped':
      return <>{t('academy.sandbox.stopped', { round })}</>;
    case 'failed':
      return <>{t('academy.sandbox.failed')}</>;
    case 'done':
      return <>{t('academy.sandbox.done', { rounds: round, time: format.seconds((run.tookMs ?? 0) / 1000) })}</>;
  }
}

function LastFigures({ last }: { readonly last: SandboxRound }) {
  const { t } = useTranslation();
  const format = useFormat();
  const alone = last.local.map(({ everywhere }) => everywhere);
  return (
    <Figures
      figures={[
        { label: t('academy.curve.together'), value: format.percent(last.federated.everywhere) },
        { label: t('academy.sandbox.alone-mean'), value: format.percent(mean(alone)) },
        { label: t('academy.curve.pooled'), value: format.percent(last.pooled.everywhere) },
      ]}
    />
  );
}

/** Runs side by side, so that what a choice does is seen. */
function RunsSection({ runs }: { readonly runs: readonly SandboxRun[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const share = (run: SandboxRun, of: (last: SandboxRound) => number) => {
    const last = run.rounds.at(-1);
    return last === undefined ? '–' : format.percent(of(last));
  };
  return (
    <Section title={t('academy.sandbox.runs')}>
      <DataTable
        caption={t('academy.sandbox.runs-lead')}
        rows={runs}
        keyOf={({ number }) => number}
        columns={[
          { head: t('academy.sandbox.run-column'), cell: ({ number }) => number },
          { head: t('academy.sandbox.hospitals'), numeric: true, cell: ({ settings }) => settings.hospitals },
          {
            head: t('academy.sandbox.skew'),
            cell: ({ settings }) => {
              const skew = SKEWS.find(({ alpha }) => alpha === settings.alpha);
              return skew && t(`academy.skew.${skew.word}`, { alpha: format.number(skew.alpha) });
            },
          },
          { head: t('academy.sandbox.sizes'), cell: ({ settings }) => t(`academy.sizes.${settings.sizes}`) },
          { head: t('studio.strategy'), cell: ({ settings }) => STRATEGY_NAMES[settings.strategy] },
          {
            head: t('academy.sandbox.noise'),
            cell: ({ settings }) => {
              const noise = NOISES.find(({ multiplier }) => multiplier === settings.noiseMultiplier);
              return noise && t(`academy.noise.${noise.word}`, { sigma: format.number(noise.multiplier) });
            },
          },
          {
            head: t('academy.curve.together'),
            numeric: true,
            cell: (run) => share(run, ({ federated }) => federated.everywhere),
          },
          {
            head: t('academy.sandbox.alone-mean'),
            numeric: true,
            cell: (run) => share(run, ({ local }) => mean(local.map(({ everywhere }) => everywhere))),
          },
          {
            head: t('academy.curve.pooled'),
            numeric: true,
            cell: (run) => share(run, ({ pooled }) => pooled.everywhere),
          },
        ]}
      />
    </Section>
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
