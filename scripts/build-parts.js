// What is built from what: the two builds of the repository, their inputs and the stamp each leaves behind.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The builds, in order. A stamp's modification time is the moment its build began, so that a source saved during a build
 * counts as newer. `tsc` leaves unchanged outputs alone, hence a stamp and not the outputs' own times.
 */
export const BUILD_PARTS = [
  {
    name: 'program',
    inputs: ['src', 'package.json', 'tsconfig.json'],
    stamp: 'dist/.built',
    tool: 'node_modules/@typescript/native/bin/tsc',
    args: ['-p', 'tsconfig.json'],
    folder: '.',
  },
  {
    name: 'portal',
    inputs: [
      'web/src',
      'web/public',
      'web/index.html',
      'web/vite.config.ts',
      'web/package.json',
      'src/base',
      'src/vocab',
      'src/wire',
      'src/dicom',
      'src/films',
      'src/privacy',
      'src/engine',
      'src/learning',
      'src/academy',
    ],
    stamp: 'web/dist/.built',
    tool: 'node_modules/vite/bin/vite.js',
    args: ['build', '--logLevel', 'warn'],
    folder: 'web',
  },
];

/** Whether the part's stamp is missing or older than its newest input. */
export function isStale(root, part) {
  const builtMs = modifiedMs(join(root, part.stamp));
  return builtMs === undefined || part.inputs.some((input) => newestMs(join(root, input)) > builtMs);
}

/**
 * Runs one build to its end.
 * @param {{ readonly quiet: boolean }} options quiet: keep the tool's words for the answer instead of showing them
 * @returns {{ readonly status: number, readonly output: string }} 127 when the tool is not installed
 */
export function buildPart(root, part, { quiet }) {
  const tool = join(root, part.tool);
  if (modifiedMs(tool) === undefined) return { status: 127, output: '' };
  const beganAt = new Date();
  const done = spawnSync(process.execPath, [tool, ...part.args], {
    cwd: join(root, part.folder),
    stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    encoding: 'utf8',
  });
  if (done.status === 0) {
    const stamp = join(root, part.stamp);
    mkdirSync(dirname(stamp), { recursive: true });
    writeFileSync(stamp, '');
    utimesSync(stamp, beganAt, beganAt);
  }
  return { status: done.status ?? 1, output: `${done.stdout ?? ''}${done.stderr ?? ''}`.trim() };
}

function newestMs(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  // The folder's own time tells of a file that was taken away.
  return readdirSync(path).reduce((newest, name) => Math.max(newest, newestMs(join(path, name))), stat.mtimeMs);
}

function modifiedMs(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}
