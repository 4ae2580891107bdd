import type { GuardedCount } from '#wire';
import { useFormat } from '../i18n/use-format.ts';

/** One bar; a withheld count is hatched over its whole length, since its length would tell. */
export interface Bar {
  readonly label: string;
  readonly value: GuardedCount;
}

/** Horizontal bars with their values written out, so that nothing is said by length alone. */
export function Bars({ label, bars }: { readonly label: string; readonly bars: readonly Bar[] }) {
  const format = useFormat();
  const most = Math.max(1, ...bars.map(({ value }) => ('count' in value ? value.count : 0)));
  return (
    <ul className="bars" aria-label={label}>
      {bars.map((bar) => (
        <li key={bar.label}>
          <span>{bar.label}</span>
          <span className="bar-track" aria-hidden="true">
            {'count' in bar.value ? (
              <div className="bar-fill" style={{ width: `${(100 * bar.value.count) / most}%` }} />
            ) : (
              <div className="bar-fill" data-withheld="" />
            )}
          </span>
          <span>{format.guarded(bar.value)}</span>
        </li>
      ))}
    </ul>
  );
}
