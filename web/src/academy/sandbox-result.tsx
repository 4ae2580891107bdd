import { Stack } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { PICTURE_KINDS, type SandboxBegin, type SandboxRound } from '#academy';
import { LineChart } from '../charts/line-chart.tsx';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';

const LETTERS = ['A', 'B', 'C'] as const;

/** What a hospital is called: A, B, C. */
function hospitalLetter(at: number): string {
  return LETTERS[at] ?? '';
}

/** What each virtual hospital was dealt. */
export function SandboxHospitals({ begin }: { readonly begin: SandboxBegin }) {
  const { t } = useTranslation();
  const format = useFormat();
  const hasNoise = begin.hospitals.some(({ epsilon }) => epsilon !== null);
  return (
    <DataTable
      caption={t('academy.sandbox.dealt')}
      rows={begin.hospitals.map((hospital, at) => ({ ...hospital, at }))}
      keyOf={({ at }) => at}
      columns={[
        { head: t('academy.sandbox.hospital-column'), cell: ({ at }) => hospitalLetter(at) },
        ...PICTURE_KINDS.map((kind, place) => ({
          head: t(`academy.kind.${kind}`),
          numeric: true,
          cell: ({ counts }: { readonly counts: readonly number[] }) => format.count(counts[place] ?? 0),
        })),
        {
          head: t('academy.sandbox.all-kinds'),
          numeric: true,
          cell: ({ counts }) => format.count(counts.reduce((sum, count) => sum + count, 0)),
        },
        ...(hasNoise
          ? [
              {
                head: 'ε',
                numeric: true,
                cell: ({ epsilon }: { readonly epsilon: number | null }) =>
                  epsilon === null ? '–' : format.decimal(epsilon, 1),
              },
            ]
          : []),
      ]}
    />
  );
}

interface CurvesProps {
  readonly hospitals: number;
  readonly rounds: readonly SandboxRound[];
  readonly planned: number;
}

/** How the models become better round by round. */
export function SandboxCurves({ hospitals, rounds, planned }: CurvesProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const places = useMemo(() => Array.from({ length: hospitals }, (_, at) => at), [hospitals]);
  const steps = useMemo(() => Array.from({ length: planned + 1 }, (_, round) => round), [planned]);
  const everywhere = useMemo(
    () => [
      { name: t('academy.curve.together'), main: true, values: rounds.map(({ federated }) => federated.everywhere) },
      { name: t('academy.curve.pooled'), values: rounds.map(({ pooled }) => pooled.everywhere) },
      ...places.map((at) => ({
        name: t('academy.curve.alone', { hospital: hospitalLetter(at) }),
        values: rounds.map(({ local }) => local[at]?.everywhere ?? null),
      })),
    ],
    [t, places, rounds],
  );
  const atHome = useMemo(
    () =>
      places.map((at) => ({
        name: t('academy.curve.at-home', { hospital: hospitalLetter(at) }),
        values: rounds.map(({ federated }) => federated.atHome[at] ?? null),
      })),
    [t, places, rounds],
  );
  return (
    <Stack gap="xl">
      <LineChart
        title={t('academy.curve.everywhere-title')}
        summary={t('academy.curve.everywhere-summary')}
        stepName={t('academy.sandbox.round')}
        steps={steps}
        series={everywhere}
        format={format.percent}
        range={WHOLE}
      />
      <LineChart
        title={t('academy.curve.home-title')}
        summary={t('academy.curve.home-summary')}
        stepName={t('academy.sandbox.round')}
        steps={steps}
        series={atHome}
        format={format.percent}
        range={WHOLE}
      />
    </Stack>
  );
}

const WHOLE = [0, 1] as const;

/** The end of a run in figures: alone and together, at home and everywhere. */
export function SandboxOutcome({ last }: { readonly last: SandboxRound }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <DataTable
      caption={t('academy.sandbox.outcome', { round: last.round })}
      rows={last.local.map((alone, at) => ({ alone, at }))}
      keyOf={({ at }) => at}
      columns={[
        { head: t('academy.sandbox.hospital-column'), cell: ({ at }) => hospitalLetter(at) },
        {
          head: t('academy.outcome.alone-home'),
          numeric: true,
          cell: ({ alone, at }) => format.percent(alone.atHome[at] ?? 0),
        },
        {
          head: t('academy.outcome.alone-everywhere'),
          numeric: true,
          cell: ({ alone }) => format.percent(alone.everywhere),
        },
        {
          head: t('academy.outcome.together-home'),
          numeric: true,
          cell: ({ at }) => format.percent(last.federated.atHome[at] ?? 0),
        },
        {
          head: t('academy.outcome.together-everywhere'),
          numeric: true,
          cell: () => format.percent(last.federated.everywhere),
        },
      ]}
    />
  );
}
