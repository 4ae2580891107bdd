import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { decode } from 'fast-png';
import { silentLog } from '#base';
import { type Attributes, buildDicom } from '#dicom';
import { loadOrCreateKeys } from '#identity';
import { type DeidentificationSample, deidentificationSampleSchema, type Role } from '#wire';
import { nodeConfig } from './config.ts';
import { keyPath, siteSecret, writeIdentityCard } from './identity-card.ts';
import { createNodeToken } from './node-commands.ts';
import { SAMPLE_LIMIT_BYTES } from './sample-desk.ts';
import { startNode } from './start-node.ts';

async function runningNode(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'unica-sample-'));
  const home = join(folder, 'node');
  const config = nodeConfig({ home, port: '0', logLevel: 'silent' });
  await siteSecret(home);
  const { publicKey: hubPublicKey } = await loadOrCreateKeys(keyPath(home));
  const hub = { hubUrl: 'http://127.0.0.1:9', hubName: 'none', hubPublicKey };
  await writeIdentityCard(home, { siteId: 'porto', country: 'PT', displayName: 'Porto', ...hub });
  const node = await startNode(config, silentLog);
  context.after(async () => {
    await node.close();
    await rm(folder, { recursive: true, force: true });
  });
  const tokens = new Map<Role, string>();
  const send = async (path: string, payload: Uint8Array, role: Role = 'curator') => {
    const token = tokens.get(role) ?? (await createNodeToken(config, { name: role, roles: [role], days: 1 }));
    tokens.set(role, token);
    return await node.server.fastify.inject({
      method: 'POST',
      url: `/api/deidentification-sample${path}`,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/dicom' },
      payload: Buffer.from(payload),
    });
  };
  const journal = async () => {
    const token = await createNodeToken(config, { name: 'auditor', roles: ['auditor'], days: 1 });
    const headers = { authorization: `Bearer ${token}` };
    return (await node.server.fastify.inject({ method: 'GET', url: '/api/audit?limit=50', headers })).body;
  };
  return { home, send, journal };
}

const sampleIn = (body: string): DeidentificationSample => deidentificationSampleSchema.parse(JSON.parse(body));

/** Every file below a folder. */
async function filesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !/-(wal|shm)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

const FILM: Attributes = {
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1',
  SOPInstanceUID: '1.2.3.1',
  SeriesInstanceUID: '1.2.3',
  StudyInstanceUID: '1.2',
  PatientID: 'PT-4711-ZB',
  PatientName: 'Zborowska^Ada',
  Modality: 'DX',
  BodyPartExamined: 'CHEST',
};

test('a film is shown before and after, and nothing of it stays', async (context) => {
  const { home, send, journal } = await runningNode(context);
  const before = await filesIn(home);
  const reply = await send('', buildDicom(FILM));
  assert.equal(reply.statusCode, 200, reply.body);
  assert.equal(reply.headers['cache-control'], 'no-store');
  const sample = sampleIn(reply.body);
  const name = sample.elements.find(({ keyword }) => keyword === 'PatientName');
  assert.deepEqual(name?.before, { text: 'Zborowska^Ada', isCut: false });
  assert.match(JSON.stringify(name?.after), /UNICA-[0-9a-f]{32}/);
  assert.equal(sample.setAside, null);
  assert.equal(
    Object.values(sample.counts).reduce((sum, count) => sum + count, 0),
    sample.elements.length,
  );
  assert.deepEqual(await filesIn(home), before, 'no file more');
  for (const path of await filesIn(home)) {
    const bytes = readFileSync(path);
    for (const secret of ['Zborowska', 'PT-4711-ZB']) assert.ok(!bytes.includes(secret), `${path} holds ${secret}`);
  }
  const told = await journal();
  assert.match(told, /deidentification\.looked-at/);
  assert.doesNotMatch(told, /Zborowska|4711/);
});

test('the synthetic film says what it is, and its mask is black in the second picture', async (context) => {
  const { send } = await runningNode(context);
  const reply = await send('/synthetic', new Uint8Array(0), 'protection-officer');
  const sample = sampleIn(reply.body);
  assert.ok(sample.isSynthetic && sample.setAside === null && sample.masks.length > 0);
  const { picture } = sample;
  assert.ok(picture?.before && picture.after);
  const [mask] = sample.masks;
  assert.ok(mask !== undefined);
  const [before, after] = [picture.before, picture.after].map((png) => decode(Buffer.from(png, 'base64')));
  assert.ok(before && after && before.width === picture.columns);
  const shades = (png: typeof before) => {
    const seen = new Set<number>();
    for (let y = mask.y; y < mask.y + mask.height; y += 1) {
      for (let x = mask.x; x < mask.x + mask.width; x += 1) {
        seen.add(png.data[(y * png.width + x) * png.channels] ?? -1);
      }
    }
    return seen;
  };
  assert.ok(shades(before).size > 1);
  assert.equal(shades(after).size, 1);
});

test('what would be set aside says why, and what is no DICOM is refused', async (context) => {
  const { send } = await runningNode(context);
  const nobody = sampleIn((await send('', buildDicom({ ...FILM, PatientID: '' }))).body);
  assert.deepEqual([nobody.setAside?.code, nobody.elements.length], ['deid.no-patient-id', 0]);
  for (const bytes of [new Uint8Array(0), new Uint8Array(500), new TextEncoder().encode('Zborowska')]) {
    const reply = await send('', bytes);
    assert.ok(reply.statusCode >= 400 && reply.statusCode < 500, `${reply.statusCode} ${reply.body}`);
    assert.doesNotMatch(reply.body, /Zborowska/);
  }
  assert.equal((await send('', new Uint8Array(SAMPLE_LIMIT_BYTES + 1))).statusCode, 413);
  assert.equal((await send('', buildDicom(FILM), 'operator')).statusCode, 403, 'an operator sees no names');
});

const data = join(process.env['UNICA_DATA'] ?? new URL('../../../shared/data', import.meta.url).pathname, 'dicom');
const absent = existsSync(data) ? false : 'no ../shared/data/dicom (UNICA_DATA)';

test('a real mammogram', { skip: absent }, async (context) => {
  const { send } = await runningNode(context);
  const sample = sampleIn((await send('', readFileSync(join(data, 'MG1_JPLY.dcm')))).body);
  assert.ok(sample.picture?.before);
  assert.ok(sample.setAside !== null || sample.elements.length > 40);
});
