import { readFileSync } from 'node:fs';

/** Peak resident memory of a process in MB; nothing where the system does not tell (only Linux keeps it in /proc). */
export function peakMemoryMb(pid: number | 'self'): number | undefined {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? undefined : Math.round(Number(kilobytes) / 1024);
  } catch {
    return undefined;
  }
}

/** The largest peak among a process and those it started, in MB: a trainer's process counts as its house's. */
export function peakMemoryOfTreeMb(pid: number): number | undefined {
  const peaks = [peakMemoryMb(pid), ...childrenOf(pid).map(peakMemoryOfTreeMb)].filter((peak) => peak !== undefined);
  return peaks.length === 0 ? undefined : Math.max(...peaks);
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Processor time of a process, user and system, in milliseconds; nothing where the system does not tell. */
export function processorMs(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    // In ticks of 10 ms, which is what Linux tells on every machine this runs on.
    return 10 * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return undefined;
  }
}

/** When a process began, in the system's own ticks: tells it from a later one with the same number. */
export function processStart(pid: number): string | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[19];
  } catch {
    return undefined;
  }
}

/** True while a process with this number, begun at this time, runs. */
export function isRunning(pid: number, start: string | undefined): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  return start === undefined || processStart(pid) === undefined || processStart(pid) === start;
}
