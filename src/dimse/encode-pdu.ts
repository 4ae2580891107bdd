import { concatBytes, utf8 } from '#base';
import {
  type AnsweredContext,
  type AssociateAccept,
  type AssociateRequest,
  DATA_HEAD_BYTES,
  type DataValue,
  PDU_HEAD_BYTES,
  PDU_TYPE,
  type Pdu,
  type ProposedContext,
  type UserInformation,
} from './pdu.ts';

/** A PDU as the bytes that go over the connection. */
export function encodePdu(pdu: Pdu): Uint8Array {
  const body = concatBytes(bodyOf(pdu));
  return concatBytes([pduHead(PDU_TYPE[pdu.kind], body.length), body]);
}

/** The head of a P-DATA-TF of one value; its `bytes` follow as they are, uncopied. */
export function dataHead({ contextId, isCommand, isLast, bytes }: DataValue): Uint8Array {
  const head = new Uint8Array(PDU_HEAD_BYTES + DATA_HEAD_BYTES);
  head.set(pduHead(PDU_TYPE.data, DATA_HEAD_BYTES + bytes.length));
  head.set(valueHead(contextId, isCommand, isLast, bytes.length), PDU_HEAD_BYTES);
  return head;
}

function bodyOf(pdu: Pdu): readonly Uint8Array[] {
  switch (pdu.kind) {
    case 'associate-request':
      return associateBody(pdu, pdu.contexts.map(proposedItem));
    case 'associate-accept':
      return associateBody(pdu, pdu.contexts.map(answeredItem));
    case 'associate-reject':
      return [Uint8Array.of(0, pdu.result, pdu.source, pdu.reason)];
    case 'data':
      return pdu.values.flatMap(({ contextId, isCommand, isLast, bytes }) => [
        valueHead(contextId, isCommand, isLast, bytes.length),
        bytes,
      ]);
    case 'release-request':
    case 'release-reply':
      return [new Uint8Array(4)];
    case 'abort':
      return [Uint8Array.of(0, 0, pdu.source, pdu.reason)];
  }
}

function associateBody(
  pdu: AssociateRequest | AssociateAccept,
  contexts: readonly Uint8Array[],
): readonly Uint8Array[] {
  return [
    unsigned16(pdu.protocolVersion),
    new Uint8Array(2),
    paddedTitle(pdu.calledAeTitle),
    paddedTitle(pdu.callingAeTitle),
    new Uint8Array(32),
    item(0x10, [utf8(pdu.applicationContext)]),
    ...contexts,
    item(0x50, userItems(pdu.userInformation)),
  ];
}

function proposedItem({ id, abstractSyntax, transferSyntaxes }: ProposedContext): Uint8Array {
  return item(0x20, [
    Uint8Array.of(id, 0, 0, 0),
    item(0x30, [utf8(abstractSyntax)]),
    ...transferSyntaxes.map((uid) => item(0x40, [utf8(uid)])),
  ]);
}

function answeredItem({ id, result, transferSyntax }: AnsweredContext): Uint8Array {
  return item(0x21, [Uint8Array.of(id, 0, result, 0), item(0x40, [utf8(transferSyntax)])]);
}

/** In the order of their types, as PS3.7 annex D.3.3 asks for no other. */
function userItems(user: UserInformation): readonly Uint8Array[] {
  const window = user.operationsWindow;
  return [
    item(0x51, [unsigned32(user.maxPduBytes)]),
    item(0x52, [utf8(user.implementationClassUid)]),
    ...(window === undefined ? [] : [item(0x53, [unsigned16(window.invoked), unsigned16(window.performed)])]),
    ...user.roles.map(({ sopClassUid, user: asUser, provider }) => {
      const uid = utf8(sopClassUid);
      return item(0x54, [unsigned16(uid.length), uid, Uint8Array.of(asUser ? 1 : 0, provider ? 1 : 0)]);
    }),
    item(0x55, [utf8(user.implementationVersion)]),
  ];
}

function item(type: number, parts: readonly Uint8Array[]): Uint8Array {
  const body = concatBytes(parts);
  return concatBytes([Uint8Array.of(type, 0, body.length >>> 8, body.length & 0xff), body]);
}

function pduHead(type: number, length: number): Uint8Array {
  return concatBytes([Uint8Array.of(type, 0), unsigned32(length)]);
}

function valueHead(contextId: number, isCommand: boolean, isLast: boolean, length: number): Uint8Array {
  return concatBytes([unsigned32(length + 2), Uint8Array.of(contextId, (isCommand ? 1 : 0) | (isLast ? 2 : 0))]);
}

function paddedTitle(title: string): Uint8Array {
  return utf8(title.padEnd(16, ' ')).subarray(0, 16);
}

function unsigned16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value & 0xff);
}

function unsigned32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}
