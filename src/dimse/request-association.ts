import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { UnicaError } from '#base';
import { checkedAeTitle } from './ae-title.ts';
import { type AgreedContext, Association, protocolError } from './association.ts';
import { PduViolation } from './decode-pdu.ts';
import { encodePdu } from './encode-pdu.ts';
import { IMPLEMENTATION } from './implementation.ts';
import { DEFAULT_LIMITS, type DimseLimits } from './limits.ts';
import {
  ABORT_REASON,
  type AssociateAccept,
  type AssociateReject,
  CONTEXT_RESULT,
  DICOM_APPLICATION_CONTEXT,
  type ProposedContext,
  type RoleSelection,
} from './pdu.ts';
import { PduSocket } from './pdu-socket.ts';
import { tlsWords } from './secure-transport.ts';

/** Another DICOM system, such as a PACS, and who we are to it. */
export interface RemoteSystem {
  readonly host: string;
  readonly port: number;
  /** The AE title it is called by. */
  readonly aeTitle: string;
  /** Our own AE title. */
  readonly callingAeTitle: string;
  /** Present for an encrypted connection; options of node:tls, such as `ca`, `cert` and `key`. */
  readonly tls?: ConnectionOptions;
  readonly limits?: Partial<DimseLimits>;
}

/** An abstract syntax and the transfer syntaxes it is wanted in, by preference. */
export type WantedContext = Omit<ProposedContext, 'id'>;

/** Numbers of contexts are odd and below 256. */
export const CONTEXTS_AT_MOST = 128;

/**
 * Connects to a system and agrees on an association. The caller ends it. When `signal` aborts before, its reason is
 * thrown.
 * @throws UnicaError `dimse.unreachable`, `dimse.tls-refused`, `dimse.rejected`, `dimse.timeout`, `dimse.connection-lost`, `dimse.protocol`,
 * `dimse.aborted`, `dimse.unusable-title`, `dimse.too-many-kinds`.
 */
export async function requestAssociation(
  remote: RemoteSystem,
  wanted: readonly WantedContext[],
  roles: readonly RoleSelection[],
  signal: AbortSignal | undefined,
): Promise<Association> {
  const limits: DimseLimits = { ...DEFAULT_LIMITS, ...remote.limits };
  const titles = {
    calledAeTitle: checkedAeTitle(remote.aeTitle),
    callingAeTitle: checkedAeTitle(remote.callingAeTitle),
  };
  if (wanted.length > CONTEXTS_AT_MOST) {
    throw new UnicaError('dimse.too-many-kinds', { limit: CONTEXTS_AT_MOST, asked: wanted.length });
  }
  const contexts = wanted.map((context, index) => ({ id: 2 * index + 1, ...context }));
  const peer = `${titles.calledAeTitle} (${remote.host}:${remote.port})`;
  const raw = await connected(remote, peer, limits, signal);
  const socket = new PduSocket(raw, peer, limits.maxPduBytes);
  const stop = () => socket.fail(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
  signal?.addEventListener('abort', stop);
  try {
    const request = encodePdu({
      kind: 'associate-request',
      protocolVersion: 1,
      ...titles,
      applicationContext: DICOM_APPLICATION_CONTEXT,
      contexts,
      userInformation: {
        maxPduBytes: limits.maxPduBytes,
        implementationClassUid: IMPLEMENTATION.classUid,
        implementationVersion: IMPLEMENTATION.version,
        roles,
      },
    });
    await socket.write([request], limits.associationMs);
    const accept = await readAnswer(socket, limits);
    const agreement = {
      ...titles,
      contexts: agreedOf(contexts, accept),
      peerMaxPduBytes: accept.userInformation.maxPduBytes,
    };
    return new Association(socket, agreement, limits);
  } catch (error) {
    const reason = error instanceof PduViolation ? error.abortReason : ABORT_REASON.notSpecified;
    const last = socket.isLost ? undefined : encodePdu({ kind: 'abort', source: 2, reason });
    void socket.end(last, limits.associationMs);
    throw error instanceof PduViolation ? protocolError(peer, error) : error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

async function readAnswer(socket: PduSocket, limits: DimseLimits): Promise<AssociateAccept> {
  const pdu = await socket.read(limits.associationMs, 'the answer to our request for an association');
  switch (pdu.kind) {
    case 'associate-accept':
      return pdu;
    case 'associate-reject':
      throw new UnicaError('dimse.rejected', { peer: socket.peer, reason: rejectionWords(pdu) });
    case 'abort':
      throw new UnicaError('dimse.aborted', { peer: socket.peer, reason: `reason ${pdu.reason}` });
    default:
      throw new PduViolation(`an ${pdu.kind} out of turn`, ABORT_REASON.unexpectedPdu);
  }
}

function agreedOf(proposed: readonly ProposedContext[], accept: AssociateAccept): readonly AgreedContext[] {
  return accept.contexts.flatMap(({ id, result, transferSyntax }) => {
    if (result !== CONTEXT_RESULT.accepted) return [];
    const context = proposed.find((each) => each.id === id);
    if (context === undefined || !context.transferSyntaxes.includes(transferSyntax)) {
      throw new PduViolation('an answer to what was not proposed');
    }
    return [{ id, abstractSyntax: context.abstractSyntax, transferSyntax }];
  });
}

/** PS3.8 table 9-21 in words. */
function rejectionWords({ source, reason }: AssociateReject): string {
  return REJECTION_WORDS[`${source}.${reason}`] ?? `source ${source}, reason ${reason}`;
}

const REJECTION_WORDS: Readonly<Record<string, string>> = {
  '1.2': 'it does not know the DICOM application context',
  '1.3': 'it does not know our AE title',
  '1.7': 'it does not go by the AE title it was called by',
  '2.2': 'it speaks another version of the protocol',
  '3.1': 'it is busy',
  '3.2': 'it serves as many associations as it can',
};

async function connected(
  { host, port, tls }: RemoteSystem,
  peer: string,
  limits: DimseLimits,
  signal: AbortSignal | undefined,
): Promise<Socket> {
  signal?.throwIfAborted();
  const socket = tls === undefined ? connect({ host, port }) : connectTls({ ...tls, host, port });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => failed('no answer in time'), limits.associationMs);
    const onError = (error: NodeJS.ErrnoException) => failed(error.code ?? 'network error', error);
    const onAbort = () => failed('aborted');
    const tidy = () => {
      clearTimeout(timer);
      socket.off('error', onError);
      signal?.removeEventListener('abort', onAbort);
    };
    const failed = (reason: string, cause?: unknown) => {
      tidy();
      socket.on('error', () => {});
      socket.destroy();
      const aborted = signal?.aborted === true;
      const problem = tls === undefined ? undefined : tlsWords(cause);
      const told =
        problem === undefined
          ? new UnicaError('dimse.unreachable', { peer, reason }, { cause })
          : new UnicaError('dimse.tls-refused', { peer, problem }, { cause });
      reject(aborted ? signal.reason : told);
    };
    socket.on('error', onError);
    signal?.addEventListener('abort', onAbort);
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      tidy();
      resolve(socket);
    });
  });
}
