import { existsSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { openJournal } from '#audit';
import { asUnicaError, type Clock, UnicaError } from '#base';
import { type FolderLock, keepOthersOut, lockFolder } from '#store';
import { type BackupProgress, backupsIn, checkBackup, objectOf, readManifest, vaultOf } from './back-up-node.ts';
import { type BackupManifest, checkFile, copyFileSafely, placeOf, syncFolders } from './backup-files.ts';
import type { NodeConfig } from './config.ts';
import { heldHead } from './examine-link.ts';
import { readIdentityCard } from './identity-card.ts';
import { OwnKeys } from './own-keys.ts';
import { openNodeRecords } from './records.ts';
import { vaultWhenNeeded } from './site-vault-settings.ts';

/** What a restoration came to. */
export interface RestoreReport {
  readonly name: string;
  readonly siteId: string;
  readonly madeAtMs: number;
  readonly images: number;
  readonly studies: number;
  readonly objects: number;
  /** Where what was there before is kept; null where nothing was. */
  readonly movedTo: string | null;
  readonly vault: 'restored' | 'none' | 'left';
  /** Entries of the journal that the hub was told of and that are lost; null where the hub could not be asked. */
  readonly entriesLost: number | null;
}

/**
 * Puts a backup in the place of a node's home. All of it is checked before anything is touched, written beside, checked again and
 * only then put in place; what was there is moved aside and kept. The journal says that it was done, and what of it was lost by
 * what the hub remembers.
 * @param wish.backup its name; the newest unless told
 * @throws UnicaError `backup.…`, `checkup.home-in-use`, `checkup.commands-at-work`, `checkup.journal-broken`
 */
export async function restoreNode(
  config: NodeConfig,
  wish: {
    readonly from: string;
    readonly backup?: string | undefined;
    readonly replace?: boolean | undefined;
    readonly withoutVault?: boolean | undefined;
    readonly clock?: Clock;
    readonly onProgress?: (progress: BackupProgress) => void;
    readonly signal?: AbortSignal;
  },
): Promise<RestoreReport> {
  const clock = wish.clock ?? Date.now;
  const root = resolve(wish.from);
  const name = wish.backup ?? (await backupsIn(root))[0];
  if (name === undefined) throw new UnicaError('backup.none', { where: root });
  const manifest = await readManifest(root, name);
  await checkBackup(root, join(root, name), manifest, wish);
  let lock = await mayTakePlace(config, manifest, wish);
  const fresh = `${config.home}.restoring`;
  try {
    await rm(fresh, { recursive: true, force: true });
    await writeHome(fresh, { root, name, manifest }, wish);
    await checkHome({ ...config, home: fresh, databasePath: join(fresh, 'node.sqlite') });
    const vault = await putVault(config, { root, name, manifest }, wish.withoutVault === true);
    await lock?.release();
    lock = undefined;
    const movedTo = await changePlaces(fresh, config.home, clock());
    const entriesLost = await writeDown(config, { name, manifest, clock });
    const { siteId, madeAtMs, totals, objects } = manifest;
    const { images, studies } = totals;
    return { name, siteId, madeAtMs, images, studies, objects: objects.length, movedTo, vault, entriesLost };
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw error;
  } finally {
    await lock?.release();
  }
}

/** @returns what keeps a service from starting on the home meanwhile, which would be moved aside while it writes; undefined where there is none yet */
async function mayTakePlace(
  config: NodeConfig,
  manifest: BackupManifest,
  wish: { readonly replace?: boolean | undefined; readonly withoutVault?: boolean | undefined },
): Promise<FolderLock | undefined> {
  const { home } = config;
  const card = await readIdentityCard(home).catch(() => undefined);
  if (card !== undefined && card.siteId !== manifest.siteId)
    throw new UnicaError('backup.other-site', { backup: manifest.siteId, here: card.siteId });
  const isThere = existsSync(join(home, 'node.sqlite')) || card !== undefined;
  if (isThere && wish.replace !== true) throw new UnicaError('backup.home-full', { home });
  const vaultPath = config.siteVault?.path;
  if (manifest.vault !== null && vaultPath !== undefined && wish.withoutVault !== true && existsSync(vaultPath))
    throw new UnicaError('backup.vault-there', { path: vaultPath });
  return isThere ? await takenWhole(home) : undefined;
}

async function takenWhole(home: string): Promise<FolderLock> {
  const lock = await lockFolder(home, 'a restoration');
  try {
    const alone = await keepOthersOut(home);
    return {
      async release() {
        await alone.release();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

interface Chosen {
  readonly root: string;
  readonly name: string;
  readonly manifest: BackupManifest;
}

async function writeHome(
  fresh: string,
  { root, name, manifest }: Chosen,
  { onProgress, signal }: { readonly onProgress?: (progress: BackupProgress) => void; readonly signal?: AbortSignal },
): Promise<void> {
  await mkdir(fresh, { recursive: true, mode: 0o700 });
  const folders = new Set([fresh]);
  const put = async (
    from: string,
    to: string,
    said: { readonly sizeBytes: number; readonly sha256: string },
    what: string,
  ) => {
    await copyFileSafely(from, to);
    await checkFile(to, said, what);
    folders.add(dirname(to));
  };
  for (const file of manifest.files)
    await put(join(root, name, 'home', file.path), join(fresh, file.path), file, file.path);
  for (const [at, [sha256, sizeBytes]] of manifest.objects.entries()) {
    signal?.throwIfAborted();
    await put(objectOf(root, sha256), placeOf(join(fresh, 'blobs'), sha256), { sha256, sizeBytes }, sha256);
    if (at % 200 === 0) onProgress?.({ step: 'objects', done: at, of: manifest.objects.length });
  }
  await syncFolders(folders);
}

/** Opens what was written as its node would. @throws UnicaError `checkup.journal-broken` */
async function checkHome(config: NodeConfig): Promise<void> {
  const keys = await OwnKeys.open(config.home);
  const database = await openNodeRecords(config);
  try {
    const { intact, broken_at } = await openJournal(database, {
      keys,
      clock: Date.now,
      formerKeys: keys.former,
    }).verify();
    if (!intact) throw new UnicaError('checkup.journal-broken', { entry: broken_at ?? 0 });
  } finally {
    await database.close();
  }
}

async function putVault(
  config: NodeConfig,
  { root, name, manifest }: Chosen,
  isLeft: boolean,
): Promise<RestoreReport['vault']> {
  if (manifest.vault === null) return 'none';
  const { siteVault } = config;
  if (siteVault === undefined || isLeft) return 'left';
  await copyFileSafely(vaultOf(root, name), siteVault.path);
  await checkFile(siteVault.path, manifest.vault, 'vault.sqlite');
  await syncFolders([dirname(siteVault.path)]);
  const vault = vaultWhenNeeded(siteVault);
  try {
    // A key that does not fit is told now and not by the first import.
    await (await vault?.open())?.check();
  } catch (error) {
    await vault?.close();
    await rm(siteVault.path, { force: true });
    throw error;
  }
  await vault?.close();
  return 'restored';
}

/** Two renamings: whatever ends this in between leaves either home whole, under its name or beside it. */
async function changePlaces(fresh: string, home: string, nowMs: number): Promise<string | null> {
  await mkdir(dirname(home), { recursive: true });
  const isThere = (await stat(home).catch(() => undefined)) !== undefined;
  const aside = `${home}.before-restore-${new Date(nowMs).toISOString().replaceAll(':', '-').slice(0, 19)}`;
  if (isThere) await rename(home, aside);
  try {
    await rename(fresh, home);
  } catch (error) {
    if (isThere) await rename(aside, home);
    throw error;
  }
  await syncFolders([dirname(home)]);
  return isThere ? aside : null;
}

/** @returns entries that the hub was told of and that are lost; null where it could not be asked */
async function writeDown(
  config: NodeConfig,
  { name, manifest, clock }: { readonly name: string; readonly manifest: BackupManifest; readonly clock: Clock },
): Promise<number | null> {
  const card = await readIdentityCard(config.home);
  const keys = await OwnKeys.open(config.home);
  const database = await openNodeRecords(config);
  try {
    const journal = openJournal(database, { keys, clock, formerKeys: keys.former });
    const held = await heldHead(config, { card, keys, database }, { clock }).catch((error: unknown) =>
      asUnicaError(error),
    );
    const heldSequence = held instanceof UnicaError ? null : (held.head?.sequence ?? 0);
    const own = manifest.journal?.sequence ?? 0;
    await journal.append({
      actor: 'command-line',
      action: 'node.restored',
      subject: card.siteId,
      facts: { backup: name, madeAtMs: manifest.madeAtMs, ownSequence: own, heldSequence },
    });
    return heldSequence === null ? null : Math.max(0, heldSequence - own);
  } finally {
    await database.close();
  }
}
