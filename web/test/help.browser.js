// The help of a page and the page of error codes, as people meet them: by button, by key, from a notice; in three alphabets, by day and night, on a phone.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { STUDY_UID } from '../dev/reading-fixture.js';
import { axeFaults, isLive, keepPicture, openHouses, skip, visit, widthOf } from './houses.js';
import { wordFaults } from './page-faults.js';
import { SWEEPS } from './routes.js';

const words = Object.fromEntries(
  ['en', 'el', 'uk'].map((code) => [
    code,
    JSON.parse(readFileSync(new URL(`../src/i18n/${code}.json`, import.meta.url), 'utf8')),
  ]),
);
const errorsInGreek = JSON.parse(readFileSync(new URL('../src/i18n/errors/el.json', import.meta.url), 'utf8'));
/** Addresses and the name of the help that belongs to them. */
const PAGES = {
  hub: [
    ['/', 'network'],
    ['/jobs/new', 'new-job'],
    ['/datasets/larissa/chest-films', 'dataset'],
    ['/academy/lessons/leaves', 'lesson'],
    ['/approvals', 'no-page'],
    ['/no-such-page', 'no-page'],
  ],
  node: [
    ['/', 'overview'],
    ['/datasets/chest-films', 'own-dataset'],
    ['/my-data', 'my-data'],
    [`/reading/${STUDY_UID}`, 'reading-study'],
    ['/errors', 'errors'],
  ],
};

/** The hub refuses one of its pages, as it does whoever asks too often. */
async function refuseRegister(page) {
  await page.route('**/api/register', async (route) => {
    await route.fulfill({
      status: 429,
      contentType: 'application/problem+json',
      body: JSON.stringify({
        status: 429,
        code: 'http.too-often',
        title: 'This is asked for too often just now.',
        mend: 'Wait 7 seconds and try again.',
      }),
    });
  });
}

describe('help', { skip: skip || (isLive && 'the pages are those of the fixture'), concurrency: 2 }, () => {
  let opened;
  before(async () => {
    opened = await openHouses();
  });
  after(async () => {
    await opened?.close();
  });

  const panelOf = (page) => page.getByRole('dialog');
  /** Opened and at rest: it slides in. */
  async function come(page) {
    await panelOf(page).waitFor();
    await page.waitForFunction(() => document.getAnimations().length === 0);
  }

  for (const [kind, pages] of Object.entries(PAGES)) {
    for (const [scheme, language] of SWEEPS) {
      test(`${kind}, ${scheme}, ${language}: every page has help of its own, and axe finds nothing in it`, async () => {
        const says = words[language];
        const page = await opened.open(kind, { scheme, language });
        for (const [route, name] of pages) {
          await page.setViewportSize({ width: 1280, height: 900 });
          await visit(page, `${opened.addresses.get(kind)}${route}`);
          const button = page.getByRole('button', { name: says['help-panel.open'], exact: true });
          await button.focus();
          await page.keyboard.press('Enter');
          await come(page);
          const text = await panelOf(page).textContent();
          for (const part of ['what', 'do.1', 'do.2', 'kept'])
            assert.ok(text.includes(says[`help.${name}.${part}`]), `${route} lacks help.${name}.${part}: ${text}`);
          assert.deepEqual(await axeFaults(page, `${route}, ${scheme}, ${language}`), []);
          await keepPicture(page, `help-${kind}-${scheme}-${language}-1280`, route);
          await page.setViewportSize({ width: 390, height: 800 });
          assert.ok((await widthOf(page)) <= 390, `${route} is too wide with its help on a phone`);
          // What stands on the page below is looked at elsewhere.
          const cut = (await wordFaults(page, route)).filter((fault) =>
            text.includes(/“(.*)”/.exec(fault)?.[1] ?? fault),
          );
          assert.deepEqual(cut, []);
          await keepPicture(page, `help-${kind}-${scheme}-${language}-390`, route);
          await page.keyboard.press('Escape');
          await panelOf(page).waitFor({ state: 'detached' });
          await page.waitForFunction(() => document.activeElement?.matches('.help-tool'));
        }
        assert.deepEqual(page.complaints, []);
        await page.context().close();
      });
    }
  }

  test('the key ? opens it, but not in a field, not on top of a dialog, and not where it is switched off', async () => {
    const page = await opened.open('hub');
    await visit(page, `${opened.addresses.get('hub')}/errors`);
    const field = page.getByRole('searchbox');
    await field.focus();
    await page.keyboard.type('?');
    assert.equal(await field.inputValue(), '?');
    assert.equal(await panelOf(page).count(), 0);
    await field.fill('');
    await page.locator('main').focus();
    await page.keyboard.press('?');
    await come(page);
    await page.keyboard.press('?');
    assert.equal(await panelOf(page).count(), 1);
    await page.getByRole('checkbox', { name: words.en['help-panel.key'] }).uncheck();
    await page.keyboard.press('Escape');
    await panelOf(page).waitFor({ state: 'detached' });
    await page.reload();
    await page.locator('main h1').waitFor();
    await page.keyboard.press('?');
    await page.waitForTimeout(300);
    assert.equal(await panelOf(page).count(), 0);
    await page.context().close();
  });

  test('where films are read, ? stays the key of the viewer', async () => {
    const page = await opened.open('node');
    await visit(page, `${opened.addresses.get('node')}/reading/${STUDY_UID}`);
    await page.locator('.film-cell').first().focus();
    await page.keyboard.press('?');
    await panelOf(page).locator('.key-help').waitFor();
    assert.equal(await page.locator('.help').count(), 0);
    await page.context().close();
  });

  test('going on to another page closes it', async () => {
    const page = await opened.open('node');
    await visit(page, `${opened.addresses.get('node')}/outgoing`);
    await page.keyboard.press('?');
    await come(page);
    await panelOf(page).getByRole('link', { name: words.en['help-panel.errors'] }).click();
    await page.getByRole('heading', { level: 1, name: words.en['errors.title'] }).waitFor();
    await panelOf(page).waitFor({ state: 'detached' });
    await page.waitForTimeout(100);
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'main');
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: words.en['outgoing.title'] }).waitFor();
    assert.equal(await panelOf(page).count(), 0);
    await page.context().close();
  });

  test('what a house says in English is read in the language of the reader, in a notice and among the codes', async () => {
    const page = await opened.open('hub', { language: 'el' });
    await refuseRegister(page);
    await page.goto(`${opened.addresses.get('hub')}/register`);
    const notice = page.getByRole('alert');
    const { sentence, mend } = errorsInGreek['http.too-often'];
    await notice.getByText(sentence, { exact: true }).waitFor();
    await notice.getByText(mend.replace('{seconds}', '7'), { exact: true }).waitFor();
    assert.equal(await notice.locator('[lang="en"]').count(), 0);
    assert.deepEqual(await axeFaults(page, 'a notice in Greek'), []);
    await keepPicture(page, 'help-notice-el', '/register');
    await page.goto(`${opened.addresses.get('hub')}/errors#http.too-often`);
    await page.locator('[id="http.too-often"]').getByText(sentence).waitFor();
    await page.getByRole('searchbox').fill('asked for too often');
    await page.waitForFunction(() => document.querySelectorAll('.error-codes article').length < 5);
    await page.locator('[id="http.too-often"]').waitFor();
    await page.context().close();
  });

  test('a notice tells its code, and leads to what to do in a window of its own', async () => {
    const page = await opened.open('hub');
    await refuseRegister(page);
    await page.goto(`${opened.addresses.get('hub')}/register`);
    const notice = page.getByRole('alert');
    await notice.getByText('http.too-often').waitFor();
    assert.deepEqual(await axeFaults(page, 'a notice'), []);
    await keepPicture(page, 'help-notice', '/register');
    const [next] = await Promise.all([
      page.context().waitForEvent('page'),
      notice.getByRole('link', { name: words.en['problem.what-to-do'] }).click(),
    ]);
    const entry = next.locator('[id="http.too-often"]');
    await entry.waitFor();
    await next.waitForFunction(() => document.activeElement?.id === 'http.too-often');
    assert.match(await entry.textContent(), /Wait \{seconds\} seconds/);
    assert.equal(await entry.locator('xpath=ancestor-or-self::*[@lang][1]').getAttribute('lang'), 'en');
    const box = await entry.boundingBox();
    assert.ok(box.y >= 60 && box.y < 900, `the entry stands at ${box.y}`);
    await next.getByRole('searchbox').fill('permit');
    await entry.waitFor({ state: 'detached' });
    assert.ok((await next.locator('.error-codes article').count()) > 0);
    await page.context().close();
  });
});
