// From films and a spreadsheet to people who are found, in a real browser before a real hub and three real nodes: a curator maps a table and
// publishes by keyboard from the dataset page; the public catalogue is narrowed and shared; a researcher counts, small numbers are
// withheld and said to be, and the question is shared by its address. Every page is looked at by axe in light and dark, on a desk and on a phone,
// in two languages. UNICA_DATA_SHOTS=DIR keeps pictures.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { assertSound, launchBrowser, noStory, openPage, settled, signedInPage } from './story.js';

const shots = process.env.UNICA_DATA_SHOTS;
const DATASET = 'chest-films';
/** Fewer people than a node tells a number of. */
const FILMS = { lisbon: 60, athens: 60, jena: 6 };

const skip = noStory ?? false;

const REGISTER = [
  'Patientennummer;Geschlecht;Datum ED;Tumorgröße (cm);ICD-10',
  ...Array.from({ length: 40 }, (_, at) => `R${1000 + at};w;${1 + (at % 28)}.03.2018;1,${at % 10};C50.9`),
].join('\r\n');

describe('data in a browser, from the spreadsheet to people who are found', { skip }, () => {
  const ends = [];
  let browser;
  let rig;

  before(async () => {
    if (shots !== undefined) mkdirSync(shots, { recursive: true });
    const { openConsentRig } = await import('../../dist/village/consent-rig.js');
    const { freePort } = await import('../../dist/village/free-port.js');
    const hubPort = await freePort(18_880);
    const nodePort = await freePort(hubPort + 1);
    rig = await openConsentRig(
      { after: (end) => ends.push(end) },
      {
        siteIds: Object.keys(FILMS),
        approval: 'automatic',
        films: FILMS,
        hub: { demonstration: 'true', port: String(hubPort) },
        settings: { lisbon: { demonstration: 'true', port: String(nodePort) } },
      },
    );
    browser = await launchBrowser();
  });

  after(async () => {
    // What a story that broke off was looking at.
    for (const page of browser?.contexts().flatMap((context) => context.pages()) ?? [])
      if (shots !== undefined) await page.screenshot({ path: join(shots, 'left.png'), fullPage: true });
    await browser?.close();
    for (const end of ends.reverse()) await end();
  });

  async function open(address, options) {
    const page = await openPage(browser, address, options);
    await settled(page);
    return page;
  }
  const signedIn = (house, name, path, options) => signedInPage(browser, house, { name, path, ...options });
  const sound = (page, name) => assertSound(page, name, shots);

  test('a curator maps a table, sees what the way still lacks, and publishes by keyboard', async () => {
    const page = await signedIn(rig.nodeUrl, 'Example Curator', `/datasets/${DATASET}`);
    const way = page.locator('.way > li');
    await way.nth(4).getByText('Version 1 is what the node holds').waitFor();
    assert.deepEqual(await way.evaluateAll((steps) => steps.map((step) => step.dataset.state)), [
      'done',
      'optional',
      'optional',
      'done',
      'done',
    ]);
    await way.nth(1).getByRole('link', { name: 'Map tables' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(`${rig.nodeUrl}/mapping`);
    await page
      .getByLabel('Table on your computer')
      .setInputFiles({ name: 'register.csv', mimeType: 'text/csv', buffer: Buffer.from(REGISTER) });
    await page.getByRole('button', { name: 'Read the table' }).click();
    await page.getByRole('heading', { level: 1, name: 'register.csv' }).waitFor();
    await page.goto(`${rig.nodeUrl}/datasets/${DATASET}`);
    await settled(page);
    await page.locator('.way > li[aria-current="step"]').getByText('With a mapping: 0 of 1').waitFor();
    await page.locator('.way > li[aria-current="step"]').getByRole('link', { name: 'Map tables' }).click();
    await page.getByRole('link', { name: 'register.csv' }).click();
    await page.getByRole('heading', { level: 1, name: 'register.csv' }).waitFor();
    await page.locator('.studio-column').first().focus();
    for (let column = 0; column < 5; column += 1) await page.keyboard.press('Enter');
    await page.getByText('Decided: 5 of 5 columns').waitFor();
    await settled(page);
    await sound(page, 'studio');
    await page.getByRole('button', { name: 'Bring into the warehouse' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('in the warehouse, rows: 40').first().waitFor();

    await page.goto(`${rig.nodeUrl}/datasets/${DATASET}`);
    await settled(page);
    const record = page.locator('.way > li[aria-current="step"]');
    await record.getByText('Images or tables have changed since version 1').waitFor();
    await way.nth(2).getByText('Tables: 1, rows: 40').waitFor();
    const link = record.getByRole('link', { name: /^Fields still empty: \d+/ });
    await sound(page, 'dataset-draft');
    await link.focus();
    await page.keyboard.press('Enter');
    const focused = await page.evaluate(() => document.activeElement?.id ?? '');
    assert.match(focused, /^record-/, 'the link leads to the first field that lacks');

    await page.getByLabel('Description').fill('Chest films of a registry, with a register of breast cancer.');
    await page.getByLabel('Publisher').fill('Hospital of Lisbon');
    await page.getByLabel('E-mail of the contact').fill('data@hospital.example');
    await page.getByRole('combobox', { name: 'Disease' }).fill('breast');
    await page.getByRole('listbox').getByRole('option', { name: 'Breast cancer' }).first().click();
    await page.getByLabel('How people were chosen').selectOption({ index: 1 });
    await page.getByLabel('Which people the data are of').fill('Women of Lisbon who were examined');
    await page.getByLabel('Art. 9(2)(j): research').check();
    await page.getByLabel('Kept until').fill('2040-12-31');
    await page.getByLabel('Health data access body').fill('Health data access body of Portugal');
    await page.getByLabel('Its web page').fill('https://hdab.example/');
    await page
      .locator('.steps:not(.way) > li[aria-current="step"]')
      .getByText('Valid by HealthDCAT-AP Release 8')
      .waitFor();
    await sound(page, 'dataset-valid');
    await page.getByRole('button', { name: 'Publish version 2…' }).focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    // The dialog takes the focus when it has opened: a key pressed before would go on from there once more.
    const notYet = await dialog.getByRole('button', { name: 'Not yet' }).elementHandle();
    await page.waitForFunction((button) => document.activeElement === button, notYet);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await way.nth(4).getByText('Version 2 is what the node holds').waitFor();
    assert.equal(await page.locator('.way > li[aria-current="step"]').count(), 0, 'the way is done');

    const german = await signedIn(rig.nodeUrl, 'Example Curator', `/datasets/${DATASET}`, { language: 'de' });
    await german.getByText('Version 2 ist, was der Knoten hat').waitFor();
    await sound(german, 'dataset-de');
    await Promise.all([page, german].map((one) => one.context().close()));
  });

  test('anybody narrows the public catalogue by keyboard, shares the list and reads a record', async () => {
    const page = await open(`${rig.hubUrl}/datasets`);
    await page.getByText('3 datasets').or(page.getByText('Datasets: 3')).first().waitFor();
    await sound(page, 'catalogue');
    await page.getByRole('checkbox', { name: /^jena/ }).focus();
    await page.keyboard.press('Space');
    await page.waitForFunction(() => document.querySelectorAll('.catalogue-cards > li').length === 1);
    const shared = await open(page.url(), { language: 'uk' });
    assert.equal(await shared.locator('.catalogue-cards > li').count(), 1, 'the address tells the list');
    await sound(shared, 'catalogue-uk');
    await page.goto(`${rig.hubUrl}/datasets/lisbon/${DATASET}`);
    await settled(page);
    await page.getByText('Women of Lisbon who were examined').first().waitFor();
    assert.equal(await page.locator('link[rel="cite-as"]').count(), 1);
    await sound(page, 'record');
    await Promise.all([page, shared].map((one) => one.context().close()));
  });

  test('a researcher counts: bars by site, numbers that are withheld said to be, and an address to share', async () => {
    const page = await signedIn(rig.hubUrl, 'Example researcher', '/cohorts');
    await page.getByLabel('About').selectOption('modality');
    await page
      .getByText(/digital radiography/i)
      .first()
      .click();
    const also = page.getByRole('combobox', { name: 'Also count by' });
    await also.focus();
    await page.keyboard.type('sex');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Count', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('Every site asked has answered.').waitFor();
    const sites = page.getByRole('table', { name: 'Persons and studies by site' });
    assert.equal(await sites.getByRole('row').count(), 4, 'a row for each site below the heading');
    const jena = sites.getByRole('row').filter({ hasText: 'jena' });
    assert.match((await jena.textContent()) ?? '', /fewer than 10/, 'a small number is withheld');
    await page.getByText('1 site withheld its number').waitFor();
    await page
      .getByRole('table', { name: 'Sex' })
      .getByText(/^(Female|Male)$/)
      .first()
      .waitFor();
    await sound(page, 'cohorts');
    const address = new URL(page.url());
    assert.match(address.search, /query=/);
    const shared = await signedIn(rig.hubUrl, 'Example researcher', address.pathname + address.search, {
      language: 'el',
    });
    await shared.locator('input[type="checkbox"]:checked').first().waitFor({ state: 'attached' });
    await sound(shared, 'cohorts-el');

    // What clinical tables say: one looks for a diagnosis by its name, and may read its values side by side.
    await page.getByRole('button', { name: 'Add a condition' }).click();
    await page.getByLabel('About').nth(1).selectOption('diagnosis');
    await page.getByRole('combobox', { name: 'Diagnosis' }).fill('breast');
    await page
      .getByRole('listbox')
      .getByRole('option', { name: /breast/i })
      .first()
      .click();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Add a condition' }).click();
    await page.getByLabel('About').nth(2).selectOption('estrogenReceptor');
    await page
      .getByText(/^Positive/)
      .first()
      .click();
    await sound(page, 'cohorts-clinical');
    await Promise.all([page, shared].map((one) => one.context().close()));
  });
});
