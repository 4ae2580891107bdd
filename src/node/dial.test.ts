import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type AnswerSink, createDial } from './dial.ts';

/** Asks a hub that announces so many bytes and sends ten of them. */
async function asked(context: TestContext, announced: number, into: AnswerSink) {
  const hub = createServer((_request, reply) => {
    reply.writeHead(200, { 'content-length': announced });
    reply.write(Buffer.alloc(10));
  });
  await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    hub.closeAllConnections();
    hub.close();
  });
  return await createDial()({
    url: new URL(`http://127.0.0.1:${(hub.address() as AddressInfo).port}/`),
    method: 'GET',
    headers: {},
    body: new Uint8Array(0),
    signal: context.signal,
    into,
  });
}

const tooMuch = (): never => {
  throw new RangeError('more than is wanted');
};

test('a hub that announces more than is taken ends its request, and not the node', async (context) => {
  await assert.rejects(asked(context, 300_000_000, { expect: tooMuch, take() {} }), /more than is wanted/);
});

test('a hub that sends more than is taken ends its request, and not the node', async (context) => {
  await assert.rejects(asked(context, 1000, { expect() {}, take: tooMuch }), /more than is wanted/);
});

test('through a proxy goes all of it: the name of the hub is known to the proxy alone', async (context) => {
  const hub = createServer((_request, reply) => reply.end('the hub'));
  const proxy = createServer();
  proxy.on('connect', (request, client: Socket) => {
    assert.equal(request.url, 'hub.invalid:80');
    const far = connect((hub.address() as AddressInfo).port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      far.pipe(client);
      client.pipe(far);
    });
    for (const one of [far, client]) one.on('error', () => {});
  });
  for (const server of [hub, proxy]) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    context.after(() => {
      server.closeAllConnections();
      server.close();
    });
  }
  const url = new URL(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  const answer = await createDial({ url, onlySecure: false })({
    url: new URL('http://hub.invalid/'),
    method: 'GET',
    headers: {},
    body: new Uint8Array(0),
    signal: context.signal,
  });
  assert.equal(Buffer.from(answer.bytes).toString(), 'the hub');
});

test('a proxy that opens the way and then says nothing is waited for no longer than the request', async (context) => {
  const proxy = createServer();
  const opened: Socket[] = [];
  const patience = new AbortController();
  proxy.on('connect', (_, client: Socket) => {
    opened.push(client.on('error', () => {}));
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    // The first word of the handshake, to which nothing is answered.
    client.once('data', () => patience.abort());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    for (const client of opened) client.destroy();
    proxy.close();
  });
  const url = new URL(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  const asking = createDial({ url, onlySecure: false })({
    url: new URL('https://hub.invalid/'),
    method: 'GET',
    headers: {},
    body: new Uint8Array(0),
    signal: patience.signal,
  });
  await assert.rejects(asking, { name: 'AbortError' });
});
