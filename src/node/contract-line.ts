import { asUnicaError } from '#base';
import type { ContractLine } from '#wire';

type Check = Pick<ContractLine, 'contract' | 'check' | 'against'>;

/** Nothing of another is waited for longer. */
const LONGEST_MS = 15_000;

/**
 * Tries one thing: passed with what it says; what is thrown is why it failed.
 * @param trial.try resolves with a sentence on what was found
 */
export async function tried(check: Check, trial: (signal: AbortSignal) => Promise<string>): Promise<ContractLine> {
  try {
    return { ...check, outcome: 'passed', says: cut(await trial(AbortSignal.timeout(LONGEST_MS))) };
  } catch (error) {
    return { ...check, outcome: 'failed', says: cut(wordsOf(error)) };
  }
}

/** Something that is not tried, and why. */
export function notTried(check: Check, why: string): ContractLine {
  return { ...check, outcome: 'not-tried', says: why };
}

function wordsOf(error: unknown): string {
  if (error instanceof Expectation) return error.message;
  if (error instanceof Error && error.name === 'TimeoutError') return `No answer within ${LONGEST_MS / 1000} seconds.`;
  const known = asUnicaError(error);
  return known.code === 'internal' && error instanceof Error
    ? `It could not be reached or read: ${reason(error)}.`
    : known.message;
}

/** Of a failed connection the code says more than the message. */
function reason(error: Error): string {
  const cause = error.cause instanceof Error ? error.cause : error;
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}

/** Something is not as the contract has it. */
class Expectation extends Error {}

/** @throws Error with the sentence, unless it holds */
export function expect(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new Expectation(sentence);
}

function cut(text: string): string {
  return text.slice(0, 500);
}
