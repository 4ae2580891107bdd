import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Libsql from 'libsql';
import { UnicaError } from '#base';
import { replaceFile } from './small-files.ts';
import { sqliteFailure } from './sqlite-failure.ts';

/** A folder that one program has in its hands; whoever took it releases it. */
export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Takes a folder for one program alone. It is a lock of SQLite's, so it goes with its process however that ends, a copy of the
 * folder is not locked, and it holds between programs as well as within one.
 * @param what for whoever comes second: who has it; undefined: it is taken for a moment only
 * @throws UnicaError `checkup.home-in-use`
 */
export async function lockFolder(folder: string, what?: string): Promise<FolderLock> {
  const database = opened(join(folder, 'in-use.sqlite'));
  const told = join(folder, 'in-use.json');
  try {
    database.exec('PRAGMA busy_timeout = 200');
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    if (!isBusy(cause)) throw sqliteFailure(cause, told);
    throw new UnicaError('checkup.home-in-use', await holderOf(told), { cause });
  }
  if (what !== undefined)
    await replaceFile(told, JSON.stringify({ what, pid: process.pid, since: new Date().toISOString() }));
  return released(database);
}

/** Held by all who work in a folder side by side; whoever needs it for itself takes it whole. */
const SIDE_BY_SIDE = 'in-use.side-by-side.sqlite';
/** A look of another program at the lock passes in less. */
const MOMENT_MS = 500;

/**
 * Works in a folder beside others, and keeps away those who need it for themselves ({@link keepOthersOut}). Goes with its process.
 * @throws UnicaError `checkup.home-in-use` where somebody has it for itself
 */
export async function workBeside(folder: string): Promise<FolderLock> {
  const database = opened(join(folder, SIDE_BY_SIDE));
  try {
    database.exec(`PRAGMA busy_timeout = ${MOMENT_MS}`);
    database.exec('BEGIN');
    // Whoever has read keeps its shared lock until the end of the transaction.
    database.prepare('SELECT count(*) FROM sqlite_master').get();
  } catch (cause) {
    database.close();
    if (!isBusy(cause)) throw sqliteFailure(cause, join(folder, SIDE_BY_SIDE));
    throw new UnicaError('checkup.home-in-use', await holderOf(join(folder, 'in-use.json')), { cause });
  }
  return released(database);
}

/**
 * Waits a moment for those who work in a folder side by side, and keeps further ones out until it is released. Beside
 * {@link lockFolder}, which says who it is.
 * @throws UnicaError `checkup.commands-at-work`
 */
export async function keepOthersOut(folder: string): Promise<FolderLock> {
  const database = opened(join(folder, SIDE_BY_SIDE));
  try {
    database.exec(`PRAGMA busy_timeout = ${MOMENT_MS}`);
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    if (!isBusy(cause)) throw sqliteFailure(cause, join(folder, SIDE_BY_SIDE));
    throw new UnicaError('checkup.commands-at-work', { folder }, { cause });
  }
  return released(database);
}

function opened(path: string): Libsql.Database {
  try {
    return new Libsql(path);
  } catch (error) {
    throw sqliteFailure(error, path);
  }
}

function released(database: Libsql.Database): FolderLock {
  return {
    async release() {
      if (!database.open) return;
      if (database.inTransaction) database.exec('ROLLBACK');
      database.close();
    },
  };
}

function isBusy(cause: unknown): boolean {
  return cause instanceof Error && /busy|locked/i.test(`${'code' in cause ? cause.code : ''} ${cause.message}`);
}

/** Who has a folder now, by its process; undefined: nobody. */
export async function folderHolder(folder: string): Promise<{ readonly pid: number } | undefined> {
  try {
    await (await lockFolder(folder)).release();
    return undefined;
  } catch (error) {
    if (error instanceof UnicaError && error.code === 'checkup.home-in-use') return { pid: Number(error.facts['pid']) };
    throw error;
  }
}

async function holderOf(
  path: string,
): Promise<{ readonly what: string; readonly pid: number; readonly since: string }> {
  const told: unknown = await readFile(path, 'utf8').then(JSON.parse, () => undefined);
  const { what, pid, since } = (told ?? {}) as Readonly<Record<string, unknown>>;
  return {
    what: typeof what === 'string' ? what : 'another program',
    pid: typeof pid === 'number' ? pid : 0,
    since: typeof since === 'string' ? since : 'some time ago',
  };
}
