import { type ExpectedOverObserved, expectedOverObserved } from '#evaluation';
import { RISK_YEARS } from '#pilots';
import type { ScreeningRecord } from '#synth';

/** Expected over observed of screening exams within some years, five unless told; its interval counts each woman once. */
export function screeningRatio(
  told: readonly number[],
  records: readonly ScreeningRecord[],
  atYears: number = RISK_YEARS,
): ExpectedOverObserved {
  return expectedOverObserved(
    told,
    {
      years: records.map(({ outcome }) => outcome.years),
      events: records.map(({ outcome }) => (outcome.cancer ? 1 : 0)),
    },
    { atYears, people: records.map(({ womanId }) => womanId) },
  );
}
