import { randomBytes } from 'node:crypto';

/**
 * Begins the names of what this process is writing, so that another one which tidies up can tell a leftover from work
 * under way. The random half tells two processes apart that had the same number, as the first of every container has.
 */
export const WRITER_MARK = `${process.pid}-${randomBytes(6).toString('hex')}`;

const MARK = /^(\d{1,10})-([0-9a-f]{12})(?=$|[-.])/;

/** True for a name that {@link WRITER_MARK} began in this process, or in another one of this machine that still runs. */
export function isBeingWritten(name: string): boolean {
  const mark = MARK.exec(name);
  if (mark === null) return false;
  const pid = Number(mark[1]);
  return pid === process.pid ? mark[0] === WRITER_MARK : runs(pid);
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It runs, but as somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
