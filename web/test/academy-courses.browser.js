// Certificates and courses of the academy before a real hub: lessons answered by keyboard, a certificate made, printed, saved, checked in the page and by the
// command. States that differ in a few words are looked at in one form, light or dark, by turns. UNICA_ACADEMY_SHOTS=DIR keeps pictures.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  assertSound,
  DARK_PHONE,
  LIGHT_DESK,
  launchBrowser,
  noStory,
  openPage,
  settled,
  signedInPage,
} from './story.js';

const shots = process.env.UNICA_ACADEMY_SHOTS;
const skip = noStory ?? false;
const PROGRAM = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

describe('certificates and courses of the academy, in a browser', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'unica-certificate-'));
  let browser;
  let hub;

  before(async () => {
    if (shots !== undefined) mkdirSync(shots, { recursive: true });
    const { hubConfig, startHub } = await import('../../dist/hub/index.js');
    const { silentLog } = await import('../../dist/base/index.js');
    const { freePort } = await import('../../dist/village/free-port.js');
    const port = String(await freePort(19_380));
    hub = await startHub(
      hubConfig({ home: join(folder, 'hub'), port, demonstration: 'true', logLevel: 'silent' }),
      silentLog,
    );
    browser = await launchBrowser();
  });

  after(async () => {
    await browser?.close();
    await hub?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('a finished track is certified by the house, which looks at the answers itself; the file is checked in the page and by the command, and a changed one is told from it', async () => {
    const { RIGHT_ANSWERS, TRACKS } = await import('../../dist/academy/index.js');
    const page = await openPage(browser, `${hub.url}/academy/certificate`, { patienceMs: 60_000 });
    await page.getByText('No track is finished in this browser yet').waitFor();

    // The lessons of one track, by keyboard: the answer by its radio, the button by Enter.
    for (const lesson of TRACKS.patient) {
      await page.goto(`${hub.url}/academy/lessons/${lesson}`);
      await page.locator(`input[type=radio][value=${RIGHT_ANSWERS[lesson]}]`).focus();
      await page.keyboard.press('Space');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.getByText('Right', { exact: true }).waitFor();
    }
    await page.goto(`${hub.url}/academy/certificate`);
    await page.getByLabel('Name on the certificate').focus();
    await page.keyboard.type('Μαρία Learner');
    await page.keyboard.press('Enter');
    await page.getByText('Genuine: made by this house and unchanged').waitFor();
    assert.equal(await page.locator('.certificate-name').textContent(), 'Μαρία Learner');
    await settled(page);
    await assertSound(page, 'certificate-en', shots);
    await page.emulateMedia({ media: 'print' });
    assert.equal(await page.getByRole('button', { name: 'Make the certificate' }).isVisible(), false);
    assert.equal(await page.locator('.certificate-name').isVisible(), true);
    if (shots !== undefined) await page.screenshot({ path: join(shots, 'certificate-printed.png'), fullPage: true });
    await page.emulateMedia({ media: 'screen' });

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save the file' }).click(),
    ]);
    const file = join(folder, 'certificate.json');
    await download.saveAs(file);
    const made = JSON.parse(readFileSync(file, 'utf8'));
    const verified = (...args) => {
      const { status, stdout } = spawnSync(process.execPath, [PROGRAM, '--json', 'academy', 'verify', ...args], {
        encoding: 'utf8',
      });
      return { status, ...(stdout === '' ? {} : JSON.parse(stdout)) };
    };
    const keys = await (await fetch(`${hub.url}/api/academy/keys`)).json();
    const byCommand = verified(file, '--key', keys.publicKeys[0]);
    assert.deepEqual([byCommand.status, byCommand.valid, byCommand.errors], [0, true, []]);
    assert.equal(byCommand.certificate.name, 'Μαρία Learner');
    assert.equal(verified(file, '--key', 'A'.repeat(43)).status, 1);

    const changed = join(folder, 'changed.json');
    writeFileSync(changed, JSON.stringify({ ...made, certificate: { ...made.certificate, name: 'Somebody Else' } }));
    assert.deepEqual([verified(changed).status, verified(changed).valid], [1, false]);
    const choose = page.getByLabel('Certificate file');
    const sent = [];
    page.on('request', (request) => {
      if (request.method() !== 'GET') sent.push(request.url());
    });
    await choose.setInputFiles(changed);
    await page.getByText('Not genuine', { exact: true }).waitFor();
    await assertSound(page, 'certificate-forged-en', shots, [DARK_PHONE]);
    await choose.setInputFiles(file);
    await page.getByText('Genuine: made by this house and unchanged').waitFor();
    const other = join(folder, 'other.json');
    writeFileSync(other, JSON.stringify({ hello: 'there' }));
    assert.equal(verified(other).status, 2);
    await choose.setInputFiles(other);
    await page.getByText('This file is no certificate of the academy').waitFor();
    assert.deepEqual(sent, [], 'checking sends nothing');

    // The house does not believe the browser.
    const asked = async (body) =>
      await fetch(`${hub.url}/api/academy/certificates`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const wrong = await asked({ name: 'x', track: 'patient', answers: { ...RIGHT_ANSWERS, masks: 'a' } });
    assert.deepEqual([wrong.status, (await wrong.json()).code], [409, 'academy.not-answered']);
    await page.context().close();
  });

  test('a trainer opens a course, six learners join by its code and answer, and the trainer sees their cohort and nobody in it', async () => {
    const { RIGHT_ANSWERS, TRACKS } = await import('../../dist/academy/index.js');
    const trainer = await signedInPage(browser, hub.url, {
      name: 'Example coordinator',
      path: '/academy/courses',
      patienceMs: 60_000,
    });
    await trainer.getByRole('textbox', { name: 'Title' }).fill('Reading room');
    await trainer.getByLabel('Lessons for').selectOption('patient');
    await trainer.getByRole('textbox', { name: 'Title' }).press('Enter');
    const course = trainer.getByRole('region', { name: 'Reading room' });
    const code = await course.locator('.course-code').textContent();
    assert.match(code, /^[A-Z2-9]{4}-[A-Z2-9]{4}$/);
    await course.getByText('Figures are shown from 5 learners on').waitFor();
    await assertSound(trainer, 'courses-few-en', shots, [LIGHT_DESK]);

    // Five learners by the interface, one in the browser, by keyboard.
    const asked = async (path, body) =>
      await (
        await fetch(`${hub.url}/api/academy/courses/${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
      ).json();
    for (const nickname of ['Ana', 'Blue heron', null, null, null]) {
      const { learner, lessons } = await asked('learners', { code: code.replace('-', ''), nickname });
      assert.deepEqual(lessons, TRACKS.patient);
      await asked('answers', {
        code: code.replace('-', ''),
        learner,
        lesson: 'masks',
        answer: RIGHT_ANSWERS.masks,
      });
    }
    const page = await openPage(browser, `${hub.url}/academy`, { patienceMs: 60_000 });
    await page.getByLabel('Code of the course').focus();
    await page.keyboard.type('WRONGABC');
    await page.keyboard.press('Enter');
    await page.getByText('No course is open under this code').waitFor();
    await assertSound(page, 'course-join-en', shots, [DARK_PHONE]);
    await page.getByLabel('Code of the course').fill(code.toLowerCase());
    await page.keyboard.press('Tab');
    await page.keyboard.type('Zoë');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'You take part in a course' }).waitFor();
    await assertSound(page, 'course-joined-en', shots, [DARK_PHONE]);
    // The whole track, one lesson of it at the second try.
    for (const lesson of TRACKS.patient) {
      await page.goto(`${hub.url}/academy/lessons/${lesson}`);
      for (const answer of lesson === 'masks' ? ['a', RIGHT_ANSWERS.masks] : [RIGHT_ANSWERS[lesson]]) {
        await page.locator(`input[type=radio][value=${answer}]`).check();
        const counted = page.waitForResponse((response) => response.url().endsWith('/courses/answers'));
        await page.getByRole('button', { name: 'Check the answer' }).click();
        assert.equal((await counted).status(), 200);
        await page.getByText('Counted in the course “Reading room”.').waitFor();
      }
    }
    await assertSound(page, 'course-lesson-en', shots, [LIGHT_DESK]);

    await trainer.reload();
    await course.getByRole('heading', { name: 'Lessons done' }).waitFor();
    const bars = (name) =>
      course
        .getByRole('list', { name: `Reading room: ${name}` })
        .getByRole('listitem')
        .allTextContents();
    const masks = TRACKS.patient.indexOf('masks');
    assert.match((await bars('Lessons done'))[masks], /6$/);
    assert.match((await bars('Right at the first try'))[masks], /5$/);
    await course.getByText('Who takes part').click();
    await course.getByText('Ana, Blue heron, and Zoë').waitFor();
    await assertSound(trainer, 'courses-en', shots, [LIGHT_DESK]);
    const greek = await signedInPage(browser, hub.url, {
      name: 'Example coordinator',
      path: '/academy/courses',
      language: 'el',
      patienceMs: 60_000,
    });
    await greek.getByRole('region', { name: 'Reading room' }).locator('.course-code').waitFor();
    await assertSound(greek, 'courses-el', shots, [DARK_PHONE]);
    await greek.context().close();

    // Whoever was counted in a course is not counted again by their certificate.
    await page.goto(`${hub.url}/academy/certificate`);
    await page.getByLabel('Name on the certificate').fill('Zoë');
    await page.keyboard.press('Enter');
    await page.getByText('Genuine: made by this house and unchanged').waitFor();
    await trainer.goto(`${hub.url}/progress`);
    const training = trainer.getByRole('region', { name: 'Training', exact: true }).first();
    // One finished here, and one had a certificate made in the test before.
    assert.match(await training.locator('.figure', { hasText: 'people reached' }).textContent(), /2/);
    await assertSound(trainer, 'progress-training-en', shots, [LIGHT_DESK]);

    await page.goto(`${hub.url}/academy`);
    await page.getByRole('button', { name: 'Leave the course' }).click();
    await page.getByLabel('Code of the course').waitFor();
    await trainer.goto(`${hub.url}/academy/courses`);
    await course.getByRole('button', { name: 'Delete the course' }).click();
    await trainer.getByRole('dialog').getByRole('button', { name: 'Delete the course' }).click();
    await trainer.getByText('No course has been opened yet.').waitFor();
    await trainer.context().close();
    await page.context().close();
  });
});
