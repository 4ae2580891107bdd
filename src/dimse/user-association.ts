import { UnicaError } from '#base';
import type { AgreedContext, Association, Message } from './association.ts';
import { COMMAND, type Command, RESPONSE } from './dimse-message.ts';
import { DEFAULT_LIMITS, type DimseLimits } from './limits.ts';
import type { RoleSelection } from './pdu.ts';
import { type RemoteSystem, requestAssociation, type WantedContext } from './request-association.ts';
import { statusText } from './status.ts';

/** What every operation that we ask for can be given. */
export interface OperationOptions {
  /** Ends it; its reason is thrown. Queries and retrievals are cancelled in order first (C-CANCEL). */
  readonly signal?: AbortSignal | undefined;
}

/** An association in which we ask and the other side answers. Whoever opened it calls {@link end}. */
export class UserAssociation {
  readonly #association: Association;
  readonly #limits: DimseLimits;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: () => void;
  #messageId = 0;
  /** The question that may be cancelled. */
  #cancellable: { readonly context: AgreedContext; readonly messageId: number } | undefined;
  #cancelTimer: NodeJS.Timeout | undefined;

  /** @throws UnicaError as {@link requestAssociation}; the reason of `signal`. */
  static async open(
    remote: RemoteSystem,
    wanted: readonly WantedContext[],
    roles: readonly RoleSelection[],
    signal: AbortSignal | undefined,
  ): Promise<UserAssociation> {
    const association = await requestAssociation(remote, wanted, roles, signal);
    return new UserAssociation(association, { ...DEFAULT_LIMITS, ...remote.limits }, signal);
  }

  private constructor(association: Association, limits: DimseLimits, signal: AbortSignal | undefined) {
    this.#association = association;
    this.#limits = limits;
    this.#signal = signal;
    this.#onAbort = () => this.#stop();
    signal?.addEventListener('abort', this.#onAbort);
  }

  /** Where received messages come from and their answers go. */
  get association(): Association {
    return this.#association;
  }

  get peer(): string {
    return this.#association.peer;
  }

  /** @throws UnicaError `dimse.not-offered` when the other side does not serve the abstract syntax. */
  contextFor(abstractSyntax: string, service: string): AgreedContext {
    const context = this.#association.contextOf(abstractSyntax);
    if (context === undefined) throw new UnicaError('dimse.not-offered', { peer: this.peer, service });
    return context;
  }

  /** Sends a request under the next message id. */
  async ask(
    context: AgreedContext,
    command: Omit<Command, 'dataSetType' | 'messageId'>,
    dataset?: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<void> {
    this.#messageId = (this.#messageId % 0xffff) + 1;
    await this.#association.send(
      context,
      { affectedSopClassUid: context.abstractSyntax, ...command, messageId: this.#messageId },
      dataset,
    );
    const { commandField } = command;
    const cancellable = commandField === COMMAND.find || commandField === COMMAND.move || commandField === COMMAND.get;
    this.#cancellable = cancellable ? { context, messageId: this.#messageId } : undefined;
    if (cancellable && this.#signal?.aborted === true) this.#stop();
  }

  /** The next message of any kind. @throws UnicaError as {@link Association.receive} */
  async message(): Promise<Message> {
    const message = await this.#association.receive(this.#limits.responseMs, 'an answer');
    if (message !== undefined) return message;
    throw new UnicaError('dimse.connection-lost', { peer: this.peer, reason: 'released before it answered' });
  }

  /** The next answer to what was asked last. @throws UnicaError `dimse.protocol` when something else comes. */
  async answer(operation: number): Promise<Message & { readonly status: number }> {
    return this.asAnswer(await this.message(), operation);
  }

  asAnswer(message: Message, operation: number): Message & { readonly status: number } {
    const { commandField, messageIdRespondedTo, status } = message.command;
    const fits = commandField === (operation | RESPONSE) && messageIdRespondedTo === this.#messageId;
    if (fits && status !== undefined) return { ...message, status };
    const problem = new UnicaError('dimse.protocol', { peer: this.peer, problem: 'an answer to what was not asked' });
    void this.#association.abort(problem);
    throw problem;
  }

  /** Asks the other side to stop answering; it answers once more. */
  cancel(): void {
    const question = this.#cancellable;
    if (question === undefined) return;
    this.#cancellable = undefined;
    const late = new UnicaError('dimse.timeout', {
      peer: this.peer,
      limitMs: this.#limits.associationMs,
      waitingFor: 'the end of a cancelled operation',
    });
    this.#cancelTimer = setTimeout(() => void this.#association.abort(late), this.#limits.associationMs);
    const command = { commandField: COMMAND.cancel, messageIdRespondedTo: question.messageId };
    // When it cannot be sent, whoever waits for the answer learns why.
    this.#association.send(question.context, command).catch(() => {});
  }

  /** The last answer has come; there is nothing to cancel any more. */
  answered(): void {
    this.#cancellable = undefined;
    clearTimeout(this.#cancelTimer);
  }

  /** Releases the association, or breaks it off after a failure; never throws. */
  async end(failure?: unknown): Promise<void> {
    this.answered();
    this.#signal?.removeEventListener('abort', this.#onAbort);
    if (failure === undefined) await this.#association.release().catch(() => {});
    else void this.#association.abort(failure instanceof Error ? failure : new Error(String(failure)));
  }

  #stop(): void {
    if (this.#cancellable !== undefined) this.cancel();
    else {
      const reason: unknown = this.#signal?.reason;
      void this.#association.abort(reason instanceof Error ? reason : new Error(String(reason)));
    }
  }
}

/** Opens, works, ends. @throws whatever `work` throws; the reason of `signal` when it has aborted. */
export async function withUserAssociation<T>(
  remote: RemoteSystem,
  wanted: readonly WantedContext[],
  roles: readonly RoleSelection[],
  signal: AbortSignal | undefined,
  work: (user: UserAssociation) => Promise<T>,
): Promise<T> {
  const user = await UserAssociation.open(remote, wanted, roles, signal);
  try {
    const result = await work(user);
    signal?.throwIfAborted();
    await user.end();
    return result;
  } catch (error) {
    await user.end(error);
    throw error;
  }
}

/** The other side answered that it would not or could not. */
export function refusedError(peer: string, operation: string, status: number): UnicaError {
  return new UnicaError('dimse.refused', { peer, operation, status: statusText(status) });
}
