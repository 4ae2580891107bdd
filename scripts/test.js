// Compiles src/ and runs the tests with node:test.
//
//   node scripts/test.js [--full [--rest] | --acceptance] [WORD…]
//
// Without an option: every *.test.ts but *.full.test.ts, and the tests of scripts/ (a few minutes at most).
// --full adds *.full.test.ts, *.full.test.js and the browser tests web/test/*.browser.js, which need a built portal.
// With --rest it runs what it adds alone: for whoever has just run the others, as CI has.
// --acceptance runs the demo as its users do, whole, with processes killed on the way (scripts/acceptance.test.js).
// A WORD keeps only the files whose path contains it.
//
// UNICA_EXPECT names peers that must be there (chromium, dcmtk, postgres, data): a test that was skipped for want of one
// of them fails the run. CI sets it, so that a skip is never mistaken for a pass.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BUILD_PARTS, buildPart, isStale } from './build-parts.js';
import { missedExpectations } from './expect.js';
import { groupsOf } from './test-groups.js';

/** Two cores are busy with two short files; long ones wait for clocks, browsers and peers for a quarter of their time. */
const FILES_AT_ONCE = { fast: 2, long: 3 };
/** A test or a process that hangs is stopped after this long; the longest healthy one stays far below. */
const TIMEOUT_MS = { fast: 600_000, long: 1_500_000 };

const ACCEPTANCE = 'scripts/acceptance.test.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const full = process.argv.includes('--full');
const rest = full && process.argv.includes('--rest');
const acceptance = process.argv.includes('--acceptance');
const words = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));

for (const part of BUILD_PARTS) {
  const needed = part.name === 'program' || ((full || acceptance) && isStale(root, part));
  if (!needed) continue;
  const { status } = buildPart(root, part, { quiet: false });
  if (status !== 0) {
    process.stderr.write(`The ${part.name} could not be built, so nothing was tested.\n`);
    process.exit(status);
  }
}

const files = (acceptance ? [ACCEPTANCE] : testFiles()).filter(
  (path) => words.length === 0 || words.some((word) => path.includes(word)),
);

if (files.length === 0) {
  process.stderr.write('No test file matches.\n');
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), 'unica-test-'));
const noted = join(folder, 'notes');
const groups = groupsOf(files, (file) => readFileSync(join(root, file), 'utf8'));
const run = spawnSync(
  process.execPath,
  [
    '--enable-source-maps',
    '--test',
    `--test-concurrency=${full ? FILES_AT_ONCE.long : FILES_AT_ONCE.fast}`,
    `--test-timeout=${full || acceptance ? TIMEOUT_MS.long : TIMEOUT_MS.fast}`,
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    `--test-reporter=${join(root, 'scripts/notes-reporter.js')}`,
    `--test-reporter-destination=${noted}`,
    ...groups.map(writeGroup),
  ],
  { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
);
const notes = existsSync(noted) ? readFileSync(noted, 'utf8').split('\n') : [];
rmSync(folder, { recursive: true, force: true });
for (const line of brokenOff(notes)) process.stderr.write(`${line}\n`);
// CI has a bar of time: where it goes is told each time.
const longest = notes.filter((line) => line.startsWith('long\t')).map((line) => line.split('\t'));
if (full) {
  process.stdout.write('The files whose tests took longest (their tests added up, s):\n');
  for (const [, seconds, file] of longest) process.stdout.write(`${seconds.padStart(6)}  ${relative(root, file)}\n`);
}
const missed = missedExpectations(notes, process.env.UNICA_EXPECT ?? '');
for (const line of missed) process.stderr.write(`${line}\n`);
process.exit(run.status === 0 && missed.length > 0 ? 1 : (run.status ?? 1));

/** The file that a process of node:test begins with. Its processes begin in the order of these files' names. */
function writeGroup({ name, files }) {
  const path = join(folder, `${name}.mjs`);
  const urlOf = (file) => JSON.stringify(pathToFileURL(join(root, file)).href);
  const [first] = files;
  writeFileSync(
    path,
    files.length === 1
      ? `import ${urlOf(first)};\n`
      : `import { loadTogether } from ${urlOf('scripts/test-group.js')};\n\nawait loadTogether([\n${files
          .map((file) => `  ${urlOf(file)},\n`)
          .join('')}]);\n`,
  );
  return path;
}

/** A process that ends early takes the rest of its tests along; scripts/test-group.js tells which test it was at. */
function brokenOff(notes) {
  const ended = notes.flatMap((line) => (line.startsWith('broke\t') ? line.slice('broke\t'.length) : []));
  return ended.map((path) => {
    const group = groups.find(({ name }) => path.endsWith(`${name}.mjs`));
    return `The process of these files ended before its tests did: ${group?.files.join(', ') ?? path}`;
  });
}

function testFiles() {
  return [
    // Compiled tests are found through their sources: dist/ may still hold tests that were taken away.
    ...filesBelow('src', '.test.ts')
      .filter(isWanted)
      .map((path) => path.replace(/^src/, 'dist').replace(/\.ts$/, '.js')),
    ...filesBelow('scripts', '.test.js').filter((path) => path !== ACCEPTANCE && isWanted(path)),
    ...(full ? filesBelow('web/test', '.browser.js') : []),
  ];
}

function isWanted(path) {
  return /\.full\.test\.[jt]s$/.test(path) ? full : !rest;
}

function filesBelow(folder, ending) {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}
