import { SimpleGrid, Stack } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/use-format.ts';
import { Figures } from '../parts/figures.tsx';
import { LimitedNumber } from './limited-number.tsx';

interface Hospital {
  readonly letter: 'A' | 'B';
  readonly patients: number;
  /** Per cent. */
  readonly right: number;
}

const START: readonly Hospital[] = [
  { letter: 'A', patients: 900, right: 95 },
  { letter: 'B', patients: 100, right: 55 },
];

/** A mean over all patients beside the hospital where the model does worst. */
export function AveragesFigure() {
  const { t } = useTranslation();
  const format = useFormat();
  const [hospitals, setHospitals] = useState(START);
  const set = (letter: Hospital['letter'], part: Partial<Hospital>) =>
    setHospitals((all) => all.map((one) => (one.letter === letter ? { ...one, ...part } : one)));
  const patients = hospitals.reduce((sum, one) => sum + one.patients, 0);
  const mean = hospitals.reduce((sum, one) => sum + one.patients * one.right, 0) / Math.max(1, patients);
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
        {hospitals.map(({ letter, patients: count, right }) => (
          <Stack key={letter} gap="sm">
            <LimitedNumber
              label={t('academy.averages.patients', { hospital: letter })}
              value={count}
              limits={[1, 100_000]}
              onChange={(value) => set(letter, { patients: value })}
            />
            <LimitedNumber
              label={t('academy.averages.right', { hospital: letter })}
              value={right}
              limits={[0, 100]}
              allowDecimal
              onChange={(value) => set(letter, { right: value })}
            />
          </Stack>
        ))}
      </SimpleGrid>
      <Figures
        figures={[
          { label: t('academy.averages.mean'), value: format.percent(mean / 100) },
          {
            label: t('academy.averages.worst'),
            value: format.percent(Math.min(...hospitals.map(({ right }) => right)) / 100),
          },
        ]}
      />
    </Stack>
  );
}
