import { Button, Group, NativeSelect, SimpleGrid, Stack } from '@mantine/core';
import { IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { SANDBOX_LIMITS, type SandboxSettings } from '#academy';
import { useFormat } from '../i18n/use-format.ts';
import { LimitedNumber } from './limited-number.tsx';

/** Alphas that are offered, with the word for how unlike the hospitals then are. */
export const SKEWS = [
  { alpha: 100, word: 'none' },
  { alpha: 1, word: 'some' },
  { alpha: 0.3, word: 'strong' },
  { alpha: 0.1, word: 'extreme' },
] as const;

/** Noise that is offered, as a multiple of the clipping bound. */
export const NOISES = [
  { multiplier: 0, word: 'none' },
  { multiplier: 1, word: 'little' },
  { multiplier: 2, word: 'much' },
  { multiplier: 4, word: 'most' },
] as const;

export const STRATEGY_NAMES: Readonly<Record<SandboxSettings['strategy'], string>> = {
  fedavg: 'FedAvg',
  fedprox: 'FedProx',
  scaffold: 'SCAFFOLD',
  fedavgm: 'FedAvgM',
};

const STRATEGIES = ['fedavg', 'fedprox', 'scaffold', 'fedavgm'] as const;

interface SandboxFormProps {
  readonly settings: SandboxSettings;
  readonly isRunning: boolean;
  readonly onChange: (settings: SandboxSettings) => void;
  readonly onStart: () => void;
  readonly onStop: () => void;
}

/** What the learner chooses before a run. */
export function SandboxForm({ settings, isRunning, onChange, onStart, onStop }: SandboxFormProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const set = (part: Partial<SandboxSettings>) => onChange({ ...settings, ...part });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onStart();
  };
  const number = (name: 'pictures' | 'rounds' | 'passes' | 'seed', hint?: string) => (
    <LimitedNumber
      label={t(`academy.sandbox.${name}`)}
      description={hint}
      value={settings[name]}
      limits={SANDBOX_LIMITS[name]}
      onChange={(value) => set({ [name]: value })}
    />
  );
  return (
    <form onSubmit={submit} aria-label={t('academy.sandbox.choices')}>
      <Stack gap="md">
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="md">
          <NativeSelect
            label={t('academy.sandbox.hospitals')}
            value={settings.hospitals}
            data={[2, 3].map((count) => ({ value: String(count), label: format.count(count) }))}
            onChange={({ currentTarget }) => set({ hospitals: currentTarget.value === '3' ? 3 : 2 })}
          />
          <NativeSelect
            label={t('academy.sandbox.skew')}
            value={settings.alpha}
            data={SKEWS.map(({ alpha, word }) => ({
              value: String(alpha),
              label: t(`academy.skew.${word}`, { alpha: format.number(alpha) }),
            }))}
            onChange={({ currentTarget }) => set({ alpha: Number(currentTarget.value) })}
          />
          <NativeSelect
            label={t('academy.sandbox.sizes')}
            value={settings.sizes}
            data={(['equal', 'unequal'] as const).map((value) => ({ value, label: t(`academy.sizes.${value}`) }))}
            onChange={({ currentTarget }) => set({ sizes: currentTarget.value === 'unequal' ? 'unequal' : 'equal' })}
          />
          <NativeSelect
            label={t('studio.strategy')}
            description={t(`strategy.${settings.strategy}`)}
            value={settings.strategy}
            data={STRATEGIES.map((value) => ({ value, label: STRATEGY_NAMES[value] }))}
            onChange={({ currentTarget }) => {
              const strategy = STRATEGIES.find((one) => one === currentTarget.value);
              if (strategy !== undefined) set({ strategy });
            }}
          />
          <NativeSelect
            label={t('academy.sandbox.noise')}
            description={t('academy.sandbox.noise-hint')}
            value={settings.noiseMultiplier}
            data={NOISES.map(({ multiplier, word }) => ({
              value: String(multiplier),
              label: t(`academy.noise.${word}`, { sigma: format.number(multiplier) }),
            }))}
            onChange={({ currentTarget }) => set({ noiseMultiplier: Number(currentTarget.value) })}
          />
          {number('pictures')}
          {number('rounds')}
          {number('passes')}
          {number('seed', t('academy.sandbox.seed-hint'))}
        </SimpleGrid>
        <Group gap="sm">
          <Button type="submit" leftSection={<IconPlayerPlay size={18} aria-hidden="true" />} disabled={isRunning}>
            {t('academy.sandbox.start')}
          </Button>
          <Button
            variant="default"
            leftSection={<IconPlayerStop size={18} aria-hidden="true" />}
            disabled={!isRunning}
            onClick={onStop}
          >
            {t('academy.sandbox.stop')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
