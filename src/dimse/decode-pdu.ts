import { isAeTitle } from './ae-title.ts';
import {
  ABORT_REASON,
  type AnsweredContext,
  PDU_TYPE,
  type Pdu,
  type ProposedContext,
  type RoleSelection,
  type UserInformation,
} from './pdu.ts';

/** Bytes that break PS3.8; `abortReason` is what the other side is told. */
export class PduViolation extends Error {
  override readonly name = 'PduViolation';
  readonly abortReason: number;

  constructor(problem: string, abortReason: number = ABORT_REASON.invalidParameter) {
    super(problem);
    this.abortReason = abortReason;
  }
}

/** What a peer that names no longest PDU is sent at most; every implementation takes that much. */
const UNNAMED_MAX_PDU_BYTES = 16_384;
const UID_BYTES_AT_MOST = 64;

/** The PDU of a body that lies there whole; data transfers never do. @throws PduViolation */
export function decodePdu(type: number, body: Uint8Array): Pdu {
  switch (type) {
    case PDU_TYPE['associate-request']:
      return associate(body, 0x20, (read) => ({ kind: 'associate-request', ...read, contexts: proposed(read) }));
    case PDU_TYPE['associate-accept']:
      return associate(body, 0x21, (read) => ({ kind: 'associate-accept', ...read, contexts: answered(read) }));
    case PDU_TYPE['associate-reject']:
      needBytes(body, 4);
      return { kind: 'associate-reject', result: body[1] ?? 0, source: body[2] ?? 0, reason: body[3] ?? 0 };
    case PDU_TYPE['release-request']:
      return { kind: 'release-request' };
    case PDU_TYPE['release-reply']:
      return { kind: 'release-reply' };
    case PDU_TYPE.abort:
      needBytes(body, 4);
      return { kind: 'abort', source: body[2] ?? 0, reason: body[3] ?? 0 };
    default:
      throw new PduViolation(`a PDU of type ${type}`, ABORT_REASON.unrecognisedPdu);
  }
}

interface Item {
  readonly type: number;
  readonly body: Uint8Array;
}

interface AssociateParts {
  readonly protocolVersion: number;
  readonly calledAeTitle: string;
  readonly callingAeTitle: string;
  readonly applicationContext: string;
  readonly userInformation: UserInformation;
  readonly contexts: readonly Item[];
}

const FIXED_BYTES = 68;

function associate(body: Uint8Array, contextType: number, finish: (read: AssociateParts) => Pdu): Pdu {
  needBytes(body, FIXED_BYTES);
  const items = itemsOf(body.subarray(FIXED_BYTES));
  const [application, ...furtherApplications] = items.filter(({ type }) => type === 0x10);
  const [user, ...furtherUsers] = items.filter(({ type }) => type === 0x50);
  if (application === undefined || furtherApplications.length > 0)
    throw new PduViolation('not one application context');
  if (furtherUsers.length > 0) throw new PduViolation('two user information items', ABORT_REASON.unexpectedParameter);
  return finish({
    protocolVersion: unsigned16(body, 0),
    calledAeTitle: titleOf(body.subarray(4, 20)),
    callingAeTitle: titleOf(body.subarray(20, 36)),
    applicationContext: uidOf(application.body),
    userInformation: userInformation(user === undefined ? [] : itemsOf(user.body)),
    // Items of other types are those of a later edition; PS3.8 section 9.3.1 has them read over.
    contexts: items.filter(({ type }) => type === contextType),
  });
}

function proposed({ contexts }: AssociateParts): readonly ProposedContext[] {
  const read = contexts.map(({ body }) => {
    needBytes(body, 4);
    const items = itemsOf(body.subarray(4));
    const [abstractSyntax, ...further] = items.filter(({ type }) => type === 0x30);
    if (abstractSyntax === undefined || further.length > 0) throw new PduViolation('not one abstract syntax');
    const transferSyntaxes = items.filter(({ type }) => type === 0x40).map((each) => uidOf(each.body));
    if (transferSyntaxes.length === 0) throw new PduViolation('a context without a transfer syntax');
    return { id: contextId(body[0]), abstractSyntax: uidOf(abstractSyntax.body), transferSyntaxes };
  });
  needDistinct(read.map(({ id }) => id));
  return read;
}

function answered({ contexts }: AssociateParts): readonly AnsweredContext[] {
  const read = contexts.map(({ body }) => {
    needBytes(body, 4);
    const result = body[2] ?? 0;
    const syntax = itemsOf(body.subarray(4)).find(({ type }) => type === 0x40);
    if (result === 0 && syntax === undefined) throw new PduViolation('an accepted context without a transfer syntax');
    // A refused context may carry anything there (PS3.8 section 9.3.3.2).
    const transferSyntax = syntax === undefined ? '' : result === 0 ? uidOf(syntax.body) : latin(syntax.body);
    return { id: contextId(body[0]), result, transferSyntax };
  });
  needDistinct(read.map(({ id }) => id));
  return read;
}

function userInformation(items: readonly Item[]): UserInformation {
  let maxPduBytes = UNNAMED_MAX_PDU_BYTES;
  let implementationClassUid = '';
  let implementationVersion = '';
  let operationsWindow: UserInformation['operationsWindow'];
  const roles: RoleSelection[] = [];
  for (const { type, body } of items) {
    if (type === 0x51) {
      needBytes(body, 4);
      maxPduBytes = unsigned32(body, 0);
    } else if (type === 0x52) implementationClassUid = latin(body).replace(/[\0 ]+$/, '');
    else if (type === 0x53) {
      needBytes(body, 4);
      operationsWindow = { invoked: unsigned16(body, 0), performed: unsigned16(body, 2) };
    } else if (type === 0x54) roles.push(roleOf(body));
    else if (type === 0x55) implementationVersion = latin(body).trim();
  }
  return {
    maxPduBytes,
    implementationClassUid,
    implementationVersion,
    roles,
    ...(operationsWindow === undefined ? {} : { operationsWindow }),
  };
}

function roleOf(body: Uint8Array): RoleSelection {
  needBytes(body, 4);
  const length = unsigned16(body, 0);
  needBytes(body, length + 4);
  return {
    sopClassUid: uidOf(body.subarray(2, 2 + length)),
    user: body[2 + length] === 1,
    provider: body[3 + length] === 1,
  };
}

function itemsOf(bytes: Uint8Array): readonly Item[] {
  const items: Item[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    if (bytes.length - offset < 4) throw new PduViolation('an item that ends in its head');
    const end = offset + 4 + unsigned16(bytes, offset + 2);
    if (end > bytes.length) throw new PduViolation('an item of a wrong length');
    items.push({ type: bytes[offset] ?? 0, body: bytes.subarray(offset + 4, end) });
    offset = end;
  }
  return items;
}

/** The number of a presentation context. @throws PduViolation */
export function contextId(id: number | undefined): number {
  if (id === undefined || id % 2 === 0) throw new PduViolation('a presentation context of an even number');
  return id;
}

function needDistinct(ids: readonly number[]): void {
  if (new Set(ids).size !== ids.length) throw new PduViolation('two presentation contexts of one number');
}

function needBytes(bytes: Uint8Array, length: number): void {
  if (bytes.length < length) throw new PduViolation('an item or PDU that is too short');
}

/** @note Some senders pad with zero bytes, which PS3.8 annex F does not know. */
function uidOf(bytes: Uint8Array): string {
  const text = latin(bytes).replace(/[\0 ]+$/, '');
  if (text.length > UID_BYTES_AT_MOST || !/^[0-9.]+$/.test(text)) throw new PduViolation('something else than a UID');
  return text;
}

function titleOf(bytes: Uint8Array): string {
  const text = latin(bytes).replace(/\0+$/, '');
  if (!isAeTitle(text)) throw new PduViolation('something else than an AE title');
  return text.trim();
}

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 256));
}

function unsigned16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}

/** Four bytes, most significant first, as the upper layer has all its numbers. */
export function unsigned32(bytes: Uint8Array, offset: number): number {
  return unsigned16(bytes, offset) * 0x10000 + unsigned16(bytes, offset + 2);
}
