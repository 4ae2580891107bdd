// A patient's story in a real browser, over a hub and a node that run: she links her account with a code of the hospital,
// a model learns, she opts out, the next job learns without her, and her log tells it right, in English and in Greek.
// UNICA_PORTAL_SHOTS=DIR keeps pictures.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { axeLook } from './axe.js';
import { launchBrowser, noStory } from './story.js';

const web = dirname(dirname(fileURLToPath(import.meta.url)));
const shots = process.env.UNICA_PORTAL_SHOTS;
const rigPath = join(web, '../dist/village/consent-rig.js');
const skip = noStory ?? (existsSync(rigPath) ? false : 'the program is not built (npm run build)');

test('a patient opts out; the next job learns without her; her log tells it right in two languages', {
  skip,
}, async (context) => {
  const { FILMS, openConsentRig } = await import(rigPath);
  const rig = await openConsentRig(context, { siteIds: ['lisbon'], approval: 'automatic' });
  const browser = await launchBrowser();
  context.after(() => browser.close());
  const pageOf = async (role, { width = 1280, language = 'en', colorScheme = 'light' } = {}, token = undefined) => {
    const bearer = token ?? (await rig.nodeToken(role));
    const window = await browser.newContext({
      viewport: { width, height: 900 },
      colorScheme,
      locale: language,
      extraHTTPHeaders: { authorization: `Bearer ${bearer}` },
    });
    return await window.newPage();
  };
  const sound = async (page, name) => {
    const { violations } = await axeLook(page);
    assert.deepEqual(
      violations.map(({ id, nodes }) => `${name}: ${id}: ${nodes[0]?.target.join(' ')}`),
      [],
    );
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= page.viewportSize().width, `${name} is ${width} pixels wide`);
    if (shots === undefined) return;
    mkdirSync(shots, { recursive: true });
    await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
  };

  const officer = await pageOf('protection-officer');
  await officer.goto(`${rig.nodeUrl}/protection`);
  await officer.getByLabel('Patient identifier of the hospital').first().fill(rig.patientId);
  await officer.getByRole('button', { name: 'Make a code for the account' }).press('Enter');
  const shown = officer.getByText(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/);
  await shown.waitFor();
  const code = await shown.textContent();
  await sound(officer, 'officer-code');

  const token = await rig.nodeToken('patient');
  const patient = await pageOf('patient', {}, token);
  await patient.goto(`${rig.nodeUrl}/my-data`);
  await patient.getByLabel('Code from the hospital').fill('AAAA-BBBB-CCCC-DDDD');
  await patient.getByRole('button', { name: 'Link', exact: true }).press('Enter');
  await patient.getByText('The code is not known, was used already or has run out.').waitFor();
  await patient.getByLabel('Code from the hospital').fill(code ?? '');
  await patient.getByRole('button', { name: 'Link', exact: true }).press('Enter');
  await patient.getByText('Your data may be used. Examinations: 1').waitFor();
  await patient.getByText('Nobody has used your data for a project.').waitFor();

  const first = await rig.submit({ title: 'First model' });
  await rig.jobUntil(first, ({ state }) => state === 'finished');
  assert.equal((await rig.asked(first)).own.persons, FILMS);
  await patient.reload();
  await patient.getByText(/A model learned: First model/).waitFor();
  await sound(patient, 'patient-before');

  await patient.getByRole('button', { name: 'Do not use my data' }).press('Enter');
  await patient.getByText(/You opted out on .* Your data are used for nothing\./).waitFor();
  await patient.getByText('Models that were trained before and stay: 1. Their record says so.').waitFor();
  const second = await rig.submit({ title: 'Second model' });
  await rig.jobUntil(second, ({ state }) => state === 'finished');
  assert.equal((await rig.asked(second)).own.persons, FILMS - 1, 'the next job is without her');
  await patient.reload();
  await patient.getByText(/A model learned: First model/).waitFor();
  assert.equal(await patient.getByText(/Second model/).count(), 0, 'her log has no use after her opt-out');
  await patient.getByRole('button', { name: 'Ask for the model First model without me' }).press('Enter');
  await patient.getByText('You have asked for a model without you.').waitFor();
  await sound(patient, 'patient-after');

  const greek = await pageOf('patient', { width: 390, language: 'el', colorScheme: 'dark' }, token);
  await greek.goto(`${rig.nodeUrl}/my-data`);
  await greek.getByText(/Ένα μοντέλο έμαθε: First model/).waitFor();
  await greek.getByText(/Αρνηθήκατε στις .* Τα δεδομένα σας δεν χρησιμοποιούνται πουθενά\./).waitFor();
  await greek.getByText('Εσείς διαλέγετε για ποιο σκοπό θα γίνει χρήση.').waitFor();
  await greek.getByText('Ζητήσατε μοντέλο χωρίς εσάς.').waitFor();
  await sound(greek, 'patient-el-dark-390');

  await patient.getByRole('button', { name: 'Public research only' }).press('Enter');
  await patient.getByRole('button', { name: 'Allow this' }).press('Enter');
  await patient.getByText(/You have allowed this since/).waitFor();
  await patient.getByText(/Your data are used for nothing/).waitFor();
  const receipt = patient.getByRole('link', { name: 'File' }).first();
  const answer = await patient.request.get(`${rig.nodeUrl}${await receipt.getAttribute('href')}`);
  const document = await answer.json();
  assert.equal(document['@type'], 'dpv:ConsentRecord');
  assert.equal(document['dpv:hasConsentStatus']['@id'], 'dpv:ConsentGiven');
  assert.ok(!JSON.stringify(document).includes(rig.patientId), 'the receipt names her by pseudonym only');
  await patient.getByRole('button', { name: 'Take everything back' }).press('Enter');
  await patient.getByText(/You have allowed this since/).waitFor({ state: 'detached' });

  const another = await pageOf('patient');
  const foreign = await another.request.get(`${rig.nodeUrl}${await receipt.getAttribute('href')}`);
  assert.equal(foreign.status(), 409, 'somebody whose account is nobody here reads no receipt');
  await officer.reload();
  await officer.getByRole('rowheader', { name: 'First model' }).waitFor();
});
