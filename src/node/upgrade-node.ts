import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { openJournal } from '#audit';
import { type Clock, UnicaError } from '#base';
import {
  type Database,
  keepOthersOut,
  lockFolder,
  type Migration,
  migrate,
  openDatabase,
  pendingMigrations,
  replaceFile,
} from '#store';
import { Archive } from './archive.ts';
import { snapshotOf } from './back-up-node.ts';
import { copyFileSafely, syncFolders } from './backup-files.ts';
import type { NodeConfig } from './config.ts';
import { readIdentityCard } from './identity-card.ts';
import { OwnKeys } from './own-keys.ts';
import { type AllNodeTables, allNodeMigrations } from './records.ts';
import { SOFTWARE } from './software.ts';
import type { NodeTables } from './tables.ts';

/** What an upgrade came to. */
export interface UpgradeReport {
  /** That were taken. */
  readonly steps: readonly string[];
  readonly images: number;
  readonly studies: number;
  readonly journalEntries: number;
  /** Where the records of before are kept until the next upgrade; null where nothing was to do. */
  readonly before: string | null;
}

/**
 * Brings a home up to this program, whose service does not run: a copy of the records, the steps, and a look whether the records
 * hold together, the journal is whole and nothing is missing. Where anything fails, the copy goes back in their place. One that
 * was ended in the middle is undone by the next and begun again, unless the node was used meanwhile: then what it wrote stays.
 * @throws UnicaError `node.not-initialised`, `store.newer-database`, `checkup.home-in-use`, `checkup.commands-at-work`, `node.upgrade-undone`
 */
export async function upgradeNode(
  config: NodeConfig,
  options: { readonly clock?: Clock; readonly migrations?: readonly Migration[] } = {},
): Promise<UpgradeReport> {
  const card = await readIdentityCard(config.home);
  const migrations = options.migrations ?? allNodeMigrations;
  const lock = await lockFolder(config.home, 'an upgrade');
  // A command beside it would bring the records up to date by itself, or write into those that go back.
  const alone = await keepOthersOut(config.home).catch(async (error: unknown) => {
    await lock.release();
    throw error;
  });
  const folder = join(config.home, 'before-upgrade');
  const copy = join(folder, 'node.sqlite');
  const underWay = join(folder, 'under-way.json');
  try {
    if (existsSync(underWay)) {
      if (await wroteSince(config, underWay)) await rm(underWay);
      else await putBack(copy, config.databasePath, underWay);
    }
    const pending = await withRecords(config, async (database) => await pendingMigrations(database, migrations));
    if (pending.length === 0) {
      const { images, studies, entries } = await withRecords(
        config,
        async (database) => await counted(config, database),
      );
      return { steps: [], images, studies, journalEntries: entries, before: null };
    }
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const before = await snapshotOf(config.databasePath, copy);
    const mark: Mark = { sha256: before.file.sha256, entry: before.journal?.sequence ?? 0 };
    await replaceFile(underWay, JSON.stringify(mark));
    try {
      const report = await withRecords(config, async (database) => {
        const old = await counted(config, database);
        const steps = await migrate(database, migrations);
        const now = await counted(config, database);
        for (const what of ['images', 'studies', 'persons', 'entries'] as const) {
          if (now[what] !== old[what]) throw new Error(`${old[what]} ${what} before, ${now[what]} afterwards`);
        }
        const keys = await OwnKeys.open(config.home);
        const journal = openJournal(database, { keys, clock: options.clock ?? Date.now, formerKeys: keys.former });
        const facts = { software: SOFTWARE, steps: steps.length };
        await journal.append({ actor: 'command-line', action: 'node.upgraded', subject: card.siteId, facts });
        return { steps, images: now.images, studies: now.studies, journalEntries: now.entries + 1, before: copy };
      });
      await rm(underWay);
      await syncFolders([folder]);
      return report;
    } catch (cause) {
      await putBack(copy, config.databasePath, underWay);
      const problem = cause instanceof Error ? cause.message.slice(0, 300) : 'unknown';
      throw new UnicaError('node.upgrade-undone', { problem }, { cause });
    }
  } finally {
    await alone.release();
    await lock.release();
  }
}

async function withRecords<Result>(
  config: NodeConfig,
  work: (database: Database<AllNodeTables>) => Promise<Result>,
): Promise<Result> {
  const database = await openDatabase<AllNodeTables>({ engine: 'sqlite', path: config.databasePath });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** What has to be there before and after, in records that hold together. */
async function counted(config: NodeConfig, database: Database<AllNodeTables>) {
  const { rows } = await sql<{ integrity_check: string }>`pragma integrity_check(3)`.execute(database.kysely);
  const faults = rows.map((row) => row.integrity_check).filter((fault) => fault !== 'ok');
  if (faults.length > 0) throw new UnicaError('checkup.database-damaged', { problem: faults.join('; ') });
  const keys = await OwnKeys.open(config.home);
  const journal = openJournal(database, { keys, clock: Date.now, formerKeys: keys.former });
  const { intact, entries, broken_at } = await journal.verify();
  if (!intact) throw new UnicaError('checkup.journal-broken', { entry: broken_at ?? 0 });
  const archive = new Archive((database as unknown as Database<NodeTables>).kysely, Date.now);
  return { ...(await archive.totals()), entries };
}

/** Lies beside the copy while an upgrade is under way. */
interface Mark {
  /** Of the copy. */
  readonly sha256: string;
  /** Where the journal ended when it was made. */
  readonly entry: number;
}

async function readMark(underWay: string): Promise<Mark> {
  return JSON.parse(await readFile(underWay, 'utf8')) as Mark;
}

/**
 * Whether the node was used after an upgrade that was ended in the middle: a machine that lost its power starts the service by itself,
 * and what it has written since is in no copy.
 */
async function wroteSince(config: NodeConfig, underWay: string): Promise<boolean> {
  const { entry } = await readMark(underWay);
  return await withRecords(config, async ({ kysely }) => {
    const head = await kysely
      .selectFrom('audit_entries')
      .select('sequence')
      .orderBy('sequence', 'desc')
      .limit(1)
      .executeTakeFirst();
    return head !== undefined && Number(head.sequence) > entry;
    // Records that cannot be read are those that the upgrade left.
  }).catch(() => false);
}

/** Puts the records of before in their place, whole or not at all. @throws UnicaError `backup.damaged` */
async function putBack(copy: string, databasePath: string, underWay: string): Promise<void> {
  const { sha256 } = await readMark(underWay);
  const beside = `${databasePath}.before`;
  const copied = await copyFileSafely(copy, beside);
  if (copied?.sha256 !== sha256) {
    await rm(beside, { force: true });
    throw new UnicaError('backup.damaged', { file: copy, problem: 'it is not what was written' });
  }
  // The write-ahead file is of the records that go; with it the old ones would be read wrongly.
  for (const end of ['-wal', '-shm']) await rm(`${databasePath}${end}`, { force: true });
  await rename(beside, databasePath);
  await syncFolders([join(databasePath, '..')]);
  await rm(underWay, { force: true });
}
