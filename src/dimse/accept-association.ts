import { UnicaError } from '#base';
import { type AgreedContext, Association, protocolError } from './association.ts';
import { PduViolation } from './decode-pdu.ts';
import { encodePdu } from './encode-pdu.ts';
import { IMPLEMENTATION } from './implementation.ts';
import type { DimseLimits } from './limits.ts';
import {
  ABORT_REASON,
  type AnsweredContext,
  type AssociateReject,
  type AssociateRequest,
  CONTEXT_RESULT,
  DICOM_APPLICATION_CONTEXT,
  type ProposedContext,
} from './pdu.ts';
import type { PduSocket } from './pdu-socket.ts';
import { CONVERTED_TRANSFER_SYNTAXES, STORED_TRANSFER_SYNTAXES } from './transfer-syntaxes.ts';

/** Answers to a request for an association (PS3.8 table 9-21). */
export const REJECTION = {
  applicationContextUnknown: { result: 1, source: 1, reason: 2 },
  callingTitleUnknown: { result: 1, source: 1, reason: 3 },
  calledTitleUnknown: { result: 1, source: 1, reason: 7 },
  versionUnknown: { result: 1, source: 2, reason: 2 },
  tooMany: { result: 2, source: 3, reason: 2 },
} as const;

export type Rejection = Pick<AssociateReject, 'result' | 'source' | 'reason'>;

/** What the acceptor offers. */
export interface Offer {
  /** Why this peer is not served; undefined when it is. */
  reject(request: AssociateRequest): Rejection | undefined;
  /** Transfer syntaxes in which an abstract syntax is served to this peer; undefined when it is not. */
  syntaxesOf(abstractSyntax: string, request: AssociateRequest): { has(transferSyntax: string): boolean } | undefined;
  /** Whether objects of this class are sent to this peer over its own association, when it asks for them (C-GET). */
  sends(sopClassUid: string, request: AssociateRequest): boolean;
}

/** In which of several transfer syntaxes of one context objects are sent: in that to which most can be converted. */
const SENT_BY_PREFERENCE = CONVERTED_TRANSFER_SYNTAXES;
const SENT = STORED_TRANSFER_SYNTAXES;

/**
 * Waits for the request of an association and answers it; undefined when it was rejected, and the peer is gone then.
 * @throws UnicaError `dimse.timeout`, `dimse.connection-lost`, `dimse.protocol`, after which the connection is closed.
 */
export async function acceptAssociation(
  socket: PduSocket,
  offer: Offer,
  limits: DimseLimits,
): Promise<Association | undefined> {
  const request = await readRequest(socket, limits);
  if (request === undefined) return undefined;
  const rejection = rejectionOf(request, offer);
  if (rejection !== undefined) {
    await socket.end(encodePdu({ kind: 'associate-reject', ...rejection }), limits.associationMs);
    return undefined;
  }
  const peerTakes = new Set(
    request.userInformation.roles
      .filter(({ sopClassUid, provider }) => provider && offer.sends(sopClassUid, request))
      .map(({ sopClassUid }) => sopClassUid),
  );
  const answers = request.contexts.map((context) => answerTo(context, { offer, request, peerTakes }));
  const accept = encodePdu({
    kind: 'associate-accept',
    protocolVersion: 1,
    calledAeTitle: request.calledAeTitle,
    callingAeTitle: request.callingAeTitle,
    applicationContext: DICOM_APPLICATION_CONTEXT,
    contexts: answers,
    userInformation: {
      maxPduBytes: limits.maxPduBytes,
      implementationClassUid: IMPLEMENTATION.classUid,
      implementationVersion: IMPLEMENTATION.version,
      // We answer operations and ask for none, whatever was proposed, but for objects that the peer asks for itself.
      roles: request.userInformation.roles.map(({ sopClassUid, user }) => ({
        sopClassUid,
        user,
        provider: peerTakes.has(sopClassUid),
      })),
      // One at a time, which is also what silence would mean.
      ...(request.userInformation.operationsWindow === undefined ? {} : { operationsWindow: ONE_AT_A_TIME }),
    },
  });
  await socket.write([accept], limits.associationMs);
  socket.peer = `${request.callingAeTitle} (${socket.peer})`;
  const { calledAeTitle, callingAeTitle, userInformation } = request;
  const peerMaxPduBytes = userInformation.maxPduBytes;
  const contexts = request.contexts.flatMap((context, index) => agreed(context, answers[index]));
  return new Association(socket, { calledAeTitle, callingAeTitle, contexts, peerMaxPduBytes, peerTakes }, limits);
}

const ONE_AT_A_TIME = { invoked: 1, performed: 1 } as const;

async function readRequest(socket: PduSocket, limits: DimseLimits): Promise<AssociateRequest | undefined> {
  try {
    const pdu = await socket.read(limits.associationMs, 'the request for an association');
    if (pdu.kind === 'associate-request') return pdu;
    if (pdu.kind !== 'abort') throw new PduViolation(`an ${pdu.kind} out of turn`, ABORT_REASON.unexpectedPdu);
    await socket.end(undefined, limits.associationMs);
    return undefined;
  } catch (error) {
    if (!(error instanceof PduViolation)) {
      socket.destroy();
      throw error;
    }
    await socket.end(encodePdu({ kind: 'abort', source: 2, reason: error.abortReason }), limits.associationMs);
    throw protocolError(socket.peer, error);
  }
}

function rejectionOf(request: AssociateRequest, offer: Offer): Rejection | undefined {
  if ((request.protocolVersion & 1) === 0) return REJECTION.versionUnknown;
  if (request.applicationContext !== DICOM_APPLICATION_CONTEXT) return REJECTION.applicationContextUnknown;
  return offer.reject(request);
}

/**
 * The first transfer syntax we know, in the sender's order: it is the one its objects are in, or the one it likes best. For
 * objects that go to the peer, what they can be converted to, where it is among them.
 */
function answerTo(
  { id, abstractSyntax, transferSyntaxes }: ProposedContext,
  {
    offer,
    request,
    peerTakes,
  }: { readonly offer: Offer; readonly request: AssociateRequest; readonly peerTakes: ReadonlySet<string> },
): AnsweredContext {
  const served = offer.syntaxesOf(abstractSyntax, request) ?? (peerTakes.has(abstractSyntax) ? SENT : undefined);
  const preferred = peerTakes.has(abstractSyntax) ? SENT_BY_PREFERENCE : [];
  const transferSyntax =
    preferred.find((uid) => transferSyntaxes.includes(uid)) ?? transferSyntaxes.find((uid) => served?.has(uid));
  if (transferSyntax !== undefined) return { id, result: CONTEXT_RESULT.accepted, transferSyntax };
  const result = served === undefined ? CONTEXT_RESULT.abstractSyntaxUnknown : CONTEXT_RESULT.transferSyntaxesUnknown;
  // Of no meaning, but some peers do not read an answer without it.
  return { id, result, transferSyntax: transferSyntaxes[0] ?? '' };
}

function agreed(
  { id, abstractSyntax }: ProposedContext,
  answer: AnsweredContext | undefined,
): readonly AgreedContext[] {
  if (answer?.result !== CONTEXT_RESULT.accepted) return [];
  return [{ id, abstractSyntax, transferSyntax: answer.transferSyntax }];
}

/** Tells a peer that there are too many associations already, once it has asked for one. */
export async function turnAway(socket: PduSocket, limits: DimseLimits): Promise<void> {
  const request = await readRequest(socket, limits).catch((error: unknown) => {
    if (error instanceof UnicaError) return undefined;
    throw error;
  });
  if (request === undefined) return;
  await socket.end(encodePdu({ kind: 'associate-reject', ...REJECTION.tooMany }), limits.associationMs);
}
