// The coordinator's page before a real hub with fifty sites that published 100,000 made studies: what it shows is what the hub adds up, a
// target is set and kept, the report is had, and everybody sees the state of the network. In three alphabets, light and dark, by axe.
// UNICA_PROGRESS_SHOTS=DIR keeps pictures. The time to the drawn page is told, not asserted.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { assertSound, noStory, openCountedStory, openPage, settled, signedInPage } from './story.js';

const shots = process.env.UNICA_PROGRESS_SHOTS;
const skip = noStory ?? false;

describe('how far a network has come, in a browser', { skip }, () => {
  let browser;
  let network;
  let story;

  before(async () => {
    if (shots !== undefined) mkdirSync(shots, { recursive: true });
    story = await openCountedStory({ sites: 50, studies: 100_000, portFrom: 18_880 });
    ({ network, browser } = story);
  });

  after(async () => {
    await story?.close();
  });

  const as = async (name, path, language) =>
    await signedInPage(browser, network.hub.url, { name, path, language, patienceMs: 60_000 });

  test('the figures are those of the hub, a target is kept, and the report is had', async (context) => {
    const page = await as('Example coordinator', '/progress');
    const { totals, groups } = await network.progress();
    const shown = new Intl.NumberFormat('en').format(totals.studies);
    await page.getByText(shown, { exact: true }).first().waitFor();
    const bars = page.getByRole('list', { name: 'By country: Studies' });
    assert.equal(await bars.getByRole('listitem').count(), groups.country.length);
    const begunMs = Date.now();
    await page.reload();
    await page.getByText(shown, { exact: true }).first().waitFor();
    await page.getByRole('cell', { name: 'researcher' }).first().waitFor();
    context.diagnostic(`page with 50 sites drawn after ${Date.now() - begunMs} ms, on a machine that others use too`);

    const form = page.getByRole('form', { name: 'Set a target' });
    await form.getByLabel('For what part').selectOption('country');
    await form.getByLabel('Which one').fill('PT');
    await form.getByLabel('Number').fill('15000');
    await form.getByLabel('Why (kept in the journal)').fill('agreed at the meeting');
    await form.getByRole('button', { name: 'Set the target' }).click();
    await page.getByRole('rowheader', { name: 'studies: Portugal' }).first().waitFor();
    await page.locator('summary', { hasText: 'Everything that was set' }).click();
    await page.getByRole('cell', { name: 'agreed at the meeting' }).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Report (PDF)' }).click(),
    ]);
    assert.equal(download.suggestedFilename(), 'report.pdf');
    await settled(page);
    await assertSound(page, 'progress-en', shots);
    await page.context().close();
  });

  test('an activity is entered, changed as a version more, narrowed, and told to everybody without names', async () => {
    const page = await as('Example coordinator', '/collaborations');
    await page.getByText('Nothing entered yet').waitFor();
    await page.getByRole('button', { name: 'Enter an activity' }).press('Enter');
    const form = page.getByRole('form', { name: 'Enter an activity' });
    await form.getByLabel('What *').fill('Onboarding of nodes');
    await form.getByLabel(/^Body, project or organisation/).fill('Cancer Image Europe');
    await form.getByLabel('From *').fill('2026-10-06');
    await form.getByLabel('Outcome').fill('Told by Jane Doe.');
    await form.getByText('Serves (0)').click();
    await form.getByLabel('Hospitals and imaging repositories become nodes').check();
    await form.getByLabel('Addresses that show it').fill('https://cancerimage.eu/');
    await form.getByLabel('People who took part').fill('Jane Doe');
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      form.getByLabel('Files that show it').click(),
    ]);
    await chooser.setFiles({ name: 'minutes.txt', mimeType: 'text/plain', buffer: Buffer.from('abc') });
    await form.getByText('minutes.txt', { exact: true }).waitFor();
    await form.getByLabel('Public', { exact: true }).check();
    await assertSound(page, 'activity-form-en', shots);
    await form.getByRole('button', { name: 'Enter', exact: true }).click();
    await form.getByRole('alert').getByText('holds the name of somebody').waitFor();
    await form.getByLabel('Outcome').fill('Steps were agreed.');
    await form.getByRole('button', { name: 'Enter', exact: true }).press('Enter');
    await page.getByRole('heading', { level: 3, name: 'Onboarding of nodes' }).waitFor();
    // The digest of the three letters is published (FIPS 180-2, appendix B.1).
    await page.getByText('SHA-256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad').waitFor();

    await page.getByRole('button', { name: 'Change: Onboarding of nodes' }).press('Enter');
    const change = page.getByRole('form', { name: 'Change: Onboarding of nodes' });
    await change.getByLabel('State', { exact: true }).selectOption('done');
    await change.getByLabel('Why (kept in the journal)').fill('it took place');
    await change.getByRole('button', { name: 'Keep as version 2' }).press('Enter');
    await change.waitFor({ state: 'detached' });
    await page.locator('summary', { hasText: 'All versions (2)' }).click();
    await page.getByRole('cell', { name: 'it took place' }).waitFor();
    assert.equal(await page.getByRole('table').locator('tbody tr').count(), 2);
    await page.getByLabel('With whom').selectOption('ehds');
    await page.getByText('Shown: 0 of 1').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByText('Shown: 1 of 1').waitFor();
    await assertSound(page, 'activities-en', shots);

    const everybody = await openPage(browser, `${network.hub.url}/state`, { patienceMs: 60_000 });
    await everybody.getByRole('heading', { level: 3, name: 'Onboarding of nodes' }).waitFor();
    assert.doesNotMatch((await everybody.locator('main').textContent()) ?? '', /Jane|minutes\.txt/);
    await assertSound(everybody, 'state-activities-en', shots);
    await everybody.context().close();

    await page.locator('summary', { hasText: 'Take the names out' }).click();
    const forget = page.getByRole('form', { name: 'Take the names out of all versions: Onboarding of nodes' });
    await forget.getByLabel('Why').fill('she asked for it');
    await forget.getByRole('button').press('Enter');
    await page.getByText('Jane Doe').waitFor({ state: 'detached' });
    await page.context().close();
  });

  test('whoever has no part in it is told so, and everybody sees the state of the network', async () => {
    const researcher = await as('Example researcher', '/progress');
    assert.equal(await researcher.getByText('Hospital 17').count(), 0);
    await researcher.context().close();
    const page = await openPage(browser, `${network.hub.url}/state`, { patienceMs: 60_000 });
    await page.getByRole('heading', { name: 'The state of the network' }).waitFor();
    const text = (await page.locator('main').textContent()) ?? '';
    assert.doesNotMatch(text, /Hospital \d|site-\d/, 'no site is named with a figure of its own');
    await settled(page);
    await assertSound(page, 'state-en', shots);
    await page.context().close();
  });

  for (const language of ['el', 'uk']) {
    test(`these pages in another alphabet: ${language}`, async () => {
      for (const path of ['/progress', '/state', '/collaborations']) {
        const page = await as('Example coordinator', path, language);
        await assertSound(page, `${path.slice(1)}-${language}`, shots);
        await page.context().close();
      }
    });
  }
});
