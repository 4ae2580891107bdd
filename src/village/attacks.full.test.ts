import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createServer, request as sendRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import Database from 'libsql';
import { silentLog } from '#base';
import { generateKeys, loadOrCreateKeys, type SiteKeys, signRequest } from '#identity';
import { createNodeToken, initNode, nodeConfig, startNode } from '#node';
import { enrolmentCodeReplySchema, HUB_PATHS, nodeStatusSchema, WIRE_VERSION } from '#wire';
import { openConsentRig, until } from './consent-rig.ts';
import { HouseClient } from './house-client.ts';

// Who stands between a node and its hub, or is the hub, against the real ones.

const SITES = ['aa', 'bb', 'cc'] as const;
const POLL = { wireVersion: WIRE_VERSION, waitMs: 0, software: 'test', accepts: [] };
const MIB = 1_048_576;

interface Sent {
  readonly headers: Record<string, string>;
  readonly body: string;
}

function signedPoll(keys: SiteKeys, siteId: string, body = JSON.stringify(POLL)): Sent {
  const nonce = randomBytes(16).toString('hex');
  const signed = {
    keys,
    siteId,
    method: 'POST',
    path: HUB_PATHS.poll,
    body: Buffer.from(body),
    nowMs: Date.now(),
    nonce,
  };
  return { headers: { ...signRequest(signed), 'content-type': 'application/json' }, body };
}

async function post(url: string, { headers, body }: Sent) {
  const response = await fetch(url, { method: 'POST', headers, body });
  const { code } = (await response.json()) as { readonly code?: string };
  return [response.status, code];
}

test('replayed, altered, forged and oversized requests are refused by the hub', async (context) => {
  const rig = await openConsentRig(context, { siteIds: ['aa'], approval: 'ask' });
  const keys = await loadOrCreateKeys(join(rig.config.home, 'node.key'));
  const url = `${rig.hubUrl}${HUB_PATHS.poll}`;
  const sent = signedPoll(keys, 'aa');
  assert.deepEqual(await post(url, sent), [200, undefined]);
  assert.deepEqual(await post(url, sent), [401, 'identity.replay']);
  const other = JSON.stringify({ ...POLL, accepts: ['count'] });
  assert.deepEqual(
    await post(url, { ...signedPoll(keys, 'aa'), body: other }),
    [401, 'identity.signature'],
    'another body',
  );
  assert.deepEqual(await post(url, signedPoll(generateKeys(), 'aa')), [401, 'identity.signature'], 'a forged node');
  assert.deepEqual(await post(url, signedPoll(keys, 'bb')), [401, 'identity.unknown-site']);
  const large = signedPoll(keys, 'aa', JSON.stringify(POLL).padEnd(MIB + 1));
  assert.deepEqual(await post(url, large), [413, 'http.too-large']);
  const path = `${HUB_PATHS.blobs}/${'ab'.repeat(32)}`;
  const announced = await new Promise<number | undefined>((resolve, reject) => {
    const headers = { 'content-length': String(256 * MIB + 1), 'content-type': 'application/octet-stream' };
    const sending = sendRequest(`${rig.hubUrl}${path}`, { method: 'PUT', headers }, (response) => {
      resolve(response.statusCode);
      sending.destroy();
    });
    sending.on('error', reject);
    sending.flushHeaders();
  });
  assert.equal(announced, 413, 'it is refused before it is sent');
  await refusesOtherContent(rig.hubUrl, keys);
});

/** Content is signed by its digest, which stands in the address. */
async function refusesOtherContent(hubUrl: string, keys: SiteKeys): Promise<void> {
  const content = randomBytes(400_000);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const put = async (path: string, signedPath: string, body: Buffer, by: SiteKeys) => {
    const nonce = randomBytes(16).toString('hex');
    const signed = {
      keys: by,
      siteId: 'aa',
      method: 'PUT',
      path: signedPath,
      body: { sha256 },
      nowMs: Date.now(),
      nonce,
    };
    const headers = { ...signRequest(signed), 'content-type': 'application/octet-stream' };
    const response = await fetch(`${hubUrl}${path}`, { method: 'PUT', headers, body: new Uint8Array(body) });
    return [response.status, ((await response.json()) as { readonly code?: string }).code];
  };
  const path = `${HUB_PATHS.blobs}/${sha256}`;
  const other = `${HUB_PATHS.blobs}/${'ab'.repeat(32)}`;
  assert.deepEqual(await put(other, path, content, keys), [401, 'identity.signature'], 'under another digest');
  assert.deepEqual(await put(path, path, content, generateKeys()), [401, 'identity.signature'], 'by a forged node');
  const swapped = Buffer.from(content);
  swapped[399_999] = (swapped[399_999] ?? 0) ^ 1;
  assert.deepEqual(await put(path, path, swapped, keys), [422, 'store.draft-corrupt'], 'another content');
  assert.deepEqual(await put(path, path, content, keys), [200, undefined]);
}

/** A relay before the hub that changes every answer while it lies. */
async function lyingRelay(context: TestContext, hubUrl: string) {
  const state = { lies: false, polls: 0 };
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { host: _, ...headers } = incoming.headers;
      const forward = sendRequest(
        `${hubUrl}${incoming.url}`,
        { method: incoming.method ?? 'GET', headers },
        (answer) => {
          const parts: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => parts.push(chunk));
          answer.on('end', () => {
            const body = Buffer.concat(parts).toString('utf8');
            const changed = state.lies ? body.replace('"tasks":[]', '"tasks":[ ]') : body;
            if (state.lies) state.polls += 1;
            const { 'content-length': __, 'transfer-encoding': ___, ...kept } = answer.headers;
            outgoing.writeHead(answer.statusCode ?? 500, kept);
            outgoing.end(changed);
          });
        },
      );
      forward.on('error', () => outgoing.destroy());
      forward.end(Buffer.concat(chunks));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, state };
}

test('a node acts on no answer that its hub did not sign for this very request', async (context) => {
  const rig = await openConsentRig(context, { siteIds: ['aa'], approval: 'ask' });
  const relay = await lyingRelay(context, rig.hubUrl);
  const site = { siteId: 'dd', displayName: 'dd', country: 'PT' };
  const { code } = await rig.coordinator.post('/api/enrolment-codes', site, enrolmentCodeReplySchema);
  const config = nodeConfig({ home: join(rig.home, 'dd'), port: '0', logLevel: 'silent' });
  await initNode(config, { ...site, hubUrl: relay.url, code });
  relay.state.lies = true;
  const running = await startNode(config, silentLog);
  context.after(() => running.close());
  const token = await createNodeToken(config, { name: 'owner', roles: ['operator'], days: 1 });
  const address = running.server.fastify.server.address() as AddressInfo;
  const owner = new HouseClient({ house: 'node', url: `http://127.0.0.1:${address.port}`, token });
  const connected = async () => (await owner.get('/api/status', nodeStatusSchema)).connected;
  await until(async () => (relay.state.polls >= 2 ? true : undefined));
  assert.equal(await connected(), false);
  relay.state.lies = false;
  await until(async () => ((await connected()) ? true : undefined));
});

test('a hub that puts its own key in the place of a site’s is found out by every other site', async (context) => {
  const rig = await openConsentRig(context, { siteIds: SITES, approval: 'automatic' });
  const job = { rounds: 1, localSteps: 1, batchSize: 4, roundDeadlineMs: 120_000 };
  const honest = await rig.jobUntil(await rig.submit(job), ({ state }) => state === 'finished' || state === 'failed');
  assert.deepEqual([honest.state, honest.spec.aggregation?.updates], ['finished', 'masked'], honest.because ?? '');
  const records = new Database(join(rig.hub.home, 'hub.sqlite'));
  records.prepare('UPDATE sites SET public_key = ? WHERE site_id = ?').run(generateKeys().publicKey, 'bb');
  records.close();
  const attacked = await rig.jobUntil(await rig.submit({ ...job, seed: 2 }), ({ sites }) =>
    sites.every(({ siteId, decision }) => siteId === 'bb' || decision !== 'waiting'),
  );
  for (const { siteId, decision, because } of attacked.sites) {
    if (siteId === 'bb') continue;
    assert.equal(decision, 'denied');
    assert.match(because ?? '', /The key of bb is not the one this node knows/);
  }
  assert.equal(attacked.rounds.length, 0, 'nothing was trained, nothing left');
});
