// The launcher's build: only what is missing or out of date, only once however many start together.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { BUILD_PARTS, buildPart, isStale } from './build-parts.js';

const LOCK = 'node_modules/.cache/unica-build.lock';
/** A lock whose file is empty belongs to a start that is just writing its process number, unless it stays empty. */
const EMPTY_LOCK_MS = 5_000;

/**
 * Builds the parts of `root` that are stale; a few milliseconds when none is.
 * @returns {Promise<string | undefined>} what went wrong and how to mend it, in one line and the tool's own words below
 */
export async function buildWhenStale(root) {
  if (!BUILD_PARTS.some((part) => isStale(root, part))) return undefined;
  const release = await holdLock(join(root, LOCK));
  try {
    return buildStaleParts(root);
  } finally {
    release();
  }
}

function buildStaleParts(root) {
  // Asked again under the lock: another start may have built meanwhile.
  const stale = BUILD_PARTS.filter((part) => isStale(root, part));
  if (stale.length === 0) return undefined;
  const first = stale.some((part) => statSync(join(root, part.stamp), { throwIfNoEntry: false }) === undefined);
  process.stderr.write(`Building UNICA (${first ? 'first start only' : 'its sources changed'})…\n`);
  for (const part of stale) {
    const { status, output } = buildPart(root, part, { quiet: true });
    if (status === 127)
      return 'UNICA cannot build itself: its build tools are not installed. Run `npm ci` in its folder.';
    if (status !== 0) return `The ${part.name} could not be built; \`npm run build\` shows the same:\n${output}`;
  }
  return undefined;
}

async function holdLock(path) {
  mkdirSync(join(path, '..'), { recursive: true });
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (problem) {
      if (problem.code !== 'EEXIST') throw problem;
    }
    if (isAbandoned(path)) rmSync(path, { force: true });
    else await wait(100);
  }
}

function isAbandoned(path) {
  try {
    const holder = Number(readFileSync(path, 'utf8'));
    if (holder === 0) return Date.now() - statSync(path).mtimeMs > EMPTY_LOCK_MS;
    process.kill(holder, 0);
    return false;
  } catch (problem) {
    // ESRCH: nobody has that number any more. ENOENT: the lock was let go between two looks; try to take it.
    return problem.code === 'ESRCH';
  }
}
