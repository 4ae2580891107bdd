import { DISAGREEMENT_REASONS, type ReadingQuality, type ReadingTask } from '#wire';

/** Smaller numbers are not told: one reader's week could be read off them. */
export const FEWEST_TOLD = 20;

/** Longer than this is no reading time: the study stood open while the reader was away. */
const LONGEST_READ_MS = 3_600_000;

/** An opinion that a reader judged. */
export interface JudgedOpinion {
  readonly name: string;
  readonly version: string;
  /** Why a reader disagreed; null: agreed. */
  readonly reason: (typeof DISAGREEMENT_REASONS)[number] | null;
}

/** A recorded read with how long it took. */
export interface TimedRead {
  readonly task: ReadingTask;
  readonly durationMs: number;
}

/** Agreement by model and version, and how long reads took. */
export function qualityOf(judged: readonly JudgedOpinion[], reads: readonly TimedRead[]): ReadingQuality {
  const models = new Map<string, JudgedOpinion[]>();
  for (const one of judged) {
    const key = JSON.stringify([one.name, one.version]);
    models.set(key, [...(models.get(key) ?? []), one]);
  }
  return {
    models: [...models.values()].map((of) => modelQuality(of)).sort((a, b) => (a.name < b.name ? -1 : 1)),
    times: (['mammography', 'chest'] as const).map((task) =>
      timeQuality(
        task,
        reads.filter((read) => read.task === task && read.durationMs <= LONGEST_READ_MS),
      ),
    ),
  };
}

const guarded = (count: number) => (count < FEWEST_TOLD ? { below: FEWEST_TOLD } : { count });

function modelQuality(judged: readonly JudgedOpinion[]): ReadingQuality['models'][number] {
  const { name = '', version = '' } = judged[0] ?? {};
  const total = judged.length;
  const counts = DISAGREEMENT_REASONS.map((reason) => ({
    reason,
    count: judged.filter((one) => one.reason === reason).length,
  }));
  const withheld = counts.filter(({ count }) => count < FEWEST_TOLD);
  // One alone could be had by subtraction.
  if (withheld.length === 1) withheld.push(...counts.toSorted((a, b) => a.count - b.count).slice(1, 2));
  const agreed = judged.filter(({ reason }) => reason === null).length;
  return {
    name,
    version,
    judged: guarded(total),
    agreement: total < FEWEST_TOLD ? null : { share: agreed / total, ...wilson(agreed, total) },
    reasons: counts.map((one) => ({
      reason: one.reason,
      count: withheld.includes(one) ? { below: FEWEST_TOLD } : { count: one.count },
    })),
  };
}

/** 95 % interval of a share (Wilson, *J Am Stat Assoc* 22, 1927, 209-212). */
function wilson(agreed: number, total: number): { readonly low: number; readonly high: number } {
  const z = 1.959963984540054;
  const share = agreed / total;
  const shrink = 1 + (z * z) / total;
  const middle = (share + (z * z) / (2 * total)) / shrink;
  const half = (z * Math.sqrt((share * (1 - share)) / total + (z * z) / (4 * total * total))) / shrink;
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

function timeQuality(task: ReadingTask, reads: readonly TimedRead[]): ReadingQuality['times'][number] {
  const seconds = reads.map(({ durationMs }) => durationMs / 1000).sort((a, b) => a - b);
  const at = (share: number) => seconds[Math.min(seconds.length - 1, Math.floor(share * seconds.length))] ?? 0;
  return {
    task,
    reads: guarded(reads.length),
    seconds: reads.length < FEWEST_TOLD ? null : { quarter: at(0.25), median: at(0.5), threeQuarters: at(0.75) },
  };
}
