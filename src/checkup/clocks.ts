import { UnicaError } from '#base';
import { CLOCK_TOLERANCE_MS, type Finding } from '#wire';
import { bad, good, note } from './findings.ts';

/** Less is not spoken of. */
const DRIFT_MS = 10_000;

/** This machine's clock beside that of another house. @param offsetMs ours less theirs @param other whose */
export function examineClock(offsetMs: number, other = 'the hub'): Finding {
  const distanceMs = Math.abs(offsetMs);
  if (distanceMs <= DRIFT_MS) return good('clock', `The clock of this machine agrees with that of ${other}.`);
  const facts = { off: duration(distanceMs), direction: offsetMs > 0 ? 'ahead of' : 'behind', other };
  return distanceMs > CLOCK_TOLERANCE_MS
    ? bad('clock', new UnicaError('checkup.clock-off', facts))
    : note('clock', new UnicaError('checkup.clock-drifts', facts));
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  for (const [unit, length] of [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
  ] as const) {
    const count = Math.floor(seconds / length);
    if (count >= 1) return `${count} ${unit}${count === 1 ? '' : 's'}`;
  }
  return `${seconds} seconds`;
}
