import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { linesOf, runTool } from './run-tool.js';

const CHECKER = 'scripts/check-catalogues.js';

/** The portal's message catalogues: every message used, every language complete. */
export async function checkCatalogues(root) {
  if (!existsSync(join(root, CHECKER))) return { problems: [`${CHECKER} is missing`] };
  const { status, stdout, stderr } = await runTool(root, CHECKER, []);
  return { problems: status === 0 ? [] : [...linesOf(stdout), ...linesOf(stderr)] };
}
