import { randomBytes, scrypt } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { UnicaError } from '#base';
import { keyFor } from './sealed-box.ts';

/** What opens a vault: a file of at least 32 random bytes, or words that somebody remembers. */
export type VaultKey =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'passphrase'; readonly passphrase: string };

/** How many words of a passphrase are not counted; how many letters are. */
const FEWEST_LETTERS = 14;
const FEWEST_BYTES = 32;
const MOST_BYTES = 4096;

/** RFC 7914: 128 MiB and some tenths of a second for each guess. */
const SCRYPT = { N: 2 ** 17, r: 8, p: 1, maxmem: 2 ** 28 } as const;

/**
 * The 32 bytes that lock the vault's own key, bound to its salt.
 * @throws UnicaError `vault.key-unusable`: no such file, too short, or a passphrase that could be guessed.
 */
export async function lockingKey(key: VaultKey, salt: Uint8Array): Promise<Uint8Array> {
  if (key.kind === 'file') return keyFor('locking', await keyBytes(key.path), salt);
  const passphrase = key.passphrase.normalize('NFKC').trim();
  if (passphrase.length < FEWEST_LETTERS) {
    throw unusable(`a passphrase has at least ${FEWEST_LETTERS} letters`);
  }
  const stretched = await new Promise<Uint8Array>((resolve, reject) => {
    scrypt(passphrase, salt, 32, SCRYPT, (error, bytes) => (error === null ? resolve(bytes) : reject(error)));
  });
  return keyFor('locking', stretched, salt);
}

/** Writes a new key file that only its owner can read. @throws UnicaError `vault.key-unusable` when it is there already. */
export async function makeKeyFile(path: string): Promise<void> {
  const file = await open(path, 'wx', 0o400).catch((cause: unknown) => {
    throw unusable(codeOf(cause) === 'EEXIST' ? 'the file is there already' : `the file: ${codeOf(cause)}`, cause);
  });
  try {
    await file.writeFile(`${randomBytes(FEWEST_BYTES).toString('hex')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function keyBytes(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw unusable(codeOf(cause) === 'ENOENT' ? 'there is no such key file' : `the key file: ${codeOf(cause)}`, cause);
  });
  if (bytes.length > MOST_BYTES) throw unusable('that file is no key file: it is too long');
  const text = bytes.toString('latin1').trim();
  const plain = /^([0-9a-f]{2})+$/i.test(text) ? Buffer.from(text, 'hex') : bytes;
  if (plain.length < FEWEST_BYTES) throw unusable(`a key file holds at least ${FEWEST_BYTES} random bytes`);
  return Uint8Array.from(plain);
}

function unusable(problem: string, cause?: unknown): UnicaError {
  return new UnicaError('vault.key-unusable', { problem }, { cause });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
}
