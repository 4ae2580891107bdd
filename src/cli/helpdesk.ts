import { arch, cpus, release, type as systemType } from 'node:os';
import { resolve } from 'node:path';
import { memoryMib, textForHelpdesk } from '#checkup';
import type { Checkup } from '#wire';
import type { FlatSettings } from './flat-settings.ts';
import { readEnd } from './input-file.ts';

/** Of a log no more is read. */
const LONGEST_LOG_BYTES = 4_194_304;

/** What goes to the helpdesk about this machine; of a setting only that it is given. */
export function helpdeskText(
  checkup: Checkup,
  more: { readonly settings: FlatSettings; readonly home: string; readonly log: string | undefined },
): string {
  const given = Object.keys(more.settings).map(
    (name) => `UNICA_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`,
  );
  return textForHelpdesk({
    checkup,
    machine: {
      system: `${systemType()} ${release()} ${arch()}`,
      runtime: `Node ${process.versions.node}`,
      cores: cpus().length,
      memoryMib: memoryMib(),
    },
    given,
    home: resolve(more.home),
    log: more.log,
  });
}

/** The last four MiB of a log, from a file, or from standard input where it is called `-`. @throws UnicaError `cli.no-file`, `cli.unreadable` */
export async function endOfLog(path: string): Promise<string> {
  if (path !== '-') return new TextDecoder().decode(await readEnd(path, LONGEST_LOG_BYTES));
  let kept = Buffer.alloc(0);
  for await (const part of process.stdin) {
    kept = Buffer.concat([kept, part as Uint8Array]);
    // Twice as much before it is cut, so that a long log is not copied for each of its parts.
    if (kept.length > 2 * LONGEST_LOG_BYTES) kept = Buffer.from(kept.subarray(-LONGEST_LOG_BYTES));
  }
  return kept.subarray(-LONGEST_LOG_BYTES).toString('utf8');
}
