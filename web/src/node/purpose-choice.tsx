import { Checkbox, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { CONSENT_PURPOSES, type ConsentPurpose } from '#wire';

interface PurposeChoiceProps {
  readonly label: string;
  readonly chosen: readonly ConsentPurpose[];
  readonly onChoose: (purposes: readonly ConsentPurpose[]) => void;
}

/** Purposes to choose from, each by itself. */
export function PurposeChoice({ label, chosen, onChoose }: PurposeChoiceProps) {
  const { t } = useTranslation();
  return (
    <Checkbox.Group
      label={label}
      value={[...chosen]}
      onChange={(values) => onChoose(CONSENT_PURPOSES.filter((one) => values.includes(one)))}
    >
      <Stack gap="xs" mt="xs">
        {CONSENT_PURPOSES.map((one) => (
          <Checkbox key={one} value={one} label={t(`my.purpose.${one}`)} />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}
