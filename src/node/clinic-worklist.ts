import { asUnicaError, type Clock, type Log, UnicaError } from '#base';
import { findScheduled } from '#dimse';
import type { EnabledModel } from './clinic-models.ts';
import type { ClinicOrders } from './clinic-orders.ts';
import type { NodeConfig } from './config.ts';
import { remoteOf } from './dicom-remote.ts';
import type { KillSwitch } from './kill-switch.ts';

const LIMIT_MS = 60_000;

interface WorklistParts {
  readonly config: NodeConfig;
  readonly models: { enabled(): Promise<readonly Pick<EnabledModel, 'modalities'>[]> };
  readonly orders: ClinicOrders;
  readonly killSwitch: KillSwitch;
  readonly log: Log;
  readonly clock: Clock;
  /** Called when there were new ones. */
  readonly onOrders: () => void;
  /** How long one reading of it may take; a minute unless told. */
  readonly limitMs?: number | undefined;
}

/** Asks the hospital's worklist for orders, now and then. Whoever made it closes it. */
export class ClinicWorklist {
  readonly #parts: WorklistParts;
  readonly #ending = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #asking: Promise<void> = Promise.resolve();
  /** Code of what the last question failed with. */
  failure: string | null = null;

  constructor(parts: WorklistParts) {
    this.#parts = parts;
  }

  start(): void {
    if (this.#parts.config.worklist === undefined || this.#ending.signal.aborted) return;
    this.#asking = this.ask().then(
      () => {
        this.failure = null;
      },
      (error: unknown) => {
        if (this.#ending.signal.aborted) return;
        this.failure = asUnicaError(error).code;
        this.#parts.log.warn('node.worklist-not-read', { code: this.failure });
      },
    );
    this.#timer = setTimeout(() => this.start(), this.#parts.config.worklistMinutes * 60_000).unref();
  }

  /**
   * Reads the orders of today for what the enabled models read. What was told before a failure is taken.
   * @returns how many are new
   * @throws UnicaError as `findScheduled`; `dimse.timeout` where it takes too long in all
   */
  async ask(): Promise<number> {
    const { config, models, orders, killSwitch, clock, onOrders, limitMs = LIMIT_MS } = this.#parts;
    if (config.worklist === undefined || killSwitch.stopped) return 0;
    const modalities = new Set((await models.enabled()).flatMap((model) => model.modalities));
    const remote = await remoteOf(config, config.worklist);
    const stopped = AbortSignal.any([this.#ending.signal, killSwitch.signal]);
    const limit = AbortSignal.timeout(limitMs);
    const signal = AbortSignal.any([stopped, limit]);
    let taken = 0;
    try {
      for (const modality of modalities)
        for (const { accessionNumber } of await findScheduled(remote, { date: today(clock()), modality }, { signal }))
          if ((await orders.take(accessionNumber, null, 'worklist')) === 'taken') taken += 1;
    } catch (error) {
      if (!limit.aborted || stopped.aborted) throw error;
      const waitingFor = 'the end of the worklist';
      throw new UnicaError('dimse.timeout', { peer: remote.aeTitle, limitMs, waitingFor }, { cause: error });
    } finally {
      if (taken > 0) onOrders();
    }
    return taken;
  }

  async close(): Promise<void> {
    this.#ending.abort();
    clearTimeout(this.#timer);
    await this.#asking;
  }
}

/** As this machine's calendar has it, which is that of the hospital. */
function today(nowMs: number): string {
  const now = new Date(nowMs);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
}
