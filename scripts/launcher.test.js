import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const repository = dirname(dirname(fileURLToPath(import.meta.url)));
const COMPILER = 'node_modules/@typescript/native/bin/tsc';
const BUNDLER = 'node_modules/vite/bin/vite.js';

/** Stands where the compiler stands: copies the one source and keeps a tally of its runs. */
const FAKE_COMPILER = `#!/usr/bin/env node
const fs = require('node:fs');
fs.appendFileSync('tally', 'compiled\\n');
fs.mkdirSync('dist/cli', { recursive: true });
fs.copyFileSync('src/cli/main.ts', 'dist/cli/main.js');
`;
const FAKE_BUNDLER =
  "const fs = require('node:fs'); fs.appendFileSync('../tally', 'bundled\\n'); fs.mkdirSync('dist', { recursive: true });\n";

/** A checkout in a temporary folder with our launcher, one source, and small tools. */
function checkout(t) {
  const root = mkdtempSync(join(tmpdir(), 'unica-launcher-'));
  t.after(() => rmSync(root, { recursive: true }));
  const write = (path, text) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const path of ['bin/unica.js', 'scripts/build-parts.js', 'scripts/build-when-stale.js'])
    cpSync(join(repository, path), join(root, path));
  write('package.json', '{ "type": "module" }');
  write('node_modules/package.json', '{ "type": "commonjs" }');
  write('src/cli/main.ts', "process.stdout.write(process.argv.slice(2).join(' '));\nprocess.exitCode = 3;\n");
  write('web/src/main.tsx', '');
  write(COMPILER, FAKE_COMPILER);
  write(BUNDLER, FAKE_BUNDLER);
  // Sources are older than any build that follows, on file systems with coarse times too.
  for (const path of ['package.json', 'src', 'src/cli', 'src/cli/main.ts', 'web/src', 'web/src/main.tsx'])
    utimesSync(join(root, path), 1e9, 1e9);
  return {
    root,
    write,
    start: (...args) => start(root, args),
    tally: () => readFileSync(join(root, 'tally'), 'utf8').trim().split('\n').sort(),
  };
}

function start(root, args) {
  const child = spawn(process.execPath, [join(root, 'bin/unica.js'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const out = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'])
    child[name].setEncoding('utf8').on('data', (text) => {
      out[name] += text;
    });
  return new Promise((fulfil) => child.once('close', (status, signal) => fulfil({ status, signal, ...out })));
}

test('the first start builds both parts, says so in one line, and hands over arguments and exit code', async (t) => {
  const { start: unica, tally } = checkout(t);
  assert.deepEqual(await unica('demo', '--once'), {
    status: 3,
    signal: null,
    stdout: 'demo --once',
    stderr: 'Building UNICA (first start only)…\n',
  });
  assert.deepEqual(tally(), ['bundled', 'compiled']);
});

test('a later start builds nothing and is silent', async (t) => {
  const { start: unica, tally } = checkout(t);
  await unica();
  assert.equal((await unica()).stderr, '');
  assert.deepEqual(tally(), ['bundled', 'compiled']);
});

test('a changed source is built again, and only its part', async (t) => {
  const { root, start: unica, tally } = checkout(t);
  await unica();
  const later = new Date(Date.now() + 60_000);
  utimesSync(join(root, 'src/cli/main.ts'), later, later);
  assert.equal((await unica()).stderr, 'Building UNICA (its sources changed)…\n');
  assert.deepEqual(tally(), ['bundled', 'compiled', 'compiled']);
});

test('a source that was taken away is noticed', async (t) => {
  const { root, write, start: unica, tally } = checkout(t);
  write('src/cli/more.ts', '');
  await unica();
  rmSync(join(root, 'src/cli/more.ts'));
  await unica();
  assert.equal(tally().filter((line) => line === 'compiled').length, 2);
});

test('starts that come together build once', async (t) => {
  const { start: unica, tally } = checkout(t);
  const runs = await Promise.all([unica('a'), unica('b'), unica('c')]);
  assert.deepEqual(
    runs.map(({ status, stdout }) => [status, stdout]),
    [
      [3, 'a'],
      [3, 'b'],
      [3, 'c'],
    ],
  );
  assert.deepEqual(tally(), ['bundled', 'compiled']);
});

test('a lock left by a start that died does not stop the next one', async (t) => {
  const { root, write, start: unica } = checkout(t);
  const gone = spawn(process.execPath, ['-e', '0']);
  await new Promise((fulfil) => gone.once('exit', fulfil));
  write('node_modules/.cache/unica-build.lock', String(gone.pid));
  assert.equal((await unica()).status, 3);
  assert.equal(existsSync(join(root, 'node_modules/.cache/unica-build.lock')), false);
});

test('without its build tools it says so in one line with the mend', async (t) => {
  const { root, start: unica } = checkout(t);
  rmSync(join(root, COMPILER));
  const { status, stderr } = await unica();
  assert.equal(status, 1);
  assert.match(stderr.split('\n')[1], /build tools are not installed\. Run `npm ci`/);
});

test('a build that fails stops the start, shows why, and is tried again', async (t) => {
  const { root, start: unica } = checkout(t);
  appendFileSync(join(root, COMPILER), "console.log('main.ts(1,1): a fault'); process.exit(2);\n");
  for (const _attempt of [1, 2]) {
    const { status, stderr } = await unica();
    assert.equal(status, 1);
    assert.match(stderr, /main\.ts\(1,1\): a fault/);
  }
});

test('an installed package, without sources, starts what it has', async (t) => {
  const { root, start: unica } = checkout(t);
  await unica();
  for (const folder of ['src', 'scripts', 'node_modules']) rmSync(join(root, folder), { recursive: true });
  assert.deepEqual(await unica('hub'), { status: 3, signal: null, stdout: 'hub', stderr: '' });
});
