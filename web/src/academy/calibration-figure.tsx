import { SimpleGrid, Stack } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { LESSON_SAID, type LessonCalibration, lessonCalibration } from '#academy';
import { LineChart } from '../charts/line-chart.tsx';
import { useFormat } from '../i18n/use-format.ts';
import { Figures } from '../parts/figures.tsx';
import { LimitedNumber } from './limited-number.tsx';

/** A model that promises too much. */
const START = [0.04, 0.15, 0.31, 0.5, 0.8] as const;
const WHOLE = [0, 1] as const;

/** A calibration curve of the learner's own groups. */
export function CalibrationFigure() {
  const { t } = useTranslation();
  const format = useFormat();
  const [people, setPeople] = useState(100);
  const [shares, setShares] = useState<readonly number[]>(START);
  const { found, ratio, slope, verdict } = useMemo(() => lessonCalibration(people, shares), [people, shares]);
  const steps = useMemo(() => LESSON_SAID.map((said) => format.percent(said)), [format]);
  const series = useMemo(
    () => [
      { name: t('academy.calibration.found-line'), main: true, values: found },
      { name: t('academy.calibration.diagonal'), values: LESSON_SAID },
    ],
    [t, found],
  );
  const interval = (one: LessonCalibration['ratio']) =>
    one === null
      ? '–'
      : t('academy.calibration.interval', {
          value: format.decimal(one.value, 2),
          low: format.decimal(one.low, 2),
          high: format.decimal(one.high, 2),
        });
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="md">
        <LimitedNumber
          label={t('academy.calibration.people')}
          value={people}
          limits={[10, 100_000]}
          onChange={setPeople}
        />
        {LESSON_SAID.map((said, at) => (
          <LimitedNumber
            key={said}
            label={t('academy.calibration.found', { said: format.percent(said) })}
            value={Math.round(100 * (shares[at] ?? 0))}
            limits={[0, 100]}
            onChange={(percent) => setShares((all) => all.map((one, place) => (place === at ? percent / 100 : one)))}
          />
        ))}
      </SimpleGrid>
      <Figures
        figures={[
          { label: t('academy.calibration.verdict'), value: t(`academy.calibration.is.${verdict}`), inWords: true },
          { label: t('academy.calibration.ratio'), value: interval(ratio), inWords: true },
          { label: t('academy.calibration.slope'), value: interval(slope), inWords: true },
        ]}
      />
      <LineChart
        title={t('academy.calibration.title')}
        summary={t('academy.calibration.summary')}
        stepName={t('academy.calibration.said')}
        steps={steps}
        series={series}
        format={format.percent}
        range={WHOLE}
      />
    </Stack>
  );
}
