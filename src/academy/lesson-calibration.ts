import { binnedCalibration, type Interval } from '#evaluation';

/** What the model said in each group of patients, from 0 to 1. */
export const LESSON_SAID = [0.1, 0.3, 0.5, 0.7, 0.9] as const;

/** How what a model said fits what was found. */
export interface LessonCalibration {
  /** Of each group, from 0 to 1: whole people. */
  readonly found: readonly number[];
  /** Expected over found; null where nothing was found. */
  readonly ratio: Interval | null;
  /** Of the curve on the logit scale; null where it has no finite answer. */
  readonly slope: Interval | null;
  /** Whether the interval of the ratio lies above 1, below it, or over it. */
  readonly verdict: 'too-high' | 'too-low' | 'fits' | 'unknown';
}

/**
 * Calibration out of groups of equal size, as it is worked out of what leaves a site.
 * @param found of each group of {@link LESSON_SAID}, from 0 to 1
 * @throws UnicaError `evaluation.numbers-unfit`
 */
export function lessonCalibration(peopleOfGroup: number, found: readonly number[]): LessonCalibration {
  const bins = LESSON_SAID.map((said, at) => ({
    people: peopleOfGroup,
    expected: said * peopleOfGroup,
    found: Math.round((found[at] ?? 0) * peopleOfGroup),
  }));
  const { ratio, slope } = binnedCalibration(bins);
  return {
    found: bins.map((bin) => bin.found / bin.people),
    ratio,
    slope,
    verdict: ratio === null ? 'unknown' : ratio.low > 1 ? 'too-high' : ratio.high < 1 ? 'too-low' : 'fits',
  };
}
