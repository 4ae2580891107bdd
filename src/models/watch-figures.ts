import { binnedCalibration, ksCritical, ksDistance, mergedBins, stabilityInterval, watchRate } from '#evaluation';
import type {
  ScoreCorrection,
  WatchAnswer,
  WatchCalibration,
  WatchFigures,
  WatchOutcomes,
  WatchPeriod,
  WatchShift,
} from '#wire';

/** By the rule of the credit trade: below the first an index is stable, from the second on it has moved. */
const PSI = { watch: 0.1, moved: 0.25 };
/** High scores are those of the uppermost tenth of the first period; a rate half as high again is looked for. */
const HIGH = { share: 0.1, ratio: 1.5, bound: 4 };
/** A slope is fitted from so many people with, and without, what is looked for. */
const LEAST_FOR_SLOPE = 50;

/** What a site's answer says, beside those of other sites about the same model and version. */
export function watchFigures(
  answer: WatchAnswer,
  { others, seed }: { readonly others: readonly WatchAnswer[]; readonly seed: string },
): WatchFigures {
  const { periods, outcomes, correction } = answer;
  const [first] = periods;
  const elsewhere = sumOf(others.flatMap((one) => one.periods.map(({ scores }) => scores)));
  const last = periods.at(-1);
  const calibration = { table: calibrationOf(outcomes, 'table'), reader: calibrationOf(outcomes, 'reader') };
  return {
    people: periods.reduce((sum, { people }) => sum + people, 0),
    periods: periods.map((period, place) => ({
      from: period.from,
      to: period.to,
      people: period.people,
      shift: first === undefined || place === 0 ? null : shiftOf(first.scores, period.scores, `${seed}/${period.from}`),
      highScores: highScores(periods.slice(0, place + 1)),
      inputs: first === undefined || place === 0 ? [] : inputShifts(first, period, `${seed}/${period.from}`),
    })),
    fromOthers:
      last === undefined || elsewhere === undefined ? null : shiftOf(elsewhere, last.scores, `${seed}/others`),
    calibration,
    suggestion: suggestedCorrection(answer),
    correction,
  };
}

function shiftOf(reference: readonly number[], now: readonly number[], seed: string): WatchShift {
  const merged = mergedBins(reference, now);
  const psi = stabilityInterval(merged.reference, merged.now, { seed });
  const ks = ksDistance(reference, now);
  const ksByChance = ksCritical(total(reference), total(now));
  const isMore = psi.low > 0 && ks > ksByChance;
  return {
    psi,
    ks,
    ksByChance,
    verdict: isMore && psi.value >= PSI.moved ? 'moved' : isMore && psi.value >= PSI.watch ? 'watch' : 'stable',
  };
}

function inputShifts(first: WatchPeriod, now: WatchPeriod, seed: string) {
  return now.inputs.flatMap(({ of, cells }) => {
    const before = first.inputs.find((table) => table.of === of)?.cells;
    if (before === undefined) return [];
    // What either side withheld is one cell of both: the rest.
    const open = Object.keys(cells).filter((cell) => isTold(cells[cell]) && isTold(before[cell]));
    const withRest = (told: typeof cells, people: number) => {
      const counts = open.map((cell) => countOf(told[cell]));
      return [...counts, Math.max(0, people - total(counts))];
    };
    const [reference, latest] = [withRest(before, first.people), withRest(cells, now.people)];
    return [{ of, psi: stabilityInterval(reference, latest, { seed: `${seed}/${of}` }) }];
  });
}

type Cell = WatchPeriod['inputs'][number]['cells'][string] | undefined;

function isTold(cell: Cell): boolean {
  return cell !== undefined && 'count' in cell;
}

function countOf(cell: Cell): number {
  return cell !== undefined && 'count' in cell ? cell.count : 0;
}

/** Whether high scores became more or fewer than in the first period. */
function highScores(periods: readonly WatchPeriod[]): 'rose' | 'fell' | null {
  const [first, ...later] = periods;
  if (first === undefined || later.length === 0) return null;
  let from = first.scores.length;
  let high = 0;
  while (from > 0 && high < HIGH.share * first.people) {
    from -= 1;
    high += first.scores[from] ?? 0;
  }
  const usual = high / first.people;
  // Where scores are so alike that their uppermost bin holds most of them, no rate can be half as high again.
  if (!(usual > 0 && usual * HIGH.ratio < 1)) return null;
  const batches = later.map(({ people, scores }) => ({ cases: people, alarms: total(scores.slice(from)) }));
  return watchRate(batches, { usual, ratio: HIGH.ratio, bound: HIGH.bound }).alarm;
}

function calibrationOf(outcomes: readonly WatchOutcomes[], source: WatchOutcomes['source']): WatchCalibration | null {
  const bins = outcomes.flatMap((batch) => (batch.source === source ? batch.bins : []));
  if (bins.length === 0) return null;
  const people = total(bins.map((bin) => bin.people));
  const { ratio, intercept, slope } = binnedCalibration(bins);
  return {
    people,
    found: total(bins.map((bin) => bin.found)),
    ratio,
    intercept,
    slope,
    agreement: agreementOf(bins, people),
    bins: curveOf(bins),
  };
}

/** Points of a calibration curve. */
const MOST_POINTS = 40;

/** Bins of all batches in the order of their scores, neighbours together where there are more than a curve takes. */
function curveOf(bins: WatchOutcomes['bins']): WatchCalibration['bins'] {
  const sorted = bins.toSorted((a, b) => a.expected / a.people - b.expected / b.people);
  const each = Math.ceil(sorted.length / MOST_POINTS);
  return Array.from({ length: Math.ceil(sorted.length / each) }, (_, point) => {
    const of = sorted.slice(point * each, (point + 1) * each);
    const people = total(of.map((bin) => bin.people));
    return {
      people,
      predicted: Math.min(1, total(of.map((bin) => bin.expected)) / people),
      observed: total(of.map((bin) => bin.found)) / people,
    };
  });
}

/** Wilson's interval; null where a batch does not tell on which side of the alarm its people are. */
function agreementOf(bins: WatchOutcomes['bins'], people: number): WatchCalibration['agreement'] {
  if (bins.some(({ isAlarm }) => isAlarm === null)) return null;
  const agree = total(bins.map((bin) => (bin.isAlarm === true ? bin.found : bin.people - bin.found)));
  const z = 1.959963984540054;
  const share = agree / people;
  const middle = (share + z ** 2 / (2 * people)) / (1 + z ** 2 / people);
  const half = (z * Math.sqrt((share * (1 - share)) / people + z ** 2 / (4 * people ** 2))) / (1 + z ** 2 / people);
  return { value: share, low: middle - half, high: middle + half };
}

/**
 * What would make scores fit: nothing while expected and observed agree within chance. With fifty people of either class intercept and
 * slope, with fewer the intercept alone; none that is further from the model than a correction may be.
 */
export function suggestedCorrection({
  outcomes,
  task,
  correction,
}: Pick<WatchAnswer, 'outcomes' | 'task' | 'correction'>): ScoreCorrection | null {
  // What a reader finds today says nothing of a risk within five years.
  const sources = task === 'breast-risk' ? (['table'] as const) : (['table', 'reader'] as const);
  const source = sources.find((one) => outcomes.some((batch) => batch.source === one));
  const bins = outcomes.flatMap((batch) => (batch.source === source ? batch.bins : []));
  if (bins.length === 0) return null;
  const told = correction === null ? bins : bins.map((bin) => ({ ...bin, expected: moved(bin, correction) }));
  const now = binnedCalibration(told);
  const isOff = now.ratio !== null && (now.ratio.low > 1 || now.ratio.high < 1);
  const found = total(bins.map((bin) => bin.found));
  const without = total(bins.map((bin) => bin.people)) - found;
  const hasSlope = Math.min(found, without) >= LEAST_FOR_SLOPE;
  const isTilted = hasSlope && now.slope !== null && (now.slope.low > 1 || now.slope.high < 1);
  if (!isOff && !isTilted) return null;
  const { intercept, slope, interceptOfSlope } = binnedCalibration(bins);
  const fitted =
    hasSlope && slope !== null && interceptOfSlope !== null
      ? { intercept: interceptOfSlope, slope: slope.value }
      : intercept === null
        ? null
        : { intercept: intercept.value, slope: 1 };
  if (fitted === null || Math.abs(fitted.intercept) > 5 || fitted.slope < 0.1 || fitted.slope > 10) return null;
  return fitted;
}

function moved({ people, expected }: WatchOutcomes['bins'][number], { intercept, slope }: ScoreCorrection): number {
  const share = Math.min(1 - 1e-7, Math.max(1e-7, expected / people));
  return people / (1 + Math.exp(-(intercept + slope * Math.log(share / (1 - share)))));
}

function sumOf(histograms: readonly (readonly number[])[]): readonly number[] | undefined {
  const [first] = histograms;
  return first?.map((_, bin) => total(histograms.map((one) => one[bin] ?? 0)));
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
