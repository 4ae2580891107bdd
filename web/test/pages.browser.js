// Every page of the portal in a real browser (Debian's chromium): axe in both schemes and three alphabets, headings, and the width of a phone.
// UNICA_AXE_RECORD=FILE keeps what axe found on every page, of which scripts/generate-axe-runs.js makes the data of the accessibility statement.
// Live houses and pictures: see houses.js.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { axeLook, faultWords } from './axe.js';
import { houses, isLive, keepPicture, openHouses, skip, visit, widthOf } from './houses.js';
import { LIVE_LISTS, LIVE_ROUTES, ROUTES, SWEEPS } from './routes.js';

const PHONE = { width: 390, height: 800 };
const DESK = { width: 1280, height: 900 };
const recordFile = isLive ? undefined : process.env.UNICA_AXE_RECORD;
const record = { begunAt: new Date().toISOString(), browser: '', axe: '', runs: [] };

// Two at once: one of the longest parts of all tests, and each has a page of its own.
describe('every page', { skip, concurrency: 2 }, () => {
  let opened;

  before(async () => {
    opened = await openHouses();
    record.browser = `Chromium ${opened.version}`;
  });

  after(async () => {
    await opened?.close();
    if (recordFile !== undefined) writeFileSync(recordFile, `${JSON.stringify(record, undefined, 2)}\n`);
  });

  for (const kind of houses) {
    // Colours do not depend on words: each scheme and each alphabet once, not each with each.
    for (const [index, [scheme, language]] of SWEEPS.entries()) {
      test(`${kind}, ${scheme}, ${language}: every page is sound, axe finds nothing, and it fits a phone`, async () => {
        const page = await opened.open(kind, { scheme, language, ...DESK });
        // A scheme's colours were looked at by the first sweep that has it; the record of the statement says what the whole of axe found.
        const isSeen = SWEEPS.slice(0, index).some(([earlier]) => earlier === scheme);
        const without = isSeen && recordFile === undefined ? ['color-contrast'] : [];
        const seen = [];
        for (const route of await routesOf(kind, page)) {
          await visit(page, `${opened.addresses.get(kind)}${route}`);
          seen.push(...(await faultsOf(page, { route, kind, scheme, language, without })));
          await keepPicture(page, `${kind}-${scheme}-${language}-${DESK.width}`, route);
          await page.setViewportSize(PHONE);
          const width = await widthOf(page);
          if (width > PHONE.width) seen.push(`${route}: ${width} px wide on a phone`);
          await keepPicture(page, `${kind}-${scheme}-${language}-${PHONE.width}`, route);
          await page.setViewportSize(DESK);
        }
        assert.deepEqual(seen, []);
        assert.deepEqual(page.complaints, []);
        await page.context().close();
      });
    }
  }

  async function routesOf(kind, page) {
    if (!isLive) return ROUTES[kind];
    const found = [];
    for (const [list, start] of Object.entries(kind === 'hub' ? LIVE_LISTS : {})) {
      await visit(page, `${opened.addresses.get(kind)}${list}`);
      const link = page.locator(`main a[href^="${start}"]:not([href$="/new"])`).first();
      if ((await link.count()) > 0) found.push(await link.getAttribute('href'));
    }
    return [...LIVE_ROUTES[kind], ...found];
  }
});

async function faultsOf(page, { route, without, ...sweep }) {
  const { testEngine, violations } = await axeLook(page, { without });
  record.axe = testEngine.version;
  record.runs.push({ route, ...sweep, violations: violations.map(({ id, nodes }) => ({ id, nodes: nodes.length })) });
  const faults = faultWords(violations, route);
  const headings = await page.locator('h1').count();
  if (headings !== 1) faults.push(`${route}: ${headings} first-level headings`);
  for (const text of await page.locator('main [role="alert"]').allTextContents()) faults.push(`${route}: ${text}`);
  const raw = /\b[a-z-]+\.[a-z-]+(\.[a-z-]+)?\b/;
  for (const text of await page.locator('main h1, main h2, main thead th, main dt, nav a').allTextContents()) {
    // An address is none, nor is a sentence.
    if (raw.test(text.trim()) && !/[ /]/.test(text)) faults.push(`${route}: a message key is shown: ${text}`);
  }
  return faults;
}
