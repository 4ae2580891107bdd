import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const repository = dirname(dirname(fileURLToPath(import.meta.url)));
const SCRIPTS = ['test.js', 'expect.js', 'notes-reporter.js', 'build-parts.js', 'test-groups.js', 'test-group.js'];

/** Runs scripts/test.js over a tree with these tests in its src/; answers exit status and output. */
function runOver(t, sources, args = [], expected = '') {
  const root = mkdtempSync(join(tmpdir(), 'unica-runner-'));
  t.after(() => rmSync(root, { recursive: true }));
  const write = (path, text) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const name of SCRIPTS) {
    mkdirSync(join(root, 'scripts'), { recursive: true });
    cpSync(join(repository, 'scripts', name), join(root, 'scripts', name));
  }
  cpSync(join(repository, 'tsconfig.json'), join(root, 'tsconfig.json'));
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
  write('package.json', '{ "type": "module" }');
  for (const [path, text] of Object.entries(sources)) write(path, text);
  // What this test's own runner says to its children must not reach that one.
  const { NODE_TEST_CONTEXT: _inherited, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts/test.js'), ...args], {
    env: { ...env, UNICA_EXPECT: expected },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

const passing = (name) => `import { test } from 'node:test';\n\ntest('${name}', () => {});\n`;
const SKIPPED =
  "import { test } from 'node:test';\n\ntest('keeps rows', { skip: 'PostgreSQL is not here' }, () => {});\n";

test('fast tests run, long ones only with --full, and the last words are the summary', (t) => {
  const sources = { 'src/room/a.test.ts': passing('fast one'), 'src/room/b.full.test.ts': passing('long one') };
  const fast = runOver(t, sources);
  assert.equal(fast.status, 0, fast.stderr);
  assert.match(fast.stdout, /fast one/);
  assert.doesNotMatch(fast.stdout, /long one/);
  assert.match(fast.stdout.trim().split('\n').at(-1), /duration_ms/);
  // A stamp, and no portal sources newer than it: --full has nothing to bundle.
  assert.match(runOver(t, { ...sources, 'web/dist/.built': '' }, ['--full', 'b.full']).stdout, /long one/);
  const rest = runOver(t, { ...sources, 'web/dist/.built': '' }, ['--full', '--rest']);
  assert.match(rest.stdout, /long one/);
  assert.doesNotMatch(rest.stdout, /fast one/);
});

test('a failing test fails the run', (t) => {
  const source = "import { test } from 'node:test';\n\ntest('breaks', () => {\n  throw new Error('planted');\n});\n";
  assert.equal(runOver(t, { 'src/room/a.test.ts': source }).status, 1);
});

test('a wrong type stops the run before any test', (t) => {
  const run = runOver(t, { 'src/room/a.test.ts': passing('never'), 'src/room/b.ts': "export const b: number = '';\n" });
  assert.notEqual(run.status, 0);
  assert.doesNotMatch(run.stdout, /never/);
});

test('a skip passes, but not where its peer was expected', (t) => {
  assert.equal(runOver(t, { 'src/room/a.test.ts': SKIPPED }).status, 0);
  const run = runOver(t, { 'src/room/a.test.ts': SKIPPED }, [], 'postgres');
  assert.equal(run.status, 1);
  assert.match(run.stderr, /Skipped although postgres was expected: .*keeps rows/);
});

const pidOf = (name) => `import { test } from 'node:test';\n\ntest('${name} in ' + process.pid, () => {});\n`;
const pidsIn = ({ stdout }) => new Set([...stdout.matchAll(/ in (\d+) \(/g)].map(([, pid]) => pid));

test('short files share a process; long ones and ones with hooks around every test have their own', (t) => {
  const together = { 'src/room/a.test.ts': pidOf('a'), 'src/room/b.test.ts': pidOf('b') };
  const shared = runOver(t, together);
  assert.equal(shared.status, 0, shared.stderr);
  assert.match(shared.stdout, /ℹ tests 2\n/);
  assert.equal(pidsIn(shared).size, 1);
  const hooked = pidOf('hooked').replace('{ test }', '{ beforeEach, test }').concat('\nbeforeEach(() => {});\n');
  const sources = { ...together, 'src/room/c.test.ts': hooked, 'src/room/d.full.test.ts': pidOf('long') };
  const apart = runOver(t, { ...sources, 'web/dist/.built': '' }, ['--full']);
  assert.equal(apart.status, 0, apart.stderr);
  assert.match(apart.stdout, /ℹ tests 4\n/);
  assert.equal(pidsIn(apart).size, 3);
});

test('a test that changes what its process shares fails, and is named; the next one does not', (t) => {
  const leaking = (change) => `import { test } from 'node:test';\n\ntest('leaks', () => {\n  ${change}\n});\n`;
  for (const [change, says] of [
    ["process.env['PLANTED'] = '1';", /“leaks” left the environment changed/],
    ["process.chdir('..');", /“leaks” left the working folder changed/],
    ['Date.now = () => 0;', /“leaks” left the clock changed/],
    ['Math.random = () => 0;', /“leaks” left chance changed/],
    ["process.on('SIGTERM', () => {});", /“leaks” left who hears signals changed/],
  ]) {
    const run = runOver(t, { 'src/room/a.test.ts': leaking(change), 'src/room/b.test.ts': passing('innocent') });
    assert.equal(run.status, 1);
    assert.match(run.stdout, says);
    assert.match(run.stdout, /ℹ pass 1\nℹ fail 1\n/);
  }
});

for (const status of [0, 3]) {
  test(`a process that ends early with status ${status} fails the run, and what it was at is told`, (t) => {
    const ending = `import { test } from 'node:test';\n\ntest('ends all', () => {\n  process.exit(${status});\n});\n`;
    const run = runOver(t, {
      'src/room/a.test.ts': `${ending}test('comes after', () => {});\n`,
      'src/room/b.test.ts': passing('b'),
    });
    assert.equal(run.status, 1);
    assert.match(run.stdout, /A process ended before its tests did, during: ends all/);
    assert.match(run.stderr, /dist\/room\/a\.test\.js, dist\/room\/b\.test\.js/);
  });
}

test('a file that cannot be loaded is named, and the others of its process run', (t) => {
  const broken = "throw new Error('planted');\n\nexport {};\n";
  const run = runOver(t, { 'src/room/a.test.ts': broken, 'src/room/b.test.ts': passing('runs') });
  assert.equal(run.status, 1);
  assert.match(run.stdout, /✖ .*a\.test\.js is loaded/);
  assert.match(run.stdout, /✔ runs/);
});
