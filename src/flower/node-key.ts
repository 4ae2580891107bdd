import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { concatBytes, UnicaError, utf8 } from '#base';

/** Names of the headers of Flower's SuperNode authentication. */
export const AUTH_HEADERS = {
  publicKey: 'flwr-public-key-bin',
  signature: 'flwr-signature-bin',
  timestamp: 'flwr-timestamp',
} as const;

/** A signed time may be so old, and may lie so far ahead. */
const OLDEST_MS = 305_000;
const FURTHEST_AHEAD_MS = 5_000;

/** The key a SuperNode is known by: ECDSA on P-384. */
export interface NodeKey {
  /** PEM, as it is sent. */
  readonly publicKeyPem: string;
  /** As `flwr supernode register` takes it. */
  readonly publicKeyOpenssh: string;
  /** Headers of a call made now. Flower signs the time alone, not the call: TLS must carry it. */
  headers(nowMs: number): { readonly timestamp: string; readonly signature: Uint8Array };
}

/** Reads the key from its file, or makes one there, readable by its owner alone. @throws UnicaError `config.invalid`. */
export async function loadOrCreateNodeKey(path: string): Promise<NodeKey> {
  const pem = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (pem !== undefined) return nodeKey(readPrivateKey(path, pem));
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
  return nodeKey(privateKey);
}

function readPrivateKey(path: string, pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyDetails?.namedCurve === 'secp384r1') return key;
  } catch (cause) {
    throw new UnicaError('config.invalid', { key: path, problem: 'it is not a private key in PEM' }, { cause });
  }
  throw new UnicaError('config.invalid', { key: path, problem: 'it is not a key on the curve P-384' });
}

function nodeKey(privateKey: KeyObject): NodeKey {
  const publicKey = createPublicKey(privateKey);
  return {
    publicKeyPem: pemOf(publicKey),
    publicKeyOpenssh: opensshOf(publicKey),
    headers(nowMs) {
      // Python 3.10 reads neither "Z" nor other than three or six digits.
      const timestamp = new Date(nowMs).toISOString().replace('Z', '+00:00');
      return { timestamp, signature: new Uint8Array(sign('sha256', Buffer.from(timestamp), privateKey)) };
    },
  };
}

/** Whether a call was made by the holder of a key, at about this time. */
export function isSignedBy(
  publicKeyPem: string,
  { timestamp, signature }: { readonly timestamp: string; readonly signature: Uint8Array },
  nowMs: number,
): boolean {
  const ageMs = nowMs - Date.parse(timestamp);
  if (!(ageMs > -FURTHEST_AHEAD_MS && ageMs < OLDEST_MS)) return false;
  try {
    return verify('sha256', Buffer.from(timestamp), publicKeyPem, signature);
  } catch {
    return false;
  }
}

/**
 * A public key as SuperNodes send it, from PEM or from a line of OpenSSH.
 * @throws UnicaError `config.invalid` when it is no ECDSA key on P-384.
 */
export function readNodePublicKey(text: string): string {
  const wrong = (cause?: unknown) =>
    new UnicaError('config.invalid', { key: 'public key', problem: 'it is no ECDSA key on P-384' }, { cause });
  try {
    const openssh = /^ecdsa-sha2-nistp384 ([A-Za-z0-9+/=]+)/.exec(text.trim());
    const key = openssh?.[1] === undefined ? createPublicKey(text) : keyOfOpenssh(Buffer.from(openssh[1], 'base64'));
    if (key.asymmetricKeyDetails?.namedCurve === 'secp384r1') return pemOf(key);
  } catch (cause) {
    throw wrong(cause);
  }
  throw wrong();
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }) as string;
}

/** Length of a point of P-384, uncompressed, and where it begins in a line of OpenSSH (RFC 5656 section 3.1). */
const POINT_BYTES = 97;

function opensshOf(key: KeyObject): string {
  const { x, y } = key.export({ format: 'jwk' });
  const point = concatBytes([
    Uint8Array.of(4),
    new Uint8Array(Buffer.from(x ?? '', 'base64url')),
    new Uint8Array(Buffer.from(y ?? '', 'base64url')),
  ]);
  const parts = [utf8('ecdsa-sha2-nistp384'), utf8('nistp384'), point].flatMap((part) => {
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, part.length);
    return [length, part];
  });
  return `ecdsa-sha2-nistp384 ${Buffer.from(concatBytes(parts)).toString('base64')}`;
}

function keyOfOpenssh(bytes: Buffer): KeyObject {
  const point = bytes.subarray(bytes.length - POINT_BYTES);
  const x = point.subarray(1, 49).toString('base64url');
  const y = point.subarray(49).toString('base64url');
  return createPublicKey({ key: { kty: 'EC', crv: 'P-384', x, y }, format: 'jwk' });
}
