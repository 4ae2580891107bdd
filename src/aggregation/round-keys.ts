import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { canonicalJson, concatBytes, fromBase64Url, type Json, sha256Hex, UnicaError, utf8 } from '#base';
import type { KeyAdvert, SumRound } from '#wire';

/** DER before a raw X25519 key (RFC 8410 section 7). */
const PKCS8 = Uint8Array.from([0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20]);
const SPKI = Uint8Array.from([0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 3, 0x21, 0]);

/** A round and the group that adds it up: what every key of the round is bound to. */
export interface KeyContext extends SumRound {
  readonly rosterSha256: string;
}

/** Digest of the group's keys, in the order of the sites' names: all sites of a round must have the same. */
export function rosterDigest(adverts: readonly KeyAdvert[]): string {
  return sha256Hex(canonicalJson(inOrder(adverts) as unknown as Json));
}

/** In the order of the names, which gives every site its number. */
export function inOrder<Item extends { readonly siteId: string }>(items: readonly Item[]): readonly Item[] {
  return [...items].sort((one, other) => (one.siteId < other.siteId ? -1 : 1));
}

/** The public half, 32 bytes, of a raw X25519 secret. */
export function publicHalf(secret: Uint8Array): Uint8Array {
  const spki = createPublicKey(privateKey(secret)).export({ type: 'spki', format: 'der' });
  return Uint8Array.from(spki.subarray(SPKI.length));
}

/** The key, 16 bytes, of the mask between two sites: the same from either side. @throws UnicaError `aggregation.refused` */
export function pairMaskKey(
  secret: Uint8Array,
  otherPublic: string,
  { context, sites }: { readonly context: KeyContext; readonly sites: readonly [string, string] },
): Uint8Array {
  const [low, high] = [...sites].sort();
  return derived(agreed(secret, otherPublic), ['unica-pair-mask-v1', ...bound(context), low ?? '', high ?? '']);
}

/** The key, 16 bytes, of a site's own mask. */
export function selfMaskKey(seed: Uint8Array, context: KeyContext, siteId: string): Uint8Array {
  return derived(seed, ['unica-self-mask-v1', ...bound(context), siteId]);
}

/** Who seals a share for whom. */
export interface ShareWay {
  readonly context: KeyContext;
  readonly from: string;
  readonly to: string;
}

/** Encrypts two shares (64 bytes) for one site: nonce ‖ AES-128-GCM ‖ tag, 92 bytes. */
export function sealShares(
  shares: Uint8Array,
  keys: { readonly secret: Uint8Array; readonly otherPublic: string; readonly nonce: Uint8Array },
  way: ShareWay,
): Uint8Array {
  const text = shareText(way);
  const cipher = createCipheriv('aes-128-gcm', derived(agreed(keys.secret, keys.otherPublic), text), keys.nonce);
  cipher.setAAD(utf8(text.join('\n')));
  return concatBytes([keys.nonce, cipher.update(shares), cipher.final(), cipher.getAuthTag()]);
}

/** The two shares. @throws UnicaError `aggregation.refused`: sealed by another, for another, in another round, or altered. */
export function openShares(
  sealed: Uint8Array,
  keys: { readonly secret: Uint8Array; readonly otherPublic: string },
  way: ShareWay,
): Uint8Array {
  const text = shareText(way);
  const key = derived(agreed(keys.secret, keys.otherPublic), text);
  const decipher = createDecipheriv('aes-128-gcm', key, sealed.subarray(0, 12), { authTagLength: 16 });
  decipher.setAAD(utf8(text.join('\n')));
  decipher.setAuthTag(sealed.subarray(sealed.length - 16));
  try {
    return concatBytes([decipher.update(sealed.subarray(12, sealed.length - 16)), decipher.final()]);
  } catch (cause) {
    const problem = `the share from ${way.from} is not of this round, or was altered on its way`;
    throw new UnicaError('aggregation.refused', { problem }, { cause });
  }
}

function shareText({ context, from, to }: ShareWay): readonly string[] {
  return ['unica-share-v1', ...bound(context), from, to];
}

function bound({ jobId, round, specSha256, rosterSha256 }: KeyContext): readonly string[] {
  return [jobId, String(round), specSha256, rosterSha256];
}

/** HKDF-SHA-256 (RFC 5869) without salt, 16 bytes. */
function derived(secret: Uint8Array, info: readonly string[]): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), utf8(info.join('\n')), 16));
}

function agreed(secret: Uint8Array, otherPublic: string): Uint8Array {
  try {
    const key = Buffer.concat([SPKI, fromBase64Url(otherPublic)]);
    const publicKey = createPublicKey({ key, format: 'der', type: 'spki' });
    return diffieHellman({ privateKey: privateKey(secret), publicKey });
  } catch (cause) {
    // A point of small order gives the same secret to everybody; OpenSSL refuses it (RFC 7748 section 6.1).
    throw new UnicaError('aggregation.refused', { problem: 'a key of the round is not a usable key' }, { cause });
  }
}

function privateKey(secret: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8, secret]), format: 'der', type: 'pkcs8' });
}
