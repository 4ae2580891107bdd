import { type Clock, UnicaError } from '#base';
import { contentDigest } from '#store';
import { CLOCK_TOLERANCE_MS, SIGNATURE_HEADERS, signedAnswerText, signedText } from '#wire';
import type { NonceBook } from './nonce-book.ts';
import { type SiteKeys, signText, verifyText } from './site-keys.ts';

/** Headers as node's http gives them: lower-case names. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A body, or its SHA-256 where whoever reads or sends it takes that on the way. */
export type SignedBody = Uint8Array | { readonly sha256: string };

/** The signature headers of a request. */
export function signRequest(request: {
  readonly keys: SiteKeys;
  readonly siteId: string;
  readonly method: string;
  readonly path: string;
  readonly body: SignedBody;
  readonly nowMs: number;
  readonly nonce: string;
}): Record<string, string> {
  const { keys, siteId, method, path, body, nowMs, nonce } = request;
  const text = signedText({ siteId, method, path, bodySha256: digestOf(body), nonce, timeMs: nowMs });
  return {
    [SIGNATURE_HEADERS.site]: siteId,
    [SIGNATURE_HEADERS.time]: String(nowMs),
    [SIGNATURE_HEADERS.nonce]: nonce,
    [SIGNATURE_HEADERS.signature]: signText(keys, text),
  };
}

/** A request whose signer is to be found out. */
export interface ReceivedRequest {
  readonly method: string;
  /** Path with query, as received. */
  readonly path: string;
  readonly headers: RequestHeaders;
  /** A digest stands for a body that is not read yet: whoever reads it holds it against that. */
  readonly body: SignedBody;
}

/** Who signed a request, and when by its own clock. */
export interface Signer {
  readonly siteId: string;
  readonly nonce: string;
  readonly signedAtMs: number;
}

/**
 * The site that signed a request, once: its key, the clock, the nonce and every signed part must be right.
 * @throws UnicaError `identity.unknown-site`, `identity.clock`, `identity.signature`, `identity.replay`.
 */
export async function verifyRequest(
  request: ReceivedRequest,
  options: {
    /** The site's public key; undefined when the site is unknown. */
    readonly keyOf: (siteId: string) => Promise<string | undefined>;
    readonly nonces: NonceBook;
    readonly clock: Clock;
  },
): Promise<Signer> {
  const { method, path, body } = request;
  const siteId = single(request.headers, SIGNATURE_HEADERS.site);
  const nonce = single(request.headers, SIGNATURE_HEADERS.nonce);
  const signature = single(request.headers, SIGNATURE_HEADERS.signature);
  const timeMs = Number(single(request.headers, SIGNATURE_HEADERS.time));
  if (!/^[0-9a-f]{32}$/.test(nonce) || !Number.isSafeInteger(timeMs)) throw new UnicaError('identity.signature');
  const publicKey = await options.keyOf(siteId);
  if (publicKey === undefined) throw new UnicaError('identity.unknown-site');
  const text = signedText({ siteId, method, path, bodySha256: digestOf(body), nonce, timeMs });
  if (!verifyText(publicKey, text, signature)) throw new UnicaError('identity.signature');
  const aheadMs = timeMs - options.clock();
  if (Math.abs(aheadMs) > CLOCK_TOLERANCE_MS) {
    throw new UnicaError('identity.clock', {
      offBySeconds: Math.round(Math.abs(aheadMs) / 1000),
      direction: aheadMs > 0 ? 'ahead of' : 'behind',
      limitSeconds: CLOCK_TOLERANCE_MS / 1000,
    });
  }
  if (!(await options.nonces.use(siteId, nonce))) throw new UnicaError('identity.replay');
  return { siteId, nonce, signedAtMs: timeMs };
}

/** The hub's signature under an answer, bound to the request by its nonce. */
export function signAnswer(
  keys: SiteKeys,
  answer: { readonly status: number; readonly body: SignedBody; readonly nonce: string },
): string {
  return signText(keys, signedAnswerText({ ...answer, bodySha256: digestOf(answer.body) }));
}

/** True when the answer was signed by the pinned hub for this very request. */
export function verifyAnswer(answer: {
  readonly hubPublicKey: string;
  readonly status: number;
  readonly body: SignedBody;
  readonly nonce: string;
  readonly signature: string;
}): boolean {
  const { status, nonce } = answer;
  const text = signedAnswerText({ status, bodySha256: digestOf(answer.body), nonce });
  return verifyText(answer.hubPublicKey, text, answer.signature);
}

function digestOf(body: SignedBody): string {
  return body instanceof Uint8Array ? contentDigest(body) : body.sha256;
}

function single(headers: RequestHeaders, name: string): string {
  const value = headers[name];
  if (typeof value !== 'string') throw new UnicaError('identity.signature');
  return value;
}
