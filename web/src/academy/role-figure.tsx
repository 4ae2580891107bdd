import { Checkbox, SimpleGrid, Stack, Title } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { LESSON_DEEDS, LESSON_DUTIES, type LessonDeed, lessonOversight, lessonRole } from '#academy';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Figures } from '../parts/figures.tsx';
import { LimitedNumber } from './limited-number.tsx';

/** Role and duties under the AI Act, and what oversight of a model costs in hours. */
export function RoleFigure() {
  const { t } = useTranslation();
  const format = useFormat();
  const [deeds, setDeeds] = useState<readonly LessonDeed[]>(['uses', 'device']);
  const { roles, isHighRisk, duties } = useMemo(() => lessonRole(new Set(deeds)), [deeds]);
  return (
    <Stack gap="md">
      <Checkbox.Group
        label={t('academy.role.does')}
        value={[...deeds]}
        onChange={(chosen) => setDeeds(LESSON_DEEDS.filter((deed) => chosen.includes(deed)))}
      >
        <Stack gap="xs" mt="xs">
          {LESSON_DEEDS.map((deed) => (
            <Checkbox key={deed} value={deed} label={t(`academy.role.does.${deed}`)} />
          ))}
        </Stack>
      </Checkbox.Group>
      <Figures
        figures={[
          {
            label: t('academy.role.is'),
            value: roles.length === 0 ? '–' : format.list(roles.map((role) => t(`academy.role.is.${role}`))),
            inWords: true,
          },
          {
            label: t('academy.role.class'),
            value: t(isHighRisk ? 'academy.role.high-risk' : 'academy.role.not-high-risk'),
            inWords: true,
          },
        ]}
      />
      {duties.length === 0 ? null : (
        <DataTable
          caption={t('academy.role.duties')}
          rows={duties}
          keyOf={(duty) => duty}
          columns={[
            { head: t('academy.role.duty'), cell: (duty) => t(`academy.role.duty.${duty}`) },
            { head: t('academy.role.article'), cell: (duty) => LESSON_DUTIES[duty], oneLine: true },
          ]}
        />
      )}
      <Oversight />
    </Stack>
  );
}

function Oversight() {
  const { t } = useTranslation();
  const format = useFormat();
  const [week, setWeek] = useState({ pictures: 500, illPercent: 2, leftAlonePercent: 90, minutes: 4 });
  const set = (part: Partial<typeof week>) => setWeek((all) => ({ ...all, ...part }));
  const { alarms, right, missed, hours } = useMemo(
    () =>
      lessonOversight({
        pictures: week.pictures,
        illShare: week.illPercent / 100,
        specificity: week.leftAlonePercent / 100,
        minutesOfAlarm: week.minutes,
      }),
    [week],
  );
  return (
    <Stack gap="md">
      <Title order={3}>{t('academy.role.oversight')}</Title>
      <p className="prose quiet">{t('academy.role.oversight-lead')}</p>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
        <LimitedNumber
          label={t('academy.role.pictures')}
          value={week.pictures}
          limits={[1, 100_000]}
          onChange={(pictures) => set({ pictures })}
        />
        <LimitedNumber
          label={t('academy.role.ill')}
          value={week.illPercent}
          limits={[0, 100]}
          allowDecimal
          onChange={(illPercent) => set({ illPercent })}
        />
        <LimitedNumber
          label={t('academy.role.left-alone')}
          value={week.leftAlonePercent}
          limits={[50, 99.9]}
          allowDecimal
          onChange={(leftAlonePercent) => set({ leftAlonePercent })}
        />
        <LimitedNumber
          label={t('academy.role.minutes')}
          value={week.minutes}
          limits={[0, 120]}
          allowDecimal
          onChange={(minutes) => set({ minutes })}
        />
      </SimpleGrid>
      <Figures
        figures={[
          { label: t('academy.role.alarms'), value: format.decimal(alarms, 1) },
          { label: t('academy.role.right'), value: right === null ? '–' : format.percent(right) },
          { label: t('academy.role.missed'), value: format.decimal(missed, 1) },
          { label: t('academy.role.hours'), value: format.decimal(hours, 1) },
        ]}
      />
    </Stack>
  );
}
