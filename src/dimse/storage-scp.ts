import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { type Log, silentLog, UnicaError } from '#base';
import { acceptAssociation, type Offer, REJECTION, turnAway } from './accept-association.ts';
import { checkedAeTitle } from './ae-title.ts';
import { type AllowedPeer, isAllowed } from './allowed-peer.ts';
import { answerFind } from './answer-find.ts';
import { answerRetrieve } from './answer-retrieve.ts';
import type { ReadableArchive } from './archive.ts';
import type { Association, Message } from './association.ts';
import { COMMAND, RESPONSE } from './dimse-message.ts';
import { DEFAULT_LIMITS, type DimseLimits } from './limits.ts';
import { PduSocket } from './pdu-socket.ts';
import { modelOf } from './query.ts';
import { answerStore, type ReceiveInstance } from './receive-instance.ts';
import { tlsWords } from './secure-transport.ts';
import { failureComment, STATUS, statusText } from './status.ts';
import { STORAGE_SOP_CLASSES, VERIFICATION_SOP_CLASS } from './storage-sop-classes.ts';
import { PLAIN_TRANSFER_SYNTAXES, STORED_TRANSFER_SYNTAXES } from './transfer-syntaxes.ts';

export interface StorageScpOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** The AE title that we must be called by. */
  readonly aeTitle: string;
  /** Who may send; everybody when empty. */
  readonly peers: readonly AllowedPeer[];
  /** Associations at once; 32 when absent. */
  readonly maxAssociations?: number;
  readonly limits?: Partial<DimseLimits>;
  /** Classes of objects that are received; {@link STORAGE_SOP_CLASSES} when absent. */
  readonly sopClasses?: readonly string[];
  /** Present for encrypted connections; options of node:tls, at least `cert` and `key`. */
  readonly tls?: TlsOptions;
  readonly log?: Log;
  readonly receive: ReceiveInstance;
  /** What may be read by C-FIND, C-MOVE and C-GET, and by whom; nothing when absent. */
  readonly archive?: ReadableArchive;
}

/** A running receiver; whoever opened it closes it. */
export interface StorageScp {
  readonly port: number;
  /** Associations open now. */
  readonly associations: number;
  /**
   * Takes no more associations, lets operations that are under way be answered, then ends all of them. It waits for
   * `receive`, and for senders as long as the limits say.
   */
  close(): Promise<void>;
}

const DEFAULT_MAX_ASSOCIATIONS = 32;

/**
 * Receives objects by C-STORE, lets others read where there is an archive, and answers C-ECHO, one operation at a time in each
 * of many associations.
 * @throws UnicaError `dimse.cannot-listen`, `dimse.unusable-title`.
 */
export async function openStorageScp(options: StorageScpOptions): Promise<StorageScp> {
  const limits: DimseLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const log = options.log ?? silentLog;
  const maxAssociations = options.maxAssociations ?? DEFAULT_MAX_ASSOCIATIONS;
  const offerTo = offering(options, log);
  const open = new Set<Conversation>();
  const lingering = new Set<Promise<void>>();
  const sockets = new Set<Socket>();
  let isClosing = false;

  const welcome = (socket: Socket) => {
    // Those that are being turned away count as well, or a flood of them would fill the memory.
    if (isClosing || sockets.size >= 2 * maxAssociations) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const pdus = new PduSocket(socket, plainAddress(socket), limits.maxPduBytes);
    if (open.size >= maxAssociations) {
      log.warn('dimse.turned-away', { associations: open.size });
      turnAway(pdus, limits).catch((cause: unknown) => log.error('dimse.turn-away-failed', {}, cause));
      return;
    }
    const address = plainAddress(socket);
    const conversation = new Conversation(pdus, { address, offer: offerTo(address) }, limits, options, log);
    open.add(conversation);
    lingering.add(conversation.done);
    // A peer that has ended in order may come again at once, before its old connection is closed.
    void conversation.served.finally(() => open.delete(conversation));
    void conversation.done.finally(() => lingering.delete(conversation.done));
  };

  const server =
    options.tls === undefined
      ? createServer(welcome)
      : createTlsServer({ handshakeTimeout: limits.associationMs, ...options.tls }, welcome);
  // Those that have not finished their handshake are not welcomed yet, and must not be without number either.
  if (options.tls !== undefined) server.maxConnections = 4 * maxAssociations;
  // A handshake that fails is the peer's affair; the server goes on.
  server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
    log.warn('dimse.tls-refused', { problem: tlsWords(error, socket) ?? 'the handshake was broken off' });
  });
  const port = await listening(server, options);
  server.on('error', (cause: Error) => log.error('dimse.server', {}, cause));
  return {
    port,
    get associations() {
      return open.size;
    },
    async close() {
      isClosing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const conversation of open) conversation.finish();
      await Promise.all(lingering);
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** One connection from its first byte to its end. */
class Conversation {
  /** Resolves when the association is over and nothing is being received any more; never rejects. */
  readonly served: Promise<void>;
  /** Resolves when the connection is closed as well; never rejects. */
  readonly done: Promise<void>;
  readonly #socket: PduSocket;
  readonly #log: Log;
  readonly #options: StorageScpOptions;
  readonly #address: string;
  readonly #limits: DimseLimits;
  #association: Association | undefined;
  #isBusy = false;
  #isFinishing = false;
  #stored = 0;
  #refused = 0;
  #sizeBytes = 0;

  constructor(
    socket: PduSocket,
    { address, offer }: { readonly address: string; readonly offer: Offer },
    limits: DimseLimits,
    options: StorageScpOptions,
    log: Log,
  ) {
    this.#socket = socket;
    this.#log = log;
    this.#options = options;
    this.#address = address;
    this.#limits = limits;
    this.served = this.#run(offer).catch((cause: unknown) => {
      socket.destroy();
      log.error('dimse.association-failed', {}, cause);
    });
    this.done = this.served.then(() => this.#association?.closed());
  }

  /** Ends at once when nothing is under way, else after the answer. */
  finish(): void {
    this.#isFinishing = true;
    if (!this.#isBusy) this.#stop();
  }

  #stop(): void {
    const reason = new UnicaError('dimse.closing');
    if (this.#association === undefined) {
      this.#socket.fail(reason);
      this.#socket.destroy();
    } else void this.#association.abort(reason);
  }

  async #run(offer: Offer): Promise<void> {
    try {
      this.#association = await acceptAssociation(this.#socket, offer, this.#limits);
      if (this.#association === undefined) return;
      const { callingAeTitle, contexts } = this.#association.agreement;
      this.#log.info('dimse.association-begun', { callingAeTitle, contexts: contexts.length });
      while (!this.#isFinishing && (await this.#serve(this.#association)));
      if (this.#isFinishing) this.#stop();
      this.#report(this.#isFinishing ? 'closing' : 'released');
    } catch (error) {
      if (!(error instanceof UnicaError) || error.family === 'bug') throw error;
      this.#report(error.code);
    }
  }

  /** One operation; false when the association was released. */
  async #serve(association: Association): Promise<boolean> {
    const message = await association.receive(this.#limits.idleMs, 'the next request');
    if (message === undefined) return false;
    this.#isBusy = true;
    await this.#answer(association, message);
    this.#isBusy = false;
    return true;
  }

  async #answer(association: Association, message: Message): Promise<void> {
    const { command, context } = message;
    const operation = command.commandField;
    if (await this.#read(association, message)) return;
    if (operation === COMMAND.store && isStored(this.#options, context.abstractSyntax)) {
      const { status, sizeBytes, failure } = await answerStore(association, message, this.#receiveFrom(association));
      this.#sizeBytes += sizeBytes;
      if (status === STATUS.success) this.#stored += 1;
      else {
        this.#refused += 1;
        this.#log.warn('dimse.not-stored', { status: statusText(status), because: failureComment(failure) });
        if (status === STATUS.processingFailure) {
          this.#log.error('dimse.receive-failed', {}, failure);
        }
      }
      return;
    }
    // A cancel comes too late for whatever it meant, and has no answer (PS3.7 section 9.3.2.3).
    if (operation === COMMAND.cancel) return;
    await association.discardDataset();
    const isEcho = operation === COMMAND.echo && context.abstractSyntax === VERIFICATION_SOP_CLASS;
    await association.send(context, {
      ...(command.affectedSopClassUid === undefined ? {} : { affectedSopClassUid: command.affectedSopClassUid }),
      commandField: ((operation ?? 0) | RESPONSE) & 0xffff,
      messageIdRespondedTo: command.messageId ?? 0,
      status: isEcho ? STATUS.success : STATUS.operationUnknown,
    });
  }

  /** Of those who may send: a context for what is read is open to others as well. */
  #receiveFrom({ agreement: { callingAeTitle } }: Association): ReceiveInstance {
    if (isAllowed(this.#options.peers, callingAeTitle, this.#address)) return this.#options.receive;
    return async () => {
      throw new UnicaError('dimse.may-not-send');
    };
  }

  /** Answers a query or a retrieval; false when it is none. */
  async #read(association: Association, message: Message): Promise<boolean> {
    const { archive, aeTitle } = this.#options;
    const model = modelOf(message.context.abstractSyntax);
    if (archive === undefined || model === undefined || message.command.commandField !== COMMAND[model.service]) {
      return false;
    }
    const { callingAeTitle } = association.agreement;
    const asker = { aeTitle: callingAeTitle, address: this.#address };
    const answering = { archive, asker, root: model.root, aeTitle: checkedAeTitle(aeTitle), limits: this.#limits };
    const { status, failure } =
      model.service === 'find'
        ? await answerFind(association, message, answering)
        : await answerRetrieve(association, message, model.service, answering);
    const facts = { service: model.service, status: statusText(status) };
    if (status === STATUS.processingFailure) this.#log.error('dimse.read-failed', facts, failure);
    else if (failure === undefined) this.#log.info('dimse.read', facts);
    else this.#log.warn('dimse.read', { ...facts, because: failureComment(failure) });
    return true;
  }

  #report(end: string): void {
    const facts = { end, stored: this.#stored, refused: this.#refused, sizeBytes: this.#sizeBytes };
    if (end === 'released') this.#log.info('dimse.association-ended', facts);
    else this.#log.warn('dimse.association-ended', facts);
  }
}

function offering(options: StorageScpOptions, log: Log): (address: string) => Offer {
  const aeTitle = checkedAeTitle(options.aeTitle);
  const stored = new Set(options.sopClasses ?? STORAGE_SOP_CLASSES);
  const plain = new Set(PLAIN_TRANSFER_SYNTAXES);
  const { archive, peers } = options;
  const mayRead = (title: string, address: string) =>
    archive?.readers.some((reader) => reader.aeTitle.trim() === title && reader.addresses.includes(address)) === true;
  return (address) => ({
    reject(request) {
      const rejection =
        request.calledAeTitle !== aeTitle
          ? REJECTION.calledTitleUnknown
          : isAllowed(peers, request.callingAeTitle, address) || mayRead(request.callingAeTitle, address)
            ? undefined
            : REJECTION.callingTitleUnknown;
      if (rejection !== undefined) log.warn('dimse.rejected', { reason: rejection.reason });
      return rejection;
    },
    syntaxesOf(abstractSyntax, { callingAeTitle }) {
      if (abstractSyntax === VERIFICATION_SOP_CLASS) return plain;
      if (modelOf(abstractSyntax) !== undefined) return mayRead(callingAeTitle, address) ? plain : undefined;
      const isTaken = stored.has(abstractSyntax) && isAllowed(peers, callingAeTitle, address);
      return isTaken ? STORED_TRANSFER_SYNTAXES : undefined;
    },
    sends: (sopClassUid, { callingAeTitle }) => modelOf(sopClassUid) === undefined && mayRead(callingAeTitle, address),
  });
}

/** Verification, queries and retrievals have contexts too. */
function isStored({ archive }: StorageScpOptions, abstractSyntax: string): boolean {
  return abstractSyntax !== VERIFICATION_SOP_CLASS && (archive === undefined || modelOf(abstractSyntax) === undefined);
}

/** IPv4 addresses as such also where the socket listens on IPv6. */
function plainAddress({ remoteAddress }: Socket): string {
  return (remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '');
}

function listening(
  server: ReturnType<typeof createServer>,
  { host, port }: Pick<StorageScpOptions, 'host' | 'port'>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(new UnicaError('dimse.cannot-listen', { port, reason: cause.code ?? 'network error' }, { cause })),
    );
    server.listen({ host, port }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
