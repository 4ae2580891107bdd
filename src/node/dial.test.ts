import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
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
