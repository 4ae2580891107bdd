import { z } from 'zod';
import { type Clock, type Log, UnicaError, utf8 } from '#base';
import { type BeamEncoding, type BeamTask, beamTaskSchema, packed, queryOfTask, ttlMs } from './beam-messages.ts';
import type { BeamSettings } from './beam-settings.ts';
import type { EucaimProvider } from './eucaim-provider.ts';
import type { KillSwitch } from './kill-switch.ts';
import type { OutgoingLedger } from './outgoing-ledger.ts';

/** How long the proxy is asked to wait for a task. */
const WAIT_S = 10;
/** A node that stops does not wait longer for its proxy to hear of it. */
const GIVE_BACK_MS = 3000;
const LONGEST_PAUSE_MS = 15_000;
/** A proxy's answer is not read beyond this. */
const ANSWER_LIMIT_BYTES = 8_388_608;

type Status = 'claimed' | 'succeeded' | 'tempfailed' | 'permfailed';

/**
 * Makes the node a provider of federated search of Cancer Image Europe: asks its Samply Beam proxy for tasks by long poll,
 * claims each, answers it or says why not. Everything that leaves is listed first; the kill switch holds.
 * @note Owned by the house, which calls {@link close}.
 */
export class BeamProvider {
  readonly #settings: BeamSettings;
  readonly #apiKey: string;
  readonly #provider: Pick<EucaimProvider, 'answer'>;
  readonly #outgoing: Pick<OutgoingLedger, 'record'>;
  readonly #killSwitch: Pick<KillSwitch, 'stopped' | 'signal'>;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #ending = new AbortController();
  /** A while after the end: an answer that is on its way by then is waited for no longer. */
  readonly #gone = new AbortController();
  /** Some brokers offer a claimed task still; it is under way here. */
  readonly #underWay = new Map<string, Promise<void>>();
  /** Claimed, or being claimed, and not answered: by a present-day broker they are offered to nobody until a result says that they may be. */
  readonly #claimed = new Map<string, BeamTask>();
  #loop: Promise<void> | undefined;
  #reached = false;

  constructor(parts: {
    readonly settings: BeamSettings;
    readonly apiKey: string;
    readonly provider: Pick<EucaimProvider, 'answer'>;
    readonly outgoing: Pick<OutgoingLedger, 'record'>;
    readonly killSwitch: Pick<KillSwitch, 'stopped' | 'signal'>;
    readonly log: Log;
    readonly clock: Clock;
  }) {
    this.#settings = parts.settings;
    this.#apiKey = parts.apiKey;
    this.#provider = parts.provider;
    this.#outgoing = parts.outgoing;
    this.#killSwitch = parts.killSwitch;
    this.#log = parts.log;
    this.#clock = parts.clock;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  async close(): Promise<void> {
    this.#ending.abort();
    const patience = setTimeout(() => this.#gone.abort(), GIVE_BACK_MS);
    await this.#loop;
    await Promise.allSettled(this.#underWay.values());
    clearTimeout(patience);
    await Promise.allSettled([...this.#claimed.values()].map(async (task) => await this.#giveBack(task)));
  }

  /** Says once that a task was not done, so that it is offered again: to this node when it is back. */
  async #giveBack(task: BeamTask): Promise<void> {
    if (this.#killSwitch.stopped) return;
    const told = this.#result(task, 'tempfailed', 'The node is being stopped.');
    await this.#put(told, AbortSignal.any([this.#killSwitch.signal, AbortSignal.timeout(GIVE_BACK_MS)]));
  }

  async #run(): Promise<void> {
    let pauseMs = 250;
    const { signal } = this.#ending;
    while (!signal.aborted) {
      if (this.#killSwitch.stopped) {
        await paused(LONGEST_PAUSE_MS / 15, signal);
        continue;
      }
      try {
        const tasks = await this.#tasks(signal);
        if (!this.#reached) this.#log.info('node.beam-reached');
        this.#reached = true;
        pauseMs = 250;
        const fresh = tasks.filter(({ id }) => !this.#underWay.has(id));
        for (const task of fresh) this.#begin(task);
        // The proxy answers at once while a task of ours is open: it is not asked again and again for that.
        if (fresh.length === 0 && tasks.length > 0) await paused(250, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (this.#reached)
          this.#log.warn('node.beam-lost', { code: error instanceof UnicaError ? error.code : 'internal' });
        this.#reached = false;
        await paused(pauseMs, signal);
        pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
      }
    }
  }

  async #tasks(signal: AbortSignal): Promise<readonly BeamTask[]> {
    const path = `/v1/tasks?filter=todo&wait_count=1&wait_time=${WAIT_S}s`;
    await this.#outgoing.record({ kind: 'poll', method: 'GET', path: `beam:${path}`, body: NOTHING, jobId: null });
    const answer = await fetch(`${this.#settings.proxyUrl}${path}`, {
      headers: this.#headers(),
      signal: AbortSignal.any([signal, this.#killSwitch.signal, AbortSignal.timeout((WAIT_S + 20) * 1000)]),
    });
    const text = await limited(answer);
    // 206: the time was over before there were as many as were asked for.
    if (answer.status !== 200 && answer.status !== 206) throw refusal(answer.status);
    const listed = z.array(z.unknown()).safeParse(text === '' ? [] : JSON.parse(text));
    if (!listed.success) throw refusal(answer.status);
    return listed.data.flatMap((one) => {
      const task = beamTaskSchema.safeParse(one);
      if (!task.success) this.#log.warn('node.beam-task-unreadable');
      return task.success ? [task.data] : [];
    });
  }

  #begin(task: BeamTask): void {
    const done = this.#do(task)
      .catch((error: unknown) =>
        this.#log.warn('node.beam-result-lost', { code: error instanceof UnicaError ? error.code : 'internal' }),
      )
      .finally(() => this.#underWay.delete(task.id));
    this.#underWay.set(task.id, done);
  }

  async #do(task: BeamTask): Promise<void> {
    const beganMs = this.#clock();
    const lifeMs = ttlMs(task.ttl) ?? Number.POSITIVE_INFINITY;
    // Before it is told: what was on its way when the node was stopped may have arrived.
    this.#claimed.set(task.id, task);
    await this.#tell(task, 'claimed', '');
    const asked = queryOfTask(task);
    if (asked === undefined) {
      return await this.#tell(task, 'permfailed', 'The body is not {"lang":"ast","query":…}, in base64 or as it is.');
    }
    if (asked.lang !== 'ast')
      return await this.#tell(task, 'permfailed', `The language ${asked.lang} is not spoken here.`);
    const { status, body } = await this.#answer(asked.query, task.from, asked.encoding);
    if (this.#clock() - beganMs > lifeMs) {
      this.#log.info('node.beam-task-too-late');
      this.#claimed.delete(task.id);
      return;
    }
    await this.#tell(task, status, body);
  }

  /** What a researcher can mend or wait for ends the task; what is out of order here may be asked again. */
  async #answer(
    query: unknown,
    from: string,
    encoding: BeamEncoding,
  ): Promise<{ readonly status: Status; readonly body: string }> {
    try {
      const answer = await this.#provider.answer(query, `beam ${from}`);
      return { status: 'succeeded', body: packed(answer, encoding) };
    } catch (error) {
      const known = error instanceof UnicaError ? error : new UnicaError('internal', {}, { cause: error });
      if (known.family !== 'user') this.#log.error('node.beam-failed', { code: known.code }, error);
      return { status: known.family === 'user' ? 'permfailed' : 'tempfailed', body: known.message };
    }
  }

  async #tell(task: BeamTask, status: Status, body: string): Promise<void> {
    const result = this.#result(task, status, body);
    let pauseMs = 250;
    while (!this.#ending.signal.aborted && !this.#killSwitch.stopped) {
      try {
        // An answer on its way is let arrive: what is broken off may have arrived, and giving the task back would take its place.
        const { signal: end } = status === 'claimed' ? this.#ending : this.#gone;
        const signal = AbortSignal.any([end, this.#killSwitch.signal, AbortSignal.timeout(30_000)]);
        const answered = await this.#put(result, signal);
        const isOver = answered < 500 && answered !== 429;
        if (isOver && (status !== 'claimed' || answered >= 300)) this.#claimed.delete(task.id);
        if (answered < 300) return;
        // The task is over, or another answer came first: nothing is left to say.
        if (isOver) throw refusal(answered);
      } catch (error) {
        if (error instanceof UnicaError || this.#ending.signal.aborted) throw error;
      }
      await paused(pauseMs, this.#ending.signal);
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
    }
  }

  #result(task: BeamTask, status: Status, body: string): { readonly path: string; readonly message: Uint8Array } {
    const { appId } = this.#settings;
    const message = { from: appId, to: [task.from], task: task.id, status, body, metadata: { unica: 1 } };
    return { path: `/v1/tasks/${task.id}/results/${appId}`, message: utf8(JSON.stringify(message)) };
  }

  /** @returns the status of the answer */
  async #put(
    { path, message }: { readonly path: string; readonly message: Uint8Array },
    signal: AbortSignal,
  ): Promise<number> {
    await this.#outgoing.record({
      kind: 'receipt-count',
      method: 'PUT',
      path: `beam:${path}`,
      body: message,
      jobId: null,
    });
    const answer = await fetch(`${this.#settings.proxyUrl}${path}`, {
      method: 'PUT',
      headers: { ...this.#headers(), 'content-type': 'application/json' },
      body: Buffer.from(message),
      signal,
    });
    await answer.arrayBuffer();
    return answer.status;
  }

  #headers(): Record<string, string> {
    return { authorization: `ApiKey ${this.#settings.appId} ${this.#apiKey}`, accept: 'application/json' };
  }
}

const NOTHING = new Uint8Array(0);

function refusal(status: number): UnicaError {
  return new UnicaError('node.beam-refused', { status });
}

async function limited(answer: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of answer.body ?? []) {
    const bytes = piece as Uint8Array;
    sizeBytes += bytes.length;
    if (sizeBytes > ANSWER_LIMIT_BYTES) throw refusal(answer.status);
    pieces.push(bytes);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function paused(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}
