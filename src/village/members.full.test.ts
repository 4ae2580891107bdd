import assert from 'node:assert/strict';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { z } from 'zod';
import { silentLog } from '#base';
import { changeHubSite, createHubToken, hubConfig, hubSites, startHub } from '#hub';
import { acceptHub, createNodeToken, initNode, nodeConfig, renewNodeKey, rotateNodeKey, startNode } from '#node';
import {
  approvalsSchema,
  auditViewSchema,
  enrolmentCodeReplySchema,
  type JobView,
  memberListSchema,
  nodeStatusSchema,
  standingReplySchema,
} from '#wire';
import { openConsentRig, until } from './consent-rig.ts';
import { HouseClient } from './house-client.ts';

// Who belongs to a network, with a real hub and real nodes: joining, being shut out, keys, copies, a hub that was set back.

const SITE = { siteId: 'lisbon', displayName: 'Lisbon', country: 'PT' };
const verificationSchema = z.object({ intact: z.boolean() });

/** A hub that asks the coordinator, and one node that has enrolled with it and runs. */
async function network(context: TestContext) {
  const home = await mkdtemp(join(tmpdir(), 'unica-members-'));
  const closing: (() => Promise<void>)[] = [];
  context.after(async () => {
    for (const close of closing.reverse()) await close();
    await rm(home, { recursive: true, force: true });
  });
  const config = hubConfig({ home: join(home, 'hub'), port: '0', logLevel: 'silent' });
  let hub = await startHub(config, silentLog);
  closing.push(async () => await hub.close());
  const port = new URL(hub.url).port;
  const fixed = hubConfig({ home: config.home, port, logLevel: 'silent' });
  const token = await createHubToken(config, { name: 'coordinator', roles: ['coordinator'], days: 1 });
  const coordinator = new HouseClient({ house: 'hub', url: hub.url, token });
  const { code } = await coordinator.post('/api/enrolment-codes', SITE, enrolmentCodeReplySchema);
  const node = nodeConfig({ home: join(home, 'node'), port: '0', logLevel: 'silent' });
  const { waits } = await initNode(node, { ...SITE, hubUrl: hub.url, code });
  const start = async (one: typeof node) => {
    const running = await startNode(one, silentLog);
    let open = true;
    const close = async () => {
      if (open) await running.close();
      open = false;
    };
    closing.push(close);
    const owner = new HouseClient({
      house: 'node',
      url: running.url,
      token: await createNodeToken(one, { name: 'owner', roles: ['operator', 'auditor'], days: 1 }),
    });
    const status = async () => await owner.get('/api/status', nodeStatusSchema);
    return {
      owner,
      close,
      status,
      connected: async () => await until(async () => ((await status()).connected ? true : undefined)),
      troubled: async (trouble: string) =>
        await until(async () => ((await status()).hubTrouble?.code === trouble ? true : undefined)),
    };
  };
  const stand = async (change: 'approve' | 'suspend' | 'reinstate' | 'eject', because = 'a test') =>
    (await coordinator.post('/api/sites/lisbon/standing', { change, because }, standingReplySchema)).state;
  return {
    home,
    hubUrl: hub.url,
    config,
    coordinator,
    node,
    waits,
    start,
    stand,
    member: async () => (await coordinator.get('/api/sites', memberListSchema)).members[0],
    async restart(change: () => Promise<void>) {
      await hub.close();
      await change();
      hub = await startHub(fixed, silentLog);
    },
  };
}

test('a node that enrolled waits until it is approved; suspended, its open poll ends at once; ejected, it is out', async (context) => {
  const net = await network(context);
  assert.equal(net.waits, true);
  const lisbon = await net.start(net.node);
  await lisbon.troubled('identity.pending');
  assert.equal(await net.stand('approve'), 'active');
  await lisbon.connected();
  await until(async () => ((await net.member())?.readiness !== null ? true : undefined));
  const member = await net.member();
  assert.equal(member?.sameCode, true);
  assert.match(member?.site.software ?? '', /^unica\//);
  assert.ok(Math.abs(member?.clockOffsetMs ?? 60_000) < 60_000);
  // The poll that waits now would last for 25 seconds.
  const beganMs = performance.now();
  await net.stand('suspend', 'the agreement is being looked at');
  await lisbon.troubled('identity.suspended');
  assert.ok(performance.now() - beganMs < 20_000);
  assert.match((await lisbon.status()).hubTrouble?.sentence ?? '', /the agreement is being looked at/);
  await net.stand('reinstate');
  await lisbon.connected();
  // From the command line, beside the running hub.
  assert.deepEqual(await changeHubSite(net.config, 'lisbon', { change: 'eject', because: 'it has ended' }), {
    state: 'ejected',
  });
  await lisbon.troubled('identity.ejected');
  assert.deepEqual(
    (await hubSites(net.config)).map(({ siteId, state, because }) => [siteId, state, because]),
    [['lisbon', 'ejected', 'it has ended']],
  );
  const { entries } = await net.coordinator.get('/api/audit', auditViewSchema);
  assert.deepEqual(entries.map(({ action }) => action).reverse(), [
    'site.invited',
    'site.enrolled',
    'site.approved',
    'site.suspended',
    'site.reinstated',
    'site.ejected',
  ]);
});

test('a running node takes up a rotated key, and one that was renewed after a loss; its journal stays whole', async (context) => {
  const net = await network(context);
  await net.stand('approve');
  const lisbon = await net.start(net.node);
  await lisbon.connected();
  const before = (await net.member())?.fingerprint;
  const { fingerprint } = await rotateNodeKey(net.node);
  assert.notEqual(fingerprint, before);
  assert.equal((await net.member())?.fingerprint, fingerprint);
  const seenAgain = async () => {
    const sinceMs = Date.now();
    await until(async () => (((await net.member())?.site.lastSeenAtMs ?? 0) > sinceMs ? true : undefined));
    await lisbon.connected();
  };
  await seenAgain();
  await lisbon.close();
  await rm(join(net.node.home, 'node.key'));
  await assert.rejects(startNode(net.node, silentLog), /The key of this node is gone/);
  const { code } = await net.coordinator.post(
    '/api/sites/lisbon/renewal',
    { because: 'the disk was lost' },
    enrolmentCodeReplySchema,
  );
  const renewed = await renewNodeKey(net.node, code);
  assert.equal(renewed.active, false, 'approval is asked for again');
  await net.stand('approve');
  const again = await net.start(net.node);
  await again.connected();
  assert.equal((await net.member())?.fingerprint, renewed.fingerprint);
  assert.equal((await again.owner.get('/api/audit/verification', verificationSchema)).intact, true);
});

test('two nodes with one identity are both refused until the copy is off', async (context) => {
  const net = await network(context);
  await net.stand('approve');
  const first = await net.start(net.node);
  await first.connected();
  const copied = nodeConfig({ home: join(net.home, 'copy'), port: '0', logLevel: 'silent' });
  await cp(net.node.home, copied.home, { recursive: true });
  const copy = await net.start(copied);
  await Promise.all([first.troubled('identity.twins'), copy.troubled('identity.twins')]);
  await copy.close();
  await net.stand('reinstate');
  await first.connected();
});

test('a node notices a hub that was set back to a backup, takes no work of it, and goes on when a person says so', async (context) => {
  const net = await network(context);
  await net.stand('approve');
  const records = join(net.config.home, 'hub.sqlite');
  const backup = join(net.home, 'backup');
  const files = ['', '-wal', '-shm'];
  await net.restart(async () => {
    for (const end of files) await cp(`${records}${end}`, `${backup}${end}`).catch(() => {});
  });
  // What the journal says now is lost with the backup.
  await net.stand('suspend');
  await net.stand('reinstate');
  const lisbon = await net.start(net.node);
  await lisbon.connected();
  await net.restart(async () => {
    for (const end of files) {
      await rm(`${records}${end}`, { force: true });
      await cp(`${backup}${end}`, `${records}${end}`).catch(() => {});
    }
  });
  await lisbon.troubled('node.hub-restored');
  assert.equal((await lisbon.status()).connected, false);
  assert.equal(await acceptHub(net.node), true);
  await lisbon.connected();
});

test('a round that runs goes on without a site that is suspended in the middle of it', async (context) => {
  const rig = await openConsentRig(context, { siteIds: ['aa', 'bb', 'cc'], approval: 'ask' });
  // Nothing but the suspension can end the rounds within this test: the deadline is an hour away.
  const job = { rounds: 2, localSteps: 1, batchSize: 4, quorum: 0.6, roundDeadlineMs: 3_600_000 };
  const jobId = await rig.submit({ ...job, aggregation: { updates: 'open', mostFilms: 64 } });
  await approvedButOneStopped(rig, jobId);
  await rig.jobUntil(jobId, ({ rounds }) => rounds[0]?.sites.filter(({ state }) => state === 'received').length === 2);
  await rig.coordinator.post('/api/sites/cc/standing', { change: 'suspend', because: 'a test' }, standingReplySchema);
  const view = await rig.jobUntil(jobId, ({ state }) => state === 'finished' || state === 'failed');
  assert.equal(view.state, 'finished', view.because ?? '');
  const last = view.rounds.at(-1)?.sites.find(({ siteId }) => siteId === 'cc');
  assert.notEqual(last?.state, 'received');
});

test('an evaluation goes on without a site that is suspended in the middle of it', async (context) => {
  const rig = await openConsentRig(context, { siteIds: ['aa', 'bb', 'cc'], approval: 'ask' });
  const aggregation = { updates: 'open', mostFilms: 64 } as const;
  const job = { rounds: 1, localSteps: 1, batchSize: 4, aggregation };
  const learned = await rig.submit(job);
  for (const owner of rig.owners) await approve(owner, learned);
  const { modelId } = await rig.jobUntil(learned, ({ state }) => state === 'finished' || state === 'failed');
  assert.ok(modelId !== null);
  const { weightsSha256 } = await rig.model(modelId);
  const warmStart = { modelId, weightsSha256 };
  const jobId = await rig.submit({ ...job, warmStart, rounds: 0, evaluation: { localOnly: false } });
  await approvedButOneStopped(rig, jobId);
  const received = ({ evaluation }: JobView) => evaluation?.sites.filter(({ state }) => state === 'received').length;
  await rig.jobUntil(jobId, (view) => received(view) === 2);
  await rig.coordinator.post('/api/sites/cc/standing', { change: 'suspend', because: 'a test' }, standingReplySchema);
  const view = await rig.jobUntil(jobId, ({ state }) => state === 'finished' || state === 'failed');
  assert.equal(view.state, 'finished', view.because ?? '');
  assert.notEqual(view.evaluation?.sites.find(({ siteId }) => siteId === 'cc')?.state, 'received');
});

/** All agree to the job; the owner of the third has stopped it by then, so that it is waited for. */
async function approvedButOneStopped(rig: Awaited<ReturnType<typeof openConsentRig>>, jobId: string): Promise<void> {
  const [aa, bb, cc] = rig.owners;
  assert.ok(aa !== undefined && bb !== undefined && cc !== undefined);
  await approve(cc, jobId);
  await rig.jobUntil(jobId, ({ sites }) => sites.find(({ siteId }) => siteId === 'cc')?.decision === 'approved');
  await cc.post('/api/stop', { stopped: true }, z.unknown());
  await approve(aa, jobId);
  await approve(bb, jobId);
}

async function approve(owner: HouseClient, jobId: string): Promise<void> {
  await until(async () =>
    (await owner.get('/api/approvals', approvalsSchema)).items.find((item) => item.jobId === jobId),
  );
  await owner.post(`/api/approvals/${jobId}`, { decision: 'approved', because: 'sound' }, z.unknown());
}

test('a node that is too new is told so, whatever else its message holds', async (context) => {
  const net = await network(context);
  const response = await fetch(`${net.hubUrl}/api/v1/node/poll`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'unica-wire': '7-9' },
    body: '{"shape":"of a later version"}',
  });
  const problem = z.object({ code: z.string(), detail: z.string() }).parse(await response.json());
  assert.deepEqual([response.status, problem.code], [426, 'hub.wire-version']);
  assert.match(problem.detail, /too new: it speaks versions 7-9/);
});
