/** A context as it is proposed: one abstract syntax in any of several transfer syntaxes (PS3.8 table 9-13). */
export interface ProposedContext {
  /** Odd, 1 to 255. */
  readonly id: number;
  readonly abstractSyntax: string;
  /** In the order of the proposer's preference. */
  readonly transferSyntaxes: readonly string[];
}

/** Why a context was refused (PS3.8 table 9-18). */
export const CONTEXT_RESULT = {
  accepted: 0,
  userRefused: 1,
  noReason: 2,
  abstractSyntaxUnknown: 3,
  transferSyntaxesUnknown: 4,
} as const;

/** The answer to a proposed context. */
export interface AnsweredContext {
  readonly id: number;
  /** One of {@link CONTEXT_RESULT}. */
  readonly result: number;
  /** Of no meaning unless accepted. */
  readonly transferSyntax: string;
}

/** Which side may ask for the operations of a SOP class (PS3.7 table D.3-9); without it the requestor is user. */
export interface RoleSelection {
  readonly sopClassUid: string;
  readonly user: boolean;
  readonly provider: boolean;
}

/** PS3.7 annex D.3.3; extended negotiation and user identity are read over. */
export interface UserInformation {
  /** The longest P-DATA-TF that the sender of this wants to receive; 0 for any length. */
  readonly maxPduBytes: number;
  readonly implementationClassUid: string;
  readonly implementationVersion: string;
  readonly roles: readonly RoleSelection[];
  /** Operations that may be under way at once, 0 for any number; absent where not negotiated, which means one. */
  readonly operationsWindow?: { readonly invoked: number; readonly performed: number };
}

interface Associate {
  readonly calledAeTitle: string;
  readonly callingAeTitle: string;
  readonly applicationContext: string;
  readonly userInformation: UserInformation;
  /** Bit 0 is version 1, the only one there is. */
  readonly protocolVersion: number;
}

export interface AssociateRequest extends Associate {
  readonly kind: 'associate-request';
  readonly contexts: readonly ProposedContext[];
}

export interface AssociateAccept extends Associate {
  readonly kind: 'associate-accept';
  readonly contexts: readonly AnsweredContext[];
}

/** Codes of PS3.8 table 9-21. */
export interface AssociateReject {
  readonly kind: 'associate-reject';
  /** 1 for good, 2 for now. */
  readonly result: number;
  /** 1 the application, 2 association control, 3 the presentation layer. */
  readonly source: number;
  readonly reason: number;
}

/** A piece of a command set or a data set (PS3.8 annex E). */
export interface DataValue {
  readonly contextId: number;
  readonly isCommand: boolean;
  readonly isLast: boolean;
  readonly bytes: Uint8Array;
}

export interface DataTransfer {
  readonly kind: 'data';
  readonly values: readonly DataValue[];
}

/** Codes of PS3.8 table 9-26. */
export interface Abort {
  readonly kind: 'abort';
  /** 0 the application, 2 the upper layer. */
  readonly source: number;
  readonly reason: number;
}

/** A protocol data unit of the DICOM upper layer (PS3.8 section 9.3). */
export type Pdu =
  | AssociateRequest
  | AssociateAccept
  | AssociateReject
  | DataTransfer
  | { readonly kind: 'release-request' }
  | { readonly kind: 'release-reply' }
  | Abort;

/** First byte of each PDU (PS3.8 section 9.3.1). */
export const PDU_TYPE = {
  'associate-request': 1,
  'associate-accept': 2,
  'associate-reject': 3,
  data: 4,
  'release-request': 5,
  'release-reply': 6,
  abort: 7,
} as const;

/** Why the upper layer breaks off (PS3.8 table 9-26). */
export const ABORT_REASON = {
  notSpecified: 0,
  unrecognisedPdu: 1,
  unexpectedPdu: 2,
  unrecognisedParameter: 4,
  unexpectedParameter: 5,
  invalidParameter: 6,
} as const;

/** The application context of DICOM (PS3.7 annex A.2.1). */
export const DICOM_APPLICATION_CONTEXT = '1.2.840.10008.3.1.1.1';

/** Type, a reserved byte and the length, before the body of each PDU. */
export const PDU_HEAD_BYTES = 6;
/** Length, context and control byte before each piece of data in a P-DATA-TF. */
export const DATA_HEAD_BYTES = 6;
