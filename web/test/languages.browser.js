// The screen that each role sees most, in every language, on a desk and on a phone: words in that language, none cut off, none outside its box.
// UNICA_LANGUAGE_SHOTS=DIR keeps pictures, for people to look at.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startFixture } from '../dev/fixture-server.js';
import { keyFaults, rested, widthFaults, wordFaults } from './page-faults.js';
import { launchBrowser, noStory } from './story.js';

const shots = process.env.UNICA_LANGUAGE_SHOTS;
const folder = fileURLToPath(new URL('../src/i18n', import.meta.url));
const CATALOGUES = new Map(
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => [name.slice(0, -5), JSON.parse(readFileSync(join(folder, name), 'utf8'))]),
);
/** Who sees it most, where, and the message that is its heading. */
const SCREENS = [
  { who: 'researcher', kind: 'hub', path: '/datasets', heading: 'datasets.title' },
  { who: 'coordinator', kind: 'hub', path: '/progress', heading: 'progress.title' },
  { who: 'radiographer', kind: 'node', path: '/guide', heading: 'guide.title' },
  { who: 'operator', kind: 'node', path: '/approvals', heading: 'approvals.title' },
  { who: 'patient', kind: 'node', path: '/my-data', heading: 'my.title' },
];

describe('five screens in every language', { skip: noStory ?? false, concurrency: 2 }, () => {
  let browser;
  const fixtures = new Map();

  before(async () => {
    if (shots !== undefined) mkdirSync(shots, { recursive: true });
    browser = await launchBrowser();
    for (const kind of ['hub', 'node']) fixtures.set(kind, await startFixture({ kind }));
  });

  after(async () => {
    await browser?.close();
    await Promise.all([...fixtures.values()].map(({ stop }) => stop()));
  });

  test('the faults that are looked for are found where they are', async () => {
    const page = await browser.newPage({ viewport: { width: 400, height: 600 } });
    const box = 'width: 60px; white-space: nowrap; margin-bottom: 2rem';
    await page.setContent(`<body style="font: 16px sans-serif; margin: 0"><main><h1>Sound</h1>
      <p style="${box}; overflow: hidden">cutsideways words</p>
      <p style="${box}">outofbox words here</p>
      <p style="width: 60px; overflow-wrap: anywhere">brokenwordhere</p>
      <p style="height: 15px; overflow: hidden; width: 90px">one<br>lowerline</p>
      <p style="margin-top: 3rem">under words</p><p style="margin-top: -2.2rem">over words</p>
      <p style="${box}; overflow: auto">may be scrolled to here</p>
      <p style="${box}; overflow: hidden; text-overflow: ellipsis">ends in an ellipsis</p>
      <p style="width: 600px">wide</p><p title="datasets.title">datasets.title: {{count}}</p></main>`);
    assert.deepEqual(await wordFaults(page, 'en'), [
      'en: cut off sideways: “cutsideways words” in p.',
      'en: stands out of its box: “outofbox words here” in p.',
      'en: the word brokenwordhere is broken: “brokenwordhere” in p.',
      'en: cut off below: “lowerline” in p.',
      'en: lies over “under words”: “over words” in p.',
    ]);
    assert.deepEqual(await widthFaults(page, 400, 'in en'), ['600 px wide in en']);
    assert.deepEqual(await keyFaults(page, ['datasets.title', 'loading']), [
      'shows the key datasets.title',
      'shows {{count}}',
    ]);
    await page.close();
  });

  for (const { who, kind, path, heading } of SCREENS) {
    test(`what a ${who} sees: ${kind} ${path}`, async () => {
      const context = await browser.newContext({ locale: 'en', reducedMotion: 'reduce' });
      const page = await context.newPage();
      await page.goto(`${fixtures.get(kind).url}${path}`);
      await rested(page);
      const faults = [];
      for (const [language, words] of CATALOGUES) {
        await page.setViewportSize({ width: 1280, height: 900 });
        // As people switch: by the menu of the page. The keyboard's way is tried by portal.browser.js.
        await page.locator('header button[aria-haspopup="menu"]').first().click();
        await page.locator(`[role="menuitemradio"][lang="${language}"]`).click();
        await page.waitForFunction((code) => document.documentElement.lang === code, language);
        await page.getByRole('menuitemradio').first().waitFor({ state: 'detached' });
        await page.getByRole('heading', { level: 1, name: words[heading], exact: true }).waitFor();
        await rested(page);
        for (const width of [1280, 390]) {
          await page.setViewportSize({ width, height: 900 });
          const where = `${language} at ${width} px`;
          faults.push(...(await widthFaults(page, width, `in ${where}`)), ...(await wordFaults(page, where)));
          faults.push(...(await keyFaults(page, Object.keys(words))).map((fault) => `${where}: ${fault}`));
          if (shots !== undefined)
            await page.screenshot({ path: join(shots, `${who}-${language}-${width}.png`), fullPage: true });
        }
      }
      assert.deepEqual(faults, []);
      // What was chosen last is remembered by the browser.
      const last = [...CATALOGUES.keys()].at(-1);
      await page.reload();
      await rested(page);
      assert.equal(await page.evaluate(() => document.documentElement.lang), last);
      await context.close();
    });
  }
});
