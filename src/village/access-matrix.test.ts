import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { z } from 'zod';
import { isUnchanged, RIGHT_ANSWERS } from '#academy';
import { silentLog } from '#base';
import { ANONYMOUS, accessMismatches, type HouseServer, type TriedCaller } from '#http';
import { createHubToken, exportHubAudit, hubConfig, type RunningHub, startHub, verifyHubAudit } from '#hub';
import { loadOrCreateKeys, type SiteKeys, signRequest, verifyText } from '#identity';
import { createNodeToken, initNode, nodeConfig, startNode, verifyNodeAudit } from '#node';
import { academyCertificateSchema, academyKeysSchema, type Post, ROLES, type Role } from '#wire';

/** The site of the network, and one that is none of it. */
const ORGANISATIONS = ['lisbon', 'porto'] as const;

const SITE = { siteId: 'lisbon', displayName: 'Lisbon', country: 'PT' };

async function folder(context: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'unica-matrix-'));
  context.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A hub with one enrolled node, both in this process, on ports of the system's choice. */
async function smallNetwork(context: TestContext) {
  const home = await folder(context);
  const hub = hubConfig({ home: join(home, 'hub'), port: '0', demonstration: 'true', logLevel: 'silent' });
  const runningHub: RunningHub = await startHub(hub, silentLog);
  const coordinator = await createHubToken(hub, { name: 'test', roles: ['coordinator'], days: 1 });
  const invitation = await fetch(`${runningHub.url}/api/enrolment-codes`, {
    method: 'POST',
    headers: { authorization: `Bearer ${coordinator}`, 'content-type': 'application/json' },
    body: JSON.stringify(SITE),
  });
  const { code } = z.object({ code: z.string() }).parse(await invitation.json());
  const node = nodeConfig({ home: join(home, 'node'), port: '0', demonstration: 'true', logLevel: 'silent' });
  await initNode(node, { ...SITE, hubUrl: runningHub.url, code });
  const runningNode = await startNode(node, silentLog);
  context.after(async () => {
    await runningNode.close();
    await runningHub.close();
  });
  const keys = await loadOrCreateKeys(join(home, 'node', 'node.key'));
  return { hub, node, hubServer: runningHub.server, nodeServer: runningNode.server, keys };
}

async function everyRole(token: (role: Role) => Promise<string>): Promise<readonly TriedCaller[]> {
  return await Promise.all(
    ROLES.map(async (role): Promise<TriedCaller> => {
      const bearer = await token(role);
      const person = { personId: 'x', name: 'x', roles: [role], posts: [] };
      return {
        label: role,
        caller: { kind: 'person', actor: 'x', person, csrfToken: null },
        headers: () => ({ authorization: `Bearer ${bearer}` }),
      };
    }),
  );
}

/** Every role at each organisation, without any in the network. */
async function everyPost(token: (post: Post) => Promise<string>): Promise<readonly TriedCaller[]> {
  const posts = ORGANISATIONS.flatMap((siteId) => ROLES.map((role): Post => ({ role, siteId })));
  return await Promise.all(
    posts.map(async (post): Promise<TriedCaller> => {
      const bearer = await token(post);
      const person = { personId: 'x', name: 'x', roles: [], posts: [post] };
      return {
        label: `${post.role} at ${post.siteId}`,
        caller: { kind: 'person', actor: 'x', person, csrfToken: null },
        headers: () => ({ authorization: `Bearer ${bearer}` }),
      };
    }),
  );
}

const nobody: TriedCaller = { label: 'nobody', caller: ANONYMOUS, headers: () => ({}) };

function site(keys: SiteKeys): TriedCaller {
  return {
    label: 'site',
    caller: {
      kind: 'site',
      actor: 'site:lisbon',
      siteId: 'lisbon',
      nonce: '',
      signedAtMs: 0,
      publicKey: keys.publicKey,
    },
    headers: (method, path, body) =>
      signRequest({
        keys,
        siteId: 'lisbon',
        method,
        path,
        body,
        nowMs: Date.now(),
        nonce: randomBytes(16).toString('hex'),
      }),
  };
}

function pairs(server: HouseServer, callers: readonly TriedCaller[]): number {
  return server.routes.length * callers.length;
}

test('every role, in the network and at each organisation, nobody and a site on every route of hub and node: as declared', async (context) => {
  const network = await smallNetwork(context);
  const atHub = [
    nobody,
    site(network.keys),
    ...(await everyRole((role) => createHubToken(network.hub, { name: role, roles: [role], days: 1 }))),
    ...(await everyPost((post) => createHubToken(network.hub, { name: post.role, roles: [], posts: [post], days: 1 }))),
  ];
  const atNode = [
    nobody,
    site(network.keys),
    ...(await everyRole((role) => createNodeToken(network.node, { name: role, roles: [role], days: 1 }))),
  ];
  assert.ok(pairs(network.hubServer, atHub) > 300 && pairs(network.nodeServer, atNode) > 150);
  const images = network.nodeServer.routes.filter(({ path }) => path.startsWith('/dicom-web/'));
  assert.equal(images.length, 21, 'every address of DICOMweb is among them');
  for (const { access } of images) assert.ok(Array.isArray(access) && !access.includes('researcher'));
  assert.deepEqual(await accessMismatches(network.hubServer, atHub, ORGANISATIONS), []);
  const ofSites = network.hubServer.routes.filter(({ access }) => typeof access === 'object' && 'roles' in access);
  assert.ok(ofSites.length >= 12, 'the routes of committees are among them');
  assert.deepEqual(await accessMismatches(network.nodeServer, atNode), []);
});

test('hub and node each certify with their own key, and nothing of it is in their journals', async (context) => {
  const network = await smallNetwork(context);
  const wish = { name: 'A. Learner', track: 'patient', answers: RIGHT_ANSWERS };
  const keys: string[] = [];
  for (const { fastify } of [network.hubServer, network.nodeServer]) {
    const made = await fastify.inject({ method: 'POST', url: '/api/academy/certificates', payload: wish });
    const document = academyCertificateSchema.parse(made.json());
    const told = academyKeysSchema.parse((await fastify.inject('/api/academy/keys')).json());
    assert.deepEqual([document.publicKey, document.certificate.house], [told.publicKeys[0], told.house]);
    assert.equal(await isUnchanged(document, verifyText), true);
    keys.push(document.publicKey);
  }
  assert.equal(new Set(keys).size, 2);
  for (const verified of [verifyHubAudit(network.hub), verifyNodeAudit(network.node)])
    assert.equal((await verified).intact, true);
  for await (const line of exportHubAudit(network.hub)) assert.doesNotMatch(line, /Learner|certificate/);
  // Asked too often, it says so and goes on answering others.
  const statuses = new Set<number>();
  for (let i = 0; i < 70; i += 1)
    statuses.add(
      (await network.hubServer.fastify.inject({ method: 'POST', url: '/api/academy/certificates', payload: wish }))
        .statusCode,
    );
  assert.deepEqual(statuses, new Set([200, 429]));
  assert.equal((await network.hubServer.fastify.inject('/api/academy/keys')).statusCode, 200);
});

test('the matrix sees a route that is treated otherwise than declared', async (context) => {
  const network = await smallNetwork(context);
  const lying: TriedCaller = {
    ...nobody,
    label: 'says it is a coordinator',
    caller: {
      kind: 'person',
      actor: 'x',
      person: { personId: 'x', name: 'x', roles: ['coordinator'], posts: [] },
      csrfToken: null,
    },
  };
  const mismatches = await accessMismatches(network.hubServer, [lying]);
  assert.ok(mismatches.some(({ route, declared }) => route === 'POST /api/enrolment-codes' && declared === 'allowed'));
});

test('the embedded sign-in is refused outside a demonstration and away from this machine', () => {
  assert.equal(hubConfig({ home: 'x' }).signIn.kind, 'tokens-only');
  assert.throws(() => hubConfig({ home: 'x', demonstration: 'true', host: '0.0.0.0' }), /this machine only/);
  assert.throws(() => nodeConfig({ home: 'x', demonstration: 'true', host: '10.0.0.1' }), /this machine only/);
});
