import { UnicaError } from './errors.ts';

/** The error itself when it is ours; a failure of the surroundings that the system tells of; else a bug of ours, with the original as its cause. */
export function asUnicaError(thrown: unknown): UnicaError {
  return systemFailure(thrown) ?? new UnicaError('internal', {}, { cause: thrown });
}

/** A disk, or the part of it that this account may use, is full: the words of the system, of SQLite and of PostgreSQL. */
const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'SQLITE_FULL', '53100']);
const UNWRITABLE = /^(EROFS|EIO|SQLITE_(IOERR|READONLY|CANTOPEN)\w*)$/;
const DAMAGED: ReadonlySet<string> = new Set(['SQLITE_CORRUPT', 'SQLITE_NOTADB']);

/**
 * What stands behind an error: a failure of ours somewhere among its causes, or a disk that is full, cannot be written to or is damaged.
 * @param place told where the system does not say which file it was
 */
export function systemFailure(thrown: unknown, place = 'the folder that was to be written to'): UnicaError | undefined {
  for (let error: unknown = thrown; error instanceof Error; error = error.cause) {
    if (error instanceof UnicaError) return error;
    const reason = 'code' in error && typeof error.code === 'string' ? error.code : '';
    const path = 'path' in error && typeof error.path === 'string' ? error.path : place;
    if (FULL.has(reason)) return new UnicaError('checkup.disk-full', { path }, { cause: thrown });
    if (UNWRITABLE.test(reason))
      return new UnicaError('checkup.folder-unwritable', { path, reason }, { cause: thrown });
    if (DAMAGED.has(reason))
      return new UnicaError('checkup.database-damaged', { problem: error.message.slice(0, 200) }, { cause: thrown });
  }
  return undefined;
}
