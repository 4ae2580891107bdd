// A clinician reads in a real browser before a real node: mammograms with the earlier exam beside, chest films, full depth, by keyboard;
// the own read is recorded before the node gives the model's opinion; she judges it, decides what comes next and explains the risk.
// Every page is looked at by axe in light and dark, on a desk and on a phone, in three languages. UNICA_READING_SHOTS=DIR keeps pictures.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertSound, launchBrowser, noStory, settled, signedInPage } from './story.js';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const shots = process.env.UNICA_READING_SHOTS;
const SEED = 'clinic';
/** Two exams of one woman; the newer one, at 65, is such as the example model scores. */
const EXAMS = [0, 1];
/** Earlier exams of two others, small, which are soon drawn. */
const OTHERS = [9, 26];
/** From the click to the first film. */
const FIRST_FILM_MS = 1000;

const skip = noStory ?? false;

describe('a clinician reads before a node', { skip }, () => {
  let folder = '';
  let browser;
  let node;
  let page;

  before(async () => {
    if (shots !== undefined) mkdirSync(shots, { recursive: true });
    folder = await mkdtemp(join(tmpdir(), 'unica-reading-'));
    node = await openNode(join(folder, 'node'), await filmsIn(join(folder, 'films')));
    browser = await launchBrowser();
    page = await signedIn('Example Clinician', '/reading');
  });

  after(async () => {
    for (const one of browser?.contexts().flatMap((context) => context.pages()) ?? [])
      if (shots !== undefined) await one.screenshot({ path: join(shots, 'left.png') });
    await browser?.close();
    await node?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const signedIn = (name, path, language = 'en') =>
    signedInPage(browser, node.url, { name, path, language, patienceMs: 30_000 });
  const sound = (opened, name) => assertSound(opened, name, shots);

  /** Mean grey of the first film, of what is seen of it. */
  const grey = () =>
    page
      .locator('.film-cell canvas[data-film]')
      .first()
      .evaluate((canvas) => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let sum = 0;
        for (let at = 0; at < data.length; at += 4) sum += data[at];
        return sum / (data.length / 4);
      });

  /** That grey once it is as it should be: a busy machine draws later. */
  async function greyOnce(isRight, what) {
    const until = Date.now() + 20_000;
    for (;;) {
      const now = await grey();
      if (isRight(now)) return now;
      assert.ok(Date.now() < until, `${what}: ${now}`);
      await page.waitForTimeout(50);
    }
  }

  /** That grey once it changes no more: films are drawn anew when the window has another size. */
  async function steadyGrey() {
    let last = Number.NaN;
    return await greyOnce((now) => {
      const isSteady = now === last;
      last = now;
      return isSteady;
    }, 'drawn again and again');
  }

  test('the list is searched and narrowed, and a film is there soon after the click', async (context) => {
    await page.locator('.reading-link').first().waitFor();
    assert.equal(await page.locator('.reading-link').count(), node.studies);
    await sound(page, 'list');
    await page.getByLabel('Kind').selectOption('chest');
    await page.waitForFunction((count) => document.querySelectorAll('.reading-link').length === count, node.chest);
    const tries = [];
    // A machine that does other things at that moment is asked again; a page that is slow is slow each time.
    do {
      if (tries.length > 0) await page.goBack();
      await page.getByLabel('Kind').selectOption('mammography');
      await page.waitForFunction((count) => document.querySelectorAll('.reading-link').length === count, node.exams);
      await page.evaluate(watchClick);
      // Dates are moved by another amount at each node: the woman who came twice is not always the newest.
      const people = await page.locator('.reading-link').allTextContents();
      const twice = people.find((person, at) => people.indexOf(person) !== at);
      await page.locator('.reading-link', { hasText: twice }).first().click();
      tries.push(await page.evaluate(() => globalThis.clickWatched));
    } while (tries.at(-1).firstMs > FIRST_FILM_MS && tries.length < 3);
    for (const { firstMs, fullMs, split } of tries)
      context.diagnostic(`from click to the first film ${firstMs} ms, to all in full depth ${fullMs} ms: ${split}`);
    assert.ok(tries.at(-1).firstMs <= FIRST_FILM_MS, 'a second from the click to the first film, at this computer');
  });

  /** Runs in the page: what a click on a study waits for, in milliseconds after it, as the page itself sees it. */
  function watchClick() {
    const since = (began, ms) => Math.round(ms - began);
    const onceThere = async (selector, count) => {
      const until = performance.now() + 30_000;
      while (document.querySelectorAll(selector).length < count) {
        if (performance.now() > until) throw new Error(`not ${count} of ${selector} after half a minute`);
        await new Promise(requestAnimationFrame);
      }
      return performance.now();
    };
    globalThis.clickWatched = new Promise((resolve, reject) => {
      const watch = async () => {
        const began = performance.now();
        const headed = await onceThere('.reader-head', 1);
        const first = await onceThere('.film-cell canvas[data-film]', 1);
        const full = await onceThere('canvas[data-film="full"]', 8);
        const asked = performance.getEntriesByType('resource').filter(({ startTime }) => startTime >= began);
        const of = (part) => {
          const [one] = asked.filter(({ name }) => name.includes(part)).sort((a, b) => a.startTime - b.startTime);
          if (one === undefined) return `${part} not asked for`;
          return `${part} ${since(began, one.startTime)}–${since(began, one.responseEnd)}`;
        };
        const split = [
          of('/openings'),
          of('/rendered'),
          of('/metadata'),
          of('/assets/'),
          `page hung ${since(began, headed)}`,
        ];
        resolve({ firstMs: since(began, first), fullMs: since(began, full), split: split.join(', ') });
      };
      // At the document: the list may be drawn anew between this and the click.
      addEventListener('click', () => void watch().catch(reject), { capture: true, once: true });
    });
  }

  test('a mammogram hangs with the chest walls to the middle and the earlier exam beside', async () => {
    const labels = await page.locator('.film-cell').evaluateAll((cells) => cells.map((cell) => cell.ariaLabel));
    assert.deepEqual(
      labels.map((label) => label.replace(/, .*?(, earlier)?$/, '$1')),
      ['R CC, earlier', 'R CC', 'L CC', 'L CC, earlier', 'R MLO, earlier', 'R MLO', 'L MLO', 'L MLO, earlier'],
    );
    // Tissue leans against the middle: right breasts on the right of their cells, left ones on the left.
    const sides = await page.locator('.film-cell').evaluateAll((cells) =>
      cells.map((cell) => {
        const canvas = cell.querySelector('canvas');
        const { width, height } = canvas;
        const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
        let [left, right] = [0, 0];
        for (let y = 0; y < height; y += 3)
          for (let x = 0; x < width >> 2; x += 3) {
            left += data[4 * (y * width + x)];
            right += data[4 * (y * width + width - 1 - x)];
          }
        return left > right ? 'left' : 'right';
      }),
    );
    assert.deepEqual(sides, ['right', 'right', 'left', 'left', 'right', 'right', 'left', 'left']);
    await sound(page, 'mammogram');
  });

  test('everything is done by keyboard, and the help says how', async () => {
    await page.locator('.film-cell').first().focus();
    const before = await steadyGrey();
    await page.keyboard.press('PageUp');
    const brighter = await greyOnce((now) => now > before, `brighter than ${before}`);
    await page.keyboard.press('i');
    await greyOnce((now) => now !== brighter, 'black for white');
    await page.keyboard.press('r');
    await greyOnce((now) => now === before, `as it was at the beginning, ${before}`);
    await page.keyboard.press('1');
    await page.waitForFunction(() => document.querySelectorAll('.film-cell').length === 4);
    await page.keyboard.press('3');
    await page.waitForFunction(() => document.querySelectorAll('.film-cell').length === 2);
    await page.locator('.film-cell').first().focus();
    for (const key of ['+', '+', 'd', 'Shift+ArrowRight', 'Shift+ArrowRight', 'Shift+ArrowDown', 'd', 'm'])
      await page.keyboard.press(key);
    await page
      .locator('.film-length')
      .getByText(/\d+\.\d mm at the detector/)
      .waitFor();
    await page.locator('.film-lens').waitFor();
    if (shots !== undefined) await page.screenshot({ path: join(shots, 'measured.png') });
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByText('Black for white').waitFor();
    await page.waitForTimeout(300);
    await sound(page, 'help');
    await page.keyboard.press('Escape');
    await page.locator('.film-cell').first().focus();
    await page.keyboard.press('1');
  });

  test('the wheel and two drags zoom, move and set the window, on both breasts alike', async () => {
    await page.keyboard.press('r');
    const box = await page.locator('.film-cell').nth(1).boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    const whole = await steadyGrey();
    await page.mouse.wheel(0, -400);
    await greyOnce((now) => now !== whole, 'the film of the other breast is zoomed with it');
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2 - 40, { steps: 4 });
    await page.mouse.up();
    await page.waitForTimeout(100);
    if (shots !== undefined) await page.screenshot({ path: join(shots, 'zoomed.png') });
    await page.keyboard.press('r');
    await greyOnce((now) => now === whole, `as it was at the beginning, ${whole}`);
  });

  test('the model waits for the own read: the page says so, and the node holds to it', async () => {
    await page.locator('.film-cell').first().focus();
    await page.keyboard.press('o');
    assert.equal(await page.locator('.opinion-score').count(), 0);
    await page.getByText('The node keeps it until then.', { exact: false }).waitFor();
    const study = new URL(page.url()).pathname.split('/').at(-1);
    const { answers } = await page.evaluate(async (uid) => {
      const session = await (await fetch('/api/session')).json();
      const headers = { 'x-unica-csrf': session.csrfToken };
      const opened = await (await fetch(`/api/reading/studies/${uid}/openings`, { method: 'POST', headers })).json();
      const asked = await fetch(`/api/reading/readings/${opened.readingId}/opinion`, { method: 'POST', headers });
      return { answers: [asked.status, (await asked.json()).code] };
    }, study);
    assert.deepEqual(answers, [409, 'reading.own-read-first']);
    await page.getByLabel('Right breast').selectOption('2');
    await page.getByLabel('Left breast').selectOption('1');
    await page.getByLabel('Breast density').selectOption('d');
    await page.locator('.film-cell').nth(1).focus();
    await page.keyboard.press('k');
    await page.keyboard.press('k');
    await page.getByText('Places marked: 1.').waitFor();
    await page.getByRole('button', { name: 'Record my read' }).press('Enter');
    await page.getByText('Recorded, with places marked: 1').waitFor();
    await page.locator('.film-cell').first().focus();
    await page.keyboard.press('o');
    await page.getByText('Risk within 5 years').waitFor({ timeout: 90_000 });
    assert.equal(
      await page.getByText('Score of the model').count(),
      0,
      'the risk of the last year is the score, and told once',
    );
    await settled(page);
    await sound(page, 'opinion');
    await page.getByLabel('Why not').selectOption('score-too-high');
    await page.getByRole('button', { name: 'I disagree' }).press('Enter');
    await page.getByText('You disagreed: the score is too high.').waitFor();
    await page.locator('.film-cell').first().focus();
    await page.keyboard.press('o');
    await page.waitForFunction(() => document.querySelectorAll('.opinion-score').length === 0);
  });

  test('similar cases wait for a permit; with one they come with films, distance and outcome, and say that they are no evidence', async () => {
    await page.locator('.film-cell').first().focus();
    await page.keyboard.press('o');
    const panel = page.getByRole('region', { name: 'Similar cases' });
    await panel.getByRole('button', { name: 'Show' }).press('Enter');
    await panel.getByText('Nobody has allowed it at this node.', { exact: false }).waitFor();
    const officer = await signedIn('Example Protection officer', '/reading-quality');
    await officer.getByLabel('Ground').fill('Decision 7 of the example board');
    await officer.getByRole('button', { name: 'Allow similar cases' }).press('Enter');
    await officer
      .getByRole('row')
      .filter({ hasText: 'Decision 7 of the example board' })
      .getByText('in force')
      .waitFor();
    await settled(officer);
    await sound(officer, 'similar-permits');
    await officer.context().close();
    // The others are read and scored as this one was, by the routes that the page uses; this one is scored again when it is opened again.
    const study = new URL(page.url()).pathname.split('/').at(-1);
    assert.equal(await page.evaluate(readOthers, study), OTHERS.length);
    await page.reload();
    await page.locator('canvas[data-film]').first().waitFor();
    await page.locator('.film-cell').first().focus();
    await page.keyboard.press('o');
    await page.getByText('Risk within 5 years').waitFor({ timeout: 90_000 });
    await panel.getByRole('button', { name: 'Show' }).press('Enter');
    await panel.getByText('Looks alike to the model; not evidence').waitFor();
    await panel.getByText('Permit similar-', { exact: false }).waitFor();
    const films = panel.locator('.similar-cases img');
    await films.first().scrollIntoViewIfNeeded();
    await page.waitForFunction(() =>
      [...document.querySelectorAll('.similar-cases img')].every((film) => film.complete && film.naturalWidth > 0),
    );
    assert.ok((await films.count()) >= 1);
    await panel.getByText('Outcome not known').first().waitFor();
    await settled(page);
    await sound(page, 'similar');
  });

  /** Runs in the page: reads the mammograms of everybody else and asks for the model's opinion; how many there are. */
  async function readOthers(study) {
    const { csrfToken } = await (await fetch('/api/session')).json();
    const headers = { 'x-unica-csrf': csrfToken };
    const post = async (path, body) => {
      const told = body === undefined ? {} : { body: JSON.stringify(body) };
      const type = body === undefined ? {} : { 'content-type': 'application/json' };
      const answer = await fetch(`/api/reading/${path}`, { method: 'POST', headers: { ...headers, ...type }, ...told });
      if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
      return await answer.json();
    };
    const { items } = await (await fetch('/api/reading/studies?task=mammography')).json();
    const own = items.find(({ studyInstanceUid }) => studyInstanceUid === study);
    const others = items.filter(({ person }) => person !== own.person);
    for (const { studyInstanceUid } of others) {
      const { readingId } = await post(`studies/${studyInstanceUid}/openings`);
      const read = { task: 'mammography', right: '1', left: '1', density: null, places: [] };
      await post(`readings/${readingId}/own-read`, read);
      await post(`readings/${readingId}/opinion`);
    }
    return others.length;
  }

  test('what comes next is proposed with its sources, changed and confirmed', async () => {
    await page.getByRole('link', { name: 'Plan sheet' }).press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Plan sheet' }).waitFor();
    await page.getByText('Routine screening').first().waitFor();
    await page.getByText('ACR BI-RADS Atlas', { exact: false }).first().waitFor();
    await page.getByText('What follows from the risk is not filled in').waitFor();
    await page.getByLabel('Further imaging').selectOption('ultrasound');
    await page.getByRole('button', { name: 'Confirm this plan' }).press('Enter');
    await page
      .locator('.plan-versions')
      .getByText(/changed by the clinician/)
      .waitFor();
    await settled(page);
    await sound(page, 'plan');
    await page.emulateMedia({ media: 'print' });
    assert.equal(await page.getByRole('button', { name: 'Confirm this plan' }).isVisible(), false);
    assert.equal(await page.getByRole('heading', { name: 'Decide', exact: true }).isVisible(), false);
    assert.equal(await page.locator('nav:visible').count(), 0);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    await page.waitForFunction(() => document.documentElement.dataset.mantineColorScheme === 'dark');
    // Words on paper are dark, whatever the screen is like.
    const onPaper = await page.evaluate(() => {
      dispatchEvent(new Event('beforeprint'));
      const { color } = getComputedStyle(document.querySelector('main h1'));
      dispatchEvent(new Event('afterprint'));
      return [color, document.documentElement.dataset.mantineColorScheme];
    });
    assert.deepEqual(onPaper, ['rgb(22, 35, 43)', 'dark']);
    await page.emulateMedia({ media: 'print', colorScheme: 'light' });
    if (shots !== undefined) await page.screenshot({ path: join(shots, 'plan-print.png'), fullPage: true });
    await page.emulateMedia({ media: 'screen' });
  });

  test('the risk is explained to the person in three languages', async () => {
    const path = new URL(page.url()).pathname.replace('/plan', '/explanation');
    const opened = await signedIn('Example Clinician', path);
    const spoken = async (language, name) => {
      await opened.getByRole('button', { name: /^(Language|Γλώσσα|Мова)$/ }).click();
      await opened.getByRole('menuitemradio', { name }).click();
      await opened.waitForFunction((tongue) => document.documentElement.lang === tongue, language);
      await opened.getByRole('menuitemradio', { name }).waitFor({ state: 'hidden' });
    };
    const languages = [
      ['en', 'English', 'Nobody can know if you will get breast cancer.'],
      ['el', 'Ελληνικά', 'Κανείς δεν μπορεί να ξέρει αν θα πάθετε καρκίνο του μαστού.'],
      ['uk', 'Українська', 'Ніхто не може знати, чи буде у вас рак грудей.'],
    ];
    for (const [language, name, first] of languages) {
      await spoken(language, name);
      await opened.getByText(first).waitFor();
      assert.ok((await opened.locator('.icon-array g').count()) >= 100);
      await sound(opened, `explanation-${language}`);
    }
    await opened.goto(`${node.url}${path.replace('/explanation', '')}`);
    await opened.waitForFunction(() => document.querySelectorAll('canvas[data-film="full"]').length >= 4);
    // The films are fetched once and hang while the words change; in English they were looked at above.
    for (const [language, name] of languages.slice(1)) {
      await spoken(language, name);
      await sound(opened, `mammogram-${language}`);
    }
    await opened.context().close();
  });

  test('a chest film is read: a nodule or none', async () => {
    await page.goto(`${node.url}/reading`);
    await page.getByLabel('Kind').selectOption('chest');
    await page.waitForFunction((count) => document.querySelectorAll('.reading-link').length === count, node.chest);
    await page.locator('.reading-link').first().click();
    await page.locator('canvas[data-film="full"]').first().waitFor();
    await page.getByLabel('No nodule').check();
    await page.getByRole('button', { name: 'Record my read' }).press('Enter');
    await page.getByText('Recorded, with places marked: 0').waitFor();
    await page.locator('.film-cell').first().focus();
    await page.keyboard.press('o');
    await page.locator('.opinion-score, .notice').first().waitFor({ timeout: 90_000 });
    await settled(page);
    await sound(page, 'chest');
  });

  test('where headers of films cannot be had, the page says so and promises no full film', async () => {
    await page.route('**/dicom-web/**/metadata', (route) => route.fulfill({ status: 503, body: '' }));
    await page.reload();
    await page.locator('.film-foot').getByText('the full one could not be fetched').first().waitFor();
    await page.getByRole('alert').first().waitFor();
    assert.equal(await page.locator('canvas[data-film="full"]').count(), 0);
    await sound(page, 'no-headers');
    await page.unroute('**/dicom-web/**/metadata');
  });

  test('the quality report withholds small numbers; the operator fills the table of the site', async () => {
    await page.goto(`${node.url}/reading-quality`);
    await page.getByText('fewer than 20').first().waitFor();
    await settled(page);
    // What a clinician sees of it stands on the operator's page too, which is looked at below.
    const operator = await signedIn('Example Operator', '/reading-quality');
    await operator.getByText('fewer than 20').first().waitFor();
    await operator.getByRole('button', { name: 'Add a band' }).click();
    await operator.getByLabel('Title of the source').fill('Protocol of the example site');
    await operator.getByLabel('Section or page').fill('Page 1');
    await operator.getByLabel(/^Year/).fill('2024');
    await operator.getByLabel('From (%)').fill('0');
    await operator.getByLabel('Below (%)').fill('100');
    await operator.getByLabel('Next examination').fill('12');
    await operator.getByRole('button', { name: 'Save' }).press('Enter');
    await operator.getByText('Saved.').waitFor();
    await settled(operator);
    await sound(operator, 'settings');
    await operator.goto(`${node.url}/reading`);
    await operator.getByText('This page is for other roles').waitFor();
  });

  test('a film from the disk is scored in the browser, with the numbers of the node, and is not sent', async () => {
    const { openChestReader, chestModelOf } = await import('../../dist/pilots/index.js');
    const { readModelFolder } = await import('../../dist/models/index.js');
    const { parseDicom } = await import('../../dist/dicom/index.js');
    const trial = await signedIn('Example Clinician', '/clinic/film');
    const sent = [];
    trial.on('request', (request) => sent.push(`${request.method()} ${request.url()}`));
    const choose = async (file) => {
      await trial.getByLabel('DICOM file').setInputFiles(file);
      await trial.getByRole('button', { name: 'Score', exact: true }).press('Enter');
    };
    const path = join(node.path, node.chestFiles[0]);
    await choose(path);
    const shown = trial.locator('data');
    await shown.waitFor();
    const reader = await openChestReader(chestModelOf(await readModelFolder(join(root, 'models/chest-nodule'))));
    const reading = await reader.read(parseDicom(new Uint8Array(await readFile(path))));
    await reader.close();
    assert.equal(reading.kind, 'scored');
    const inBrowser = Number(await shown.getAttribute('value'));
    assert.ok(
      Math.abs(inBrowser - reading.probability) <= 1e-4,
      `${inBrowser} in the browser, ${reading.probability} at the node`,
    );
    assert.equal((await trial.getByText('Research use only', { exact: false }).count()) > 0, true);
    await settled(trial);
    await sound(trial, 'film-trial');

    await choose(join(node.path, node.mammogram));
    await trial.getByText('The model gives no score for this film').waitFor();
    await choose({ name: 'film.dcm', mimeType: 'application/dicom', buffer: await foreignFilm() });
    await trial.getByText('This score carries no claim').waitFor();
    await choose({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no film') });
    await trial.getByText('This is no DICOM file that can be read.').waitFor();
    assert.ok(
      sent.some((one) => one.endsWith('/files/model.onnx')),
      'the model is fetched once it is needed',
    );
    assert.deepEqual(
      sent.filter((one) => !one.startsWith(`GET ${node.url}/`)),
      [],
      'nothing but this node is asked, and nothing is sent to it',
    );
  });

  test('the exported networks of both pilots answer in the browser as at the node', async () => {
    const { networkOf, openPredictor } = await import('../../dist/engine/index.js');
    const { readModelFolder } = await import('../../dist/models/index.js');
    const { SeededRandom } = await import('../../dist/base/index.js');
    const trial = await signedIn('Example Clinician', '/clinic/film');
    const worker = readdirSync(join(root, 'web/dist/assets')).find((name) => /^network-worker-.*\.js$/.test(name));
    for (const name of ['chest-nodule', 'breast-risk']) {
      const { spec, parameters } = await readModelFolder(join(root, 'models', name));
      const random = new SeededRandom(`in-browser/${name}`);
      // A mask is 1 where something is known; everything else is like what networks are given, standardised.
      const inputs = networkOf(spec).inputs.map((input) => ({
        name: input.name,
        shape: [1, ...input.shape],
        values: Array.from({ length: input.shape.reduce((a, b) => a * b, 1) }, () =>
          /mask/i.test(input.name) ? 1 : Math.fround(random.normal()),
        ),
      }));
      const predictor = await openPredictor(spec, parameters);
      const expected = await predictor.predictAll(
        Object.fromEntries(inputs.map((input) => [input.name, Float32Array.from(input.values)])),
        1,
      );
      await predictor.close();
      const answered = await trial.evaluate(runInWorker, { worker: `/assets/${worker}`, name, inputs });
      const names = Object.keys(expected);
      assert.ok(names.length > 0);
      for (const output of names) {
        const [there, here] = [expected[output], answered[output]];
        assert.equal(here?.length, there.length, `${name}: ${output}`);
        const furthest = here.reduce((most, value, at) => Math.max(most, Math.abs(value - there[at])), 0);
        assert.ok(furthest <= 1e-4, `${name}: ${output} differs by ${furthest}`);
      }
    }
  });

  /** A file that says that it is a chest film, and shows noise. */
  async function foreignFilm() {
    const { buildDicom } = await import('../../dist/dicom/index.js');
    const { SeededRandom } = await import('../../dist/base/index.js');
    const random = new SeededRandom('foreign film');
    const header = { SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1', Modality: 'DX', BodyPartExamined: 'CHEST' };
    const values = Uint16Array.from({ length: 128 * 128 }, () => random.below(4096));
    const pixels = { rows: 128, columns: 128, values, bitsStored: 12, photometricInterpretation: 'MONOCHROME2' };
    return Buffer.from(buildDicom({ SOPInstanceUID: '1.2.3', ...header }, pixels));
  }

  /** Runs in the page: an exported network, fetched from the node, in the worker of the portal. */
  async function runInWorker({ worker, name, inputs }) {
    const onnx = await (await fetch(`/api/clinic/models/${name}/files/model.onnx`)).arrayBuffer();
    const at = new Worker(worker, { type: 'module' });
    const ask = (wish) =>
      new Promise((resolve, reject) => {
        at.onmessage = ({ data }) =>
          data.kind === 'failed' ? reject(new Error(`failed: ${data.code}`)) : resolve(data);
        at.onerror = ({ message }) => reject(new Error(message));
        at.postMessage(wish);
      });
    await ask({ wishId: 1, kind: 'open', network: { onnx, parts: {} } });
    const fed = inputs.map(({ name: input, shape, values }) => [input, { shape, values: Float32Array.from(values) }]);
    const { outputs } = await ask({ wishId: 2, kind: 'run', inputs: Object.fromEntries(fed) });
    at.terminate();
    return Object.fromEntries(Object.entries(outputs).map(([output, values]) => [output, [...values]]));
  }

  async function filmsIn(path) {
    const { screeningFiles, screeningRecord, syntheticSite, withPictures, FULL_SIZE, TRAINING_SIZE } = await import(
      '../../dist/synth/index.js'
    );
    await mkdir(path, { recursive: true });
    const exams = [
      ...EXAMS.map((index) => withPictures(screeningRecord(SEED, index), FULL_SIZE)),
      ...OTHERS.map((index) => withPictures(screeningRecord(SEED, index), TRAINING_SIZE)),
    ];
    for (const exam of exams)
      for (const { fileName, bytes } of screeningFiles(exam)) await writeFile(join(path, fileName), bytes);
    const chestFiles = [];
    for (const film of syntheticSite({
      siteId: 'clinic',
      country: 'PT',
      seed: 'clinic',
      persons: 2,
      opacityShare: 0,
      secondFilmShare: 0,
    })) {
      await writeFile(join(path, film.fileName), film.bytes);
      chestFiles.push(film.fileName);
    }
    const [mammogram] = (await readdir(path)).filter((name) => !chestFiles.includes(name));
    return { path, exams: exams.length, chestFiles, mammogram };
  }

  async function openNode(home, { path, exams, chestFiles, mammogram }) {
    const chest = chestFiles.length;
    const { createNodeToken, importIntoNode, nodeConfig, startNode } = await import('../../dist/node/index.js');
    const { enrolledHome } = await import('../../dist/node/receiver-rig.js');
    const { freePort } = await import('../../dist/village/free-port.js');
    const { silentLog } = await import('../../dist/base/index.js');
    const port = await freePort(18_890);
    const config = nodeConfig({ home, port: String(port), demonstration: 'true', logLevel: 'silent' });
    await enrolledHome(home);
    await importIntoNode(config, { paths: [path] });
    const running = await startNode(config, silentLog);
    const token = await createNodeToken(config, { name: 'o', roles: ['operator'], days: 1 });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const { items } = await (await fetch(`${running.url}/api/clinic/models`, { headers })).json();
    for (const { name, present, alarmFrom } of items) {
      const body = JSON.stringify({ mode: 'shown', ...present, alarmFrom });
      const answer = await fetch(`${running.url}/api/clinic/models/${name}`, { method: 'PUT', headers, body });
      assert.equal(answer.status, 200, await answer.text());
    }
    return {
      ...{ path, exams, chest, chestFiles, mammogram },
      url: running.url,
      studies: exams + chest,
      close: () => running.close(),
    };
  }
});
