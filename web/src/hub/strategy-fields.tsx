import { Group, NativeSelect, NumberInput, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type StrategySpec, strategySchema, suggestedStrategy } from '#wire';

const KINDS = strategySchema.options.map((option) => option.shape.kind.value);

const NAMES: Readonly<Record<StrategySpec['kind'], string>> = {
  fedavg: 'FedAvg',
  fedavgm: 'FedAvgM',
  fedprox: 'FedProx',
  fedadam: 'FedAdam',
  fedyogi: 'FedYogi',
  fedadagrad: 'FedAdagrad',
  scaffold: 'SCAFFOLD',
  fedbn: 'FedBN',
  ditto: 'Ditto',
  median: 'Median',
  'trimmed-mean': 'Trimmed mean',
  krum: 'Krum',
  fedbuff: 'FedBuff',
};

/** Those that compare the sites, so that the hub sees each by itself. */
const SEES_EACH: ReadonlySet<StrategySpec['kind']> = new Set(['median', 'trimmed-mean', 'krum']);

interface StrategyFieldsProps {
  readonly strategy: StrategySpec;
  readonly onChange: (strategy: StrategySpec) => void;
}

/** The choice of a strategy, what it does in plain words, and its numbers. */
export function StrategyFields({ strategy, onChange }: StrategyFieldsProps) {
  const { t } = useTranslation();
  const numbers = Object.entries(strategy).filter(([name]) => name !== 'kind');
  const set = (name: string, value: number) => {
    const changed = strategySchema.safeParse({ ...strategy, [name]: value });
    if (changed.success) onChange(changed.data);
  };
  return (
    <Stack gap="sm">
      <NativeSelect
        label={t('studio.strategy')}
        description={t(`strategy.${strategy.kind}`)}
        value={strategy.kind}
        data={KINDS.map((kind) => ({ value: kind, label: NAMES[kind] }))}
        onChange={({ currentTarget }) => {
          const kind = KINDS.find((one) => one === currentTarget.value);
          if (kind !== undefined) onChange(suggestedStrategy(kind));
        }}
      />
      {numbers.length === 0 ? null : (
        <Group gap="md" key={strategy.kind}>
          {numbers.map(([name, value]) => (
            <NumberInput
              key={name}
              label={name}
              defaultValue={Number(value)}
              step={0.01}
              w={170}
              onChange={(entered) => typeof entered === 'number' && set(name, entered)}
            />
          ))}
        </Group>
      )}
      {SEES_EACH.has(strategy.kind) ? <p className="prose quiet">{t('studio.sees-each')}</p> : null}
    </Stack>
  );
}
