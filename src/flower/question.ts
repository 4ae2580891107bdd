import { UnicaError } from '#base';
import type { FlowerMessage } from './object-graph.ts';
import type { RecordDict } from './records.ts';

/** A question to a SuperNode. */
export interface Question {
  /** Name of what it belongs to; the same name is the same run to the SuperNode. */
  readonly run: string;
  readonly type: 'train' | 'evaluate';
  /** Shown as the round. */
  readonly group: string;
  readonly content: RecordDict;
  readonly untilMs: number;
}

/** Of what a message says beside its arrays no more is taken. */
export const LARGEST_HEAD_BYTES = 4_194_304;

/** Bytes that the answer to a question may have: as many numbers as were asked with, in float64, and what is said beside them. */
export function largestAnswerBytes({ content }: Pick<Question, 'content'>): number {
  const arrays = [...content.values()].flatMap((record) =>
    record.kind === 'arrays' ? [...record.arrays.values()] : [],
  );
  return LARGEST_HEAD_BYTES + 2 * arrays.reduce((sum, { data }) => sum + data.length, 0);
}

/** Where SuperNodes can be asked: here, where they come in, or by way of another SuperLink. */
export interface QuestionDesk {
  /**
   * Asks the SuperNode of a key (PEM) and waits for its answer.
   * @throws UnicaError `flower.unreachable` when the time is over or it is not there, `flower.message-refused` when the answer is none,
   * the signal's reason.
   */
  ask(publicKeyPem: string, question: Question, signal: AbortSignal): Promise<FlowerMessage>;
}

/**
 * Waits for the answer of a question that `open` has put where it is answered; what `open` gives back takes it away again.
 * @throws UnicaError as {@link QuestionDesk.ask}.
 */
export async function answerOf(
  { untilMs, nowMs, signal }: { readonly untilMs: number; readonly nowMs: number; readonly signal: AbortSignal },
  open: (settle: (answer: FlowerMessage | UnicaError) => void) => () => void,
): Promise<FlowerMessage> {
  signal.throwIfAborted();
  let end = () => {};
  try {
    return await new Promise((resolve, reject) => {
      const because = 'it did not answer in time';
      const late = setTimeout(
        () => reject(new UnicaError('flower.unreachable', { address: 'the site', because })),
        Math.max(0, untilMs - nowMs),
      );
      const stop = () => reject(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      const takeAway = open((answer) => {
        if (answer instanceof UnicaError) reject(answer);
        else resolve(answer);
      });
      end = () => {
        clearTimeout(late);
        signal.removeEventListener('abort', stop);
        takeAway();
      };
    });
  } finally {
    end();
  }
}
