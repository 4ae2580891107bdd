// What the tests of pages share: the fixture's houses (or live ones) before a real browser, a page as somebody with a scheme, a language and a width
// sees it, and what axe says of it. Live houses are named in
//   UNICA_PORTAL_URLS="hub=http://127.0.0.1:8080,node=http://127.0.0.1:8081"
//   UNICA_PORTAL_COOKIES="hub=name=value,node=name=value"   (sessions, where pages need one)
// UNICA_PORTAL_SHOTS=DIR keeps a picture of every page.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startFixture } from '../dev/fixture-server.js';
import { axeLook, faultWords } from './axe.js';
import { CHROMIUM, launchBrowser, noStory } from './story.js';

const live = pairs(process.env.UNICA_PORTAL_URLS);
const cookies = pairs(process.env.UNICA_PORTAL_COOKIES);
const shots = process.env.UNICA_PORTAL_SHOTS;

export const isLive = live.size > 0;
export const houses = isLive ? [...live.keys()] : ['hub', 'node'];
/** Why no page can be looked at here; false where one can. A live house brings its portal with it. */
export const skip = isLive && existsSync(CHROMIUM) ? false : (noStory ?? false);

/** The houses, and a browser before them; `close` ends what was begun here. */
export async function openHouses() {
  if (shots !== undefined) mkdirSync(shots, { recursive: true });
  const browser = await launchBrowser();
  const addresses = new Map(live);
  const fixtures = [];
  for (const kind of isLive ? [] : houses) {
    const fixture = await startFixture({ kind });
    fixtures.push(fixture);
    addresses.set(kind, fixture.url);
  }
  return {
    addresses,
    version: browser.version(),
    /** A page in a window of its own; what its scripts complain of gathers in `complaints`. */
    open: async (kind, { scheme = 'light', language = 'en', width = 1280, height = 900 } = {}) => {
      const context = await browser.newContext({
        colorScheme: scheme,
        viewport: { width, height },
        reducedMotion: 'reduce',
      });
      await context.addInitScript((code) => {
        if (localStorage.getItem('unica-language') === null) localStorage.setItem('unica-language', code);
      }, language);
      const session = cookies.get(kind);
      if (session !== undefined) {
        const [name, ...rest] = session.split('=');
        await context.addCookies([{ name, value: rest.join('='), url: addresses.get(kind) }]);
      }
      const page = await context.newPage();
      page.complaints = [];
      page.on('pageerror', (error) => page.complaints.push(String(error)));
      page.on('console', (message) => {
        // A refused or missing answer is shown by the page itself; chromium's own line about it says nothing new.
        if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
          page.complaints.push(message.text());
      });
      return page;
    },
    close: async () => {
      await browser.close();
      await Promise.all(fixtures.map(({ stop }) => stop()));
    },
  };
}

export async function visit(page, address) {
  await page.goto(address);
  await settled(page);
}

/** The page has its heading and waits for nothing. */
export async function settled(page) {
  await page.waitForFunction(() => {
    const ready = document.querySelector('main h1, main .empty, main .notice') !== null;
    return ready && document.querySelector('.empty[role="status"]') === null;
  });
}

/** Waits until the page has taken over a colour scheme, to the end of every transition. */
async function painted(page, scheme) {
  await page.waitForFunction(async (wanted) => {
    if (document.documentElement.getAttribute('data-mantine-color-scheme') !== wanted) return false;
    // The end of one transition may start the next, where an element inherits what changed.
    for (let running = []; ; ) {
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      running = document.getAnimations();
      if (running.length === 0) return true;
      await Promise.allSettled(running.map(({ finished }) => finished));
    }
  }, scheme);
}

/** In this scheme and width axe finds nothing, the page is not wider than the screen, and a picture is kept. */
export async function soundIn(page, scheme, width, { where, route, kind = 'node' }) {
  await page.emulateMedia({ colorScheme: scheme });
  await page.setViewportSize({ width, height: 900 });
  await painted(page, scheme);
  assert.deepEqual(await axeFaults(page, `${where}, ${scheme}, ${width} px`), []);
  assert.ok((await widthOf(page)) <= width);
  await keepPicture(page, `${kind}-${scheme}-en-${width}`, route);
}

/** How wide the page is, in CSS pixels, with what does not fit; asked when the page has drawn itself for the width it has now. */
export async function widthOf(page) {
  return await page.evaluate(async () => {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return document.documentElement.scrollWidth;
  });
}

export async function axeFaults(page, where) {
  const { violations } = await axeLook(page);
  return faultWords(violations, where);
}

export async function keepPicture(page, folder, route) {
  if (shots === undefined) return;
  mkdirSync(join(shots, folder), { recursive: true });
  const name = route === '/' ? 'home' : route.slice(1).replaceAll('/', '_');
  await page.screenshot({ path: join(shots, folder, `${name}.png`), fullPage: true });
}

/** "a=b,c=d" as a map from a to b. */
function pairs(text) {
  return new Map(
    (text ?? '')
      .split(',')
      .filter((pair) => pair.includes('='))
      .map((pair) => [pair.slice(0, pair.indexOf('=')).trim(), pair.slice(pair.indexOf('=') + 1).trim()]),
  );
}
