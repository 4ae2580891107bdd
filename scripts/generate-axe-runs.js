// Makes web/src/accessibility/axe-runs.json, of which the accessibility statement is made, of a record of the browser test:
//   UNICA_AXE_RECORD=FILE node --test web/test/portal.browser.js && node scripts/generate-axe-runs.js FILE
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AXE_RUNS, axeRunsOf } from './axe-runs.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [record] = process.argv.slice(2);
if (record === undefined) {
  process.stderr.write('Name the record that web/test/portal.browser.js wrote with UNICA_AXE_RECORD=FILE.\n');
  process.exit(2);
}
const runs = await axeRunsOf(root, JSON.parse(readFileSync(record, 'utf8')));
writeFileSync(join(root, AXE_RUNS), `${JSON.stringify(runs, undefined, 2)}\n`);
const found = runs.looks.reduce((sum, { violations }) => sum + violations.length, 0);
process.stdout.write(`${runs.looks.length} looks at ${Object.values(runs.pages).flat().length} pages: ${found} faults.\n`);
