import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { UnicaError } from '#base';

/** With less room SQLite cannot even make the file that its readers share. */
const LEAST_FREE_BYTES = 1_048_576;
/** What libsql says, without a code, of a file that it cannot open. */
const NOT_OPENED = /^ConnectionFailed/;

/** What a failure of SQLite is where the disk is the reason: `checkup.disk-full` or `checkup.folder-unwritable`; any other as it is. */
export function sqliteFailure(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || error instanceof UnicaError) return error;
  const known = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const reason = NOT_OPENED.test(error.message) ? 'SQLITE_CANTOPEN' : known;
  const folder = dirname(path);
  if (reason === 'SQLITE_FULL') return new UnicaError('checkup.disk-full', { path: folder }, { cause: error });
  if (!/^SQLITE_(IOERR|READONLY|CANTOPEN)/.test(reason)) return error;
  return isFull(folder)
    ? new UnicaError('checkup.disk-full', { path: folder }, { cause: error })
    : new UnicaError('checkup.folder-unwritable', { path: folder, reason }, { cause: error });
}

function isFull(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize < LEAST_FREE_BYTES;
  } catch {
    return false;
  }
}
