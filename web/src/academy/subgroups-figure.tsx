import { NativeSelect, SimpleGrid, Stack } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { LESSON_GROUPS, LESSON_SIGHT, type LessonGroup, type LessonSight, lessonSubgroups } from '#academy';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Figures } from '../parts/figures.tsx';
import { LimitedNumber } from './limited-number.tsx';

const SIGHTS = Object.keys(LESSON_SIGHT) as readonly LessonSight[];
const START = {
  large: { people: 1800, sight: 'well' },
  small: { people: 200, sight: 'poorly' },
} as const satisfies Readonly<Record<LessonGroup, { people: number; sight: LessonSight }>>;

/** One model in two groups of patients, under one threshold. */
export function SubgroupsFigure() {
  const { t } = useTranslation();
  const format = useFormat();
  const [groups, setGroups] = useState<Parameters<typeof lessonSubgroups>[0]>(START);
  const { all, groups: rows } = useMemo(() => lessonSubgroups(groups), [groups]);
  const set = (group: LessonGroup, part: Partial<(typeof groups)[LessonGroup]>) =>
    setGroups((now) => ({ ...now, [group]: { ...now[group], ...part } }));
  const percent = (share: number | null) => (share === null ? '–' : format.percent(share));
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
        {LESSON_GROUPS.map((group) => (
          <Stack key={group} gap="sm">
            <LimitedNumber
              label={t(`academy.subgroups.people.${group}`)}
              value={groups[group].people}
              limits={[1, 5000]}
              onChange={(people) => set(group, { people })}
            />
            <NativeSelect
              label={t(`academy.subgroups.sees.${group}`)}
              value={groups[group].sight}
              data={SIGHTS.map((value) => ({ value, label: t(`academy.subgroups.sight.${value}`) }))}
              onChange={({ currentTarget }) => {
                const sight = SIGHTS.find((one) => one === currentTarget.value);
                if (sight !== undefined) set(group, { sight });
              }}
            />
          </Stack>
        ))}
      </SimpleGrid>
      <Figures
        figures={[{ label: t('academy.subgroups.all'), value: all === null ? '–' : format.decimal(all.auc, 2) }]}
      />
      <DataTable
        caption={t('academy.subgroups.table')}
        rows={rows}
        keyOf={({ group }) => group}
        columns={[
          { head: t('academy.subgroups.group'), cell: ({ group }) => t(`academy.subgroups.group.${group}`) },
          {
            head: t('academy.subgroups.patients'),
            numeric: true,
            cell: ({ figures }) => (figures === null ? t('academy.subgroups.withheld') : format.count(figures.people)),
          },
          {
            head: t('academy.subgroups.auc'),
            numeric: true,
            cell: ({ figures }) =>
              figures === null || figures.auc === null
                ? '–'
                : t('academy.calibration.interval', {
                    value: format.decimal(figures.auc.auc, 2),
                    low: format.decimal(figures.auc.low, 2),
                    high: format.decimal(figures.auc.high, 2),
                  }),
          },
          {
            head: t('academy.subgroups.found'),
            numeric: true,
            cell: ({ figures }) => percent(figures?.found ?? null),
          },
          {
            head: t('academy.subgroups.alarmed'),
            numeric: true,
            cell: ({ figures }) => percent(figures?.alarmed ?? null),
          },
        ]}
      />
      <p className="prose quiet">{t('academy.subgroups.note')}</p>
    </Stack>
  );
}
