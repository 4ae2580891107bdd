import { readFileSync } from 'node:fs';

/** Of the shell: runs the arguments behind it and writes what they used, as {@link secondsOfChildren} reads it. */
export const TIMED_BY_SHELL = ['-c', '"$@" >/dev/null 2>&1; code=$?; times; exit $code', 'sh'] as const;

/** Seconds of processor time that the children of a shell used, by the second line of its `times`. */
export function secondsOfChildren(written: string): number {
  return [...(written.split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, rest]) => sum + 60 * Number(minutes) + Number(rest),
    0,
  );
}

/** Ticks of a second in what the kernel tells of processes, the same on all systems that have it (proc(5)). */
const TICKS = 100;

/** Seconds of processor time of this process, or of another one; NaN where the system does not tell. */
export function secondsOf(pid: number | undefined): number {
  if (pid === process.pid) {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  }
  try {
    // Its name, in brackets, may hold blanks.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return Number.NaN;
  }
}
