import { Checkbox, NativeSelect, SimpleGrid, Stack } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { LESSON_MODELS, type LessonArchive, lessonCount, lessonLeaving } from '#academy';
import { useFormat } from '../i18n/use-format.ts';
import { Figures } from '../parts/figures.tsx';
import { LimitedNumber } from './limited-number.tsx';

const MODELS = Object.keys(LESSON_MODELS) as readonly LessonArchive['model'][];
const START: LessonArchive = {
  studies: 20_000,
  megabytesOfStudy: 50,
  model: 'breast-risk',
  rounds: 20,
  isMasked: true,
};

/** What stays of an archive and what leaves for a job and for a count. */
export function LeavesFigure() {
  const { t } = useTranslation();
  const format = useFormat();
  const [archive, setArchive] = useState(START);
  const [people, setPeople] = useState(3);
  const set = (part: Partial<LessonArchive>) => setArchive((all) => ({ ...all, ...part }));
  const { staysBytes, leavesBytes, numbersOfRound } = lessonLeaving(archive);
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="md">
        <LimitedNumber
          label={t('academy.leaves.studies')}
          value={archive.studies}
          limits={[1, 10_000_000]}
          onChange={(studies) => set({ studies })}
        />
        <LimitedNumber
          label={t('academy.leaves.size')}
          value={archive.megabytesOfStudy}
          limits={[0.1, 10_000]}
          allowDecimal
          onChange={(megabytesOfStudy) => set({ megabytesOfStudy })}
        />
        <NativeSelect
          label={t('academy.leaves.model')}
          value={archive.model}
          data={MODELS.map((value) => ({ value, label: t(`academy.leaves.model.${value}`) }))}
          onChange={({ currentTarget }) => {
            const model = MODELS.find((one) => one === currentTarget.value);
            if (model !== undefined) set({ model });
          }}
        />
        <LimitedNumber
          label={t('academy.sandbox.rounds')}
          value={archive.rounds}
          limits={[1, 1000]}
          onChange={(rounds) => set({ rounds })}
        />
        <LimitedNumber
          label={t('academy.leaves.people')}
          description={t('academy.leaves.people-hint')}
          value={people}
          limits={[0, 1_000_000]}
          onChange={setPeople}
        />
      </SimpleGrid>
      <Checkbox
        label={t('academy.leaves.masked')}
        checked={archive.isMasked}
        onChange={({ currentTarget }) => set({ isMasked: currentTarget.checked })}
      />
      <Figures
        figures={[
          { label: t('academy.leaves.stays'), value: format.bytes(staysBytes) },
          { label: t('academy.leaves.goes'), value: format.bytes(leavesBytes) },
          { label: t('academy.leaves.numbers'), value: format.count(numbersOfRound) },
          { label: t('academy.leaves.count'), value: format.guarded(lessonCount(people)), inWords: true },
        ]}
      />
    </Stack>
  );
}
