import type { ModelWatch } from '#wire';

/** A row for each period of each site, with what its newest figures say. */
export function clinicAnswerRows(watch: ModelWatch): readonly (readonly string[])[] {
  return watch.sites.flatMap(({ siteId, state, figures }) => {
    if (figures === null) return [[siteId, state, '–', '–', '–', '–', '–']];
    const { calibration, suggestion } = figures;
    const ratio = (calibration.table ?? calibration.reader)?.ratio ?? null;
    const fit = ratio === null ? '–' : intervalText(ratio);
    const mend = suggestion === null ? '–' : `${suggestion.intercept.toFixed(2)}, ${suggestion.slope.toFixed(2)}`;
    if (figures.periods.length === 0) return [[siteId, state, '–', '–', '–', fit, mend]];
    return figures.periods.map(({ from, to, people, shift }) => [
      siteId,
      from === to ? from : `${from} to ${to}`,
      String(people),
      shift === null ? 'first' : shift.verdict,
      shift === null ? '–' : intervalText(shift.psi),
      fit,
      mend,
    ]);
  });
}

/** What the columns of {@link clinicAnswerRows} are called. */
export const CLINIC_ANSWER_HEADS = [
  'site',
  'months',
  'people',
  'scores',
  'stability index',
  'expected/observed',
  'suggested (intercept, slope)',
] as const;

function intervalText({ value, low, high }: { readonly value: number; readonly low: number; readonly high: number }) {
  return `${value.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
}
