/** A question that was answered. */
export interface Answered {
  readonly requester: string;
  readonly question: string;
  readonly dataVersion: string;
  readonly atMs: number;
}

/** Distinct questions a requester may ask about a dataset within a day; repeats are free. */
export const DAILY_QUESTIONS = 20;

/** Distinct questions that all requesters together may ask about a dataset within a day, unless the node says otherwise. */
export const DAILY_QUESTIONS_OF_ALL = 100;

/** What an answer is charged, in epsilon; its numbers together spend less, so that three who collude stay within bounds. */
export const QUESTION_EPSILON = 0.2;

const DAY_MS = 86_400_000;

/** Who has nothing left. */
export type Spent = 'requester' | 'dataset';

/**
 * Whether a question may be answered now. A question about a new version of the data is another question, and those about
 * all versions count together: else waiting for the next image would give everybody a new budget.
 * @param answered about one dataset
 */
export function spentBudget(
  answered: readonly Answered[],
  asked: Answered,
  {
    ofOne = DAILY_QUESTIONS,
    ofAll = DAILY_QUESTIONS_OF_ALL,
  }: { readonly ofOne?: number; readonly ofAll?: number } = {},
): Spent | undefined {
  const recent = answered.filter((one) => one.atMs > asked.atMs - DAY_MS && one.atMs <= asked.atMs);
  const own = new Set(recent.filter((one) => one.requester === asked.requester).map(keyOf));
  if (own.has(keyOf(asked))) return undefined;
  if (own.size >= ofOne) return 'requester';
  // What one was told tells no more when another is told the same.
  const all = new Set(recent.map(keyOf));
  return all.size >= ofAll && !all.has(keyOf(asked)) ? 'dataset' : undefined;
}

function keyOf({ question, dataVersion }: Answered): string {
  return `${question}\n${dataVersion}`;
}
