import { SimpleGrid, Stack } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type SharingHospital, sharedNumber } from '#academy';
import { LineChart } from '../charts/line-chart.tsx';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Figures } from '../parts/figures.tsx';
import { LimitedNumber } from './limited-number.tsx';

const LETTERS = ['A', 'B', 'C'] as const;
const ROUNDS = 8;
const START: readonly SharingHospital[] = [
  { patients: 800, share: 0.1 },
  { patients: 300, share: 0.4 },
  { patients: 100, share: 0.7 },
];
const WHOLE = [0, 1] as const;

/** A model of one number that three hospitals learn together. */
export function TogetherFigure() {
  const { t } = useTranslation();
  const format = useFormat();
  const [hospitals, setHospitals] = useState(START);
  const set = (at: number, part: Partial<SharingHospital>) =>
    setHospitals((all) => all.map((one, place) => (place === at ? { ...one, ...part } : one)));
  const { common, sent, pooled } = useMemo(() => sharedNumber(hospitals, ROUNDS), [hospitals]);
  const steps = useMemo(() => common.map((_, round) => round), [common]);
  const series = useMemo(
    () => [
      { name: t('academy.curve.together'), main: true, values: common },
      { name: t('academy.curve.pooled'), values: common.map(() => pooled) },
    ],
    [t, common, pooled],
  );
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="md">
        {LETTERS.map((hospital, at) => (
          <Stack key={hospital} gap="sm">
            <LimitedNumber
              label={t('academy.averages.patients', { hospital })}
              value={hospitals[at]?.patients ?? 1}
              limits={[1, 100_000]}
              onChange={(patients) => set(at, { patients })}
            />
            <LimitedNumber
              label={t('academy.together.share', { hospital })}
              value={100 * (hospitals[at]?.share ?? 0)}
              limits={[0, 100]}
              allowDecimal
              onChange={(percent) => set(at, { share: percent / 100 })}
            />
          </Stack>
        ))}
      </SimpleGrid>
      <Figures
        figures={[
          {
            label: t('academy.together.common', { round: ROUNDS }),
            value: format.percent(common.at(-1) ?? 0),
          },
          { label: t('academy.curve.pooled'), value: format.percent(pooled) },
        ]}
      />
      <LineChart
        title={t('academy.together.title')}
        summary={t('academy.together.summary')}
        stepName={t('academy.sandbox.round')}
        steps={steps}
        series={series}
        format={format.percent}
        range={WHOLE}
      />
      <DataTable
        caption={t('academy.together.table')}
        rows={LETTERS.map((letter, at) => ({ letter, at }))}
        keyOf={({ letter }) => letter}
        columns={[
          { head: t('academy.sandbox.hospital-column'), cell: ({ letter }) => letter },
          {
            head: t('academy.together.own'),
            numeric: true,
            cell: ({ at }) => format.percent(hospitals[at]?.share ?? 0),
          },
          { head: t('academy.together.sent'), numeric: true, cell: ({ at }) => format.decimal(sent[at] ?? 0, 3) },
        ]}
      />
    </Stack>
  );
}
