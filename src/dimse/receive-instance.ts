import { UnicaError } from '#base';
import type { Association, Message } from './association.ts';
import { COMMAND, RESPONSE } from './dimse-message.ts';
import { failureComment, STATUS, statusOfFailure } from './status.ts';

/** An object on its way in. */
export interface IncomingInstance {
  readonly callingAeTitle: string;
  readonly calledAeTitle: string;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
  /** Whose C-MOVE brought it, when one did. */
  readonly moveOriginator?: { readonly aeTitle: string; readonly messageId: number };
  /**
   * The data set as it is sent, without a file header; once. Asking for no more makes the sender wait. It throws a
   * UnicaError when the sender breaks off, stalls, or sends something else; nothing is confirmed then.
   */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * Takes an object and resolves once it is durable: the sender is told then, and not before. It reads `chunks` to the end.
 * What it throws decides what the sender is told (PS3.4 table B.2-1).
 */
export type ReceiveInstance = (instance: IncomingInstance) => Promise<void>;

/** What became of one C-STORE that was asked of us. */
export interface Received {
  readonly status: number;
  readonly sizeBytes: number;
  /** Why it was not kept. */
  readonly failure?: unknown;
}

/**
 * Answers a C-STORE-RQ, whatever `receive` makes of it.
 * @throws UnicaError when the association is over; nothing was confirmed then.
 */
export async function answerStore(
  association: Association,
  message: Message,
  receive: ReceiveInstance,
): Promise<Received> {
  const received = await take(association, message, receive);
  const { command, context } = message;
  // No answer goes out in the middle of the request that it answers.
  await association.discardDataset();
  await association.send(context, {
    affectedSopClassUid: command.affectedSopClassUid ?? context.abstractSyntax,
    commandField: COMMAND.store | RESPONSE,
    messageIdRespondedTo: command.messageId ?? 0,
    affectedSopInstanceUid: command.affectedSopInstanceUid ?? '',
    status: received.status,
    ...(received.failure === undefined ? {} : { errorComment: failureComment(received.failure) }),
  });
  return received;
}

async function take(association: Association, message: Message, receive: ReceiveInstance): Promise<Received> {
  const { command, context, dataset } = message;
  const { affectedSopInstanceUid: sopInstanceUid, moveOriginatorAeTitle, moveOriginatorMessageId } = command;
  if (command.affectedSopClassUid !== context.abstractSyntax) return { status: STATUS.wrongSopClass, sizeBytes: 0 };
  if (sopInstanceUid === undefined || !isUid(sopInstanceUid)) return { status: STATUS.invalidInstance, sizeBytes: 0 };
  if (dataset === undefined) return { status: STATUS.cannotUnderstand, sizeBytes: 0 };
  const counted = new CountedChunks(dataset);
  try {
    await receive({
      callingAeTitle: association.agreement.callingAeTitle,
      calledAeTitle: association.agreement.calledAeTitle,
      sopClassUid: context.abstractSyntax,
      sopInstanceUid,
      transferSyntaxUid: context.transferSyntax,
      ...(moveOriginatorAeTitle === undefined
        ? {}
        : { moveOriginator: { aeTitle: moveOriginatorAeTitle, messageId: moveOriginatorMessageId ?? 0 } }),
      chunks: counted,
    });
    if (!counted.isRead) throw new UnicaError('dimse.unread');
    return { status: STATUS.success, sizeBytes: counted.sizeBytes };
  } catch (failure) {
    return { status: statusOfFailure(failure), sizeBytes: counted.sizeBytes, failure };
  }
}

/** PS3.5 section 9.1; what goes by it may become a file name. */
function isUid(text: string): boolean {
  return text.length <= 64 && /^[0-9]+(\.[0-9]+)+$/.test(text);
}

/** Chunks, and whether somebody has seen the last of them. */
class CountedChunks implements AsyncIterable<Uint8Array> {
  sizeBytes = 0;
  isRead = false;
  readonly #chunks: AsyncIterable<Uint8Array>;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of this.#chunks) {
      this.sizeBytes += chunk.length;
      yield chunk;
    }
    this.isRead = true;
  }
}
