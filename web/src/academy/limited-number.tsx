import { NumberInput } from '@mantine/core';
import { useState } from 'react';

interface LimitedNumberProps {
  readonly label: string;
  readonly description?: string | undefined;
  readonly value: number;
  /** Least and greatest. */
  readonly limits: readonly [number, number];
  readonly allowDecimal?: boolean;
  readonly onChange: (value: number) => void;
}

/** A number within limits. What is typed on the way to one (the 1 of 15) stays in the field, and only what lies within them is told. */
export function LimitedNumber({
  label,
  description,
  value,
  limits,
  allowDecimal = false,
  onChange,
}: LimitedNumberProps) {
  const [typed, setTyped] = useState<number | string>(value);
  const [least, most] = limits;
  return (
    <NumberInput
      label={label}
      description={description}
      value={typed}
      min={least}
      max={most}
      allowDecimal={allowDecimal}
      onChange={(next) => {
        setTyped(next);
        if (typeof next === 'number' && next >= least && next <= most) onChange(next);
      }}
      onBlur={() => {
        if (typeof typed === 'string') setTyped(value);
      }}
    />
  );
}
