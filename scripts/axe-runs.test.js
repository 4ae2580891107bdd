import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { axeProblems, axeRunsOf, manualProblems } from './axe-runs.js';

const ROUTES = { hub: ['/', '/datasets'], node: ['/'] };
const SWEEPS = [['light', 'en']];
const RECORD = {
  begunAt: '2026-11-30T10:00:00.000Z',
  browser: 'Chromium 140.0.1',
  axe: '4.11.0',
  runs: [
    { kind: 'hub', scheme: 'light', language: 'en', route: '/datasets', violations: [{ id: 'region', nodes: 2 }] },
    {
      kind: 'hub',
      scheme: 'light',
      language: 'en',
      route: '/',
      violations: [
        { id: 'label', nodes: 1, at: '/home/somebody/page.html' },
        { id: 'aria-roles', nodes: 1 },
      ],
    },
    { kind: 'hub', scheme: 'dark', language: 'el', route: '/', violations: [] },
  ],
};

test('a record becomes data in one order, with nothing of the machine, and what it lacks is named', async (t) => {
  const root = withPages(t);
  const runs = await axeRunsOf(root, RECORD);
  assert.deepEqual(runs, {
    axe: '4.11.0',
    browser: 'Chromium 140.0.1',
    on: '2026-11-30',
    looks: [
      {
        house: 'hub',
        scheme: 'light',
        language: 'en',
        pages: ['/', '/datasets'],
        missing: [],
        violations: [
          { route: '/', id: 'aria-roles', nodes: 1 },
          { route: '/', id: 'label', nodes: 1 },
          { route: '/datasets', id: 'region', nodes: 2 },
        ],
      },
      { house: 'node', scheme: 'light', language: 'en', pages: [], missing: ['/'], violations: [] },
    ],
  });
  assert.deepEqual(await axeRunsOf(root, { ...RECORD, runs: RECORD.runs.toReversed() }), runs);
});

test('a record of a test that did not run, or with a page twice, is none', async (t) => {
  const root = withPages(t);
  await assert.rejects(axeRunsOf(root, { ...RECORD, axe: '' }), /the test did not run/);
  await assert.rejects(
    axeRunsOf(root, { ...RECORD, runs: [...RECORD.runs, RECORD.runs[0]] }),
    /hub, light, en: in the record more than once: \/datasets/,
  );
});

test('data that says nothing of a page, has one too many, or is of another axe is out of date; a page named as missing is not', async (t) => {
  const runs = await axeRunsOf(withPages(t), RECORD);
  const now = { routes: { hub: ['/', '/datasets'], node: ['/'] }, sweeps: SWEEPS, installed: '4.11.0' };
  assert.deepEqual(axeProblems(runs, now), []);
  assert.deepEqual(
    axeProblems(runs, { ...now, routes: { hub: ['/', '/models'], node: ['/', '/mapping'] }, installed: '4.12.0' }),
    [
      'hub, light, en: nothing is said of /models',
      'hub, light, en: there is no such page any more: /datasets',
      'node, light, en: nothing is said of /mapping',
      'it is of axe 4.11.0, and 4.12.0 is installed',
    ],
  );
  assert.deepEqual(axeProblems(runs, { ...now, sweeps: [['dark', 'el']] }), [
    'hub, dark, el: nothing is said of /, /datasets',
    'node, dark, el: nothing is said of /',
  ]);
});

test('a manual check without a day, a page, a result or words is found', () => {
  const words = { 'a11y.check.keyboard': 'x', 'a11y.limit.pdf': 'x', 'a11y.limit.pdf.done': 'x' };
  const now = { triedOn: (id) => (id === 'other' ? ['hub /'] : ['hub /', 'node /']), words };
  const good = {
    id: 'keyboard',
    criteria: ['2.1.1'],
    on: '2026-11-30',
    pages: ['hub /', 'node /'],
    result: 'met',
    limits: [],
  };
  const rows = [
    [good, []],
    [{ ...good, result: 'met-with-limits', limits: ['pdf'] }, []],
    [{ ...good, criteria: [] }, ['keyboard: no criterion of WCAG']],
    [{ ...good, on: '' }, ['keyboard: no day']],
    [{ ...good, pages: ['node /'] }, ['keyboard: does not name hub /, on which it is tried']],
    [{ ...good, pages: ['hub /', 'node /', 'hub /gone'] }, ['keyboard: is not tried on hub /gone']],
    [{ ...good, limits: ['pdf'] }, ['keyboard: limits and result do not agree']],
    [{ ...good, result: 'well' }, ['keyboard: no result: well', 'keyboard: limits and result do not agree']],
    [{ ...good, id: 'other', pages: ['hub /'] }, ['other: no text a11y.check.other']],
  ];
  for (const [check, problems] of rows) assert.deepEqual(manualProblems([check], now), problems);
  assert.deepEqual(manualProblems([], now), ['nothing was tried']);
});

/** A tree with the pages of the test and nothing else. */
function withPages(t) {
  const root = mkdtempSync(join(tmpdir(), 'unica-axe-'));
  t.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'web/test'), { recursive: true });
  writeFileSync(
    join(root, 'web/test/routes.js'),
    `export const ROUTES = ${JSON.stringify(ROUTES)};\nexport const SWEEPS = ${JSON.stringify(SWEEPS)};\n`,
  );
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }\n');
  return root;
}
