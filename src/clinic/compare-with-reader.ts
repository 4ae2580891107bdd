/** A study that a model scored and a reader read. */
export interface ReadCase {
  /** 0 to 1. */
  readonly score: number;
  /** What the reader found: what the model looks for, or not. */
  readonly readerFound: boolean;
}

/** A share with its 95 % interval by Wilson's method. */
export interface ShareWithInterval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** How a model and readers agree; the reader is what the model is held against, not the truth. */
export type ReaderComparison =
  | { readonly kind: 'withheld'; readonly cases: number; readonly least: number }
  | {
      readonly kind: 'compared';
      readonly cases: number;
      /** Cases in which both say yes, only the model does, only the reader does, neither does. */
      readonly counts: {
        readonly both: number;
        readonly modelOnly: number;
        readonly readerOnly: number;
        readonly neither: number;
      };
      readonly agreement: ShareWithInterval;
      /** Agreement beyond chance (Cohen 1960), -1 to 1; null where chance alone explains everything. */
      readonly kappa: number | null;
      /** Of the cases in which the reader found it, those with an alarm; null where there is none. */
      readonly sensitivity: ShareWithInterval | null;
      /** Of the cases in which the reader found nothing, those without an alarm; null where there is none. */
      readonly specificity: ShareWithInterval | null;
      readonly alarmRate: ShareWithInterval;
      readonly readerRate: ShareWithInterval;
    };

/** Fewer cases say nothing. */
export const LEAST_CASES = 20;

/** Standard normal quantile of 95 % intervals. */
const Z = 1.959963984540054;

/** Holds a model against readers. @param alarmFrom scores from here on are alarms */
export function compareWithReader(cases: readonly ReadCase[], alarmFrom: number): ReaderComparison {
  if (cases.length < LEAST_CASES) return { kind: 'withheld', cases: cases.length, least: LEAST_CASES };
  const count = (alarm: boolean, found: boolean) =>
    cases.filter(({ score, readerFound }) => score >= alarmFrom === alarm && readerFound === found).length;
  const counts = {
    both: count(true, true),
    modelOnly: count(true, false),
    readerOnly: count(false, true),
    neither: count(false, false),
  };
  const { both, modelOnly, readerOnly, neither } = counts;
  const total = cases.length;
  const [alarms, found] = [both + modelOnly, both + readerOnly];
  const observed = (both + neither) / total;
  const byChance = (alarms * found + (total - alarms) * (total - found)) / total ** 2;
  return {
    kind: 'compared',
    cases: total,
    counts,
    agreement: wilson(both + neither, total),
    kappa: byChance === 1 ? null : (observed - byChance) / (1 - byChance),
    sensitivity: found === 0 ? null : wilson(both, found),
    specificity: found === total ? null : wilson(neither, total - found),
    alarmRate: wilson(alarms, total),
    readerRate: wilson(found, total),
  };
}

/** Wilson's score interval (1927). */
function wilson(hits: number, of: number): ShareWithInterval {
  const value = hits / of;
  const scale = 1 + Z ** 2 / of;
  const middle = (value + Z ** 2 / (2 * of)) / scale;
  const half = (Z / scale) * Math.sqrt((value * (1 - value)) / of + Z ** 2 / (4 * of ** 2));
  // At its ends the interval ends at the value, but for rounding.
  return { value, low: Math.max(0, Math.min(value, middle - half)), high: Math.min(1, Math.max(value, middle + half)) };
}
