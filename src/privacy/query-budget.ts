/** A question that was answered. */
export interface Answered {
  readonly requester: string;
  readonly question: string;
  readonly dataVersion: string;
  readonly atMs: number;
}

/** Distinct questions a requester may ask about one data version within a day; repeats are free. */
export const DAILY_QUESTIONS = 20;

const DAY_MS = 86_400_000;

/** True when the requester may have this question answered now. */
export function withinBudget(
  answered: readonly Answered[],
  asked: Answered,
  dailyQuestions: number = DAILY_QUESTIONS,
): boolean {
  const recent = answered.filter(
    (one) =>
      one.requester === asked.requester &&
      one.dataVersion === asked.dataVersion &&
      one.atMs > asked.atMs - DAY_MS &&
      one.atMs <= asked.atMs,
  );
  const questions = new Set(recent.map((one) => one.question));
  return questions.has(asked.question) || questions.size < dailyQuestions;
}
