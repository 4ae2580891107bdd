import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fromBase64Url, sha256Hex, UnicaError } from '#base';
import { makeFile } from '#store';

/** A house's Ed25519 key pair. */
export interface SiteKeys {
  /** 32 bytes, base64url. */
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

/** DER prefix of an Ed25519 SubjectPublicKeyInfo (RFC 8410 section 4). */
const SPKI_PREFIX = Uint8Array.from([0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]);

/** A new key pair. */
export function generateKeys(): SiteKeys {
  return keysOf(generateKeyPairSync('ed25519').privateKey);
}

/**
 * The key pair kept in a file (PKCS #8 PEM, readable by its owner only), made at the first call.
 * @throws UnicaError `identity.key-exposed` when others can read the file ({@link isExposed})
 */
export async function loadOrCreateKeys(path: string): Promise<SiteKeys> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  // Safe before anybody is told its public half: a key that is known elsewhere and lost here shuts its owner out.
  await makeFile(path, pem.toString());
  if (process.platform !== 'win32' && isExposed(await stat(path)))
    throw new UnicaError('identity.key-exposed', { path });
  return keysOf(createPrivateKey(await readFile(path, 'utf8')));
}

/**
 * Whether others than this process can read its key. Secrets that systemd or Kubernetes hand to a service belong to root, and the service reads
 * them as one of their group: where the file is another's, that group is the way it is meant to be read.
 */
export function isExposed(
  file: { readonly mode: number; readonly uid: number; readonly gid: number },
  reader = { uid: process.geteuid?.() ?? 0, groups: [process.getegid?.() ?? 0, ...(process.getgroups?.() ?? [])] },
): boolean {
  const isHandedOver = file.uid === 0 && reader.uid !== 0 && reader.groups.includes(file.gid) && file.gid !== 0;
  return (file.mode & (isHandedOver ? 0o037 : 0o077)) !== 0;
}

/** Ed25519 signature, base64url. */
export function signText(keys: SiteKeys, text: string): string {
  return sign(null, Buffer.from(text, 'utf8'), keys.privateKey).toString('base64url');
}

/** True when the signature over the text is by the owner of the public key (32 bytes, base64url). */
export function verifyText(publicKey: string, text: string, signature: string): boolean {
  try {
    const key = readKey(publicKey);
    if (key === undefined) return false;
    const signed = Buffer.from(signature, 'base64url');
    // One way to write a signature: the last digit of base64url has bits to spare, and unknown digits are passed over.
    if (signed.toString('base64url') !== signature) return false;
    return verify(null, Buffer.from(text, 'utf8'), key, signed);
  } catch {
    return false;
  }
}

/** Keys that were read: those of a network's sites, asked for with each of their requests. */
const read = new Map<string, KeyObject>();
const MOST_READ = 512;

/** Undefined for what is no key. @throws Error where OpenSSL refuses it */
function readKey(publicKey: string): KeyObject | undefined {
  const known = read.get(publicKey);
  if (known !== undefined) return known;
  const raw = fromBase64Url(publicKey);
  if (raw.length !== 32) return undefined;
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' });
  if (read.size === MOST_READ) read.clear();
  read.set(publicKey, key);
  return key;
}

/** A key as people read it to one another: the first 128 bits of its SHA-256, in groups of four digits. */
export function fingerprintOf(publicKey: string): string {
  return (sha256Hex(fromBase64Url(publicKey)).slice(0, 32).match(/.{4}/g) ?? []).join(' ');
}

function keysOf(privateKey: KeyObject): SiteKeys {
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return { privateKey, publicKey: spki.subarray(SPKI_PREFIX.length).toString('base64url') };
}
