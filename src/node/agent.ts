import { randomBytes } from 'node:crypto';
import { decodeJwt } from 'jose';
import { ERROR_TABLE, type Log, UnicaError } from '#base';
import { serially } from '#store';
import {
  type CarryingReceipt,
  HUB_PATHS,
  OWN_WIRE_RANGE,
  pollReplySchema,
  type Readiness,
  type Receipt,
  receiptReplySchema,
  renewReplySchema,
  type TaskBody,
  type TaskEnvelope,
} from '#wire';
import type { Carried } from './carried-content.ts';
import { type HubClient, HubRefusal } from './hub-client.ts';
import type { HubClock } from './hub-clock.ts';
import type { HubWitness } from './hub-witness.ts';
import type { KillSwitch } from './kill-switch.ts';
import type { OutgoingKind } from './outgoing-ledger.ts';

/** Does one kind of task and says what to answer; `undefined` means that the owner has not decided yet. */
export type Worker = (body: TaskBody, signal: AbortSignal) => Promise<Receipt | undefined>;

const RECEIPT_KINDS: Readonly<Record<TaskBody['kind'], OutgoingKind>> = {
  count: 'receipt-count',
  'decide-job': 'receipt-decision',
  'train-round': 'receipt-round',
  'evaluate-model': 'receipt-evaluation',
  'compare-models': 'receipt-evaluation',
  'secure-sum': 'receipt-sum',
  'revoke-permit': 'receipt-other',
  'watch-model': 'receipt-watch',
  'suggest-correction': 'receipt-other',
};

/** Work that trains or scores films. */
const COMPUTING: ReadonlySet<TaskBody['kind']> = new Set(['train-round', 'evaluate-model', 'compare-models']);

/** Kinds of work that this node does. */
const ACCEPTED = [
  'count',
  'decide-job',
  'train-round',
  'evaluate-model',
  'compare-models',
  'secure-sum',
  'revoke-permit',
] as const;

/** And from this version of the messages on: an earlier hub takes no word that it does not know. */
const WATCHES = { sinceWire: 4, accepted: ['watch-model', 'suggest-correction'] } as const;

/** What waits for its owner, by what the owner decides on. */
function askedOf(body: TaskBody): string | undefined {
  if ('jobId' in body) return body.jobId;
  return body.kind === 'watch-model' ? body.watchId : undefined;
}

/** Work that is followed by more of it as soon as the other sites have answered. */
const ROUNDS: ReadonlySet<TaskBody['kind']> = new Set(['train-round', 'secure-sum']);
/** The answer to a receipt waits so long for the next work; what comes later comes with a poll. */
const NEXT_WORK_MS = 3000;

/** A task that is being done. */
interface UnderWay {
  readonly done: Promise<void>;
  readonly jobId: string | undefined;
  /** Number of the permit it came with. */
  readonly permitId: string | undefined;
  /** Aborted when the owner takes back what was agreed, and when the permit is revoked. */
  readonly takenBack: AbortController;
  /** Aborted when the hub does not wait for it any more. */
  readonly gone: AbortController;
}

/** Why the hub gives no work. */
export interface HubTrouble {
  readonly code: string;
  readonly sentence: string;
  readonly mend: string;
}

/** Whether a person has accepted a hub that was set back is looked at this often. */
const SET_BACK_LOOK_MS = 1000;

/** Longest wait between two attempts to reach the hub. */
const LONGEST_PAUSE_MS = 15_000;

/**
 * The node's side of the conversation: it asks for work by long poll, does it, answers, and asks again. Counting goes on
 * while a round trains; one round trains at a time. @note Owned by the house, which calls {@link close}.
 */
export class Agent {
  readonly #hub: HubClient;
  readonly #work: Worker;
  readonly #killSwitch: KillSwitch;
  readonly #log: Log;
  readonly #software: string;
  readonly #readiness: Promise<Readiness>;
  readonly #clock: () => number;
  readonly #hubClock: HubClock;
  readonly #witness: HubWitness;
  /** Drawn anew at each start: the hub notices two nodes with one identity by it. */
  readonly #startNumber = randomBytes(8).toString('hex');
  #trouble: HubTrouble | null = null;
  readonly #ending = new AbortController();
  readonly #underWay = new Map<string, UnderWay>();
  /** Tasks that wait for the owner, by their job or question. */
  readonly #undecided = new Map<string, TaskEnvelope>();
  /** One round trains, or one model is evaluated, at a time; another that was given waits here, its lease renewed. */
  readonly #rounds = serially();
  #lastContactAtMs: number | null = null;
  #connected = false;
  #loop: Promise<void> | undefined;
  #wake: () => void = () => {};

  constructor(options: {
    readonly hub: HubClient;
    readonly work: Worker;
    readonly killSwitch: KillSwitch;
    readonly log: Log;
    readonly software: string;
    readonly readiness: Promise<Readiness>;
    readonly clock: () => number;
    readonly hubClock: HubClock;
    readonly witness: HubWitness;
  }) {
    this.#hub = options.hub;
    this.#work = options.work;
    this.#killSwitch = options.killSwitch;
    this.#log = options.log;
    this.#software = options.software;
    this.#readiness = options.readiness;
    this.#clock = options.clock;
    this.#hubClock = options.hubClock;
    this.#witness = options.witness;
  }

  /** Begins asking for work. */
  start(): void {
    this.#loop ??= this.#run();
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Why the hub gives no work, in its own words; null where it does, or is only out of reach. */
  get trouble(): HubTrouble | null {
    return this.#trouble;
  }

  /** This node's clock less the hub's; null where the hub has not said. */
  get clockOffsetMs(): number | null {
    return this.#hubClock.offsetMs;
  }

  get lastContactAtMs(): number | null {
    return this.#lastContactAtMs;
  }

  /** Looks again at what waited for the owner, now that something was decided; the hub then hears it at once. */
  reconsider(): void {
    for (const [jobId, task] of this.#undecided) {
      this.#undecided.delete(jobId);
      this.#begin(task);
    }
  }

  /** Ends what is under way for a job, because its owner denies it now. */
  takeBack(jobId: string): void {
    for (const task of this.#underWay.values()) if (task.jobId === jobId) task.takenBack.abort();
  }

  /** Ends what is under way under a permit, because it is revoked now. */
  endUnder(permitId: string): void {
    for (const task of this.#underWay.values()) if (task.permitId === permitId) task.takenBack.abort(REVOKED);
  }

  /** Ends what is under way: the hub would take none of it. */
  #endAll(): void {
    for (const task of this.#underWay.values()) task.gone.abort();
  }

  /** Looks at the kill switch again at once. */
  wake(): void {
    this.#wake();
  }

  /** Stops asking, ends what is under way and waits for it. */
  async close(): Promise<void> {
    this.#ending.abort();
    this.#wake();
    await this.#loop;
    await Promise.allSettled([...this.#underWay.values()].map(({ done }) => done));
  }

  /** Aborts when the node ends, and when its owner stops it. */
  #going(): AbortSignal {
    return AbortSignal.any([this.#ending.signal, this.#killSwitch.signal]);
  }

  async #run(): Promise<void> {
    let pauseMs = 250;
    const { signal } = this.#ending;
    while (!signal.aborted) {
      if (this.#killSwitch.stopped) {
        this.#connected = false;
        await this.#pause(LONGEST_PAUSE_MS);
        continue;
      }
      if (this.#witness.setBack) {
        this.#connected = false;
        this.#trouble = setBackTrouble();
        await this.#pause(SET_BACK_LOOK_MS);
        await this.#witness.reload().catch(() => {});
        continue;
      }
      try {
        await this.#poll();
        this.#trouble = null;
        pauseMs = 250;
      } catch (error) {
        if (signal.aborted) return;
        if (this.#killSwitch.stopped) continue;
        this.#trouble = troubleOf(error) ?? this.#trouble;
        if (isShutOut(error)) this.#endAll();
        if (this.#connected)
          this.#log.warn('node.hub-lost', { code: error instanceof UnicaError ? error.code : 'internal' });
        this.#connected = false;
        await this.#pause(pauseMs);
        pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
      }
    }
  }

  async #poll(): Promise<void> {
    const witness = this.#witness.question(!this.#connected);
    const reply = await this.#hub.post(
      {
        kind: 'poll',
        path: HUB_PATHS.poll,
        message: {
          // A hub that speaks no later one reads it; what is spoken with others, the header says.
          wireVersion: OWN_WIRE_RANGE.oldest,
          waitMs: this.#connected ? 25_000 : 0,
          software: this.#software,
          holding: this.#holding(),
          run: this.#startNumber,
          clockMs: this.#clock(),
          ...(witness === undefined ? {} : { witness }),
          readiness: await this.#readiness,
          accepts: this.#accepted(),
        },
        timeoutMs: 40_000,
        signal: this.#going(),
      },
      pollReplySchema,
    );
    this.#hubClock.tell(reply.serverTimeMs);
    this.#hub.agreeOn(reply.wireVersion);
    if (reply.journal !== undefined) await this.#witness.take(reply.journal);
    if (!this.#connected) this.#log.info('node.hub-reached');
    this.#connected = true;
    this.#lastContactAtMs = this.#clock();
    this.#take(reply.tasks);
  }

  #accepted(): TaskBody['kind'][] {
    return [...ACCEPTED, ...(this.#hub.speaks(WATCHES.sinceWire) ? WATCHES.accepted : [])];
  }

  #take(tasks: readonly TaskEnvelope[]): void {
    // An answer that comes while the node ends begins nothing: nobody would wait for it. The hub gives it again.
    if (this.#going().aborted) return;
    for (const task of tasks) {
      for (const { sha256, base64 } of task.content ?? []) this.#hub.takeContent(sha256, Buffer.from(base64, 'base64'));
      this.#begin(task);
    }
  }

  /** At most as many as a hub takes; a task beyond would only be given twice. */
  #holding(): string[] {
    const nowMs = this.#clock();
    // What waits for the owner is looked at again when its lease is over, and when the owner decides.
    const waiting = [...this.#undecided.values()].filter(({ leaseUntilMs }) => leaseUntilMs > nowMs);
    return [...this.#underWay.keys(), ...waiting.map(({ taskId }) => taskId)].slice(0, 64);
  }

  #begin(task: TaskEnvelope): void {
    if (this.#underWay.has(task.taskId)) return;
    const takenBack = new AbortController();
    const gone = new AbortController();
    const done = this.#do(task, takenBack.signal, gone).finally(() => this.#underWay.delete(task.taskId));
    const jobId = 'jobId' in task.body ? task.body.jobId : undefined;
    this.#underWay.set(task.taskId, { done, jobId, permitId: permitOf(task.body), takenBack, gone });
  }

  async #do(task: TaskEnvelope, takenBack: AbortSignal, gone: AbortController): Promise<void> {
    const renewing = this.#keepLease(task, gone);
    const going = AbortSignal.any([this.#going(), gone.signal]);
    try {
      const work = async () => await this.#work(task.body, AbortSignal.any([going, takenBack]));
      const computes = COMPUTING.has(task.body.kind);
      const receipt = await (computes ? this.#rounds(work) : work()).catch((error: unknown) =>
        refusalOf(takenBack.aborted ? takenBackNow(takenBack, task.body) : error, going),
      );
      if (receipt !== undefined) await this.answer(task, receipt);
      else if (!going.aborted) this.#undecided.set(askedOf(task.body) ?? task.taskId, task);
    } catch (error) {
      this.#log.warn('node.receipt-lost', {
        task: task.body.kind,
        code: error instanceof UnicaError ? error.code : 'internal',
      });
    } finally {
      clearInterval(renewing);
    }
  }

  /** Sends a receipt, again and again while the hub is out of reach; the hub keeps the first. */
  async answer(task: Pick<TaskEnvelope, 'taskId' | 'body'>, receipt: Receipt): Promise<void> {
    let pauseMs = 250;
    const going = this.#going();
    const carried = this.#hub.carried.of(receipt);
    let isCarrying = this.#hub.takesCarried;
    for (let isFirst = true; !going.aborted; isFirst = false) {
      try {
        if (!isCarrying && carried !== undefined) await this.#hub.sendCarried(carried);
        const { tasks = [] } = await this.#hub.post(
          {
            kind: isCarrying && carried !== undefined ? carried.kind : RECEIPT_KINDS[task.body.kind],
            path: `${HUB_PATHS.tasks}/${task.taskId}/receipt`,
            message: isCarrying ? this.#carrying(task, receipt, { carried, isFirst }) : receipt,
            signal: going,
            ...('jobId' in task.body ? { jobId: task.body.jobId } : {}),
          },
          receiptReplySchema,
        );
        // The next work does not wait until that is thrown away: should it make the same content, the hub has it and says so.
        this.#take(tasks);
        if (carried !== undefined) await this.#letGo(carried);
        return;
      } catch (error) {
        if (error instanceof HubRefusal && error.hubStatus < 500 && error.hubStatus !== 429) {
          // Another hub of the network may be of an earlier version.
          if (isCarrying && error.hubCode === 'http.invalid-input') {
            isCarrying = false;
            continue;
          }
          this.#log.info('node.receipt-refused', { code: error.hubCode });
          if (carried !== undefined) this.#hub.carried.drop(carried);
          return;
        }
        await this.#pause(pauseMs);
        pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
      }
    }
  }

  /** The hub has it: what cannot be thrown away here is no reason to send it again. */
  async #letGo(carried: Carried): Promise<void> {
    try {
      await this.#hub.carried.taken(carried);
    } catch (error) {
      this.#log.warn('node.update-not-removed', { code: error instanceof UnicaError ? error.code : 'internal' });
    }
  }

  /**
   * A receipt with what it names and, where more is to be expected, a request for the next work. What could not be done now is given
   * again soon: with the answer to its own receipt it would come while it is still under way here, and be passed over.
   */
  #carrying(
    { taskId, body: { kind } }: Pick<TaskEnvelope, 'taskId' | 'body'>,
    receipt: Receipt,
    { carried, isFirst }: { readonly carried: Carried | undefined; readonly isFirst: boolean },
  ): CarryingReceipt {
    const holding = this.#holding().filter((held) => held !== taskId);
    return {
      receipt,
      ...(carried === undefined
        ? {}
        : { content: { sha256: carried.sha256, base64: Buffer.from(carried.bytes).toString('base64') } }),
      ...(ROUNDS.has(kind) && receipt.kind !== 'refused'
        ? { next: { waitMs: NEXT_WORK_MS, accepts: this.#accepted(), ...(isFirst ? {} : { holding }) } }
        : {}),
    };
  }

  /** @param gone is aborted when the hub has taken the task back: nobody waits for the work any more */
  #keepLease(task: TaskEnvelope, gone: AbortController): NodeJS.Timeout {
    const everyMs = Math.max(1000, (task.leaseUntilMs - this.#clock()) / 3);
    return setInterval(() => {
      this.#hub
        .post(
          { kind: 'renew', path: `${HUB_PATHS.tasks}/${task.taskId}/renew`, message: {}, signal: this.#going() },
          renewReplySchema,
        )
        .catch((error: unknown) => {
          this.#log.info('node.lease-not-renewed', { code: error instanceof UnicaError ? error.code : 'internal' });
          if (isShutOut(error) || (error instanceof HubRefusal && error.hubCode === 'hub.task-gone')) gone.abort();
        });
    }, everyMs);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#ending.signal.aborted) this.#wake();
    });
  }
}

/** Refusals that say that this node has no part in the network now. */
const SHUT_OUT: ReadonlySet<string> = new Set(['identity.suspended', 'identity.ejected', 'identity.twins']);

function isShutOut(error: unknown): boolean {
  return error instanceof HubRefusal && SHUT_OUT.has(error.hubCode);
}

/** What a refusal says to the node's owner; nothing where the hub is only out of reach. */
function troubleOf(error: unknown): HubTrouble | undefined {
  if (error instanceof HubRefusal) return error.passes ? undefined : { code: error.hubCode, ...error.words };
  if (!(error instanceof UnicaError) || error.code === 'node.hub-unreachable') return undefined;
  return wordsOf(error);
}

/** What is told of a hub that was set back to an older state. */
export function setBackTrouble(): HubTrouble {
  return wordsOf(new UnicaError('node.hub-restored'));
}

function wordsOf(error: UnicaError): HubTrouble {
  const { mend } = ERROR_TABLE[error.code];
  return { code: error.code, sentence: error.message.replace(mend, '').trim(), mend };
}

/** The number of the permit that a task comes with, not yet verified: whatever it claims to be, it ends with it. */
function permitOf(body: TaskBody): string | undefined {
  if (!('permit' in body) || body.permit === undefined) return undefined;
  try {
    return decodeJwt(body.permit).jti;
  } catch {
    return undefined;
  }
}

const REVOKED = Symbol('its permit is revoked');

function takenBackNow({ reason }: AbortSignal, body: TaskBody): UnicaError {
  return reason === REVOKED ? new UnicaError('access.permit-refused', { clause: 'it is revoked' }) : deniedNow(body);
}

function deniedNow(body: TaskBody): UnicaError {
  return new UnicaError('node.job-not-approved', { jobId: 'jobId' in body ? body.jobId : '' });
}

/** A failure as an answer to the hub: code and sentence, never more; surroundings failures may be tried again. */
function refusalOf(error: unknown, signal: AbortSignal): Receipt | undefined {
  if (signal.aborted) return undefined;
  if (error instanceof UnicaError) {
    return { kind: 'refused', code: error.code, because: error.message.slice(0, 500), final: error.family === 'user' };
  }
  return { kind: 'refused', code: 'internal', because: new UnicaError('internal').message, final: false };
}
