import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { canonicalJson, fromUtf8, sha256Hex } from '#base';
import { parseDicom } from '#dicom';
import { preprocessingDigest } from '#films';
import { readModelFolder, verifyDossier } from '#models';
import { chestModelOf, openChestReader, taskByName } from '#pilots';
import { syntheticSite } from '#synth';
import { modelFolder, shippedModel } from './shipped-model.ts';

test('the example that ships scores made films, sees them as the task does, and knows what is none', async () => {
  const stored = await readModelFolder(modelFolder('chest-nodule'));
  const model = chestModelOf(stored);
  assert.equal(preprocessingDigest(model.contract), taskByName('chest-nodule').preprocessingSha256);
  const card = fromUtf8(stored.parts?.['card.md'] ?? new Uint8Array());
  assert.ok(card.includes(sha256Hex(canonicalJson(model.contract))));
  const reader = await openChestReader(model);
  const films = [...syntheticSite({ siteId: 'shown', country: 'PT', seed: 'shown', persons: 6, opacityShare: 0 })];
  let known = 0;
  for (const { bytes } of films) {
    const reading = await reader.read(parseDicom(bytes));
    assert.equal(reading.kind, 'scored');
    if (reading.kind === 'scored' && reading.reasons.length === 0) known += 1;
  }
  await reader.close();
  assert.ok(known >= films.length - 1, `${known} of ${films.length}`);
});

test('every model that ships says its licence, and the card of the one for exams is the report of the campaign that made it', async () => {
  const cardOf = async (name: string) =>
    fromUtf8((await readModelFolder(shippedModel(name))).parts?.['card.md'] ?? new Uint8Array());
  for (const name of ['chest-nodule', 'breast-risk']) {
    const card = await cardOf(name);
    assert.match(card, /^---\nlicense: eupl-1\.2\n/, name);
    assert.match(card, /Research use only, not a medical device/, name);
  }
  const report = await readFile(new URL('../../docs/reports/breast-risk.md', import.meta.url), 'utf8');
  assert.ok((await cardOf('breast-risk')).endsWith(`---\n${report}`));
});

test('every model that ships matches its dossier, and its dossier the records of its runs', async () => {
  for (const name of ['chest-nodule', 'breast-risk'])
    assert.deepEqual(await verifyDossier(shippedModel(name)), [], name);
});

test('a name is a model that ships, a path is a folder', () => {
  assert.equal(modelFolder('chest-nodule'), shippedModel('chest-nodule'));
  assert.equal(modelFolder('./chest-nodule'), './chest-nodule');
  assert.equal(modelFolder('no-such-model'), 'no-such-model');
});
