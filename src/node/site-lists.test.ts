import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog, UnicaError } from '#base';
import { type Attributes, buildDicom } from '#dicom';
import { loadOrCreateKeys } from '#identity';
import { nodeConfig } from './config.ts';
import { keyPath, siteSecret, writeIdentityCard } from './identity-card.ts';
import { openNode } from './open-node.ts';

/** Ultrasound of a device of which nothing is known. */
function scan(attributes: Attributes): Uint8Array {
  return buildDicom(
    {
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.6.1',
      StudyInstanceUID: '1.2.3.4.3',
      SeriesInstanceUID: '1.2.3.4.2',
      PatientID: 'PT-4711',
      Modality: 'US',
      Manufacturer: 'Acme Medical',
      ManufacturerModelName: 'Sono 5',
      StudyDescription: 'Rockwood Thorax',
      ...attributes,
    },
    {
      rows: 64,
      columns: 96,
      values: Uint16Array.from({ length: 64 * 96 }, (_, at) => (at * 7) % 1024),
      bitsStored: 12,
      photometricInterpretation: 'MONOCHROME2',
    },
  );
}

test('what a site lists applies to what its node imports', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'unica-lists-'));
  context.after(async () => await rm(folder, { recursive: true, force: true }));
  const home = join(folder, 'node');
  const wordsFile = join(folder, 'words.txt');
  const regionsFile = join(folder, 'regions.txt');
  await writeFile(wordsFile, 'Rockwood\n');
  await writeFile(regionsFile, 'ACME | SONO | US | 64 x * | 0,0,*,10 -20,-5,*,*\n');
  const { publicKey: hubPublicKey } = await loadOrCreateKeys(keyPath(home));
  await siteSecret(home);
  const hub = { hubUrl: 'http://127.0.0.1:9', hubName: 'none', hubPublicKey };
  await writeIdentityCard(home, { siteId: 'porto', country: 'PT', displayName: 'Porto', ...hub });

  const importWith = async (uid: string, settings: object) => {
    const inbox = join(folder, uid);
    await mkdir(inbox);
    await writeFile(join(inbox, 'scan.dcm'), scan({ SOPInstanceUID: uid }));
    const node = await openNode(nodeConfig({ home, ...settings }), silentLog);
    try {
      const wish = { paths: [inbox], clinicalPath: undefined, source: 'in', actor: 'test' };
      const { accepted, quarantined } = await node.importer.run(wish);
      const [image] = await node.archive.members();
      const masks = image === undefined ? [] : await node.archive.masksOf(image.sopInstanceUid);
      return { accepted, quarantined, masks: masks.map(({ x, y, width, height }) => [x, y, width, height]) };
    } finally {
      await node.close();
    }
  };

  const without = await importWith('1.2.3.4.1', {});
  assert.deepEqual([without.accepted, without.quarantined], [0, 1]);
  const listed = await importWith('1.2.3.4.5', { wordsFile, regionsFile });
  assert.deepEqual([listed.accepted, listed.quarantined], [1, 0]);
  assert.deepEqual(listed.masks, [
    [0, 0, 96, 10],
    [76, 59, 20, 5],
  ]);
  await writeFile(regionsFile, '# ours\nACME | SONO\n');
  const code = (wanted: string) => (error: unknown) => error instanceof UnicaError && error.code === wanted;
  await assert.rejects(openNode(nodeConfig({ home, regionsFile }), silentLog), code('deid.unusable-regions'));
  const missing = join(folder, 'nowhere.txt');
  await assert.rejects(openNode(nodeConfig({ home, regionsFile: missing }), silentLog), code('config.invalid'));
});
