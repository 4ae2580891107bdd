/**
 * The newest version of the messages between node and hub that this program speaks, and the oldest that it still speaks.
 * 2: small content that a task is about comes with the task. 3: small content that a receipt names comes with the receipt, and
 * the next work with the answer to it. 4: sites may be asked how a model does in their clinic.
 */
export const WIRE_VERSION = 4;
const OLDEST_WIRE_VERSION = 1;

/** Header in which a node says which versions it speaks, such as `1-3`; looked at before anything else of a request. */
export const WIRE_HEADER = 'unica-wire';

/** Versions of the messages that a program speaks, both ends included. */
export interface WireRange {
  readonly oldest: number;
  readonly newest: number;
}

/** What this program speaks. */
export const OWN_WIRE_RANGE: WireRange = { oldest: OLDEST_WIRE_VERSION, newest: WIRE_VERSION };

/** A range as the header has it. */
export function wireRangeText({ oldest, newest }: WireRange): string {
  return `${oldest}-${newest}`;
}

/** The range a header says; undefined where it says none. */
export function readWireRange(text: string): WireRange | undefined {
  const [, oldest, newest] = /^(\d{1,4})-(\d{1,4})$/.exec(text) ?? [];
  if (oldest === undefined || newest === undefined || Number(oldest) > Number(newest)) return undefined;
  return { oldest: Number(oldest), newest: Number(newest) };
}

/** The newest version that both speak, or which of the two is too old for the other: `theirs` as seen from `ours`. */
export function agreeOnWire(theirs: WireRange, ours: WireRange): number | 'too-old' | 'too-new' {
  if (theirs.newest < ours.oldest) return 'too-old';
  if (theirs.oldest > ours.newest) return 'too-new';
  return Math.min(theirs.newest, ours.newest);
}

/** Headers every request of a node carries; the signature is over {@link signedText}. */
export const SIGNATURE_HEADERS = {
  site: 'unica-site',
  /** Milliseconds since the epoch, decimal. */
  time: 'unica-time',
  /** 16 random bytes, hexadecimal; used once. */
  nonce: 'unica-nonce',
  /** Ed25519, base64url. */
  signature: 'unica-signature',
} as const;

/** Header in which the hub signs its answer, over {@link signedAnswerText}; the node pins the hub's key. */
export const HUB_SIGNATURE_HEADER = 'unica-hub-signature';

/** Clocks may differ by this much; nonces are remembered for twice as long. */
export const CLOCK_TOLERANCE_MS = 120_000;

/** Header and query parts that a request's signature covers. */
export interface SignedRequest {
  readonly siteId: string;
  /** Upper case. */
  readonly method: string;
  /** Path with its query, as sent. */
  readonly path: string;
  readonly bodySha256: string;
  readonly nonce: string;
  readonly timeMs: number;
}

/** The text a node signs: one part a line, a version first so that no other protocol's signature fits. */
export function signedText(request: SignedRequest): string {
  const { siteId, method, path, bodySha256, nonce, timeMs } = request;
  return ['unica-request-v1', siteId, method, path, bodySha256, nonce, String(timeMs)].join('\n');
}

/** The text a hub signs under its answer: bound to the request by its nonce. */
export function signedAnswerText(answer: {
  readonly status: number;
  readonly bodySha256: string;
  readonly nonce: string;
}): string {
  return ['unica-answer-v1', String(answer.status), answer.bodySha256, answer.nonce].join('\n');
}
