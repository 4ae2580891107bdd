import { UnicaError } from '#base';
import { PduViolation } from './decode-pdu.ts';
import {
  announcesDataSet,
  COMMAND_BYTES_AT_MOST,
  type Command,
  decodeCommand,
  encodeCommand,
} from './dimse-message.ts';
import { dataHead, encodePdu } from './encode-pdu.ts';
import { fragmentsOf } from './fragments.ts';
import type { DimseLimits } from './limits.ts';
import { ABORT_REASON, DATA_HEAD_BYTES, type DataValue, type Pdu } from './pdu.ts';
import type { PduSocket } from './pdu-socket.ts';

/** A context both sides agreed on. */
export interface AgreedContext {
  readonly id: number;
  readonly abstractSyntax: string;
  readonly transferSyntax: string;
}

/** What was agreed when the association was made. */
export interface Agreement {
  readonly calledAeTitle: string;
  readonly callingAeTitle: string;
  readonly contexts: readonly AgreedContext[];
  /** Of the other side; 0 for any. */
  readonly peerMaxPduBytes: number;
  /** Classes of objects that the other side takes over this association (C-GET), though it asked for it. */
  readonly peerTakes?: ReadonlySet<string>;
}

/** A command and, when it announces one, the data set behind it: once, and before the next message is received. */
export interface Message {
  readonly context: AgreedContext;
  readonly command: Command;
  readonly dataset: AsyncIterable<Uint8Array> | undefined;
}

/** A data set that is being received. */
interface OpenDataset {
  readonly contextId: number;
  readonly waitedBeforeMs: number;
  sizeBytes: number;
  isRead?: boolean;
  /** The piece that was asked for last. */
  reading?: Promise<Uint8Array>;
}

/** We send no longer pieces than this, however long the other side would take. */
const SENT_PDU_BYTES_AT_MOST = 131_072;
/** Two bytes of data and their head; with less nothing could be sent at all. */
const PEER_PDU_BYTES_AT_LEAST = 8;
/** How long a peer that was broken off with may take to close; nothing is expected of it any more. */
const ABORT_LINGER_MS = 5000;

/**
 * An agreed association (PS3.8 section 9.2 from Sta6 on), the same for both sides. One reader at a time. Whoever made it
 * ends it with {@link release} or {@link abort}.
 */
export class Association {
  readonly agreement: Agreement;
  readonly #socket: PduSocket;
  readonly #limits: DimseLimits;
  readonly #contexts: ReadonlyMap<number, AgreedContext>;
  readonly #fragmentBytes: number;
  #values: DataValue[] = [];
  #openDataset: OpenDataset | undefined;
  #ended: Promise<void> | undefined;

  constructor(socket: PduSocket, agreement: Agreement, limits: DimseLimits) {
    this.agreement = agreement;
    this.#socket = socket;
    this.#limits = limits;
    this.#contexts = new Map(agreement.contexts.map((context) => [context.id, context]));
    const asked = agreement.peerMaxPduBytes === 0 ? SENT_PDU_BYTES_AT_MOST : agreement.peerMaxPduBytes;
    const longest = Math.min(SENT_PDU_BYTES_AT_MOST, Math.max(PEER_PDU_BYTES_AT_LEAST, asked));
    // Pieces have an even length (PS3.8 annex E).
    this.#fragmentBytes = (longest - DATA_HEAD_BYTES) & ~1;
  }

  /** How the other side is called in errors. */
  get peer(): string {
    return this.#socket.peer;
  }

  /** Whether it was ended, by either side. */
  get isOver(): boolean {
    return this.#ended !== undefined;
  }

  /** Whether {@link receive} would have something to do at once: a message has begun to arrive, or the peer is gone. */
  get hasInput(): boolean {
    try {
      return this.#values.length > 0 || this.#socket.isLost || this.#socket.hasPdu;
    } catch (error) {
      throw this.#over(error);
    }
  }

  /** The agreed context of an abstract syntax, in one of the given transfer syntaxes where these are named. */
  contextOf(abstractSyntax: string, transferSyntax?: string): AgreedContext | undefined {
    return this.agreement.contexts.find(
      (context) =>
        context.abstractSyntax === abstractSyntax &&
        (transferSyntax === undefined || context.transferSyntax === transferSyntax),
    );
  }

  /**
   * The next message; undefined when the other side released the association, which is then over. What is left of the
   * data set before it is read and thrown away.
   * @throws UnicaError `dimse.aborted`, `dimse.connection-lost`, `dimse.timeout`, `dimse.protocol`; after that the
   * association is over.
   */
  async receive(limitMs: number, waitingFor: string): Promise<Message | undefined> {
    try {
      await this.discardDataset();
      const first = await this.#firstValue(limitMs, waitingFor);
      if (first === undefined) return undefined;
      const command = decodeCommand(await this.#commandBytes(first));
      const context = this.#contexts.get(first.contextId);
      if (context === undefined) throw new PduViolation('a message in a context that was not agreed');
      if (!announcesDataSet(command)) return { context, command, dataset: undefined };
      const open: OpenDataset = { contextId: context.id, waitedBeforeMs: this.#socket.waitedMs, sizeBytes: 0 };
      this.#openDataset = open;
      return { context, command, dataset: this.#chunksOf(open) };
    } catch (error) {
      throw this.#over(error);
    }
  }

  /** Reads what is left of the data set of the last message, and throws it away. @throws UnicaError as {@link receive} */
  async discardDataset(): Promise<void> {
    const open = this.#openDataset;
    if (open === undefined) return;
    // Under another name, so that a reader which was left running reads no further.
    const rest: OpenDataset = {
      contextId: open.contextId,
      waitedBeforeMs: open.waitedBeforeMs,
      sizeBytes: open.sizeBytes,
    };
    this.#openDataset = rest;
    await open.reading;
    if (!open.isRead) while (!rest.isRead) await this.#nextChunk(rest);
  }

  /** @throws UnicaError `dimse.connection-lost`, `dimse.timeout`; after that the association is over. */
  async send(
    context: AgreedContext,
    command: Omit<Command, 'dataSetType'>,
    dataset?: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<void> {
    await this.#sendPieces(context.id, true, [encodeCommand(command, dataset !== undefined)]);
    if (dataset !== undefined) await this.#sendPieces(context.id, false, dataset);
  }

  /** Ends the association in order; messages that still arrive are thrown away. @throws UnicaError as {@link receive} */
  async release(): Promise<void> {
    if (this.#ended !== undefined) return this.#ended;
    try {
      await this.#socket.write([encodePdu({ kind: 'release-request' })], this.#limits.fragmentMs);
      for (;;) {
        const pdu = await this.#socket.read(this.#limits.associationMs, 'the end of the association');
        if (pdu.kind === 'release-reply') break;
        if (pdu.kind === 'abort') throw abortedError(this.peer, pdu.reason);
        // Both sides may ask at once (PS3.8 section 9.2.3, Sta9 to Sta12).
        if (pdu.kind === 'release-request') {
          await this.#socket.write([encodePdu({ kind: 'release-reply' })], this.#limits.fragmentMs);
        } else if (pdu.kind !== 'data') throw new PduViolation(`an ${pdu.kind}`, ABORT_REASON.unexpectedPdu);
      }
      this.#ended = this.#socket.end(undefined, this.#limits.associationMs);
      return await this.#ended;
    } catch (error) {
      throw this.#over(error);
    }
  }

  /** Breaks off, by wish of the application; whoever waits for the other side gets `reason` thrown. */
  abort(reason: Error): Promise<void> {
    return this.#abortWith(0, ABORT_REASON.notSpecified, reason);
  }

  /** Resolves when the connection is closed; never before the association was ended by one side. */
  async closed(): Promise<void> {
    await this.#ended;
  }

  #abortWith(source: number, reason: number, thrown: Error): Promise<void> {
    this.#socket.fail(thrown);
    const lingerMs = Math.min(ABORT_LINGER_MS, this.#limits.associationMs);
    this.#ended ??= this.#socket.end(encodePdu({ kind: 'abort', source, reason }), lingerMs);
    return this.#ended;
  }

  /** Says good-bye as the failure asks for, and names the failure. */
  #over(error: unknown): unknown {
    if (error instanceof PduViolation) {
      const thrown = protocolError(this.peer, error);
      this.#abortWith(2, error.abortReason, thrown);
      return thrown;
    }
    if (error instanceof UnicaError && (error.code === 'dimse.aborted' || error.code === 'dimse.connection-lost')) {
      this.#ended ??= this.#socket.end(undefined, 0);
    } else {
      this.#abortWith(2, ABORT_REASON.notSpecified, error instanceof Error ? error : new Error(String(error)));
    }
    return error;
  }

  /** The first piece of the next message; undefined when the association was released instead. */
  async #firstValue(limitMs: number, waitingFor: string): Promise<DataValue | undefined> {
    const held = this.#values.shift();
    if (held !== undefined) return held;
    const pdu = await this.#socket.read(limitMs, waitingFor);
    if (pdu.kind === 'release-request') {
      this.#ended = this.#socket.end(encodePdu({ kind: 'release-reply' }), this.#limits.associationMs);
      return undefined;
    }
    return this.#takeData(pdu);
  }

  async #nextValue(limitMs: number): Promise<DataValue> {
    const held = this.#values.shift();
    if (held !== undefined) return held;
    return this.#takeData(await this.#socket.read(limitMs, 'the rest of a message'));
  }

  #takeData(pdu: Pdu): DataValue {
    if (pdu.kind === 'abort') throw abortedError(this.peer, pdu.reason);
    if (pdu.kind !== 'data') throw new PduViolation(`an ${pdu.kind} out of turn`, ABORT_REASON.unexpectedPdu);
    const [first, ...rest] = pdu.values;
    if (first === undefined) throw new PduViolation('a data transfer without data');
    this.#values = rest;
    return first;
  }

  async #commandBytes(first: DataValue): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    const waitedBeforeMs = this.#socket.waitedMs;
    let sizeBytes = 0;
    // All of it within the time of one piece: a command is short, however it was cut.
    const leftMs = () => Math.max(0, this.#limits.fragmentMs - (this.#socket.waitedMs - waitedBeforeMs));
    for (let value = first; ; value = await this.#nextValue(leftMs())) {
      if (!value.isCommand) throw new PduViolation('a data set where a command was due', ABORT_REASON.unexpectedPdu);
      if (value.contextId !== first.contextId) throw new PduViolation('a command in two contexts');
      sizeBytes += value.bytes.length;
      // The count is bounded too: empty pieces cost memory as well.
      if (sizeBytes > COMMAND_BYTES_AT_MOST || parts.length > COMMAND_BYTES_AT_MOST) {
        throw new PduViolation('a command without end');
      }
      parts.push(value.bytes);
      if (value.isLast) return parts.length === 1 ? value.bytes : Buffer.concat(parts);
    }
  }

  async *#chunksOf(open: OpenDataset): AsyncGenerator<Uint8Array, void, undefined> {
    while (!open.isRead) {
      // Whoever reads on after the message was answered must not take the end of it for the end of the data set.
      if (this.#openDataset !== open) throw new UnicaError('dimse.unread');
      open.reading = this.#nextChunk(open);
      const chunk = await open.reading;
      if (chunk.length > 0) yield chunk;
    }
  }

  async #nextChunk(open: OpenDataset): Promise<Uint8Array> {
    const { fragmentMs, datasetMs, maxDatasetBytes } = this.#limits;
    try {
      const leftMs = datasetMs - (this.#socket.waitedMs - open.waitedBeforeMs);
      if (leftMs <= 0) {
        throw new UnicaError('dimse.timeout', { peer: this.peer, limitMs: datasetMs, waitingFor: 'an object' });
      }
      const value = await this.#nextValue(Math.min(leftMs, fragmentMs));
      if (value.isCommand) throw new PduViolation('a command inside a data set', ABORT_REASON.unexpectedPdu);
      if (value.contextId !== open.contextId) throw new PduViolation('a data set in another context than its command');
      open.sizeBytes += value.bytes.length;
      if (open.sizeBytes > maxDatasetBytes) {
        throw new UnicaError('dimse.too-large', { peer: this.peer, limitBytes: maxDatasetBytes });
      }
      if (value.isLast) {
        open.isRead = true;
        this.#openDataset = undefined;
      }
      return value.bytes;
    } catch (error) {
      throw this.#over(error);
    }
  }

  async #sendPieces(
    contextId: number,
    isCommand: boolean,
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<void> {
    try {
      for await (const { bytes, isLast } of fragmentsOf(chunks, this.#fragmentBytes)) {
        const head = dataHead({ contextId, isCommand, isLast, bytes });
        await this.#socket.write([head, bytes], this.#limits.fragmentMs);
      }
    } catch (error) {
      throw this.#over(error);
    }
  }
}

/** What a violation is called outside this room. */
export function protocolError(peer: string, { message }: PduViolation): UnicaError {
  return new UnicaError('dimse.protocol', { peer, problem: message });
}

function abortedError(peer: string, reason: number): UnicaError {
  return new UnicaError('dimse.aborted', { peer, reason: `reason ${reason}` });
}
