// How a node finds its hub: through a proxy, at another address when one is gone, and over links that break.
import assert from 'node:assert/strict';
import { createHash, randomFillSync } from 'node:crypto';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { cuttingLink } from './cutting-link.js';
import { freshHub, freshNode } from './hub-and-node.js';

const soon = () => AbortSignal.timeout(60_000);
const content = randomFillSync(new Uint8Array(3_000_000));
const sha256 = createHash('sha256').update(content).digest('hex');
const send = async ({ client, blobs }) => {
  await blobs.put(content);
  await client.putBlob(sha256, () => blobs.open(sha256), { jobId: 'job-1', signal: soon() });
};

/** A proxy that knows CONNECT alone. */
async function connectProxy(t, authorization) {
  const seen = [];
  const server = createServer((_request, answer) => answer.writeHead(405).end());
  server.on('connect', (request, socket) => {
    seen.push(request.url);
    if (authorization !== undefined && request.headers['proxy-authorization'] !== authorization) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\n\r\n');
      return;
    }
    const [host, port] = request.url.split(':');
    const far = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      far.pipe(socket);
      socket.pipe(far);
    });
    for (const one of [far, socket]) one.on('error', () => {});
    socket.on('close', () => far.destroy());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  t.after(() => server.closeAllConnections());
  return { host: `127.0.0.1:${server.address().port}`, seen };
}

test('a node sends through a proxy that asks for a name and a password', async (t) => {
  const hub = await freshHub(t);
  const proxy = await connectProxy(t, `Basic ${Buffer.from('radiology:s3cret:word').toString('base64')}`);
  const url = new URL(`http://radiology:s3cret%3Aword@${proxy.host}`);
  await send(await freshNode(t, hub, { proxy: { url, onlySecure: false } }));
  assert.ok(proxy.seen.length > 0);
  assert.deepEqual([...new Set(proxy.seen)], [new URL(hub.url).host]);
});

test('a proxy that does not let it through is named, and the password is not', async (t) => {
  const hub = await freshHub(t);
  const proxy = await connectProxy(t, 'Basic other');
  const url = new URL(`http://radiology:s3cret@${proxy.host}`);
  const node = await freshNode(t, hub, { proxy: { url, onlySecure: false } });
  await assert.rejects(send(node), (error) => {
    assert.equal(error.code, 'node.proxy-refused');
    assert.ok(error.message.includes(proxy.host) && error.message.includes('407'));
    assert.ok(!error.message.includes('s3cret'));
    return true;
  });
});

test('a proxy of the environment is for encrypted connections only', async (t) => {
  const hub = await freshHub(t);
  const proxy = await connectProxy(t);
  await send(await freshNode(t, hub, { proxy: { url: new URL(`http://${proxy.host}`), onlySecure: true } }));
  assert.deepEqual(proxy.seen, []);
});

test('where one address of the hub does not answer, the next one is dialled', async (t) => {
  const hub = await freshHub(t);
  await send(await freshNode(t, hub, { through: 'http://127.0.0.1:9', otherUrls: [hub.url] }));
});

test('an upload over a link that breaks goes on where it was', async (t) => {
  const hub = await freshHub(t);
  const link = await cuttingLink(t, Number(new URL(hub.url).port), { bytesPerSecond: 2_000_000, cutEveryMs: 700 });
  const node = await freshNode(t, hub, { through: link.url });
  await send(node);
  assert.ok(link.cuts >= 1);
  assert.ok(link.sentBytes < 2 * content.length, `${link.sentBytes}`);
});

test('a node that was away for a day is understood again; one whose clock stood still meanwhile is told by how much', async (t) => {
  let hubMs = Date.now();
  let nodeMs = hubMs;
  const hub = await freshHub(t, {}, { clock: () => hubMs });
  const { client } = await freshNode(t, hub, { clock: () => nodeMs });
  const poll = async () => {
    const message = { wireVersion: 1, waitMs: 0, software: 'test', accepts: ['count'] };
    return await client.post(
      { kind: 'poll', path: '/api/v1/node/poll', message },
      { safeParse: (data) => ({ success: true, data }) },
    );
  };
  assert.deepEqual((await poll()).tasks, []);
  const lastSeenMs = async () => (await hub.ask('GET', '/api/network')).body.sites[0].lastSeenAtMs;
  assert.equal(await lastSeenMs(), hubMs);
  hubMs += 86_400_000;
  await assert.rejects(poll(), (error) => {
    assert.equal(error.hubCode, 'identity.clock');
    assert.match(error.message, /86400 seconds behind the hub's; at most 120 are accepted/);
    return true;
  });
  nodeMs = hubMs;
  assert.deepEqual((await poll()).tasks, []);
  assert.equal(await lastSeenMs(), hubMs);
});
