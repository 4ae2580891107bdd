import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream, openSync, readFileSync, writeSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { silentLog } from '#base';
import { ALL_OPTIONS, deidentify, pseudonymousUid } from '#deid';
import { type Attributes, buildDicom, parseDicom } from '#dicom';
import { loadOrCreateKeys } from '#identity';
import { deidentifyFolder, LARGE_FILE_BYTES } from '#intake';
import { nodeConfig } from './config.ts';
import { fillDicomIndex } from './dicom-index-filling.ts';
import { keyPath, siteSecret, writeIdentityCard } from './identity-card.ts';
import { openNode } from './open-node.ts';

const FRAMES = 70;
const FRAME_BYTES = 1024 * 512 * 2;
assert.ok(FRAMES * FRAME_BYTES > LARGE_FILE_BYTES);

/** An enhanced CT of many slices, written slice by slice. */
function writeVolume(path: string, attributes: Attributes = {}): void {
  const header = buildDicom({
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.2.1',
    SOPInstanceUID: '1.2.3.4.1',
    SeriesInstanceUID: '1.2.3.4.2',
    StudyInstanceUID: '1.2.3.4.3',
    PatientID: 'PT-4711',
    PatientName: 'Kowalska^Anna',
    PatientSex: 'F',
    Modality: 'CT',
    BodyPartExamined: 'CHEST',
    SamplesPerPixel: [1],
    PhotometricInterpretation: 'MONOCHROME2',
    NumberOfFrames: String(FRAMES),
    Rows: [1024],
    Columns: [512],
    BitsAllocated: [16],
    BitsStored: [12],
    HighBit: [11],
    PixelRepresentation: [0],
    ...attributes,
  });
  const file = openSync(path, 'w');
  writeSync(file, header);
  const element = Buffer.from('e07f10004f57000000000000', 'hex');
  element.writeUInt32LE(FRAMES * FRAME_BYTES, 8);
  writeSync(file, element);
  for (let frame = 0; frame < FRAMES; frame += 1) {
    writeSync(
      file,
      Uint16Array.from({ length: 1024 * 512 }, (_, at) => (at + 37 * frame) % 4096),
    );
  }
}

async function nodeOf(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'unica-large-'));
  const config = nodeConfig({ home: join(folder, 'node') });
  await siteSecret(config.home);
  const { publicKey: hubPublicKey } = await loadOrCreateKeys(keyPath(config.home));
  const hub = { hubUrl: 'http://127.0.0.1:9', hubName: 'none', hubPublicKey };
  await writeIdentityCard(config.home, { siteId: 'porto', country: 'PT', displayName: 'Porto', ...hub });
  const node = await openNode(config, silentLog);
  context.after(async () => {
    await node.close();
    await rm(folder, { recursive: true, force: true });
  });
  const inbox = join(folder, 'in');
  await mkdir(inbox);
  return { node, config, inbox, folder };
}

async function digestOf(path: string): Promise<string> {
  const digest = createHash('sha256');
  for await (const piece of createReadStream(path)) digest.update(piece);
  return digest.digest('hex');
}

test('a large image is taken in piece by piece, as it would be whole', async (context) => {
  const { node, config, inbox } = await nodeOf(context);
  writeVolume(join(inbox, 'volume.dcm'));
  const wish = { paths: [inbox], clinicalPath: undefined, source: 'in', actor: 'test' };
  const view = await node.importer.run(wish);
  assert.deepEqual([view.accepted, view.quarantined, view.rejected], [1, 0, []]);
  const whole = deidentify(readFileSync(join(inbox, 'volume.dcm')), node.site);
  assert.ok(whole.kind === 'clean');
  const expected = createHash('sha256').update(whole.image.bytes).digest('hex');
  const studyInstanceUid = pseudonymousUid(node.site, '1.2.3.4.3');
  const [instance] = await node.dicomIndex.instances({ studyInstanceUid }, []);
  assert.deepEqual([instance?.blobSha256, instance?.sizeBytes], [expected, whole.image.bytes.length]);
  assert.deepEqual(instance?.pixelPlace?.frames, { kind: 'native', frameBytes: FRAME_BYTES, count: FRAMES });
  assert.equal(await digestOf(node.blobs.pathOf(expected)), expected);
  assert.deepEqual(await readdir(join(config.blobsPath, 'incoming')), []);
  const [member] = await node.archive.members();
  assert.deepEqual([member?.modality, member?.sex, member?.sizeBytes], ['CT', 'F', whole.image.bytes.length]);
  const again = await node.importer.run(wish);
  assert.deepEqual([again.accepted, again.duplicates], [0, 1]);
  assert.deepEqual(await readdir(join(config.blobsPath, 'incoming')), []);
});

test('a large image that nobody can vouch for is set aside as it came', async (context) => {
  const { node, inbox, config } = await nodeOf(context);
  writeVolume(join(inbox, 'volume.dcm'), { PatientID: '' });
  const view = await node.importer.run({ paths: [inbox], clinicalPath: undefined, source: 'in', actor: 'test' });
  assert.deepEqual([view.accepted, view.quarantined, view.rejected], [0, 1, []]);
  const [row] = await node.quarantine.list(2);
  assert.equal(row?.code, 'deid.no-patient-id');
  const kept = join(config.quarantinePath, `${row?.quarantine_id}.dcm`);
  assert.equal(await digestOf(kept), await digestOf(join(inbox, 'volume.dcm')));
  assert.equal(row?.size_bytes, (await stat(kept)).size);
});

test('a large image comes back into an index that has lost it', async (context) => {
  const { node, inbox } = await nodeOf(context);
  writeVolume(join(inbox, 'volume.dcm'));
  await node.importer.run({ paths: [inbox], clinicalPath: undefined, source: 'in', actor: 'test' });
  const studyInstanceUid = pseudonymousUid(node.site, '1.2.3.4.3');
  const before = await node.dicomIndex.instances({ studyInstanceUid }, []);
  for (const table of ['dicom_instances', 'dicom_blobs', 'dicom_series', 'dicom_studies'] as const) {
    await node.database.kysely.deleteFrom(table as never).execute();
  }
  const parts = { index: node.dicomIndex, blobs: node.blobs, log: silentLog };
  assert.equal(await fillDicomIndex(parts, new AbortController().signal), 1);
  assert.deepEqual(await node.dicomIndex.instances({ studyInstanceUid }, []), before);
});

test('deidentify writes a large image as it would a whole one, and resumes', async (context) => {
  const { node, inbox, folder } = await nodeOf(context);
  writeVolume(join(inbox, 'volume.dcm'));
  const options = { ...node.site, profile: ALL_OPTIONS };
  const report = await deidentifyFolder(inbox, join(folder, 'out'), options);
  assert.deepEqual([report.written, report.rejected], [1, []]);
  const whole = deidentify(readFileSync(join(inbox, 'volume.dcm')), node.site);
  assert.ok(whole.kind === 'clean');
  const written = (await readdir(join(folder, 'out'), { recursive: true })).filter((name) => name.endsWith('.dcm'));
  assert.equal(written.length, 1);
  const bytes = readFileSync(join(folder, 'out', written[0] ?? ''));
  assert.ok(bytes.equals(whole.image.bytes));
  assert.equal(parseDicom(bytes).dataset.text(0x00100010)?.includes('Kowalska'), false);
  const again = await deidentifyFolder(inbox, join(folder, 'out'), { ...options, resume: true });
  assert.deepEqual([again.kept, again.rejected], [1, []]);
});
