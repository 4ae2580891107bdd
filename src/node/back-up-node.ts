import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { type Kysely, sql } from 'kysely';
import { openJournal } from '#audit';
import { type Clock, canonicalJson, type Json, UnicaError } from '#base';
import { lockFolder, openDatabase, replaceFile, workBeside } from '#store';
import { Archive } from './archive.ts';
import {
  type BackupManifest,
  type CopiedFile,
  checkFile,
  copyFileSafely,
  digestOfFile,
  filesBelow,
  manifestSchema,
  placeOf,
  syncFolders,
} from './backup-files.ts';
import type { NodeConfig } from './config.ts';
import { readIdentityCard } from './identity-card.ts';
import { OwnKeys } from './own-keys.ts';
import type { AllNodeTables } from './records.ts';
import { SOFTWARE } from './software.ts';
import type { NodeTables } from './tables.ts';

/** Below the folder of backups: content of the archive, one copy for all of them. */
const OBJECTS = 'objects';
const MANIFEST = 'manifest.json';
const RECORDS = 'node.sqlite';
const VAULT = 'vault.sqlite';
/** After the name of one that is not finished. */
const UNFINISHED = '.unfinished';
/** In the home: who makes a backup has it. */
const BUSY = 'backing-up';
/** Images that leave the archive while it is copied make the records speak of content that is gone; then it is begun again. */
const MOST_TRIES = 3;

/** What is told while it goes on. */
export interface BackupProgress {
  readonly step: 'records' | 'objects' | 'checking';
  readonly done: number;
  readonly of: number;
}

/** What a backup came to. */
export interface BackupReport {
  /** Of the backup, by the moment it was made. */
  readonly name: string;
  readonly path: string;
  readonly images: number;
  readonly studies: number;
  readonly objects: number;
  /** Of them those that an earlier backup had not. */
  readonly copied: number;
  readonly bytesCopied: number;
  /** Of the archive, found damaged while they were read; they are not in the backup. */
  readonly damaged: readonly string[];
  readonly journalEntries: number;
  /** Older backups that were taken away. */
  readonly removed: readonly string[];
}

/**
 * Backs a node up into a folder that holds several backups, while it runs or not: the records as they are at one moment, every
 * object of the archive, what waits to be imported, quarantine, card, key and secret, and the vault, sealed as it is. What an
 * earlier backup holds already is not copied again. Everything is read back and held against its digest before the backup counts.
 * @param wish.keep so many of the newest backups stay; 1 to 1000
 * @throws UnicaError `node.not-initialised`, `backup.misplaced`, `backup.other-site`, `backup.exists`, `backup.damaged`, `checkup.home-in-use`, `checkup.database-damaged`
 */
export async function backUpNode(
  config: NodeConfig,
  wish: {
    readonly to: string;
    readonly keep?: number;
    readonly clock?: Clock;
    readonly onProgress?: (progress: BackupProgress) => void;
    readonly signal?: AbortSignal;
  },
): Promise<BackupReport> {
  const card = await readIdentityCard(config.home);
  const root = resolve(wish.to);
  for (const [what, place] of [
    ["the node's data folder", config.home],
    ['the folder of the vault', config.siteVault === undefined ? undefined : dirname(config.siteVault.path)],
  ] as const) {
    if (place !== undefined && isWithin(root, resolve(place)))
      throw new UnicaError('backup.misplaced', { where: what });
  }
  const clock = wish.clock ?? Date.now;
  const madeAtMs = clock();
  const name = new Date(madeAtMs).toISOString().replaceAll(':', '-').slice(0, 19);
  const folder = join(root, name);
  const unfinished = `${folder}${UNFINISHED}`;
  const [newest] = await backupsIn(root);
  const other = newest === undefined ? undefined : await readManifest(root, newest).catch(() => undefined);
  // Taking older backups away would take those of the other site.
  if (other !== undefined && other.siteId !== card.siteId)
    throw new UnicaError('backup.other-site', { backup: other.siteId, here: card.siteId });
  if (existsSync(folder)) throw new UnicaError('backup.exists', { name });
  const busy = join(config.home, BUSY);
  await mkdir(busy, { recursive: true, mode: 0o700 });
  // A second one that ends meanwhile would take away objects that this one has copied and no finished backup holds yet.
  const lock = await lockFolder(busy, 'another backup');
  const beside = await workBeside(config.home).catch(async (error: unknown) => {
    await lock.release();
    throw error;
  });
  try {
    await mkdir(join(root, OBJECTS), { recursive: true, mode: 0o700 });
    // Those that fell hold the records and the key, and nobody would take them away.
    for (const fallen of await readdir(root)) {
      if (isName(fallen.slice(0, -UNFINISHED.length)) && fallen.endsWith(UNFINISHED))
        await rm(join(root, fallen), { recursive: true, force: true });
    }
    await mkdir(unfinished, { mode: 0o700 });
    const made = await copied(config, { root, unfinished, siteId: card.siteId, madeAtMs }, wish);
    const { manifest, damaged, copied: newOnes, bytesCopied } = made;
    await replaceFile(join(unfinished, MANIFEST), `${canonicalJson(manifest as unknown as Json)}\n`);
    await checkBackup(root, unfinished, manifest, wish);
    await rename(unfinished, folder);
    await syncFolders([root]);
    const removed = await removeOlder(root, { made: name, keep: wish.keep ?? Number.MAX_SAFE_INTEGER });
    const report: BackupReport = {
      name,
      path: folder,
      images: manifest.totals.images,
      studies: manifest.totals.studies,
      objects: manifest.objects.length,
      copied: newOnes,
      bytesCopied,
      damaged,
      journalEntries: manifest.journal?.sequence ?? 0,
      removed,
    };
    await writeDown(config, report);
    return report;
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  } finally {
    await beside.release();
    await lock.release();
  }
}

function isWithin(inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(outer + sep);
}

interface Place {
  readonly root: string;
  readonly unfinished: string;
  readonly siteId: string;
  readonly madeAtMs: number;
}

interface Copied {
  readonly manifest: BackupManifest;
  readonly damaged: readonly string[];
  readonly copied: number;
  readonly bytesCopied: number;
}

async function copied(config: NodeConfig, place: Place, wish: Parameters<typeof backUpNode>[1]): Promise<Copied> {
  let newOnes = 0;
  let bytesCopied = 0;
  for (let attempt = 1; ; attempt += 1) {
    wish.onProgress?.({ step: 'records', done: 0, of: 1 });
    // First what waits to be imported: whatever is imported meanwhile is in the records or still here, and twice is once.
    const files = await copySmallFiles(config, place.unfinished);
    const records = await snapshotOf(config.databasePath, join(place.unfinished, 'home', RECORDS));
    files.push({ path: RECORDS, ...records.file });
    const held = new Map<string, number>();
    const damaged: string[] = [];
    const shelves = await filesBelow(config.blobsPath, (first) => !/^[0-9a-f]{2}$/.test(first));
    for (const [at, path] of shelves.entries()) {
      wish.signal?.throwIfAborted();
      const sha256 = path.replace('/', '');
      const to = placeOf(join(place.root, OBJECTS), sha256);
      const there = await stat(to).catch(() => undefined);
      if (there !== undefined) held.set(sha256, there.size);
      else {
        const found = await copyFileSafely(join(config.blobsPath, path), to);
        if (found !== undefined && found.sha256 !== sha256) {
          await rm(to, { force: true });
          damaged.push(sha256);
        } else if (found !== undefined) {
          held.set(sha256, found.sizeBytes);
          newOnes += 1;
          bytesCopied += found.sizeBytes;
        }
      }
      if (at % 200 === 0) wish.onProgress?.({ step: 'objects', done: at, of: shelves.length });
    }
    await syncFolders([...held.keys()].map((sha256) => dirname(placeOf(join(place.root, OBJECTS), sha256))));
    await syncFolders([join(place.root, OBJECTS)]);
    const gone = records.wanted.filter((sha256) => !held.has(sha256) && !damaged.includes(sha256));
    if (gone.length > 0 && attempt < MOST_TRIES) continue;
    const vault = await copyVault(config, place.unfinished);
    const { siteId, madeAtMs } = place;
    return {
      manifest: {
        format: 1,
        software: SOFTWARE,
        siteId,
        madeAtMs,
        journal: records.journal,
        totals: records.totals,
        files: files.sort((one, other) => (one.path < other.path ? -1 : 1)),
        objects: [...held].sort(([one], [other]) => (one < other ? -1 : 1)),
        vault,
      },
      // What the records speak of and was not found, after several looks, is as lost to the backup as what is damaged.
      damaged: [...damaged, ...gone],
      copied: newOnes,
      bytesCopied,
    };
  }
}

/** Of the home: not the archive, the records or what is not needed after the end of a process. */
const NOT_COPIED = /^(blobs|incoming-web|in-use\..*|node\.sqlite.*|before-upgrade|backing-up)$/;

async function copySmallFiles(config: NodeConfig, unfinished: string): Promise<CopiedFile[]> {
  const files: CopiedFile[] = [];
  for (const path of await filesBelow(config.home, (first) => NOT_COPIED.test(first))) {
    const copy = await copyFileSafely(join(config.home, path), join(unfinished, 'home', path));
    if (copy !== undefined) files.push({ path, ...copy });
  }
  return files;
}

/** The records as they are at one moment, also of a node that runs, as one file. */
export async function snapshotOf(databasePath: string, to: string) {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  await rm(to, { force: true });
  const live = await openDatabase<AllNodeTables>({ engine: 'sqlite', path: databasePath });
  try {
    await sql`vacuum into ${to}`.execute(live.kysely);
  } finally {
    await live.close();
  }
  await chmod(to, 0o600);
  // Read back from the copy: what is told of a backup is what is in it.
  const copy = await openDatabase<AllNodeTables>({ engine: 'sqlite', path: to });
  let told: Awaited<ReturnType<typeof toldOf>>;
  try {
    told = await toldOf(copy.kysely);
    await sql`pragma journal_mode = delete`.execute(copy.kysely);
  } finally {
    await copy.close();
  }
  await syncFolders([dirname(to)]);
  return { ...told, file: await digestOfFile(to) };
}

async function toldOf(db: Kysely<AllNodeTables>) {
  const { rows } = await sql<{ integrity_check: string }>`pragma integrity_check(3)`.execute(db);
  const faults = rows.map((row) => row.integrity_check).filter((fault) => fault !== 'ok');
  if (faults.length > 0) throw new UnicaError('checkup.database-damaged', { problem: faults.join('; ') });
  const head = await db
    .selectFrom('audit_entries')
    .select(['sequence', 'entry_sha256'])
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  const wanted = await db.selectFrom('instances').select('blob_sha256').distinct().execute();
  return {
    totals: await new Archive(db as unknown as Kysely<NodeTables>, Date.now).totals(),
    journal: head === undefined ? null : { sequence: Number(head.sequence), entrySha256: head.entry_sha256 },
    wanted: wanted.map((row) => row.blob_sha256),
  };
}

async function copyVault(config: NodeConfig, unfinished: string): Promise<CopiedFile | null> {
  const path = config.siteVault?.path;
  if (path === undefined || !existsSync(path)) return null;
  const to = join(unfinished, VAULT);
  const live = await openDatabase({ engine: 'sqlite', path });
  try {
    await sql`vacuum into ${to}`.execute(live.kysely);
  } finally {
    await live.close();
  }
  await chmod(to, 0o600);
  return { path: VAULT, ...(await digestOfFile(to)) };
}

/**
 * Writes down in the journal that there is a backup; the next one has the entry. Records of an earlier version stay what they are: a
 * backup comes before an upgrade, which takes the steps and can undo them.
 */
async function writeDown(config: NodeConfig, { name, images, objects, damaged }: BackupReport): Promise<void> {
  const { siteId } = await readIdentityCard(config.home);
  const keys = await OwnKeys.open(config.home);
  const database = await openDatabase<AllNodeTables>({ engine: 'sqlite', path: config.databasePath });
  try {
    const journal = openJournal(database, { keys, clock: Date.now, formerKeys: keys.former });
    const facts = { name, images, objects, damaged: damaged.length };
    await journal.append({ actor: 'command-line', action: 'node.backed-up', subject: siteId, facts });
  } finally {
    await database.close();
  }
}

/** The names of the backups in a folder, newest first. */
export async function backupsIn(root: string): Promise<readonly string[]> {
  const names = await readdir(root).catch(() => []);
  return names.filter(isName).sort().reverse();
}

function isName(name: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}$/.test(name);
}

/** What a backup says of itself. @throws UnicaError `backup.none`, `backup.damaged` */
export async function readManifest(root: string, name: string): Promise<BackupManifest> {
  const text = await readFile(join(root, name, MANIFEST), 'utf8').catch((cause: unknown) => {
    throw new UnicaError('backup.none', { where: join(root, name) }, { cause });
  });
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new UnicaError('backup.damaged', { file: MANIFEST, problem: 'it cannot be read' }, { cause });
  }
}

/** Reads all of a backup and holds it against its manifest. @throws UnicaError `backup.damaged` naming what */
export async function checkBackup(
  root: string,
  folder: string,
  manifest: BackupManifest,
  wish: { readonly onProgress?: (progress: BackupProgress) => void; readonly signal?: AbortSignal } = {},
): Promise<void> {
  for (const file of manifest.files) await checkFile(join(folder, 'home', file.path), file, file.path);
  if (manifest.vault !== null) await checkFile(join(folder, VAULT), manifest.vault, VAULT);
  for (const [at, [sha256, sizeBytes]] of manifest.objects.entries()) {
    wish.signal?.throwIfAborted();
    await checkFile(placeOf(join(root, OBJECTS), sha256), { sha256, sizeBytes }, sha256);
    if (at % 200 === 0) wish.onProgress?.({ step: 'checking', done: at, of: manifest.objects.length });
  }
}

/** Where the vault of a backup lies. */
export function vaultOf(root: string, name: string): string {
  return join(root, name, VAULT);
}

/** Where an object of a backup lies. */
export function objectOf(root: string, sha256: string): string {
  return placeOf(join(root, OBJECTS), sha256);
}

/** Takes older backups away, and objects that none of the others holds. */
async function removeOlder(
  root: string,
  { made, keep }: { readonly made: string; readonly keep: number },
): Promise<readonly string[]> {
  const names = await backupsIn(root);
  // A clock that was ahead for a time leaves one behind that counts as newer than all that come: the one just made stays anyway.
  const kept = new Set([...names.slice(0, keep), made]);
  const removed = names.filter((name) => !kept.has(name));
  if (removed.length === 0) return [];
  const held = new Set<string>();
  // A backup that cannot be read may hold anything: then nothing is taken away.
  for (const name of kept) for (const [sha256] of (await readManifest(root, name)).objects) held.add(sha256);
  for (const name of removed) await rm(join(root, name), { recursive: true, force: true });
  for (const path of await filesBelow(join(root, OBJECTS), () => false)) {
    if (!held.has(path.replace('/', ''))) await rm(join(root, OBJECTS, path), { force: true });
  }
  return removed;
}
