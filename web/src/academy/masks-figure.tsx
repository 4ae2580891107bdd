import { Button, Group, SimpleGrid, Stack } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { maskedSum } from '#academy';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Figures } from '../parts/figures.tsx';
import { LimitedNumber } from './limited-number.tsx';

const LETTERS = ['A', 'B', 'C'] as const;

/** Three hospitals, three pairs: A with B, A with C, B with C. */
function drawnMasks(): Uint32Array {
  return crypto.getRandomValues(new Uint32Array(LETTERS.length));
}

/** The learner's own numbers under masks that cancel in the sum. */
export function MasksFigure() {
  const { t } = useTranslation();
  const format = useFormat();
  const [values, setValues] = useState<readonly number[]>([120, 45, 8]);
  const [masks, setMasks] = useState(drawnMasks);
  const { sent, sum } = maskedSum(values, (first, second) => masks[first + second - 1] ?? 0);
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="md">
        {LETTERS.map((letter, at) => (
          <LimitedNumber
            key={letter}
            label={t('academy.masks.number', { hospital: letter })}
            value={values[at] ?? 0}
            limits={[0, 1_000_000]}
            onChange={(value) => setValues((all) => all.map((one, place) => (place === at ? value : one)))}
          />
        ))}
      </SimpleGrid>
      <Group>
        <Button variant="default" onClick={() => setMasks(drawnMasks())}>
          {t('academy.masks.again')}
        </Button>
      </Group>
      <DataTable
        caption={t('academy.masks.table')}
        rows={LETTERS.map((letter, at) => ({ letter, at }))}
        keyOf={({ letter }) => letter}
        columns={[
          { head: t('academy.sandbox.hospital-column'), cell: ({ letter }) => letter },
          { head: t('academy.masks.own'), numeric: true, cell: ({ at }) => format.count(values[at] ?? 0) },
          { head: t('academy.masks.sent'), numeric: true, cell: ({ at }) => format.count(sent[at] ?? 0) },
        ]}
      />
      <Figures figures={[{ label: t('academy.masks.sum'), value: format.count(sum) }]} />
    </Stack>
  );
}
