// What axe found on every page, as the accessibility statement tells it: made of a record of the browser test, and held against the pages,
// sweeps and version of axe that the test has now.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export const AXE_RUNS = 'web/src/accessibility/axe-runs.json';
const MANUAL_CHECKS = 'web/src/accessibility/manual-checks.json';
const ROUTES = 'web/test/routes.js';
const MAKER = 'UNICA_AXE_RECORD=FILE node --test web/test/portal.browser.js && node scripts/generate-axe-runs.js FILE';

/**
 * The statement's data of a record. @throws Error where a page or a sweep is missing from it: half a look is none
 * @param record what web/test/portal.browser.js wrote
 */
export async function axeRunsOf(root, record) {
  const { ROUTES: routes, SWEEPS: sweeps } = await knownPages(root);
  const looks = sweeps.flatMap(([scheme, language]) =>
    Object.entries(routes).map(([house, pages]) => {
      const seen = record.runs.filter(
        (run) => run.kind === house && run.scheme === scheme && run.language === language,
      );
      const missing = pages.filter((route) => seen.filter((run) => run.route === route).length !== 1);
      if (missing.length > 0)
        throw new Error(`${house}, ${scheme}, ${language}: not looked at once each: ${missing.join(', ')}`);
      const violations = seen.flatMap(({ route, violations: found }) => found.map((one) => ({ route, ...one })));
      return { house, scheme, language, pages: seen.length, violations };
    }),
  );
  return {
    axe: record.axe,
    browser: record.browser,
    on: record.begunAt.slice(0, 10),
    pages: Object.fromEntries(Object.entries(routes).map(([house, pages]) => [house, [...pages]])),
    looks,
  };
}

/** What is out of date in the data of the statement, by its shape: nobody looks again for it. */
export async function axeRunProblems(root) {
  // A tree without the portal has no pages to look at.
  if (!existsSync(join(root, ROUTES))) return [];
  const runs = JSON.parse(readFileSync(join(root, AXE_RUNS), 'utf8'));
  const { ROUTES: routes, SWEEPS: sweeps } = await knownPages(root);
  const problems = [];
  if (JSON.parse(readFileSync(join(root, MANUAL_CHECKS), 'utf8')).length === 0)
    problems.push(`${MANUAL_CHECKS}: nothing was tried`);
  const say = (problem) => problems.push(`${AXE_RUNS}: ${problem}; run \`${MAKER}\``);
  for (const [house, pages] of Object.entries(routes)) {
    const looked = new Set(runs.pages[house] ?? []);
    const added = pages.filter((route) => !looked.has(route));
    const gone = [...looked].filter((route) => !pages.includes(route));
    if (added.length > 0) say(`axe has not looked at ${house}: ${added.join(', ')}`);
    if (gone.length > 0) say(`there is no such page any more at ${house}: ${gone.join(', ')}`);
    for (const [scheme, language] of sweeps) {
      const look = runs.looks.find((one) => one.house === house && one.scheme === scheme && one.language === language);
      if (look === undefined) say(`${house} was not looked at in ${scheme}, ${language}`);
      else if (look.pages !== looked.size)
        say(`${house}, ${scheme}, ${language}: ${look.pages} pages of ${looked.size}`);
    }
  }
  const installed = JSON.parse(readFileSync(join(root, 'node_modules/axe-core/package.json'), 'utf8')).version;
  if (runs.axe !== installed) say(`it is of axe ${runs.axe}, and ${installed} is installed`);
  return [...problems, ...manualProblems(root, routes)];
}

/** Each manual check says what of, when, with what result; a limit has a word for what is done about it. */
function manualProblems(root, routes) {
  const checks = JSON.parse(readFileSync(join(root, MANUAL_CHECKS), 'utf8'));
  const words = JSON.parse(readFileSync(join(root, 'web/src/i18n/en.json'), 'utf8'));
  const known = new Set(Object.values(routes).flat());
  return checks.flatMap(({ id, criteria, on, pages, result, limits }) => {
    const say = (problem) => `${MANUAL_CHECKS}: ${id}: ${problem}`;
    const keys = [
      `a11y.check.${id}`,
      ...limits.flatMap((limit) => [`a11y.limit.${limit}`, `a11y.limit.${limit}.done`]),
    ];
    return [
      ...(criteria.length > 0 && criteria.every((one) => /^\d\.\d\.\d{1,2}$/.test(one))
        ? []
        : [say('no criterion of WCAG')]),
      ...(/^\d{4}-\d{2}-\d{2}$/.test(on) ? [] : [say('no day')]),
      ...(['met', 'met-with-limits', 'not-met'].includes(result) ? [] : [say(`no result: ${result}`)]),
      ...((result === 'met') === (limits.length === 0) ? [] : [say('limits and result do not agree')]),
      ...pages.filter((page) => !known.has(page)).map((page) => say(`there is no page ${page} any more`)),
      ...keys.filter((key) => !(key in words)).map((key) => say(`no text ${key}`)),
    ];
  });
}

async function knownPages(root) {
  return await import(pathToFileURL(join(root, ROUTES)).href);
}
