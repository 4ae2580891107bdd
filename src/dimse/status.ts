import { UnicaError } from '#base';

/** Statuses of C-STORE and the query and retrieve services (PS3.7 annex C, PS3.4 tables B.2-1, C.4-1 to C.4-3). */
export const STATUS = {
  success: 0x0000,
  pending: 0xff00,
  pendingWithWarning: 0xff01,
  cancelled: 0xfe00,
  processingFailure: 0x0110,
  invalidInstance: 0x0117,
  sopClassUnknown: 0x0122,
  notAuthorised: 0x0124,
  operationUnknown: 0x0211,
  outOfResources: 0xa700,
  /** Refused: out of resources, unable to calculate the number of matches. */
  notCounted: 0xa701,
  /** Refused: out of resources, unable to perform sub-operations. */
  noneSent: 0xa702,
  destinationUnknown: 0xa801,
  wrongSopClass: 0xa900,
  /** Sub-operations complete, one or more failures or warnings. */
  someFailed: 0xb000,
  cannotUnderstand: 0xc000,
} as const;

/** `0xA700`, as conformance statements write them. */
export function statusText(status: number): string {
  return `0x${status.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** The object was stored, though something was changed or doubted (PS3.7 annex C.4). */
export function isWarning(status: number): boolean {
  return status === 0x0001 || status === 0x0107 || status === 0x0116 || (status & 0xf000) === 0xb000;
}

/** Failures whose reason is a limit of the other side (PS3.7 annex C). */
const RESOURCE_LIMITATION = 0x0213;

/**
 * Refused for want of room (A7xx: PS3.4 table B.2-1, PS3.18 annex I), which time or whoever runs the other side can mend: it may
 * be sent again later. What is refused for what it is (A9xx, Cxxx) would be refused again.
 */
export function isOutOfResources(status: number): boolean {
  return status === RESOURCE_LIMITATION || (status & 0xff00) === STATUS.outOfResources;
}

const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'ENOMEM', 'EIO', 'EROFS']);

/**
 * What a sender is told when its object was not kept: who may not send hears that; what time or the operator can mend is
 * "out of resources", so that it is sent again; what is wrong with the object itself is "cannot understand".
 */
export function statusOfFailure(thrown: unknown): number {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (FULL.has((error as NodeJS.ErrnoException).code ?? '')) return STATUS.outOfResources;
    if (!(error instanceof UnicaError)) continue;
    if (error.status === 401 || error.status === 403) return STATUS.notAuthorised;
    if (error.family === 'surroundings' || error.status === 413) return STATUS.outOfResources;
    if (error.family === 'user') return STATUS.cannotUnderstand;
  }
  return STATUS.processingFailure;
}

/**
 * What is told of a query or retrieval that could not be begun (PS3.4 tables C.4-1 to C.4-3): as {@link statusOfFailure}, but
 * for an identifier that the information model does not have.
 */
export function statusOfQuestion(thrown: unknown): number {
  const isIdentifier = thrown instanceof UnicaError && thrown.code === 'dimse.identifier-unusable';
  if (isIdentifier) return STATUS.wrongSopClass;
  // It was read to its end and could not be understood; the association goes on.
  if (thrown instanceof UnicaError && thrown.code === 'dimse.protocol') return STATUS.cannotUnderstand;
  return statusOfFailure(thrown);
}

/** At most 64 characters that name a failure to the other side, and nothing that it is about. */
export function failureComment(thrown: unknown): string {
  return thrown instanceof UnicaError ? thrown.code.slice(0, 64) : thrown instanceof Error ? 'internal' : 'refused';
}
