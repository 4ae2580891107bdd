import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat, statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { UnicaError } from '#base';
import type { Finding } from '#wire';
import { bad, good, note } from './findings.ts';

const MIB = 2 ** 20;
/** Written to see whether writing works. */
const PROBE_BYTES = 65_536;
/** A study of mammography takes about 100 MiB; below that nothing is promised. */
const LEAST_FREE_MIB = 500;
const EASY_FREE_MIB = 5120;

/** Whether the Node that runs this is new enough. @param needed as `package.json` says it: `>=20.19` */
export function examineProgram(version: string, needed: string): Finding {
  const least = needed.replace(/^\D+/, '');
  return isAtLeast(version, least)
    ? good('program', `Node ${version}.`)
    : bad('program', new UnicaError('checkup.program-old', { version, needed: least }));
}

/** Whether a version such as `20.19.1` is not below another. */
export function isAtLeast(version: string, least: string): boolean {
  const [own, wanted] = [version, least].map((text) => (text.match(/\d+/g) ?? []).map(Number));
  for (const [at, number] of (wanted ?? []).entries()) {
    const mine = own?.[at] ?? 0;
    if (mine !== number) return mine > number;
  }
  return true;
}

/**
 * Whether a folder can be written to, as the houses write: a new file, safe on the disk, renamed. One that is not there yet is
 * looked at where it would be made.
 */
export async function examineFolder(path: string): Promise<Finding> {
  const at = await nearestFolder(path);
  const probe = join(at, `.unica-probe-${randomBytes(6).toString('hex')}`);
  try {
    const file = await open(probe, 'wx', 0o600);
    try {
      await file.writeFile(randomBytes(PROBE_BYTES));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(probe, `${probe}-é-ж-中`);
    return good('folder', at === path ? `${path} can be written to.` : `${path} can be made.`);
  } catch (error) {
    return bad('folder', error, { path: at });
  } finally {
    await Promise.all([probe, `${probe}-é-ж-中`].map((left) => rm(left, { force: true }).catch(() => undefined)));
  }
}

/** How much room a folder has. */
export async function examineDisk(path: string): Promise<Finding> {
  try {
    const { bavail, bsize } = await statfs(await nearestFolder(path));
    const freeMib = Math.floor((bavail * bsize) / MIB);
    if (freeMib < LEAST_FREE_MIB)
      return bad('disk', new UnicaError('checkup.disk-short', { path, freeMib, leastMib: LEAST_FREE_MIB }));
    if (freeMib < EASY_FREE_MIB)
      return note('disk', new UnicaError('checkup.disk-short', { path, freeMib, leastMib: LEAST_FREE_MIB }));
    return good('disk', `${Math.floor(freeMib / 1024)} GiB are free.`);
  } catch (error) {
    return bad('disk', error, { path });
  }
}

/** The folder itself, or the nearest above it that is there. */
async function nearestFolder(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    const found = await stat(at).catch(() => undefined);
    if (found !== undefined || dirname(at) === at) return at;
  }
}

/** What a purpose needs of memory, MiB. */
const MEMORY_NEEDS = { sharing: 384, training: 2048 } as const;

/** How much memory this process may use: the machine's, or less where its container sets a limit. */
export function memoryMib(): number {
  const constrained = process.constrainedMemory?.() ?? 0;
  const machine = totalmem();
  return Math.floor((constrained > 0 && constrained < machine ? constrained : machine) / MIB);
}

/** Whether there is memory for sharing data, and for training. */
export function examineMemory(mib: number): Finding {
  const short = (purpose: keyof typeof MEMORY_NEEDS) =>
    new UnicaError('checkup.memory-short', { mib, purpose, leastMib: MEMORY_NEEDS[purpose] });
  if (mib < MEMORY_NEEDS.sharing) return bad('memory', short('sharing'));
  if (mib < MEMORY_NEEDS.training) return note('memory', short('training'));
  return good('memory', `${(mib / 1024).toFixed(1)} GiB of memory may be used.`);
}
