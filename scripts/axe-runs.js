// What axe found on every page, as the accessibility statement tells it: made of a record of the browser test, and held against the pages,
// sweeps and version of axe that the test has now.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export const AXE_RUNS = 'web/src/accessibility/axe-runs.json';
const MANUAL_CHECKS = 'web/src/accessibility/manual-checks.json';
const ROUTES = 'web/test/routes.js';
const MAKER = 'UNICA_AXE_RECORD=FILE node --test web/test/pages.browser.js && node scripts/generate-axe-runs.js FILE';

/**
 * The statement's data of a record, the same for the same record: only what is named here, sorted. A page that the record lacks is named as missing.
 * @param record what web/test/pages.browser.js wrote
 * @throws Error where the record is none, or holds a page twice
 */
export async function axeRunsOf(root, record) {
  const { ROUTES: routes, SWEEPS: sweeps } = await knownPages(root);
  const { axe, browser, begunAt, runs } = record;
  if (!/^\d+\.\d+\.\d+$/.test(axe) || !/^\w+ [\d.]+$/.test(browser) || !/^\d{4}-\d{2}-\d{2}T/.test(begunAt))
    throw new Error('The record does not say which axe looked, in which browser and when: the test did not run.');
  const looks = sweeps.flatMap(([scheme, language]) =>
    Object.entries(routes).map(([house, known]) => {
      const seen = runs.filter((run) => run.kind === house && run.scheme === scheme && run.language === language);
      const pages = seen.map(({ route }) => route).sort();
      const twice = pages.filter((route, index) => route === pages[index - 1]);
      if (twice.length > 0)
        throw new Error(`${house}, ${scheme}, ${language}: in the record more than once: ${twice.join(', ')}`);
      const violations = seen.flatMap(({ route, violations: found }) =>
        found.map(({ id, nodes }) => ({ route, id, nodes })),
      );
      violations.sort((one, other) => order(`${one.route} ${one.id}`, `${other.route} ${other.id}`));
      const missing = known.filter((route) => !pages.includes(route)).sort();
      return { house, scheme, language, pages, missing, violations };
    }),
  );
  return { axe, browser, on: begunAt.slice(0, 10), looks };
}

/** What is out of date in the data of the statement, by its shape: nobody looks again for it. */
export async function axeRunProblems(root) {
  // A tree without the portal has no pages to look at.
  if (!existsSync(join(root, ROUTES))) return [];
  const { ROUTES: routes, SWEEPS: sweeps, MAIN_PAGES: main, TRIED_ELSEWHERE: elsewhere } = await knownPages(root);
  const installed = jsonIn(root, 'node_modules/axe-core/package.json').version;
  return [
    ...axeProblems(jsonIn(root, AXE_RUNS), { routes, sweeps, installed }).map(
      (problem) => `${AXE_RUNS}: ${problem}; run \`${MAKER}\``,
    ),
    ...manualProblems(jsonIn(root, MANUAL_CHECKS), {
      triedOn: (id) => withHouses(elsewhere[id] ?? main),
      words: jsonIn(root, 'web/src/i18n/en.json'),
    }).map((problem) => `${MANUAL_CHECKS}: ${problem}`),
  ];
}

/** What the data of axe does not say, neither as looked at nor as missing, of the pages, sweeps and version that there are now. */
export function axeProblems({ axe, looks }, { routes, sweeps, installed }) {
  const problems = [];
  for (const [scheme, language] of sweeps) {
    for (const [house, known] of Object.entries(routes)) {
      const which = `${house}, ${scheme}, ${language}`;
      const look = looks.find((one) => one.house === house && one.scheme === scheme && one.language === language);
      // What the record lacks is no fault of the data: the statement names it. A page of which it says nothing is.
      const told = [...(look?.pages ?? []), ...(look?.missing ?? [])];
      const untold = known.filter((route) => !told.includes(route));
      const gone = told.filter((route) => !known.includes(route));
      if (untold.length > 0) problems.push(`${which}: nothing is said of ${untold.join(', ')}`);
      if (gone.length > 0) problems.push(`${which}: there is no such page any more: ${gone.join(', ')}`);
    }
  }
  if (axe !== installed) problems.push(`it is of axe ${axe === '' ? '(none)' : axe}, and ${installed} is installed`);
  return problems;
}

/**
 * Each manual check says what of, when, with what result, and names exactly the pages that it is tried on; a limit has a word for what is done about it.
 * @param triedOn the pages of a check, each as house and path
 */
export function manualProblems(checks, { triedOn, words }) {
  if (checks.length === 0) return ['nothing was tried'];
  return checks.flatMap(({ id, criteria, on, pages, result, limits }) => {
    const keys = [
      `a11y.check.${id}`,
      ...limits.flatMap((limit) => [`a11y.limit.${limit}`, `a11y.limit.${limit}.done`]),
    ];
    const problems = [
      ...(criteria.length > 0 && criteria.every((one) => /^\d\.\d\.\d{1,2}$/.test(one))
        ? []
        : ['no criterion of WCAG']),
      ...(/^\d{4}-\d{2}-\d{2}$/.test(on) ? [] : ['no day']),
      ...(['met', 'met-with-limits', 'not-met'].includes(result) ? [] : [`no result: ${result}`]),
      ...((result === 'met') === (limits.length === 0) ? [] : ['limits and result do not agree']),
      ...triedOn(id)
        .filter((page) => !pages.includes(page))
        .map((page) => `does not name ${page}, on which it is tried`),
      ...pages.filter((page) => !triedOn(id).includes(page)).map((page) => `is not tried on ${page}`),
      ...keys.filter((key) => !(key in words)).map((key) => `no text ${key}`),
    ];
    return problems.map((problem) => `${id}: ${problem}`);
  });
}

function withHouses(pages) {
  return Object.entries(pages).flatMap(([house, paths]) => paths.map((path) => `${house} ${path}`));
}

function jsonIn(root, path) {
  return JSON.parse(readFileSync(join(root, path), 'utf8'));
}

/** By code units: the same on every machine. */
function order(one, other) {
  return one < other ? -1 : one > other ? 1 : 0;
}

async function knownPages(root) {
  return await import(pathToFileURL(join(root, ROUTES)).href);
}
