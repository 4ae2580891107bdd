import { type Block, type Runs, shownValue, spanText, valueAt } from './dossier-text.ts';

/** A picture of figures with their intervals. */
export type Intervals = Extract<Block, { readonly kind: 'intervals' }>;

/** Where marks and their intervals lie between two rounded ends. */
export function intervalScale(
  { marks, beside }: Intervals,
  runs: Runs,
): {
  readonly low: number;
  readonly high: number;
  readonly step: number;
  readonly rows: readonly {
    readonly label: string;
    readonly value: number;
    readonly low: number;
    readonly high: number;
    readonly shown: string;
  }[];
  readonly beside: number | undefined;
} {
  const rows = marks.flatMap(({ label, value, low, high }) => {
    const middle = valueAt(value, runs);
    if (typeof middle !== 'number') return [];
    const ends = [low, high].map((end) => (end === undefined ? middle : valueAt(end, runs)));
    const [from, to] = ends.map((end) => (typeof end === 'number' ? end : middle));
    const shown =
      low === undefined || high === undefined || from === undefined || to === undefined
        ? shownValue(value, runs)
        : `${shownValue(value, runs)} (${shownValue(low, runs)} to ${shownValue(high, runs)})`;
    return [{ label: spanText(label, runs), value: middle, low: from ?? middle, high: to ?? middle, shown }];
  });
  const line = beside === undefined ? undefined : valueAt(beside, runs);
  const all = [...rows.flatMap((row) => [row.low, row.high]), ...(typeof line === 'number' ? [line] : [])];
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const step =
    [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5].find((one) => (most - least) / one <= 8) ??
    10 ** Math.ceil(Math.log10((most - least) / 8));
  return {
    low: Math.floor(least / step) * step,
    high: Math.ceil(most / step) * step + (most === least ? step : 0),
    step,
    rows,
    beside: typeof line === 'number' ? line : undefined,
  };
}

/** Where the lines of a scale stand. */
export function ticksOf({
  low,
  high,
  step,
}: {
  readonly low: number;
  readonly high: number;
  readonly step: number;
}): readonly number[] {
  return Array.from({ length: Math.round((high - low) / step) + 1 }, (_, index) => low + index * step);
}
