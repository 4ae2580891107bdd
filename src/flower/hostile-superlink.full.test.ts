import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Server, ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { concatBytes, silentLog, UnicaError } from '#base';
import { FleetClient } from './fleet-client.ts';
import {
  FLEET_CALLS,
  FLEET_MEDIA_TYPE,
  type FleetCall,
  type FleetReply,
  type FleetRequest,
  fleetHttpPath,
  fleetPath,
} from './fleet-messages.ts';
import { loadOrCreateNodeKey } from './node-key.ts';
import { type ObjectGraph, putTogether, takeApart } from './object-graph.ts';
import { type AnnouncedMessage, type KeptMessage, SuperNode } from './super-node.ts';

// A SuperLink that sends more than there can be, or fails.

const MIB = 1_048_576;
const NOBODY = new Uint8Array(0);

async function keyOf(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'unica-hostile-'));
  context.after(async () => await rm(folder, { recursive: true }));
  return await loadOrCreateNodeKey(join(folder, 'flower.key'));
}

type Answering = (name: FleetCall, body: Uint8Array, response: ServerResponse) => Uint8Array | undefined;

/** Answers calls over HTTP as it likes; undefined where it has answered, or will not. */
async function httpSuperlink(context: TestContext, answering: Answering): Promise<string> {
  const names = new Map((Object.keys(FLEET_CALLS) as FleetCall[]).map((name) => [fleetHttpPath(name), name]));
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const name = names.get(request.url ?? '');
      response.setHeader('content-type', FLEET_MEDIA_TYPE);
      const body = new Uint8Array(Buffer.concat(parts));
      const answer = name === undefined ? NOBODY : answering(name, body, response);
      if (answer !== undefined) response.end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const asBuffer = (value: Uint8Array) => Buffer.from(value);

/** Answers every call of gRPC with so many zeros. */
async function grpcSuperlink(context: TestContext, bytes: number): Promise<string> {
  const server = new Server({ 'grpc.max_send_message_length': -1 });
  const zeros = new Uint8Array(bytes);
  const handlers: UntypedServiceImplementation = {
    PullObject: ((_: unknown, tell: (error: null, reply: Uint8Array) => void) => tell(null, zeros)) as never,
    GetRun: ((_: unknown, tell: (error: null, reply: Uint8Array) => void) => tell(null, zeros)) as never,
  };
  const kind = (name: FleetCall) => ({
    path: fleetPath(name),
    requestStream: false,
    responseStream: false,
    requestSerialize: asBuffer,
    requestDeserialize: (value: Buffer) => value,
    responseSerialize: asBuffer,
    responseDeserialize: (value: Buffer) => value,
  });
  server.addService({ PullObject: kind('PullObject'), GetRun: kind('GetRun') }, handlers);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  context.after(() => server.forceShutdown());
  return `127.0.0.1:${port}`;
}

const tooLarge = (call: string) => (error: unknown) =>
  error instanceof UnicaError && error.code === 'flower.reply-too-large' && error.facts['call'] === call;

test('an answer beyond what its call can need is refused by its bound, over HTTP before it has ended', async (context) => {
  let written = 0;
  const address = await httpSuperlink(context, (name, _, response) => {
    if (name !== 'PullObject' && name !== 'GetRun') return NOBODY;
    // For ever, for as long as somebody reads.
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(MIB))) written += MIB;
    };
    response.on('drain', more);
    more();
    return undefined;
  });
  const client = new FleetClient({
    address,
    trust: { kind: 'no-tls' },
    key: await keyOf(context),
    clock: Date.now,
    beforeCall: async () => {},
  });
  context.after(() => client.close());
  const object = { node: { nodeId: 1n }, runId: 2n, objectId: 'a'.repeat(64) };
  await assert.rejects(client.call('PullObject', object, { largestBytes: 4 * MIB }), tooLarge('PullObject'));
  await assert.rejects(client.call('GetRun', { node: { nodeId: 1n }, runId: 2n }), tooLarge('GetRun'));
  assert.ok(written < 64 * MIB, `${written} bytes went into buffers`);
});

test('an answer beyond what its call can need is refused over gRPC, by the largest bound of all or by its own', async (context) => {
  const key = await keyOf(context);
  for (const [bytes, call] of [
    [65 * MIB, 'PullObject'],
    [2 * MIB, 'GetRun'],
  ] as const) {
    const address = await grpcSuperlink(context, bytes);
    const way = { address, trust: { kind: 'no-tls' }, key, clock: Date.now, beforeCall: async () => {} } as const;
    const client = new FleetClient(way);
    const asked =
      call === 'GetRun'
        ? client.call(call, { node: { nodeId: 1n }, runId: 2n })
        : client.call(call, { node: { nodeId: 1n }, runId: 2n, objectId: 'a'.repeat(64) });
    await assert.rejects(asked, tooLarge(call));
    client.close();
  }
});

/** A question with an array of so many bytes, in objects of at most 5 MiB. */
function questionOf(bytes: number): ObjectGraph {
  const array = { dtype: 'float32', shape: [bytes / 4], stype: 'numpy.ndarray', data: new Uint8Array(bytes) };
  for (let at = 0; at < bytes; at += 4096) array.data[at] = (at / 4096) % 251;
  return takeApart({
    metadata: {
      runId: 7n,
      messageId: '',
      srcNodeId: 1n,
      dstNodeId: 2n,
      replyToMessageId: '',
      groupId: '1',
      ttl: 600,
      messageType: 'train',
      createdAt: Date.now() / 1000,
      srcTaskId: undefined,
      dstTaskId: undefined,
    },
    content: new Map([
      ['arrays', { kind: 'arrays', arrays: new Map([['0', array]]) }],
      ['config', { kind: 'config', values: new Map([['unica.job', 'a small one']]) }],
    ]),
    error: undefined,
  });
}

/**
 * A SuperLink with one message, which keeps what is answered.
 * @param how whether it says nothing more once its message was handed out, whether it fails at this call, whether it knows the node that gives a sign
 */
async function askingSuperlink(
  context: TestContext,
  { tree, objects }: ObjectGraph,
  how: {
    readonly hangs?: boolean;
    readonly failing?: (name: FleetCall) => boolean;
    readonly knows?: () => boolean;
  } = {},
) {
  const state = { pulledBytes: 0, handedOut: false, pushed: [] as Uint8Array[], calls: [] as FleetCall[] };
  const message = { ...putTogether(tree.objectId, objects), content: {} };
  const tell: { [Name in FleetCall]?: (request: FleetRequest<Name>) => Partial<FleetReply<Name>> } = {
    ActivateNode: () => ({ nodeId: 2n }),
    SendNodeHeartbeat: () => ({ success: how.knows?.() ?? true }),
    PullMessages() {
      const first = !state.handedOut;
      state.handedOut = true;
      return first ? { messages: [message], trees: [tree] } : { messages: [], trees: [] };
    },
    PullObject({ objectId }) {
      const content = objects.get(objectId) ?? NOBODY;
      state.pulledBytes += content.length;
      return { found: true, available: true, content };
    },
    GetRun: () => ({ run: { runId: 7n, fabId: '', fabVersion: '', fabHash: '' } }),
    PushMessages: ({ trees }) => ({ reconnect: undefined, results: [], objectsToPush: idsOf(trees[0]), sessionId: '' }),
    PushObject({ content }) {
      state.pushed.push(content);
      return { stored: true } as never;
    },
  };
  const address = await httpSuperlink(context, (name, body, response) => {
    // An empty one is the question whether HTTP is spoken here.
    if (body.length > 0) state.calls.push(name);
    if (how.hangs === true && state.handedOut) return undefined;
    if (how.failing?.(name) === true) {
      response.statusCode = 503;
      return NOBODY;
    }
    const { request, reply } = FLEET_CALLS[name];
    const answer = (tell[name] as ((asked: unknown) => unknown) | undefined)?.(request.decode(body)) ?? {};
    return (reply.encode as (value: unknown) => Uint8Array)({ ...EMPTY[name], ...answer });
  });
  return { address, state };
}

const EMPTY: { readonly [Name in FleetCall]?: object } = {
  RegisterNode: { nodeId: 2n },
};

function idsOf(tree: ObjectGraph['tree'] | undefined): string[] {
  return tree === undefined ? [] : [...tree.children.flatMap(idsOf), tree.objectId];
}

async function nodeAt(context: TestContext, address: string, largestBytes: number) {
  const kept = new Map<string, KeptMessage>();
  const seen = { answered: 0, announced: [] as AnnouncedMessage[] };
  const node = new SuperNode({
    address,
    trust: { kind: 'no-tls' },
    key: await keyOf(context),
    async answer() {
      seen.answered += 1;
      return { content: new Map() };
    },
    shelf: {
      keep: async (message) => void kept.set(message.messageId, message),
      list: async () => [...kept.values()],
      remove: async (messageId) => void kept.delete(messageId),
    },
    limits: {
      async largest(announced) {
        seen.announced.push(announced);
        return largestBytes;
      },
      refuse: async (_, because) => ({ error: because.message }),
      mostHeld: () => 64 * MIB,
    },
    beforeCall: async () => {},
    log: silentLog,
    clock: Date.now,
    pollMs: 20,
    lastWordsMs: 200,
  });
  node.start();
  return { node, seen, kept };
}

async function until(there: () => boolean): Promise<void> {
  while (!there()) await new Promise((resolve) => setTimeout(resolve, 10));
}

test('a message larger than its job can need is left where it is, and who asked hears it', async (context) => {
  const question = questionOf(40 * MIB);
  const { address, state } = await askingSuperlink(context, question);
  const { node, seen, kept } = await nodeAt(context, address, 8 * MIB);
  context.after(async () => await node.close());
  await until(() => state.pushed.length > 0);
  assert.equal(seen.announced[0]?.configuration.get('unica.job'), 'a small one', 'its head is known before its arrays');
  assert.ok(state.pulledBytes < 16 * MIB, `${state.pulledBytes} of 40 MiB were fetched`);
  assert.deepEqual([seen.answered, kept.size], [0, 0]);
  assert.match(
    new TextDecoder().decode(concatBytes(state.pushed)),
    /larger than 8388608 bytes, which is more than its job/,
  );
});

test('a message of the size that its job needs is answered', async (context) => {
  const { address, state } = await askingSuperlink(context, questionOf(6 * MIB));
  const { node, seen } = await nodeAt(context, address, 8 * MIB);
  context.after(async () => await node.close());
  await until(() => state.pushed.length > 0);
  assert.equal(seen.answered, 1);
});

test('a node ends although its SuperLink answers nothing any more', { timeout: 60_000 }, async (context) => {
  const { address, state } = await askingSuperlink(context, questionOf(6 * MIB), { hangs: true });
  const { node, kept } = await nodeAt(context, address, 8 * MIB);
  await until(() => state.handedOut);
  await node.close();
  assert.equal(kept.size, 0, 'it was fetching');
});

test('a node whose call failed is the node that it was: it does not join anew while the SuperLink counts it as there', async (context) => {
  // As the stock one: whom it counts as there it lets not join, for a minute.
  let failures = 0;
  const failing = (name: FleetCall) => name === 'PullMessages' && ++failures === 1;
  const { address, state } = await askingSuperlink(context, questionOf(MIB), { failing });
  const { node, seen } = await nodeAt(context, address, 8 * MIB);
  context.after(async () => await node.close());
  await until(() => state.pushed.length > 0);
  assert.equal(seen.answered, 1);
  assert.deepEqual(state.calls.slice(0, 5), [
    'RegisterNode',
    'ActivateNode',
    'PullMessages',
    'SendNodeHeartbeat',
    'PullMessages',
  ]);
  assert.equal(state.calls.filter((name) => name === 'ActivateNode').length, 1);
});

for (const [says, isAnswered] of [
  ['says so', true],
  ['fails when it gives a sign', false],
] as const)
  test(`a node that its SuperLink has forgotten joins it anew, where that one ${says}`, async (context) => {
    let failures = 0;
    const knows = () => failures > 1;
    const failing = (name: FleetCall) =>
      name === 'PullMessages' ? ++failures === 1 : name === 'SendNodeHeartbeat' && !isAnswered && !knows();
    const { address, state } = await askingSuperlink(context, questionOf(MIB), { failing, knows });
    const { node, seen } = await nodeAt(context, address, 8 * MIB);
    context.after(async () => await node.close());
    await until(() => state.pushed.length > 0);
    assert.equal(seen.answered, 1);
    assert.equal(state.calls.filter((name) => name === 'ActivateNode').length, 2);
  });
