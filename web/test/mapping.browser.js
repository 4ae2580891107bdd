// The mapping studio before a real node in Debian's chromium: a table of a registry is uploaded, mapped by keyboard, brought into
// the warehouse, and its mapping taken over for the next table.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const CHROMIUM = process.env.UNICA_CHROMIUM ?? '/usr/bin/chromium';
const web = dirname(dirname(fileURLToPath(import.meta.url)));
const skip = !existsSync(CHROMIUM)
  ? `no chromium at ${CHROMIUM} (apt-get install chromium)`
  : existsSync(join(web, 'dist/index.html'))
    ? false
    : 'the portal is not built (npm run build), so chromium has nothing to show';

const HEAD = 'Patientennummer;Geschlecht;Datum ED;Tumorgröße (cm);Bemerkung';
const TABLE = [
  HEAD,
  '1001;w;12.03.2018;1,8;noch ein Satz mit vielen Worten',
  '1002;m;31.02.2019;2,1;und der zweite Satz dazu',
  '1003;q;04.05.2020;groß;und der dritte Satz dazu',
  '1004;w;05.05.2020;3,2;und der vierte Satz dazu',
  '1005;w;06.05.2020;0,9;und der fünfte Satz dazu',
  '1006;w;07.05.2020;1,4;und der sechste Satz dazu',
].join('\r\n');
const NEXT = [HEAD, '2001;w;12.03.2021;1,1;neu', '2002;q;13.03.2021;2,1;neu'].join('\r\n');

test('a table of a registry, from the upload into the warehouse of a real node', { skip }, async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'unica-studio-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const { running, origin } = await openNode(join(folder, 'node'));
  context.after(() => running.close());
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  context.after(() => browser.close());
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' });
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(`${origin}/auth/sign-in?return=/mapping`);
  await page.getByText('Example Curator').click();
  await page.waitForURL(`${origin}/mapping`);

  await upload(page, 'register.csv', TABLE);
  await page.getByRole('heading', { level: 1, name: 'register.csv' }).waitFor();
  const rows = page.locator('.studio-column');
  await rows.first().focus();
  for (let column = 0; column < 4; column += 1) await page.keyboard.press('Enter');
  await page.getByText('Decided: 4 of 5 columns').waitFor();
  await rows.nth(1).click();
  await page.getByText('nobody has said yet').waitFor();
  await page.getByRole('combobox', { name: 'Answer for q' }).click();
  await page.getByRole('combobox', { name: 'Answer for q' }).fill('unknwon');
  await page
    .getByRole('option', { name: /unknown/i })
    .first()
    .click();
  await page.getByText('Taken over: 6 of 6 filled cells.').waitFor();
  await page.getByText('a day that does not exist').click();
  await page.getByRole('cell', { name: '31.02.2019' }).waitFor();
  await page.getByRole('button', { name: 'Bring into the warehouse' }).click();
  await page.getByText('in the warehouse, rows: 6').first().waitFor();

  await page.goto(`${origin}/mapping`);
  await upload(page, 'next.csv', NEXT);
  await page.getByRole('heading', { level: 1, name: 'next.csv' }).waitFor();
  await page.getByLabel('Use the mapping of another table').selectOption({ label: 'register.csv' });
  await page.getByRole('button', { name: 'Use it' }).click();
  await page.getByText('Decided: 4 of 5 columns').waitFor();
  await page.getByText('Show the text').click();
  assert.match((await page.locator('pre.command').textContent()) ?? '', /q: COM1002760/);

  // One column otherwise, and back again to what was taken over.
  await page.locator('.studio-column').nth(3).click();
  await page.getByRole('button', { name: 'Leave out', exact: true }).click();
  await page.getByRole('button', { name: 'Save the mapping' }).click();
  const versions = page.getByRole('table', { name: 'Columns that changed' });
  await versions.getByRole('cell', { name: 'Tumorgröße (cm)' }).waitFor();
  await page.getByRole('button', { name: 'Go back to version 1' }).click();
  await page.getByText('The mapping was taken over and saved').waitFor();
  await versions.getByRole('button', { name: 'Go back to version 2' }).waitFor();
  assert.match((await page.locator('pre.command').textContent()) ?? '', /element: tumour-size/);

  await page.goto(`${origin}/mapping`);
  const patients = ['1', '2', '3'].map((id) => JSON.stringify({ resourceType: 'Patient', id, gender: 'female' }));
  await upload(page, 'people.ndjson', patients.join('\n'));
  await page.getByRole('heading', { level: 1, name: 'people.ndjson' }).waitFor();
  assert.deepEqual(complaints, []);
});

async function upload(page, name, text) {
  await page
    .getByLabel('Table on your computer')
    .setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
  await page.getByRole('button', { name: 'Read the table' }).click();
}

async function openNode(home) {
  const { nodeConfig } = await import('../../dist/node/config.js');
  const { startNode } = await import('../../dist/node/start-node.js');
  const { freePort } = await import('../../dist/node/free-port.js');
  const { keyPath, siteSecret, writeIdentityCard } = await import('../../dist/node/identity-card.js');
  const { loadOrCreateKeys } = await import('../../dist/identity/index.js');
  const { silentLog } = await import('../../dist/base/index.js');
  const config = nodeConfig({ home, port: String(await freePort()), demonstration: 'true', logLevel: 'silent' });
  await siteSecret(home);
  const { publicKey: hubPublicKey } = await loadOrCreateKeys(keyPath(home));
  const hub = { hubUrl: 'http://127.0.0.1:9', hubName: 'none', hubPublicKey };
  await writeIdentityCard(home, { siteId: 'graz', country: 'AT', displayName: 'Graz', ...hub });
  const running = await startNode(config, silentLog);
  return { running, origin: running.url };
}
