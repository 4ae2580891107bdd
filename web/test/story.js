// What stories in a real browser share: a window of somebody's own, a page that has come to rest, and the look at it.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { axeLook } from './axe.js';

export const CHROMIUM = process.env.UNICA_CHROMIUM ?? '/usr/bin/chromium';
const PORTAL = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist/index.html');

/** Why there can be no story in a browser here; undefined where there can. */
export const noStory = !existsSync(CHROMIUM)
  ? `no chromium at ${CHROMIUM} (apt-get install chromium)`
  : existsSync(PORTAL)
    ? undefined
    : 'the portal is not built (npm run build), so chromium has nothing to show';

/** Debian's chromium, which asks nobody outside. Whoever began the story closes it. */
export async function launchBrowser() {
  return await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}

/** A real hub whose sites published made studies, and a browser before it; `close` ends both. @param portFrom the first port that is tried */
export async function openCountedStory({ sites, studies, portFrom }) {
  const { openCountingNetwork } = await import('../../dist/bench/counting-network.js');
  const { freePort } = await import('../../dist/village/free-port.js');
  const port = String(await freePort(portFrom));
  const network = await openCountingNetwork({ sites, studies, hub: { demonstration: 'true', port } });
  const browser = await launchBrowser();
  const close = async () => {
    await browser.close();
    await network.close();
  };
  return { network, browser, close };
}

/** A new page in a window of its own at an address; its scripts' failures gather in `complaints`. */
export async function openPage(browser, address, { language = 'en', patienceMs = 20_000 } = {}) {
  const context = await browser.newContext({
    locale: language,
    viewport: { width: 1280, height: 900 },
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(error.message));
  await page.goto(address);
  return page;
}

/** A page of a demonstration house as one of its example people sees it. */
export async function signedInPage(browser, house, { name, path, ...options }) {
  const page = await openPage(browser, `${house}/auth/sign-in?return=${encodeURIComponent(path)}`, options);
  await page.getByText(name).click();
  await page.waitForURL(`${house}${path}`);
  await settled(page);
  return page;
}

export async function settled(page) {
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForLoadState('networkidle');
}

export const LIGHT_DESK = { width: 1280, colorScheme: 'light' };
export const DARK_PHONE = { width: 390, colorScheme: 'dark' };

/** Light on a desk and dark on a phone, for colours do not depend on the width: axe finds nothing, nothing is wider than the screen, no script has failed. @param shots where pictures go @param forms one of the two alone */
export async function assertSound(page, name, shots, forms = [LIGHT_DESK, DARK_PHONE]) {
  const faults = [];
  for (const { width, colorScheme } of forms) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    await page.waitForTimeout(200);
    const { violations } = await axeLook(page);
    faults.push(...violations.map(({ id, nodes }) => `${width} ${colorScheme}: ${id} ${nodes[0]?.target}`));
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    if (wide > width) faults.push(`${width} ${colorScheme}: ${wide} px wide`);
    if (shots !== undefined)
      await page.screenshot({ path: join(shots, `${name}-${width}-${colorScheme}.png`), fullPage: true });
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme: 'light' });
  assert.deepEqual([name, ...faults, ...page.complaints], [name]);
}
