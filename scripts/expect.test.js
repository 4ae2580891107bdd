import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { missedExpectations } from './expect.js';

const ROWS = [
  ['a skip for want of an expected peer is missed', 'a.js\tstores\tPostgreSQL is not running', 'postgres', 1],
  ['the same skip is fine where nothing was promised', 'a.js\tstores\tPostgreSQL is not running', '', 0],
  ['another peer that is absent does not count', 'a.js\treads\tdcmdump is not installed', 'chromium,postgres', 0],
  ['an unknown peer is a mistake, not a pass', '', 'postgress', 1],
];

for (const [name, skips, expected, count] of ROWS) {
  test(name, () => assert.equal(missedExpectations(skips, expected).length, count));
}

test('the reporter writes one line for each skipped test, with its reason', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'unica-skips-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'planted.test.mjs');
  writeFileSync(
    file,
    `import { test } from 'node:test';
     test('goes', () => {});
     test('stays home', { skip: 'chromium is not installed' }, () => {});`,
  );
  const reporter = fileURLToPath(new URL('./skip-reporter.js', import.meta.url));
  const lines = join(folder, 'lines');
  const { NODE_TEST_CONTEXT: _inherited, ...env } = process.env;
  const run = spawnSync(
    process.execPath,
    ['--test', `--test-reporter=${reporter}`, `--test-reporter-destination=${lines}`, file],
    { env },
  );
  assert.equal(run.status, 0);
  const written = readFileSync(lines, 'utf8').trim().split('\n');
  assert.equal(written.length, 1);
  assert.match(written[0], /planted\.test\.mjs\tstays home\tchromium is not installed$/);
});
