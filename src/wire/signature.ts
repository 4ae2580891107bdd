/** Version of the messages between node and hub; both send it, the hub refuses what it cannot speak. */
export const WIRE_VERSION = 1;

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
