import { UnicaError } from '#base';
import type { Association, Message } from './association.ts';
import { COMMAND } from './dimse-message.ts';

/** Hears what the other side says while it is being answered: that it cancels, or that it is gone. */
export class Interruption {
  readonly #association: Association;
  readonly #messageId: number;
  readonly #messageMs: number;
  readonly #gone = new AbortController();
  #isCancelled = false;
  #looking: Promise<void> | undefined;

  /** @param messageMs how long a message that has begun to arrive may take */
  constructor(association: Association, messageId: number, messageMs: number) {
    this.#association = association;
    this.#messageId = messageId;
    this.#messageMs = messageMs;
  }

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /** Aborts when the association has ended in the middle of the operation. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /**
   * Reads what has arrived, without waiting for more. To be called between two answers, and now and then.
   * @throws UnicaError when the association is over
   */
  async look(): Promise<void> {
    this.#looking ??= this.#read().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  /**
   * Looks by itself until the function that is returned is called, which waits for a look that has begun: nobody else may read
   * meanwhile. {@link gone} tells of an end.
   */
  watch(everyMs: number): () => Promise<void> {
    const timer = setInterval(() => {
      // Whoever works on hears it by the signal, or when it answers.
      this.look().catch(() => {});
    }, everyMs);
    return async () => {
      clearInterval(timer);
      await this.#looking?.catch(() => {});
    };
  }

  /** Hears a message that is no answer to what we sent. @throws UnicaError when the association is over */
  async hear(message: Message | undefined): Promise<void> {
    const { commandField, messageIdRespondedTo } = message?.command ?? {};
    if (message !== undefined && commandField === COMMAND.cancel) {
      // Another number is of an operation that has been answered already; there is nothing to say to it.
      if (messageIdRespondedTo === this.#messageId) this.#isCancelled = true;
      return;
    }
    const problem = message === undefined ? 'a release in the middle of an operation' : 'a request within another';
    const error = new UnicaError('dimse.protocol', { peer: this.#association.peer, problem });
    if (message !== undefined) void this.#association.abort(error);
    throw error;
  }

  async #read(): Promise<void> {
    try {
      while (this.#association.hasInput) {
        await this.hear(await this.#association.receive(this.#messageMs, 'the rest of a message'));
      }
    } catch (error) {
      this.#gone.abort(error);
      throw error;
    }
  }
}
