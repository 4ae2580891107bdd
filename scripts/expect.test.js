import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { missedExpectations } from './expect.js';

const ROWS = [
  ['a skip for want of an expected peer is missed', 'skip\ta.js\tstores\tPostgreSQL is not running', 'postgres', 1],
  ['the same skip is fine where nothing was promised', 'skip\ta.js\tstores\tPostgreSQL is not running', '', 0],
  ['another peer that is absent does not count', 'skip\ta.js\treads\tdcmdump is not installed', 'chromium,postgres', 0],
  ['how long a file took is no skip', 'long\t12\tdcmdump.js\tdcmdump', 'dcmtk', 0],
  ['an unknown peer is a mistake, not a pass', '', 'postgress', 1],
];

for (const [name, note, expected, count] of ROWS) {
  test(name, () => assert.equal(missedExpectations([note], expected).length, count));
}

test('the reporter writes one line for each skipped test, with its reason, and how long each file took', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'unica-skips-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'planted.test.mjs');
  writeFileSync(
    file,
    `import { test } from 'node:test';
     test('goes', () => {});
     test('stays home', { skip: 'chromium is not installed' }, () => {});`,
  );
  const reporter = fileURLToPath(new URL('./notes-reporter.js', import.meta.url));
  const lines = join(folder, 'lines');
  const { NODE_TEST_CONTEXT: _inherited, ...env } = process.env;
  const run = spawnSync(
    process.execPath,
    ['--test', `--test-reporter=${reporter}`, `--test-reporter-destination=${lines}`, file],
    { env },
  );
  assert.equal(run.status, 0);
  const written = readFileSync(lines, 'utf8').trim().split('\n');
  assert.equal(written.length, 2);
  assert.match(written[0], /^skip\t.*planted\.test\.mjs\tstays home\tchromium is not installed$/);
  assert.match(written[1], /^long\t\d+\t.*planted\.test\.mjs$/);
});
