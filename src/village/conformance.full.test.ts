import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { canonicalJson, type Json, silentLog } from '#base';
import { createHubToken, hubConfig, startHub } from '#hub';
import { loadOrCreateKeys, signText } from '#identity';
import {
  contractsOfNode,
  createNodeToken,
  importIntoNode,
  initNode,
  nodeConfig,
  readConformance,
  StandInBeamProxy,
  startNode,
} from '#node';
import { syntheticSite } from '#synth';
import { type ConformanceReport, conformanceCertificateSchema } from '#wire';

const SITE = { siteId: 'lisbon', displayName: 'Lisbon', country: 'PT' };
const APP = 'unica.lisbon.broker.example';

const outcomes = ({ lines }: ConformanceReport) =>
  Object.fromEntries(lines.map(({ check, against, outcome }) => [`${check} ${against}`, outcome]));

test('every contract is tried against stand-ins and what is really there; what fails is told, and the certificate cannot be changed', async (context) => {
  const home = await mkdtemp(join(tmpdir(), 'unica-conformance-'));
  context.after(() => rm(home, { recursive: true, force: true }));
  const hub = hubConfig({ home: join(home, 'hub'), port: '0', demonstration: 'true', logLevel: 'silent' });
  const runningHub = await startHub(hub, silentLog);
  context.after(() => runningHub.close());
  const coordinator = await createHubToken(hub, { name: 'test', roles: ['coordinator'], days: 1 });
  const invitation = await fetch(`${runningHub.url}/api/enrolment-codes`, {
    method: 'POST',
    headers: { authorization: `Bearer ${coordinator}`, 'content-type': 'application/json' },
    body: JSON.stringify(SITE),
  });
  const { code } = z.object({ code: z.string() }).parse(await invitation.json());
  const plain = { home: join(home, 'node'), port: '0', demonstration: 'true', logLevel: 'silent' };
  await initNode(nodeConfig(plain), { ...SITE, hubUrl: runningHub.url, code });

  // Nothing is published, nothing is set: stand-ins pass, what is not there is not tried, and nothing fails.
  const bare = outcomes((await contractsOfNode(nodeConfig(plain))).report);
  for (const [check, outcome] of Object.entries(bare)) assert.notEqual(outcome, 'failed', check);
  assert.equal(bare['catalogue-fdp real'], 'not-tried');
  assert.equal(bare['beam-proxy-reached real'], 'not-tried');
  assert.equal(bare['sign-in-flow stand-in'], 'passed');

  const films = join(home, 'films');
  await mkdir(films);
  for (const file of syntheticSite({ siteId: SITE.siteId, country: 'PT', persons: 20, seed: 5 }))
    await writeFile(join(films, file.fileName), file.bytes);
  await importIntoNode(nodeConfig(plain), { paths: [films] });
  // What is set is looked at: a proxy that is there and one whose key is another, an issuer that nobody answers at.
  const proxy = new StandInBeamProxy({ appId: APP, key: 'a-secret' });
  const proxyUrl = await proxy.listen();
  context.after(() => proxy.close());
  await writeFile(join(home, 'beam.key'), 'another-secret\n');
  const set = nodeConfig({ ...plain, beamProxy: proxyUrl, beamApp: APP, beamKeyFile: join(home, 'beam.key') });
  const running = await startNode(set, silentLog);
  context.after(() => running.close());
  const ask = async (path: string, role: 'operator' | 'curator', body: unknown = {}) =>
    await fetch(`${running.url}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${await createNodeToken(set, { name: role, roles: [role], days: 1 })}`,
      },
      body: JSON.stringify(body),
    });
  const about = { title: 'Films of Lisbon', description: 'Invented.', conditions: [] };
  assert.equal((await ask('/api/datasets/chest-films/publish', 'curator', about)).status, 200);
  assert.equal((await ask('/api/conformance', 'curator')).status, 403);
  const certificate = conformanceCertificateSchema.parse(await (await ask('/api/conformance', 'operator')).json());
  const found = outcomes(certificate.report);
  assert.equal(found['beam-answers stand-in'], 'passed');
  assert.equal(found['mediator-answer own'], 'passed');
  assert.equal(found['catalogue-fdp real'], 'passed');
  assert.equal(found['journal-change own'], 'passed');
  assert.equal(found['beam-proxy-key real'], 'failed', 'the key is not that of the app');
  const keyLine = certificate.report.lines.find(({ check }) => check === 'beam-proxy-key');
  assert.match(keyLine?.says ?? '', /does not know this app or its key/);
  // A record without the words that a profile wants is told as such, with what to add.
  assert.equal(found['catalogue-release-8 own'], 'failed');
  assert.equal(proxy.results.length, 0, 'no task of the real proxy was claimed');

  const text = JSON.stringify(certificate);
  assert.deepEqual(readConformance(text, certificate.publicKey), certificate.report);
  assert.throws(() => readConformance(text.replace('"failed"', '"passed"')), /changed after it was signed/);
  assert.throws(() => readConformance(text, 'another'), /another node/);
  assert.throws(() => readConformance('no'), /not JSON/);
  // What is signed begins with what it is; the format of before is read on, and one of later is told as such.
  assert.equal(certificate.report.format, 2);
  const keys = await loadOrCreateKeys(join(plain.home, 'node.key'));
  assert.equal(keys.publicKey, certificate.publicKey);
  const signedAs = (format: 1 | 2, start: string) => {
    const report = { ...certificate.report, format };
    const signature = signText(keys, `${start}${canonicalJson(report as unknown as Json)}`);
    return JSON.stringify({ report, publicKey: keys.publicKey, signature });
  };
  assert.equal(readConformance(signedAs(2, 'unica-conformance-v2\n'), keys.publicKey).format, 2);
  assert.equal(readConformance(signedAs(1, ''), keys.publicKey).format, 1);
  assert.throws(() => readConformance(signedAs(2, '')), /changed after it was signed/);
  assert.throws(() => readConformance(signedAs(1, 'unica-conformance-v2\n')), /changed after it was signed/);
  assert.throws(() => readConformance(text.replace('"format":2', '"format":7')), /format 7.*reads up to 2/);

  // The hub is gone: the line of its FAIR Data Point says so, the others stand.
  await runningHub.close();
  const alone = outcomes((await contractsOfNode(set)).report);
  assert.equal(alone['catalogue-fdp real'], 'failed');
  assert.equal(alone['mediator-answer own'], 'passed');
});
