// The campaign kit before a real hub whose sites published made studies: a coordinator enters a partner with a logo, a visitor without an account
// reads and prints in three alphabets, and the counters move; axe, light and dark, desk and phone.
// UNICA_KIT_SHOTS=DIR keeps pictures and the printed sheets.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { assertSound, noStory, openCountedStory, openPage, settled, signedInPage } from './story.js';

const shots = process.env.UNICA_KIT_SHOTS;
const skip = noStory ?? false;
const patienceMs = 60_000;
const CHOICES = 'https://hospital.example/my-data';
const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><script>alert(1)</script><rect width="40" height="20" fill="#07586a"/></svg>';
/** Millimetres in points. */
const points = (mm) => Math.round((mm * 72) / 25.4);

/** Width and height in points of every page of a PDF, whose pages chromium writes uncompressed. */
function pagesOf(pdf) {
  return [...pdf.toString('latin1').matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)].map(([, width, height]) => [
    Math.round(Number(width)),
    Math.round(Number(height)),
  ]);
}

describe('the campaign kit, in a browser', { skip }, () => {
  let browser;
  let network;
  let story;

  before(async () => {
    if (shots !== undefined) mkdirSync(shots, { recursive: true });
    story = await openCountedStory({ sites: 4, studies: 2_000, portFrom: 18_990 });
    ({ network, browser } = story);
  });

  after(async () => {
    await story?.close();
  });

  test('a coordinator enters a hospital with its logo', async () => {
    const page = await signedInPage(browser, network.hub.url, {
      name: 'Example coordinator',
      path: '/outreach',
      patienceMs,
    });
    const form = page.getByRole('form', { name: 'Partner of the kit' });
    await form.getByLabel('Name on the sheets').fill('Hospital of Lisbon');
    await form.getByLabel('Where patients ask').fill('privacy@hospital.example, room 12');
    await form.getByLabel('Address where patients choose').fill(CHOICES);
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByLabel('Together with').selectOption({ label: 'Hospital of Lisbon' });
    await page.locator('input[type=file]').setInputFiles({
      name: 'logo.svg',
      mimeType: 'image/svg+xml',
      buffer: Buffer.from(LOGO),
    });
    const logo = page.getByRole('img', { name: 'Logo: Hospital of Lisbon' });
    await logo.waitFor();
    const kept = await (await fetch(new URL(await logo.getAttribute('src'), network.hub.url))).text();
    assert.equal(kept, LOGO.replace(/<script>.*<\/script>/, ''));
    await page.locator('input[type=file]').setInputFiles({
      name: 'logo.gif',
      mimeType: 'image/png',
      buffer: Buffer.from('GIF89a'),
    });
    await page.getByText('neither PNG nor SVG').waitFor();
    await assertSound(page, 'outreach', shots);
    await page.context().close();
  });

  for (const [language, headline] of [
    ['en', 'Your scans can help others'],
    ['el', 'Οι εικόνες σας μπορούν να βοηθήσουν κι άλλους'],
    ['uk', 'Ваші знімки можуть допомогти іншим'],
  ]) {
    test(`a visitor without an account reads, and prints poster and leaflet: ${language}`, async () => {
      const state = await (await fetch(`${network.hub.url}/api/state`)).json();
      const page = await openPage(browser, `${network.hub.url}/kit`, { language, patienceMs });
      await page.getByRole('heading', { name: headline }).waitFor();
      const partner = page.locator('select').nth(1);
      await partner.selectOption({ label: 'Hospital of Lisbon' });
      await page.getByRole('link', { name: CHOICES }).waitFor();
      const shown = new Intl.NumberFormat(language).format(state.totals.studies).replace(/\u202f/g, '\u00a0');
      await page.getByText(shown, { exact: true }).first().waitFor();
      assert.equal(await page.locator('a[download]').count(), language === 'en' ? 3 : 0, 'PDF of our own');
      assert.deepEqual(await page.context().cookies(), [], 'no cookie');
      await settled(page);
      await assertSound(page, `kit-${language}`, shots);
      const id = new URL(page.url()).searchParams.get('partner');
      for (const [sheet, sizes] of [
        ['poster-a4', [[210, 297]]],
        ['poster-a3', [[297, 420]]],
        [
          'leaflet',
          [
            [297, 210],
            [297, 210],
          ],
        ],
      ]) {
        await page.goto(`${network.hub.url}/kit/${sheet}?language=${language}&partner=${id}`);
        await settled(page);
        await page.getByText(headline).first().waitFor();
        // A3 is the drawing of A4, only larger; the words are judged in two alphabets, the paper in three.
        if (sheet !== 'poster-a3' && language !== 'uk') await assertSound(page, `${sheet}-${language}`, shots);
        const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
        if (shots !== undefined) writeFileSync(join(shots, `${sheet}-${language}.pdf`), pdf);
        const near = ([width, height], [w, h]) => Math.abs(width - points(w)) <= 2 && Math.abs(height - points(h)) <= 2;
        const pages = pagesOf(pdf);
        assert.ok(
          pages.length === sizes.length && pages.every((size, index) => near(size, sizes[index])),
          `${sheet} in ${language}: ${JSON.stringify(pages)}`,
        );
      }
      await page.goto(`${network.hub.url}/kit/screen?language=${language}&partner=${id}`);
      await settled(page);
      if (language !== 'uk') await assertSound(page, `screen-${language}`, shots);
      await page.context().close();
    });
  }

  test('the counters have moved, by material and language, and the coordinator adds what was handed out', async () => {
    const page = await signedInPage(browser, network.hub.url, {
      name: 'Example coordinator',
      path: '/outreach',
      patienceMs,
    });
    const row = page.getByRole('row', { name: /Poster, A4.*Ελληνικά/ });
    await row.waitFor();
    const [opened, printed] = await row
      .getByRole('cell')
      .allTextContents()
      .then((cells) => cells.slice(-5).map(Number));
    assert.ok(opened >= 1 && printed >= 1, `${opened} opened, ${printed} printed`);
    const form = page.getByRole('form', { name: 'Enter what was handed out' });
    await form.getByLabel('Day').fill(new Date().toISOString().slice(0, 10));
    await form.getByLabel('How many').fill('250');
    await form.getByLabel('Why (kept in the journal)').fill('at the desk of radiology');
    await form.getByRole('button', { name: 'Enter' }).click();
    await page.getByRole('row', { name: /Leaflet.*English.*250/ }).waitFor();
    await assertSound(page, 'outreach-reach', shots);
    // The same stands in the coordinator's report, beside the work with others.
    await page.goto(`${network.hub.url}/progress`);
    await page
      .getByRole('region', { name: 'Reach of the campaign kit: Material' })
      .getByRole('row', { name: /Leaflet.*English.*250/ })
      .waitFor();
    await page.context().close();
  });
});
