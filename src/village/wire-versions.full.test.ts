import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createServer, request as sendRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { loadOrCreateKeys, signRequest } from '#identity';
import { HUB_PATHS, WIRE_HEADER } from '#wire';
import { openConsentRig } from './consent-rig.ts';

// What differs between versions of the messages is how small content and the next work travel; what is learned is the same bits.

const SITES = ['aa', 'bb', 'cc'];
/** A job whose updates are sent open, and one whose updates are masked. */
const JOBS = {
  open: {
    rounds: 3,
    localSteps: 2,
    batchSize: 4,
    roundDeadlineMs: 120_000,
    aggregation: { updates: 'open', mostFilms: 64 },
  },
  masked: {
    rounds: 2,
    localSteps: 2,
    batchSize: 4,
    roundDeadlineMs: 120_000,
    aggregation: { updates: 'masked', mostFilms: 64 },
  },
} as const;

interface Between {
  /** The versions that the hub is told; those of the node unless given. */
  readonly says?: string;
  /** The hub behind is of an earlier version than the one that was polled: it knows no receipt with content. */
  readonly refusesCarrying?: boolean;
  /** So many answers to receipts get lost. */
  readonly loses?: number;
}

/** What nodes and hub sent through {@link relayTo}. */
interface Passed {
  uploads: number;
  carrying: number;
  lost: number;
}

async function relayTo(
  context: TestContext,
  hubUrl: string,
  { says, refusesCarrying, loses = 0 }: Between,
  passed: Passed,
) {
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { url = '', method = 'GET' } = incoming;
    const isReceipt = url.endsWith('/receipt');
    const isCarrying = isReceipt && body.includes('"receipt":');
    if (method === 'PUT') passed.uploads += 1;
    if (isCarrying) passed.carrying += 1;
    if (isCarrying && refusesCarrying === true) {
      outgoing.writeHead(400, { 'content-type': 'application/problem+json' });
      outgoing.end(JSON.stringify({ code: 'http.invalid-input', title: 'Not as described.' }));
      return;
    }
    const headers = { ...incoming.headers, ...(says === undefined ? {} : { [WIRE_HEADER]: says }) };
    const forward = sendRequest(`${hubUrl}${url}`, { method, headers, agent: false }, (answer) => {
      if (isReceipt && passed.lost < loses) {
        passed.lost += 1;
        answer.resume();
        answer.on('end', () => outgoing.destroy());
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    forward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => forward.destroy());
    forward.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The weights that a job ends with over such a relay, and what passed through it. */
async function learned(context: TestContext, between: Between, job: keyof typeof JOBS) {
  const passed: Passed = { uploads: 0, carrying: 0, lost: 0 };
  const rig = await openConsentRig(context, {
    siteIds: SITES,
    approval: 'automatic',
    between: async (hubUrl) => await relayTo(context, hubUrl, between, passed),
  });
  const jobId = await rig.submit({ ...JOBS[job], aggregation: { ...JOBS[job].aggregation } });
  const view = await rig.jobUntil(jobId, ({ state }) => state === 'finished' || state === 'failed');
  assert.equal(view.state, 'finished', view.because ?? '');
  assert.deepEqual(
    view.rounds.map(({ sites }) => sites.filter(({ state }) => state === 'received').length),
    view.rounds.map(() => SITES.length),
    'every update counted',
  );
  return { passed, weightsSha256: (await rig.model(view.modelId ?? '')).weightsSha256 };
}

for (const job of ['open', 'masked'] as const) {
  test(`a job with ${job} updates ends in the same bits, whichever version of the messages node and hub agree on`, async (context) => {
    const newest = await learned(context, {}, job);
    assert.equal(newest.passed.uploads, 0, 'updates came with their receipts');
    assert.ok(newest.passed.carrying > 0);
    for (const says of ['1-2', '1-1']) {
      const older = await learned(context, { says }, job);
      assert.equal(older.weightsSha256, newest.weightsSha256, says);
      assert.equal(older.passed.carrying, 0, 'nothing is sent that an older hub would not know');
      assert.ok(older.passed.uploads >= SITES.length * JOBS[job].rounds);
    }
    const mixed = await learned(context, { refusesCarrying: true }, job);
    assert.equal(mixed.weightsSha256, newest.weightsSha256, 'one of two hubs is older');
    assert.ok(mixed.passed.carrying > 0 && mixed.passed.uploads >= SITES.length * JOBS[job].rounds);
    const broken = await learned(context, { loses: 5 }, job);
    assert.equal(broken.weightsSha256, newest.weightsSha256, 'answers that got lost are asked for again');
    assert.equal(broken.passed.lost, 5);
  });
}

test('content that comes with a receipt is the one that the receipt names, whole, or nothing of it is kept', async (context) => {
  const rig = await openConsentRig(context, { siteIds: ['aa'], approval: 'ask' });
  const keys = await loadOrCreateKeys(join(rig.config.home, 'node.key'));
  const content = randomBytes(1000);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const metrics = { samples: 10, loss: 0, seconds: 0, bytesOut: 1000, validation: null };
  const receipt = { kind: 'trained', updateSha256: sha256, metrics };
  const path = `${HUB_PATHS.tasks}/task-00000000000000000001/receipt`;
  const ask = async (method: 'GET' | 'POST', at: string, body: Buffer<ArrayBuffer>) => {
    const nonce = randomBytes(16).toString('hex');
    const headers = signRequest({ keys, siteId: 'aa', method, path: at, body, nowMs: Date.now(), nonce });
    const sent =
      method === 'POST' ? { headers: { ...headers, 'content-type': 'application/json' }, body } : { headers };
    const response = await fetch(`${rig.hubUrl}${at}`, { method, ...sent });
    return { status: response.status, told: (await response.json()) as { readonly code?: string } };
  };
  const post = async (message: object) => {
    const { status, told } = await ask('POST', path, Buffer.from(JSON.stringify(message)));
    return [status, told.code];
  };
  const with64 = (bytes: Uint8Array, digest = sha256) => ({
    receipt,
    content: { sha256: digest, base64: Buffer.from(bytes).toString('base64') },
  });
  assert.deepEqual(await post(with64(content, 'ab'.repeat(32))), [400, 'http.invalid-input'], 'not named');
  assert.deepEqual(await post(with64(content.subarray(1))), [422, 'store.draft-corrupt'], 'another content');
  assert.deepEqual(await post(with64(randomBytes(65_540))), [400, 'http.invalid-input'], 'more than comes so');
  assert.deepEqual(await post({ ...with64(content), content: { sha256, base64: '*' } }), [400, 'http.invalid-input']);
  assert.deepEqual(await post({ receipt, next: { waitMs: 60_000, accepts: [] } }), [400, 'http.invalid-input']);
  const tooMany = Array.from({ length: 17 }, () => 'count');
  assert.deepEqual(await post({ receipt, next: { waitMs: 0, accepts: tooMany } }), [400, 'http.invalid-input']);
  assert.deepEqual(await post(with64(content)), [409, 'hub.task-gone'], 'the task is nobody’s');
  const { told } = await ask('GET', `${HUB_PATHS.blobs}/${sha256}/arrived`, Buffer.alloc(0));
  assert.deepEqual(told, { arrivedBytes: 0, whole: false }, 'nothing of it is kept');
});
