// The coordinator's page before a real hub with fifty sites that published 100,000 made studies: what it shows is what the hub adds up, a
// target is set and kept, the report is had, and everybody sees the state of the network. In three alphabets, light and dark, by axe.
// UNICA_PROGRESS_SHOTS=DIR keeps pictures. The time to the drawn page is told, not asserted.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { assertSound, launchBrowser, noStory, openPage, settled, signedInPage } from './story.js';

const shots = process.env.UNICA_PROGRESS_SHOTS;
const skip = noStory ?? false;

describe('how far a network has come, in a browser', { skip }, () => {
  let browser;
  let network;

  before(async () => {
    if (shots !== undefined) mkdirSync(shots, { recursive: true });
    const { openCountingNetwork } = await import('../../dist/bench/counting-network.js');
    const { freePort } = await import('../../dist/village/free-port.js');
    network = await openCountingNetwork({
      sites: 50,
      studies: 100_000,
      hub: { demonstration: 'true', port: String(await freePort(18_880)) },
    });
    browser = await launchBrowser();
  });

  after(async () => {
    await browser?.close();
    await network?.close();
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
    test(`both pages in another alphabet: ${language}`, async () => {
      for (const path of ['/progress', '/state']) {
        const page = await as('Example coordinator', path, language);
        await assertSound(page, `${path.slice(1)}-${language}`, shots);
        await page.context().close();
      }
    });
  }
});
