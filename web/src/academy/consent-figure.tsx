import { Checkbox, NativeSelect, SimpleGrid, Stack } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { LESSON_SAYINGS, type LessonSaying, lessonLeftOut } from '#academy';
import { CONSENT_PURPOSES, type ConsentPurpose } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Figures } from '../parts/figures.tsx';
import { LimitedNumber } from './limited-number.tsx';

const BY_LAW = 'law';
const START: Readonly<Record<LessonSaying, number>> = {
  nothing: 800,
  'public-research': 120,
  everything: 40,
  'opted-out': 35,
  'allowed-then-out': 5,
};

/** Who may be used under both ledgers, by the node's own rule. */
export function ConsentFigure() {
  const { t } = useTranslation();
  const format = useFormat();
  const [people, setPeople] = useState(START);
  const [purpose, setPurpose] = useState<ConsentPurpose | null>(null);
  const [isLifted, setLifted] = useState(false);
  const rows = LESSON_SAYINGS.map((saying) => ({
    saying,
    people: people[saying],
    leftOut: lessonLeftOut(saying, { purpose, isLifted }),
  }));
  const used = rows.reduce((sum, row) => sum + (row.leftOut === null ? row.people : 0), 0);
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="md">
        {LESSON_SAYINGS.map((saying) => (
          <LimitedNumber
            key={saying}
            label={t(`academy.consent.said.${saying}`)}
            value={people[saying]}
            limits={[0, 1_000_000]}
            onChange={(count) => setPeople((all) => ({ ...all, [saying]: count }))}
          />
        ))}
      </SimpleGrid>
      <NativeSelect
        label={t('academy.consent.basis')}
        value={purpose ?? BY_LAW}
        data={[
          { value: BY_LAW, label: t('academy.consent.by-law') },
          ...CONSENT_PURPOSES.map((value) => ({
            value,
            label: t('academy.consent.by-consent', { purpose: t(`my.purpose.${value}`) }),
          })),
        ]}
        onChange={({ currentTarget }) =>
          setPurpose(CONSENT_PURPOSES.find((one) => one === currentTarget.value) ?? null)
        }
      />
      <Checkbox
        label={t('academy.consent.lifted')}
        checked={isLifted}
        onChange={({ currentTarget }) => setLifted(currentTarget.checked)}
      />
      <Figures figures={[{ label: t('academy.consent.all-used'), value: format.count(used) }]} />
      <DataTable
        caption={t('academy.consent.table')}
        rows={rows}
        keyOf={({ saying }) => saying}
        columns={[
          { head: t('academy.consent.said'), cell: ({ saying }) => t(`academy.consent.said.${saying}`) },
          { head: t('academy.consent.people'), numeric: true, cell: (row) => format.count(row.people) },
          { head: t('academy.consent.outcome'), cell: ({ leftOut }) => t(`academy.consent.is.${leftOut ?? 'used'}`) },
        ]}
      />
    </Stack>
  );
}
