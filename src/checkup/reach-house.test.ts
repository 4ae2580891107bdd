import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Server as NetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { examineCertificate } from './certificates.ts';
import { reachHub } from './reach-house.ts';
import { noOpenssl, TestCertificates } from './test-certificates.ts';

const HUB: RequestListener = (_, answer) => {
  answer.setHeader('content-type', 'application/json');
  answer.end(JSON.stringify({ house: { kind: 'hub', name: 'Test network', version: '0.1.0' } }));
};
/** A sign-in page of the hospital's network that answers in the place of everything. */
const CAPTIVE: RequestListener = (_, answer) => answer.end('<html>Please accept the rules of the guest network</html>');

let folder = '';
let certificates = new TestCertificates('');
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unica-reach-'));
  certificates = new TestCertificates(folder);
  if (noOpenssl !== false) return;
  certificates.authority('ca', 'Network CA');
  certificates.authority('inspector', 'Hospital TLS Inspection');
  certificates.issued('hub', 'ca', { names: 'IP:127.0.0.1' });
  certificates.issued('expired', 'ca', { names: 'IP:127.0.0.1', days: -1 });
  certificates.issued('ending', 'ca', { names: 'IP:127.0.0.1', days: 5 });
  certificates.issued('other', 'ca', { names: 'DNS:somewhere.example' });
  certificates.issued('opened', 'inspector', { names: 'IP:127.0.0.1' });
});
after(() => rm(folder, { recursive: true, force: true }));

async function serving(context: TestContext, server: Server | NetServer): Promise<number> {
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  context.after(() => {
    server.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

const reach = async (url: string, more: Partial<Parameters<typeof reachHub>[1]> = {}) =>
  await reachHub(new URL(url), { nowMs: Date.now(), ...more });
const told = ({ findings }: Awaited<ReturnType<typeof reach>>) =>
  findings.filter(({ code }) => code !== null).map(({ check, code }) => `${check}: ${code}`);

test('a hub on this machine is reached, and says its version and time', async (context) => {
  const way = await reach(`http://127.0.0.1:${await serving(context, createServer(HUB))}`);
  assert.deepEqual(told(way), []);
  assert.equal(way.hub?.version, '0.1.0');
  assert.ok(Math.abs((way.hub?.timeMs ?? 0) - Date.now()) < 60_000);
});

test('a name that nobody has, and a port on which nobody listens', async () => {
  const unknown = await reach('https://no-such-hub.invalid');
  assert.match(told(unknown).join(), /^hub-name: checkup\.(name-unknown|no-name-server)$/);
  assert.equal(unknown.findings.at(-1)?.state, 'skipped');
  assert.deepEqual(told(await reach('http://127.0.0.1:1')), ['hub-connection: checkup.port-refused']);
});

test('a port behind a firewall that drops what comes', async (context) => {
  // A program that listens and is stopped: its queue fills up, and Linux drops what comes then without an answer.
  const child = spawn(process.execPath, [
    '-e',
    "require('net').createServer().listen({port:0,host:'127.0.0.1',backlog:1},function(){console.log(this.address().port)})",
  ]);
  context.after(() => child.kill('SIGKILL'));
  const [line] = await once(child.stdout, 'data');
  const port = Number(String(line));
  child.kill('SIGSTOP');
  const fillers = Array.from({ length: 8 }, () => connect({ host: '127.0.0.1', port }).on('error', () => {}));
  context.after(() => fillers.map((filler) => filler.destroy()));
  await Promise.all(fillers.slice(0, 2).map((filler) => once(filler, 'connect')));
  const way = await reach(`http://127.0.0.1:${port}`, { stepLimitMs: 500 });
  if (way.findings.some(({ check, state }) => check === 'hub-connection' && state === 'good'))
    return context.skip('this system queues more connections than it was told to');
  assert.deepEqual(told(way), ['hub-connection: checkup.port-blocked']);
  assert.match(way.findings[1]?.says ?? '', /TimeoutError/);
});

test('what answers in the place of a hub is not taken for one', async (context) => {
  const way = await reach(`http://127.0.0.1:${await serving(context, createServer(CAPTIVE))}`);
  assert.deepEqual(told(way), ['hub-answer: checkup.not-a-hub']);
  assert.equal(way.hub, undefined);
});

for (const [what, name, code] of [
  ['a certificate of an authority that nobody here trusts: inspection of encrypted connections', 'opened', 'untrusted'],
  ['a certificate that has ended', 'expired', 'expired'],
  ['a certificate of another machine', 'other', 'other'],
  ['a certificate that ends soon', 'ending', 'soon'],
] as const) {
  test(`TLS: ${what}`, { skip: noOpenssl }, async (context) => {
    const port = await serving(context, createTlsServer(certificates.pair(name), HUB));
    // In a process of its own, which trusts the authority of the network.
    const script = `
      import { reachHub } from ${JSON.stringify(new URL('./reach-house.js', import.meta.url).href)};
      console.log(JSON.stringify(await reachHub(new URL('https://127.0.0.1:${port}'), { nowMs: Date.now() })));
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: certificates.path('ca.pem') },
    });
    let out = '';
    child.stdout.on('data', (part) => {
      out += String(part);
    });
    await once(child, 'close');
    const way = JSON.parse(out);
    assert.deepEqual(told(way), [`hub-certificate: checkup.certificate-${code}`]);
    // Over a certificate that is not good nothing is asked.
    assert.equal(way.hub === undefined, code !== 'soon');
    if (name === 'opened') assert.match(way.findings[2].says, /Hospital TLS Inspection/);
  });
}

test('TLS: a port that does not speak it', async (context) => {
  const way = await reach(`https://127.0.0.1:${await serving(context, createServer(HUB))}`);
  assert.deepEqual(told(way), ['hub-certificate: checkup.tls-failed']);
});

test('a proxy that is not there is what is told, and not the hub', async () => {
  const way = await reach('https://hub.example', {
    proxy: {
      url: new URL('http://no-such-proxy.invalid:3128'),
      open: async () => await Promise.reject(new Error('not asked')),
    },
  });
  assert.match(way.findings[0]?.says ?? '', /no-such-proxy\.invalid/);
  assert.equal(way.findings[0]?.state, 'bad');
});

test('a hub far away is not called safe because the proxy is on this machine', async (context) => {
  const port = await serving(context, createServer(HUB));
  const way = await reach('http://hub.example', {
    proxy: {
      url: new URL(`http://127.0.0.1:${port}`),
      async open() {
        const socket = connect({ host: '127.0.0.1', port });
        await once(socket, 'connect');
        return socket;
      },
    },
  });
  assert.deepEqual(told(way), ['hub-certificate: checkup.not-encrypted']);
  assert.equal(way.hub?.name, 'Test network');
});

test('a certificate of the house itself: none, ended, ending, good', { skip: noOpenssl }, () => {
  const judge = (pem: string) => examineCertificate('dicom-certificate', pem, 'this node', Date.now());
  assert.equal(judge('nothing').code, 'dimse.certificate-unusable');
  assert.equal(judge(certificates.pair('expired').cert).code, 'checkup.certificate-expired');
  assert.equal(judge(certificates.pair('ending').cert).code, 'checkup.certificate-soon');
  assert.equal(judge(certificates.pair('hub').cert).state, 'good');
  const later = Date.now() - 86_400_000 * 2;
  assert.equal(
    examineCertificate('dicom-certificate', certificates.pair('hub').cert, 'this node', later).code,
    'checkup.certificate-not-yet',
  );
});
