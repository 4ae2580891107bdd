import { randomBytes } from 'node:crypto';
import { UnicaError } from '#base';
import type { FlowerMessage } from './object-graph.ts';
import { answerOf, LARGEST_HEAD_BYTES, largestAnswerBytes, type Question } from './question.ts';
import type { FlowerRecord, RecordDict, RecordValue } from './records.ts';
import { RELAY } from './relay-app.ts';
import type { AnnouncedMessage, Answer } from './super-node.ts';

/** The relay is told after so long that there is nothing to ask; its own patience is thirty seconds. */
const LONGEST_WAIT_MS = 10_000;
/** Records of an answer have this before their names. */
const OF_ANSWER = 'a.';
/** Flower's codes of what may pass: the message, its answer or the node is not there. */
const PASSING_CODES: ReadonlySet<bigint> = new Set([3n, 4n, 5n]);
const MOST_HELD = 10_000;

interface Open {
  readonly nodeId: bigint;
  readonly question: Question;
  settle(answer: FlowerMessage | UnicaError): void;
}

/** The questions of one job on somebody else's SuperLink: where they wait for the relay, and where its answers arrive. */
export class RelayRun {
  readonly runId: bigint;
  readonly #open = new Map<string, Open>();
  readonly #waiting = new Set<() => void>();
  #over = false;
  #spoke = false;
  #ended: UnicaError | undefined;

  constructor(runId: bigint) {
    this.runId = runId;
  }

  /** Whether the relay has ever come with anything. */
  get spoke(): boolean {
    return this.#spoke;
  }

  /** Whether the relay is told that there will be no more questions. */
  get over(): boolean {
    return this.#over;
  }

  /** @throws UnicaError as `QuestionDesk.ask`, and what the run ended with. */
  async ask(
    { nodeId, question }: { readonly nodeId: bigint; readonly question: Question },
    { nowMs, signal }: { readonly nowMs: number; readonly signal: AbortSignal },
  ): Promise<FlowerMessage> {
    if (this.#ended !== undefined) throw this.#ended;
    const number = randomBytes(8).toString('hex');
    return await answerOf({ untilMs: question.untilMs, nowMs, signal }, (settle) => {
      this.#open.set(number, { nodeId, question, settle });
      this.#wake();
      return () => this.#open.delete(number);
    });
  }

  /** Bytes that what the relay comes with may have. */
  largestOf({ configuration }: AnnouncedMessage): number {
    const open = this.#open.get(String(configuration.get(RELAY.question)));
    return open === undefined ? LARGEST_HEAD_BYTES : largestAnswerBytes(open.question);
  }

  /** Bytes of all answers that are waited for. */
  get awaitedBytes(): number {
    return [...this.#open.values()].reduce((sum, { question }) => sum + largestAnswerBytes(question), 0);
  }

  /** An answer is larger than one can be: whoever asked hears it, and the relay need not bring it again. */
  refuse({ configuration }: AnnouncedMessage, because: UnicaError): Answer {
    this.#open.get(String(configuration.get(RELAY.question)))?.settle(because);
    return { content: told(new Map()) };
  }

  /** Answers what the relay comes with. @throws UnicaError `flower.message-refused`. */
  async answer(message: FlowerMessage, signal: AbortSignal): Promise<Answer> {
    this.#spoke = true;
    const record = message.content?.get('unica');
    const values = record?.kind === 'config' ? record.values : new Map<string, RecordValue>();
    switch (values.get(RELAY.say)) {
      case RELAY.next:
        return { content: await this.#next(heldOf(values.get(RELAY.held)), signal) };
      case RELAY.answer:
        this.#take(message, values);
        return { content: told(new Map()) };
      default:
        throw refused('the relay says nothing that is known');
    }
  }

  /** There will be no more questions; the relay is told when it asks. */
  finish(): void {
    this.#over = true;
    this.#wake();
  }

  /** The run is there no more. */
  end(error: UnicaError): void {
    this.#ended = error;
    for (const { settle } of this.#open.values()) settle(error);
    this.#wake();
  }

  async #next(held: ReadonlySet<string>, signal: AbortSignal): Promise<RecordDict> {
    const fresh = () => [...this.#open].filter(([number]) => !held.has(number));
    if (fresh().length === 0 && !this.#over) await this.#somethingNew(signal);
    if (this.#over) return overRelay();
    const records = new Map<string, FlowerRecord>();
    const questions = fresh().map(([number, { nodeId, question }]) => {
      for (const [name, record] of question.content) records.set(`${number}.${name}`, record);
      const { type, group, untilMs } = question;
      return { number, node: String(nodeId), type, group, until: untilMs / 1000 };
    });
    return new Map([...told(new Map([[RELAY.questions, JSON.stringify(questions)]])), ...records]);
  }

  #take({ content, metadata }: FlowerMessage, values: ReadonlyMap<string, RecordValue>): void {
    // Nobody waits for it any more where it is not there.
    const open = this.#open.get(String(values.get(RELAY.question)));
    if (open === undefined) return;
    const error = values.get(RELAY.error);
    if (typeof error === 'string') {
      const code = values.get(RELAY.errorCode);
      if (typeof code === 'bigint' && PASSING_CODES.has(code))
        open.settle(new UnicaError('flower.unreachable', { address: 'the site', because: error.slice(0, 200) }));
      else open.settle({ metadata, content: undefined, error: { code: 0n, reason: error } });
      return;
    }
    const records = [...(content ?? [])].flatMap(([name, record]) =>
      name.startsWith(OF_ANSWER) ? [[name.slice(OF_ANSWER.length), record] as const] : [],
    );
    open.settle({ metadata, content: new Map(records), error: undefined });
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  #somethingNew(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, LONGEST_WAIT_MS);
      signal.addEventListener('abort', wake, { once: true });
      this.#waiting.add(wake);
    });
  }
}

/** What a relay is told that has nothing more to do. */
export function overRelay(): RecordDict {
  return told(new Map([[RELAY.over, true]]));
}

function told(values: ReadonlyMap<string, RecordValue>): RecordDict {
  return new Map([['unica', { kind: 'config', values }]]);
}

function heldOf(value: RecordValue | undefined): ReadonlySet<string> {
  try {
    const held: unknown = typeof value === 'string' ? JSON.parse(value) : undefined;
    if (Array.isArray(held) && held.length <= MOST_HELD) return new Set(held.map(String));
  } catch {
    // Said below.
  }
  throw refused('the relay does not say what it holds');
}

function refused(problem: string): UnicaError {
  return new UnicaError('flower.message-refused', { problem });
}
