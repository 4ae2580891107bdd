// Makes web/src/accessibility/axe-runs.json, of which the accessibility statement is made, of a record of the browser test:
//   UNICA_AXE_RECORD=FILE node --test web/test/pages.browser.js && node scripts/generate-axe-runs.js FILE
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AXE_RUNS, axeRunsOf } from './axe-runs.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [record] = process.argv.slice(2);
if (record === undefined) {
  process.stderr.write('Name the record that web/test/pages.browser.js wrote with UNICA_AXE_RECORD=FILE.\n');
  process.exit(2);
}
const runs = await axeRunsOf(root, JSON.parse(readFileSync(record, 'utf8')));
writeFileSync(join(root, AXE_RUNS), JSON.stringify(runs));
execFileSync(process.execPath, [join(root, 'node_modules/@biomejs/biome/bin/biome'), 'format', '--write', AXE_RUNS], {
  cwd: root,
  stdio: ['ignore', 'ignore', 'inherit'],
});
const sum = (of) => runs.looks.reduce((all, look) => all + look[of].length, 0);
process.stdout.write(
  `Pages looked at: ${sum('pages')}. Faults: ${sum('violations')}. Missing from the record: ${sum('missing')}.\n`,
);
for (const { house, scheme, language, missing } of runs.looks)
  if (missing.length > 0)
    process.stdout.write(`${house}, ${scheme}, ${language}: not looked at: ${missing.join(', ')}\n`);
