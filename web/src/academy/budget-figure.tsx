import { NativeSelect, SimpleGrid, Stack } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { budgetOf } from '#academy';
import { LineChart } from '../charts/line-chart.tsx';
import { useFormat } from '../i18n/use-format.ts';
import { Figures } from '../parts/figures.tsx';
import { LimitedNumber } from './limited-number.tsx';
import { NOISES } from './sandbox-form.tsx';

const NOISY = NOISES.filter(({ multiplier }) => multiplier > 0);
const MOST_PASSES = 40;

/** What passes over the pictures cost, by the product's accountant. */
export function BudgetFigure() {
  const { t } = useTranslation();
  const format = useFormat();
  const [pictures, setPictures] = useState(2000);
  const [noiseMultiplier, setNoise] = useState(1);
  const passes = useMemo(() => Array.from({ length: MOST_PASSES / 4 }, (_, at) => 4 * (at + 1)), []);
  const series = useMemo(
    () => [
      { name: 'ε', main: true, values: passes.map((count) => budgetOf({ pictures, passes: count, noiseMultiplier })) },
    ],
    [passes, pictures, noiseMultiplier],
  );
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
        <LimitedNumber
          label={t('academy.budget.pictures')}
          value={pictures}
          limits={[100, 100_000]}
          onChange={setPictures}
        />
        <NativeSelect
          label={t('academy.sandbox.noise')}
          value={noiseMultiplier}
          data={NOISY.map(({ multiplier, word }) => ({
            value: String(multiplier),
            label: t(`academy.noise.${word}`, { sigma: format.number(multiplier) }),
          }))}
          onChange={({ currentTarget }) => setNoise(Number(currentTarget.value))}
        />
      </SimpleGrid>
      <Figures
        figures={[
          {
            label: t('academy.budget.epsilon', { passes: MOST_PASSES }),
            value: format.decimal(budgetOf({ pictures, passes: MOST_PASSES, noiseMultiplier }), 2),
          },
        ]}
      />
      <LineChart
        title={t('academy.budget.title')}
        summary={t('academy.budget.summary')}
        stepName={t('academy.budget.passes')}
        steps={passes}
        series={series}
        format={format.number}
      />
    </Stack>
  );
}
