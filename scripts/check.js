// `npm run check`: everything that can be said about the code without running it. `npm run check -- types` runs one.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkBoundaries } from './checks/boundaries.js';
import { checkCatalogues } from './checks/catalogues.js';
import { checkDeadCode } from './checks/dead-code.js';
import { checkEnvironment } from './checks/environment.js';
import { checkErrorCodes } from './checks/error-codes.js';
import { checkExports } from './checks/exports.js';
import { checkFormat } from './checks/format.js';
import { checkGenerated } from './checks/generated.js';
import { checkLinks } from './checks/links.js';
import { checkPackaging } from './checks/packaging.js';
import { checkPurity } from './checks/purity.js';
import { checkSettings } from './checks/settings.js';
import { checkTypes } from './checks/types.js';

const CHECKS = {
  types: checkTypes,
  format: checkFormat,
  boundaries: checkBoundaries,
  purity: checkPurity,
  exports: checkExports,
  environment: checkEnvironment,
  'error-codes': checkErrorCodes,
  'dead-code': checkDeadCode,
  catalogues: checkCatalogues,
  settings: checkSettings,
  packaging: checkPackaging,
  generated: checkGenerated,
  links: checkLinks,
};

/** Of one check, when several run. */
const SHOWN_AT_MOST = 25;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const wanted = process.argv.slice(2);
const strangers = wanted.filter((name) => !(name in CHECKS));
if (strangers.length > 0) {
  process.stderr.write(`There is no check ${strangers.join(', ')}. There are: ${Object.keys(CHECKS).join(', ')}.\n`);
  process.exit(2);
}

let failed = 0;
for (const [name, check] of Object.entries(CHECKS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const beganMs = performance.now();
  const { problems, note } = await outcomeOf(check);
  const took = `${Math.round(performance.now() - beganMs)} ms`.padStart(9);
  const says = problems.length === 0 ? (note ?? '') : `${problems.length} problem${problems.length === 1 ? '' : 's'}`;
  process.stdout.write(
    `${problems.length === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(12)} ${took}  ${says}`.trimEnd().concat('\n'),
  );
  const shown = wanted.length > 0 ? problems : problems.slice(0, SHOWN_AT_MOST);
  for (const problem of shown) process.stdout.write(`         ${problem}\n`);
  const hidden = problems.length - shown.length;
  if (hidden > 0) process.stdout.write(`         … and ${hidden} more: npm run check -- ${name}\n`);
  if (problems.length > 0) failed += 1;
}
process.exitCode = failed === 0 ? 0 : 1;

/** A check that breaks has failed; the others still run. */
async function outcomeOf(check) {
  try {
    return await check(root);
  } catch (problem) {
    return { problems: [`the check itself broke: ${problem.stack ?? problem}`] };
  }
}
