// What axe cannot see, on the main pages of both houses: the keyboard alone, 400 % zoom, wider spacing of text, forced colours, still pictures, and names by
// the tree that screen readers read. The accessibility statement tells of these checks (web/src/accessibility/manual-checks.json).
// UNICA_ACCESSIBILITY_SHOTS=DIR keeps pictures, for people to look at.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startFixture } from '../dev/fixture-server.js';
import { rested, widthFaults, wordFaults } from './page-faults.js';
import { MAIN_PAGES, TRIED_ELSEWHERE } from './routes.js';
import { launchBrowser, noStory } from './story.js';

const shots = process.env.UNICA_ACCESSIBILITY_SHOTS;
const INTERACTIVE =
  /^(button|link|checkbox|radio|switch|combobox|listbox|textbox|searchbox|spinbutton|slider|tab|menuitem|option)$/;

// Two at once: each page is one of its own.
describe('what axe cannot see', { skip: noStory ?? false, concurrency: 2 }, () => {
  let browser;
  const fixtures = new Map();
  /** One for each house, so that its scripts are read once. */
  const contexts = new Map();

  before(async () => {
    if (shots !== undefined) mkdirSync(shots, { recursive: true });
    browser = await launchBrowser();
    for (const kind of Object.keys(MAIN_PAGES)) {
      fixtures.set(kind, await startFixture({ kind }));
      contexts.set(kind, await browser.newContext({ locale: 'en', reducedMotion: 'reduce' }));
    }
  });

  after(async () => {
    await browser?.close();
    await Promise.all([...fixtures.values()].map(({ stop }) => stop()));
  });

  for (const [kind, pages] of Object.entries(MAIN_PAGES)) {
    for (const path of pages) {
      test(`${kind} ${path}`, async () => {
        const page = await contexts.get(kind).newPage();
        await page.setViewportSize({ width: 1280, height: 900 });
        await page.goto(`${fixtures.get(kind).url}${path}`);
        await rested(page);
        const faults = [];
        faults.push(...(await keyboardFaults(page)));
        faults.push(...(await nameFaults(page)));
        faults.push(...(await motionFaults(page)));
        const spacing = await spaced(page);
        faults.push(...(await widthFaults(page, 1280, 'with wider spacing of text')));
        faults.push(...(await wordFaults(page, 'with wider spacing of text')));
        await spacing.evaluate((style) => style.remove());
        await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
        faults.push(...(await forcedFaults(page)));
        await keep(page, kind, path, 'forced');
        await page.emulateMedia({ forcedColors: 'none', reducedMotion: 'reduce' });
        // 1280 CSS pixels at 400 % (WCAG 2.2, 1.4.10).
        await page.setViewportSize({ width: 320, height: 256 });
        await rested(page);
        faults.push(...(await widthFaults(page, 320, 'at 400 %')));
        faults.push(...(await wordFaults(page, 'at 400 %')));
        await keep(page, kind, path, '320');
        assert.deepEqual(faults, []);
        await page.close();
      });
    }
  }

  test('the page says which language it is read in, and the names of other languages theirs', async () => {
    for (const [kind, [path]] of Object.entries(TRIED_ELSEWHERE.language)) {
      const context = await browser.newContext({ locale: 'en' });
      const page = await context.newPage();
      await page.goto(`${fixtures.get(kind).url}${path}`);
      await rested(page);
      for (const language of ['en', 'el', 'uk']) {
        await page.evaluate((code) => localStorage.setItem('unica-language', code), language);
        await page.reload();
        await rested(page);
        assert.equal(await page.evaluate(() => document.documentElement.lang), language, kind);
        await page.locator('header button[aria-haspopup="menu"]').first().click();
        const names = page.getByRole('menuitemradio');
        await names.first().waitFor();
        const marks = await names.evaluateAll((items) => items.map((one) => [one.lang, one.textContent]));
        assert.equal(marks.length, 11, kind);
        assert.deepEqual(
          marks.filter(([lang]) => !/^[a-z]{2}$/.test(lang)),
          [],
        );
        assert.ok(marks.some(([lang, name]) => lang === 'el' && name.includes('Ελληνικά')));
      }
      await context.close();
    }
  });

  test('a page that loads slowly says so, to screen readers too; one that is there at once says nothing', async () => {
    const page = await contexts.get('hub').newPage();
    await page.goto(`${fixtures.get('hub').url}/datasets`);
    await rested(page);
    await page.evaluate(() => {
      globalThis.said = [];
      new MutationObserver(() => {
        const words = document.querySelector('main .empty[role="status"]')?.textContent ?? '';
        if (words !== '' && globalThis.said.at(-1) !== words) globalThis.said.push(words);
      }).observe(document.body, { childList: true, subtree: true, characterData: true });
    });
    let open;
    const opened = new Promise((resolve) => {
      open = resolve;
    });
    await page.route(/\/assets\/committees-page-.*\.js$/, async (route) => {
      await opened;
      await route.continue();
    });
    await page.getByRole('link', { name: 'Committees', exact: true }).click();
    await page.locator('main .empty[role="status"]').getByText('Loading').waitFor();
    assert.equal(await page.getByRole('heading', { level: 1 }).count(), 0);
    open();
    await page.getByRole('heading', { level: 1, name: 'Committees' }).waitFor();
    // The page may wait for its own data then, and says so in the same words.
    await page.locator('main .empty[role="status"]').waitFor({ state: 'detached' });
    // What was loaded before is there at once.
    await page.evaluate(() => {
      globalThis.said = [];
    });
    await page.getByRole('link', { name: 'Datasets', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Datasets' }).waitFor();
    assert.deepEqual(await page.evaluate(() => globalThis.said), []);
    await page.close();
  });

  test('a form sent without what it needs says so in words, at the field, and leads there', async () => {
    const page = await (await browser.newContext({ locale: 'en', reducedMotion: 'reduce' })).newPage();
    const [path] = TRIED_ELSEWHERE.errors.node;
    await page.goto(`${fixtures.get('node').url}${path}`);
    await rested(page);
    await page.getByRole('button', { name: /^Deny/ }).first().press('Enter');
    const field = page
      .getByRole('textbox', { name: 'Reason', disabled: false })
      .and(page.locator('[aria-invalid="true"]'));
    await field.waitFor();
    assert.equal(await field.count(), 1);
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-invalid') === 'true');
    const description = await field.evaluate((one) =>
      (one.getAttribute('aria-describedby') ?? '')
        .split(' ')
        .map((id) => document.getElementById(id)?.textContent ?? '')
        .join(' '),
    );
    assert.match(description, /Say why: whoever asked is told\./);
    await keep(page, 'node', path, 'error');
    await page.context().close();
  });

  async function keep(page, kind, path, what) {
    if (shots === undefined) return;
    const name = path === '/' ? 'home' : path.slice(1).replaceAll('/', '_');
    await page.screenshot({ path: join(shots, `${kind}-${name}-${what}.png`), fullPage: true });
  }
});

/**
 * Tab reaches everything that can be used, leaves each, shows where it is (2.1.1, 2.1.2, 2.4.7), and what has it is not hidden under what stays at the top
 * (2.4.11). @note Of radio buttons of one group only one is a stop.
 */
async function keyboardFaults(page) {
  const faults = [];
  const wanted = await page.evaluate(() => {
    const groups = new Set();
    let number = 0;
    for (const one of document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')) {
      // What stands folded away in a closed <details> is not visible either.
      const hidden = one.closest('[inert]') !== null || !one.checkVisibility({ visibilityProperty: true });
      if (hidden || one.disabled || one.tabIndex < 0 || one.type === 'hidden') continue;
      if (one.type === 'radio') {
        if (groups.has(one.name)) continue;
        groups.add(one.name);
      }
      number += 1;
      one.dataset.stop = one.type === 'radio' ? `radio:${one.name}` : String(number);
    }
    return [...document.querySelectorAll('[data-stop]')].map((one) => [one.dataset.stop, one.outerHTML.slice(0, 120)]);
  });
  const reached = new Set();
  await page.evaluate(() => document.activeElement?.blur());
  for (let presses = 0; presses < wanted.length + 40; presses += 1) {
    await page.keyboard.press('Tab');
    const seen = await page.evaluate(() => {
      const one = document.activeElement;
      if (one === null || one === document.body) return null;
      const style = getComputedStyle(one);
      const around = one.closest('label, .mantine-Input-input') ?? one;
      const box = one.getBoundingClientRect();
      const marked = (css) =>
        (css.outlineStyle !== 'none' && parseFloat(css.outlineWidth) > 0) || css.boxShadow !== 'none';
      const shows =
        marked(style) ||
        marked(getComputedStyle(around)) ||
        (one.nextElementSibling !== null && marked(getComputedStyle(one.nextElementSibling)));
      const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
      const isCovered = top?.closest('header') != null && one.closest('header') === null;
      return {
        stop: one.dataset.stop ?? (one.type === 'radio' ? `radio:${one.name}` : null),
        shows,
        isCovered,
        what: one.outerHTML.slice(0, 120),
      };
    });
    if (seen === null) break;
    if (!seen.shows) faults.push(`the focus does not show: ${seen.what}`);
    if (seen.isCovered) faults.push(`the header covers what has the focus: ${seen.what}`);
    if (seen.stop !== null) reached.add(seen.stop);
  }
  for (const [stop, what] of wanted) if (!reached.has(stop)) faults.push(`Tab does not reach ${what}`);
  return faults;
}

/** What can be used has a name, and headings skip no level, in the tree that screen readers read (1.3.1, 2.4.6, 4.1.2). */
async function nameFaults(page) {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  const faults = [];
  let level = 0;
  for (const { role, name, ignored, properties = [], backendDOMNodeId: backendNodeId } of nodes) {
    if (ignored) continue;
    const said = (name?.value ?? '').trim();
    if ((INTERACTIVE.test(role?.value ?? '') || role?.value === 'image') && said === '') {
      const { outerHTML } = await session.send('DOM.getOuterHTML', { backendNodeId });
      faults.push(`a ${role.value} has no name: ${outerHTML.slice(0, 160)}`);
    }
    if (role?.value === 'heading') {
      const own = properties.find((one) => one.name === 'level')?.value?.value ?? 0;
      if (level > 0 && own > level + 1) faults.push(`heading "${said}" is of level ${own} after ${level}`);
      level = own;
    }
  }
  const landmarks = nodes.filter(
    ({ ignored, role }) => !ignored && /^(main|navigation|banner|contentinfo)$/.test(role?.value ?? ''),
  );
  for (const wanted of ['main', 'navigation', 'banner', 'contentinfo'])
    if (!landmarks.some(({ role }) => role.value === wanted)) faults.push(`there is no ${wanted}`);
  await session.detach();
  return faults;
}

/** Nothing moves for who asked for stillness (2.2.2, 2.3.3). */
async function motionFaults(page) {
  return await page.evaluate(() =>
    document
      .getAnimations()
      .filter(({ playState }) => playState === 'running')
      .map(({ effect }) => `something moves: ${effect?.target?.outerHTML?.slice(0, 120)}`),
  );
}

/** The spacing that everybody may set (1.4.12). */
async function spaced(page) {
  return await page.addStyleTag({
    content:
      '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }',
  });
}

/** With the colours of the system: the focus shows, and fields and buttons have an edge. */
async function forcedFaults(page) {
  const isForced = await page.evaluate(() => matchMedia('(forced-colors: active)').matches);
  if (!isForced) return ['the browser does not force colours'];
  return await page.evaluate(() => {
    const faults = [];
    for (const one of document.querySelectorAll(
      'main input:not([type="checkbox"]):not([type="radio"]), main select, main textarea',
    )) {
      if (one.getClientRects().length === 0 || one.type === 'hidden' || one.type === 'file') continue;
      // A field with chosen things in it has its edge around both.
      const style = getComputedStyle(one.parentElement?.closest('.mantine-Input-input') ?? one);
      if (style.borderTopStyle === 'none' || parseFloat(style.borderTopWidth) === 0)
        faults.push(`no edge: ${one.outerHTML.slice(0, 120)}`);
    }
    return faults;
  });
}
