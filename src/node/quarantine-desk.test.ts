import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { decode } from 'fast-png';
import { silentLog, UnicaError } from '#base';
import { type Attributes, buildDicom, decodeSamples, parseDicom } from '#dicom';
import { loadOrCreateKeys } from '#identity';
import { makeKeyFile } from '#vault';
import { tagOf } from '#vocab';
import { nodeConfig } from './config.ts';
import { keyPath, siteSecret, writeIdentityCard } from './identity-card.ts';
import { openNode } from './open-node.ts';
import { PictureDesk } from './picture-desk.ts';
import { QuarantineDesk } from './quarantine-desk.ts';
import { initVault } from './vault-commands.ts';

const [ROWS, COLUMNS] = [60, 80];

/** A film that says that text is burned into it, and shows none that could be found. */
function film(number: number, more: Attributes = {}): Uint8Array {
  const values = Uint16Array.from({ length: ROWS * COLUMNS }, (_, at) => 500 + (at % COLUMNS) * 10);
  return buildDicom(
    {
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1',
      SOPInstanceUID: `1.2.3.${number}`,
      SeriesInstanceUID: '1.2.4',
      StudyInstanceUID: '1.2.5',
      PatientID: 'PT-4711',
      PatientName: 'Kowalska^Anna',
      Modality: 'DX',
      BodyPartExamined: 'CHEST',
      BurnedInAnnotation: 'YES',
      ...more,
    },
    { rows: ROWS, columns: COLUMNS, values, bitsStored: 12, photometricInterpretation: 'MONOCHROME2' },
  );
}

/** A node with these files in its quarantine, and its desk. */
async function deskOf(context: TestContext, films: readonly Uint8Array[]) {
  const folder = await mkdtemp(join(tmpdir(), 'unica-quarantine-'));
  const home = join(folder, 'node');
  for (const name of ['vault', 'keys']) await mkdir(join(folder, name));
  const keyFile = join(folder, 'keys', 'vault.key');
  await makeKeyFile(keyFile);
  const config = nodeConfig({ home, vault: join(folder, 'vault', 'site.vault'), vaultKeyFile: keyFile });
  await siteSecret(home);
  const { publicKey: hubPublicKey } = await loadOrCreateKeys(keyPath(home));
  const hub = { hubUrl: 'http://127.0.0.1:9', hubName: 'none', hubPublicKey };
  await writeIdentityCard(home, { siteId: 'porto', country: 'PT', displayName: 'Porto', ...hub });
  await initVault(config);
  const node = await openNode(config, silentLog);
  const pictures = new PictureDesk();
  context.after(async () => {
    await pictures.close();
    await node.close();
    await rm(folder, { recursive: true, force: true });
  });
  const inbox = join(folder, 'in');
  await mkdir(inbox);
  for (const [number, bytes] of films.entries()) await writeFile(join(inbox, `${number}.dcm`), bytes);
  await node.importer.run({ paths: [inbox], clinicalPath: undefined, source: 'in', actor: 'test' });
  const ids = (await node.quarantine.list(10)).map((row) => row.quarantine_id);
  assert.equal(ids.length, films.length);
  return { node, config, desk: new QuarantineDesk({ ...node, pictures }), ids };
}

const codeIs = (code: string) => (error: unknown) => error instanceof UnicaError && error.code === code;
const actionsOf = async (node: Awaited<ReturnType<typeof deskOf>>['node']) =>
  (await node.journal.view(20)).entries.map(({ action }) => action);

test('quarantine: a file is shown with its picture, and released with what a person marked blacked out', async (context) => {
  const { node, config, desk, ids } = await deskOf(context, [film(1)]);
  const [id = ''] = ids;
  const shown = await desk.show(id);
  assert.deepEqual(
    [shown.code, shown.isReleasable, shown.picture, shown.suspects],
    ['deid.burned-in-text', true, { rows: ROWS, columns: COLUMNS, frames: 1 }, []],
  );
  const png = decode(await desk.picture(id, 0));
  assert.equal(png.width / png.height, COLUMNS / ROWS);
  const box = { frame: 0, x: 10, y: 20, width: 30, height: 5 };
  assert.deepEqual(await desk.decide(id, { decision: 'release', boxes: [box] }, 'curator'), { outcome: 'taken-in' });
  const [member] = await node.archive.members();
  const file = parseDicom(await node.blobs.get(member?.blobSha256 ?? ''));
  assert.equal(file.dataset.text(tagOf('BurnedInAnnotation')), 'NO');
  const { values } = decodeSamples(file);
  for (let at = 0; at < values.length; at += 1) {
    const [x, y] = [at % COLUMNS, Math.floor(at / COLUMNS)];
    const isMarked = x >= 10 && x < 40 && y >= 20 && y < 25;
    assert.equal(values[at], isMarked ? 500 : 500 + x * 10, `${x}, ${y}`);
  }
  assert.deepEqual(await node.archive.masksOf(member?.sopInstanceUid ?? ''), [
    { ...box, reason: 'person', confidence: 1 },
  ]);
  const vault = await node.vault?.();
  assert.equal((await vault?.check())?.people, 1, 'whose it is is kept');
  assert.equal(await node.quarantine.total(), 0);
  assert.deepEqual(await readdir(config.quarantinePath), []);
  assert.ok((await actionsOf(node)).includes('quarantine.released'));
  await assert.rejects(desk.show(id), codeIs('http.not-found'));
});

test('quarantine: a discarded file is gone, and the journal says who did it', async (context) => {
  const { node, config, desk, ids } = await deskOf(context, [film(1)]);
  const [id = ''] = ids;
  assert.ok(existsSync(join(config.quarantinePath, `${id}.dcm`)));
  assert.deepEqual(await desk.decide(id, { decision: 'discard' }, 'curator'), { outcome: 'discarded' });
  assert.deepEqual([await node.quarantine.total(), await readdir(config.quarantinePath)], [0, []]);
  assert.ok((await actionsOf(node)).includes('quarantine.discarded'));
  assert.equal((await node.archive.totals()).images, 0);
});

test('quarantine: what a look at the picture cannot lift stays where it is', async (context) => {
  const nobody = film(1, { PatientID: '' });
  const { node, desk, ids, config } = await deskOf(context, [nobody, film(2)]);
  const shown = await Promise.all(ids.map((id) => desk.show(id)));
  const [unnamed, burned] = [
    shown.find(({ isReleasable }) => !isReleasable),
    shown.find(({ isReleasable }) => isReleasable),
  ];
  assert.ok(unnamed && burned);
  assert.equal(unnamed.code, 'deid.no-patient-id');
  const release = { decision: 'release', boxes: [] } as const;
  await assert.rejects(desk.decide(unnamed.quarantineId, release, 'curator'), codeIs('node.not-releasable'));
  const kept = await readFile(join(config.quarantinePath, `${unnamed.quarantineId}.dcm`));
  assert.ok(kept.equals(nobody));
  for (const box of [
    { frame: 0, x: 70, y: 0, width: 11, height: 1 },
    { frame: 0, x: 0, y: 59, width: 1, height: 2 },
    { frame: 1, x: 0, y: 0, width: 1, height: 1 },
  ]) {
    const decision = { decision: 'release', boxes: [box] } as const;
    await assert.rejects(desk.decide(burned.quarantineId, decision, 'curator'), codeIs('http.invalid-input'));
  }
  assert.equal(await node.quarantine.total(), 2);
  assert.deepEqual(await desk.decide(burned.quarantineId, release, 'curator'), { outcome: 'taken-in' });
  assert.equal(await node.quarantine.total(), 1);
});
