import { createPrivateKey } from 'node:crypto';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UnicaError } from '#base';
import { loadOrCreateKeys, type SiteKeys } from '#identity';
import { replaceFile, syncFolder } from '#store';
import { keyPath } from './identity-card.ts';

const knownSchema = z.strictObject({ publicKeys: z.array(z.string()) });

/**
 * The node's own key, which can be replaced while the node runs: whoever holds this signs with the key of the moment. The home
 * remembers the public halves of keys it had, since checkpoints of the journal were signed with them.
 */
export class OwnKeys implements SiteKeys {
  readonly #home: string;
  #keys: SiteKeys;
  #known: readonly string[];

  private constructor(home: string, keys: SiteKeys, known: readonly string[]) {
    this.#home = home;
    this.#keys = keys;
    this.#known = known;
  }

  /** Opens the key of a home; made where the home is new. @throws UnicaError `node.key-lost`, `identity.key-exposed` */
  static async open(home: string): Promise<OwnKeys> {
    const known = await readKnown(home);
    const there = await readFile(keyPath(home)).catch(() => undefined);
    if (there === undefined && known.length > 0) throw new UnicaError('node.key-lost', { path: keyPath(home) });
    return await OwnKeys.#with(home, await loadOrCreateKeys(keyPath(home)), known);
  }

  /** Public halves of keys that a home had, the present one with them. */
  static async known(home: string): Promise<readonly string[]> {
    return await readKnown(home);
  }

  static async #with(home: string, keys: SiteKeys, known: readonly string[]): Promise<OwnKeys> {
    if (known.includes(keys.publicKey)) return new OwnKeys(home, keys, known);
    const all = [...known, keys.publicKey];
    await writeKnown(home, all);
    return new OwnKeys(home, keys, all);
  }

  get publicKey(): string {
    return this.#keys.publicKey;
  }

  get privateKey(): SiteKeys['privateKey'] {
    return this.#keys.privateKey;
  }

  /** Public halves of all keys the node has had. */
  readonly former = (): readonly string[] => this.#known;

  /** Takes up the key that another program of this home has put in its place. @returns whether it is another one */
  async reload(): Promise<boolean> {
    const before = this.#keys.publicKey;
    // Where it is gone none is made: that would be one that the hub does not know.
    createPrivateKey(await readFile(keyPath(this.#home), 'utf8'));
    this.#keys = await loadOrCreateKeys(keyPath(this.#home));
    this.#known = await readKnown(this.#home);
    return this.#keys.publicKey !== before;
  }
}

/** The key that is to follow, kept beside the present one until the hub has taken it. The same until then. */
export async function nextKeys(home: string): Promise<SiteKeys> {
  return await loadOrCreateKeys(nextPath(home));
}

/** Puts the next key in the place of the present one, for good. */
export async function adoptNextKeys(home: string): Promise<void> {
  const next = await loadOrCreateKeys(nextPath(home));
  const known = await readKnown(home);
  if (!known.includes(next.publicKey)) await writeKnown(home, [...known, next.publicKey]);
  await rename(nextPath(home), keyPath(home));
  await syncFolder(home);
}

/** Throws the next key away: the hub will never take it. */
export async function dropNextKeys(home: string): Promise<void> {
  await rm(nextPath(home), { force: true });
}

function nextPath(home: string): string {
  return `${keyPath(home)}.next`;
}

function knownPath(home: string): string {
  return join(home, 'known-keys.json');
}

async function readKnown(home: string): Promise<readonly string[]> {
  const text = await readFile(knownPath(home), 'utf8').catch((error: NodeJS.ErrnoException) => {
    // One that is there and cannot be read now must not be written anew without the keys of before.
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? [] : knownSchema.parse(JSON.parse(text)).publicKeys;
}

async function writeKnown(home: string, publicKeys: readonly string[]): Promise<void> {
  await replaceFile(knownPath(home), `${JSON.stringify({ publicKeys }, null, 2)}\n`);
}
