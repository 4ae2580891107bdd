import { NativeSelect, NumberInput, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type Compression, compressionHindrance, type JobSpec, SUGGESTED_SHARE } from '#wire';

interface CompressionFieldsProps {
  readonly spec: JobSpec;
  readonly onChange: (compression: Compression | null) => void;
}

/** Whether updates are made smaller before they leave, and whether that goes with the rest of the job. */
export function CompressionFields({ spec, onChange }: CompressionFieldsProps) {
  const { t } = useTranslation();
  const { compression } = spec;
  return (
    <Stack gap="xs">
      <NativeSelect
        label={t('studio.compression')}
        description={t('studio.compression-hint')}
        value={compression?.kind ?? ''}
        error={compressionHindrance(spec) === undefined ? null : t('studio.compression-cannot')}
        data={[
          { value: '', label: t('studio.compression-none') },
          { value: 'int8', label: t('studio.compression-int8') },
          { value: 'top-k', label: t('studio.compression-top-k') },
        ]}
        onChange={({ currentTarget: { value } }) => onChange(compressionOf(value))}
      />
      {compression?.kind === 'top-k' ? (
        <NumberInput
          label={t('studio.compression-share')}
          value={100 * compression.share}
          min={0.01}
          max={25}
          step={1}
          required
          onChange={(entered) =>
            typeof entered === 'number' && entered >= 0.01 && entered <= 25
              ? onChange({ kind: 'top-k', share: entered / 100 })
              : undefined
          }
        />
      ) : null}
    </Stack>
  );
}

function compressionOf(kind: string): Compression | null {
  if (kind === 'int8') return { kind };
  return kind === 'top-k' ? { kind, share: SUGGESTED_SHARE } : null;
}
