import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, test } from 'node:test';
import fc from 'fast-check';
import { concatBytes, fromHex, UnicaError } from '#base';
import { COMMAND, decodeCommand, encodeCommand } from './dimse-message.ts';
import { echo } from './echo.ts';
import { encodePdu } from './encode-pdu.ts';
import type { AssociateRequest, Pdu, ProposedContext } from './pdu.ts';
import { PduStream } from './pdu-stream.ts';
import type { IncomingInstance } from './receive-instance.ts';
import type { RemoteSystem } from './request-association.ts';
import { openStorageScp, type StorageScp, type StorageScpOptions } from './storage-scp.ts';
import { type OutgoingInstance, type StoreOutcome, store } from './store.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';
const IMPLICIT = '1.2.840.10008.1.2';
const EXPLICIT = '1.2.840.10008.1.2.1';

const opened: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

async function countChunks({ chunks }: IncomingInstance): Promise<void> {
  for await (const _ of chunks);
}

async function scp(options: Partial<StorageScpOptions> = {}): Promise<StorageScp> {
  const running = await openStorageScp({
    host: '127.0.0.1',
    port: 0,
    aeTitle: 'UNICA',
    peers: [],
    receive: countChunks,
    ...options,
  });
  opened.push(running);
  return running;
}

function remote({ port }: StorageScp, changes: Partial<RemoteSystem> = {}): RemoteSystem {
  return { host: '127.0.0.1', port, aeTitle: 'UNICA', callingAeTitle: 'CT-ROOM', ...changes };
}

function object(number: number, chunks: OutgoingInstance['chunks'], transferSyntaxUid = EXPLICIT): OutgoingInstance {
  return { sopClassUid: CT, sopInstanceUid: `1.2.3.${number}`, transferSyntaxUid, chunks };
}

async function sent(to: RemoteSystem, objects: readonly OutgoingInstance[]): Promise<readonly StoreOutcome[]> {
  const outcomes: StoreOutcome[] = [];
  for await (const outcome of store(to, objects)) outcomes.push(outcome);
  return outcomes;
}

/** A peer that sends what it likes, and keeps what it is sent. */
class RawPeer {
  readonly pdus: Pdu[] = [];
  readonly closed: Promise<unknown>;
  readonly #socket: Socket;

  constructor({ port }: StorageScp) {
    this.#socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    opened.push({ close: () => this.kill() });
    const stream = new PduStream(1 << 20);
    this.#socket.on('error', () => {});
    this.#socket.on('data', (chunk) => {
      stream.push(chunk);
      for (let pdu = stream.next(); pdu !== undefined; pdu = stream.next()) this.pdus.push(pdu);
      this.#socket.emit('pdus');
    });
    this.#socket.on('end', () => this.#socket.end());
    this.closed = once(this.#socket, 'close');
  }

  send(...pdus: readonly (Pdu | Uint8Array)[]): void {
    this.#socket.write(concatBytes(pdus.map((pdu) => (pdu instanceof Uint8Array ? pdu : encodePdu(pdu)))));
  }

  async until(count: number): Promise<readonly Pdu[]> {
    while (this.pdus.length < count) await once(this.#socket, 'pdus');
    return this.pdus;
  }

  kill(): void {
    this.#socket.destroy();
  }
}

function request(changes: Partial<AssociateRequest> = {}): AssociateRequest {
  const contexts: readonly ProposedContext[] = [{ id: 1, abstractSyntax: CT, transferSyntaxes: [IMPLICIT] }];
  return {
    kind: 'associate-request',
    protocolVersion: 1,
    calledAeTitle: 'UNICA',
    callingAeTitle: 'CT-ROOM',
    applicationContext: '1.2.840.10008.3.1.1.1',
    contexts,
    userInformation: { maxPduBytes: 16_384, implementationClassUid: '1.2', implementationVersion: 'TEST', roles: [] },
    ...changes,
  };
}

function data(isCommand: boolean, isLast: boolean, bytes: Uint8Array, contextId = 1): Pdu {
  return { kind: 'data', values: [{ contextId, isCommand, isLast, bytes }] };
}

function storeCommand(sopInstanceUid = '1.2.3', sopClassUid = CT): Pdu {
  const command = {
    affectedSopClassUid: sopClassUid,
    commandField: COMMAND.store,
    messageId: 1,
    priority: 0,
    affectedSopInstanceUid: sopInstanceUid,
  };
  return data(true, true, encodeCommand(command, true));
}

function statusOf(pdu: Pdu | undefined): number | undefined {
  assert.ok(pdu?.kind === 'data', JSON.stringify(pdu));
  return decodeCommand(pdu.values[0]?.bytes ?? new Uint8Array()).status;
}

test('objects arrive byte by byte as they were sent, however their chunks were cut', async () => {
  const received: [string, string, string, string][] = [];
  const running = await scp({
    async receive({ sopInstanceUid, sopClassUid, transferSyntaxUid, chunks }) {
      const parts: Uint8Array[] = [];
      for await (const chunk of chunks) parts.push(chunk);
      received.push([sopInstanceUid, sopClassUid, transferSyntaxUid, Buffer.concat(parts).toString('hex')]);
    },
  });
  const whole = Uint8Array.from({ length: 400_000 }, (_, index) => (index * 7919) >>> 5);
  const cuts = [
    [0, 400_000],
    [0, 1, 2, 3, 131_071, 131_073, 400_000],
    [0, 262_136, 400_000],
    [0, 0],
  ];
  const objects = cuts.map((places, number) =>
    object(
      number,
      () => places.slice(1).map((end, index) => whole.subarray(places[index], end)),
      number === 1 ? IMPLICIT : EXPLICIT,
    ),
  );
  const outcomes = await sent(remote(running), objects);
  assert.deepEqual(
    outcomes,
    objects.map(({ sopInstanceUid }) => ({ sopInstanceUid, kind: 'stored', status: 0 })),
  );
  const expected = objects.map(({ sopInstanceUid, transferSyntaxUid }, number) => [
    sopInstanceUid,
    CT,
    transferSyntaxUid,
    number === 3 ? '' : Buffer.from(whole).toString('hex'),
  ]);
  assert.deepEqual(received, expected);
});

test('the success is told only after the receiver has answered', async () => {
  let release: () => void = () => {};
  const running = await scp({
    async receive({ chunks }) {
      for await (const _ of chunks);
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    },
  });
  const peer = new RawPeer(running);
  peer.send(request(), storeCommand(), data(false, true, new Uint8Array(64)));
  await peer.until(1);
  // An echo would be answered at once if operations were not answered in their order; nothing is.
  await echo(remote(running));
  assert.equal(peer.pdus.length, 1);
  release();
  const [, response] = await peer.until(2);
  assert.equal(statusOf(response), 0);
});

const FAILURES: readonly (readonly [name: string, thrown: unknown, status: number])[] = [
  ['a full disk', Object.assign(new Error('no space'), { code: 'ENOSPC' }), 0xa700],
  [
    'a full disk inside another failure',
    new Error('not written', { cause: Object.assign(new Error('no space'), { code: 'ENOSPC' }) }),
    0xa700,
  ],
  ['surroundings that fail', new UnicaError('dimse.closing'), 0xa700],
  ['a damaged object', new UnicaError('dicom.malformed', { offset: 3 }), 0xc000],
  ['a sender that may not', new UnicaError('http.not-allowed'), 0x0124],
  ['a fault of ours', new Error('oops'), 0x0110],
];

for (const [name, thrown, status] of FAILURES) {
  test(`${name} is told as 0x${status.toString(16)}, and the next object is taken`, async () => {
    let failures = 0;
    const running = await scp({
      async receive(instance) {
        if (instance.sopInstanceUid === '1.2.3.1') {
          failures += 1;
          throw thrown;
        }
        await countChunks(instance);
      },
    });
    const chunks = () => [new Uint8Array(300_000)];
    const outcomes = await sent(remote(running), [object(1, chunks), object(2, chunks)]);
    assert.deepEqual(
      outcomes.map((outcome) => outcome.status),
      [status, 0],
    );
    assert.equal(failures, 1);
  });
}

test('a receiver that does not read to the end has not received', async () => {
  const running = await scp({
    async receive({ chunks }) {
      for await (const _ of chunks) return;
    },
  });
  const [outcome] = await sent(remote(running), [object(1, () => [new Uint8Array(300_000)])]);
  assert.equal(outcome?.status, 0x0110);
});

const REJECTED: readonly (readonly [
  name: string,
  request: Partial<AssociateRequest>,
  options: Partial<StorageScpOptions>,
  rejection: readonly [result: number, source: number, reason: number],
])[] = [
  ['another called AE title', { calledAeTitle: 'OTHER' }, {}, [1, 1, 7]],
  ['an unknown peer', {}, { peers: [{ aeTitle: 'MG-ROOM' }] }, [1, 1, 3]],
  ['a known peer from elsewhere', {}, { peers: [{ aeTitle: 'CT-ROOM', addresses: ['192.0.2.1'] }] }, [1, 1, 3]],
  ['another application context', { applicationContext: '1.2.3' }, {}, [1, 1, 2]],
  ['another version of the protocol', { protocolVersion: 2 }, {}, [1, 2, 2]],
];

for (const [name, changes, options, [result, source, reason]] of REJECTED) {
  test(`${name} is rejected`, async () => {
    const peer = new RawPeer(await scp(options));
    peer.send(request(changes));
    assert.deepEqual(await peer.until(1), [{ kind: 'associate-reject', result, source, reason }]);
    await peer.closed;
  });
}

test('a known peer from its address is served', async () => {
  const running = await scp({ peers: [{ aeTitle: 'CT-ROOM', addresses: ['127.0.0.1'] }] });
  await echo(remote(running));
});

test('one association more than allowed is rejected for now, and taken once there is room', async () => {
  const running = await scp({ maxAssociations: 1 });
  const first = new RawPeer(running);
  first.send(request());
  await first.until(1);
  const second = new RawPeer(running);
  second.send(request());
  assert.deepEqual(await second.until(1), [{ kind: 'associate-reject', result: 2, source: 3, reason: 2 }]);
  first.send({ kind: 'release-request' });
  await first.closed;
  await second.closed;
  await echo(remote(running));
});

test('contexts are answered one by one: the first syntax known, in the order of the sender', async () => {
  const peer = new RawPeer(await scp({ sopClasses: [CT] }));
  peer.send(
    request({
      contexts: [
        { id: 1, abstractSyntax: CT, transferSyntaxes: ['1.2.840.10008.1.2.4.70', IMPLICIT] },
        { id: 3, abstractSyntax: CT, transferSyntaxes: ['1.2.3.4', EXPLICIT] },
        { id: 5, abstractSyntax: CT, transferSyntaxes: ['1.2.3.4'] },
        { id: 7, abstractSyntax: '1.2.840.10008.5.1.4.1.1.4', transferSyntaxes: [IMPLICIT] },
        { id: 9, abstractSyntax: '1.2.840.10008.1.1', transferSyntaxes: ['1.2.840.10008.1.2.4.70', IMPLICIT] },
      ],
      userInformation: { ...request().userInformation, roles: [{ sopClassUid: CT, user: true, provider: true }] },
    }),
  );
  const [accept] = await peer.until(1);
  assert.ok(accept?.kind === 'associate-accept');
  assert.deepEqual(
    accept.contexts.map(({ id, result }) => [id, result]),
    [
      [1, 0],
      [3, 0],
      [5, 4],
      [7, 3],
      [9, 0],
    ],
  );
  assert.deepEqual(
    [0, 1, 4].map((index) => accept.contexts[index]?.transferSyntax),
    ['1.2.840.10008.1.2.4.70', EXPLICIT, IMPLICIT],
  );
  assert.deepEqual(accept.userInformation.roles, [{ sopClassUid: CT, user: true, provider: false }]);
});

const REFUSED: readonly (readonly [name: string, pdus: readonly Pdu[], status: number])[] = [
  [
    'an object of another class than its context',
    [storeCommand('1.2.3', '1.2.840.10008.5.1.4.1.1.4'), data(false, true, new Uint8Array(64))],
    0xa900,
  ],
  ['an instance UID that is a path', [storeCommand('../../etc'), data(false, true, new Uint8Array(64))], 0x0117],
  [
    'a C-FIND',
    [
      data(true, true, encodeCommand({ commandField: COMMAND.find, messageId: 1 }, true)),
      data(false, true, new Uint8Array(64)),
    ],
    0x0211,
  ],
  [
    'a C-STORE without an object',
    [
      data(
        true,
        true,
        encodeCommand(
          { affectedSopClassUid: CT, commandField: COMMAND.store, messageId: 1, affectedSopInstanceUid: '1.2' },
          false,
        ),
      ),
    ],
    0xc000,
  ],
];

for (const [name, pdus, status] of REFUSED) {
  test(`${name} is refused with 0x${status.toString(16)}, and the association goes on`, async () => {
    const peer = new RawPeer(await scp());
    peer.send(request(), ...pdus, storeCommand(), data(false, true, new Uint8Array(64)), { kind: 'release-request' });
    const [, refused, stored, released] = await peer.until(4);
    assert.equal(statusOf(refused), status);
    assert.equal(statusOf(stored), 0);
    assert.deepEqual(released, { kind: 'release-reply' });
  });
}

/** What comes after an agreed association, or in its place, and the reason of the abort that answers it. */
const HOSTILE: readonly (readonly [name: string, pdus: readonly (Pdu | Uint8Array)[], abortReason: number])[] = [
  ['another protocol', [fromHex('474554202f20485454502f312e310d0a')], 1],
  ['a PDU of 4 GB', [fromHex('0400ffffffff')], 6],
  ['data before an association', [storeCommand()], 2],
  ['a release before an association', [{ kind: 'release-request' }], 2],
  ['a second request', [request(), request()], 2],
  ['a reply to a release nobody asked for', [request(), { kind: 'release-reply' }], 2],
  ['a rejection from the requestor', [request(), { kind: 'associate-reject', result: 1, source: 1, reason: 1 }], 2],
  ['a PDU longer than agreed', [request(), fromHex('040000100001')], 6],
  ['a data set without a command', [request(), data(false, true, new Uint8Array(8))], 2],
  ['a context that was not proposed', [request(), data(true, true, encodeCommand({ commandField: 1 }, false), 3)], 6],
  ['a damaged command', [request(), data(true, true, fromHex('0000000104000000'))], 6],
  [
    'a command without end',
    [request(), ...Array.from({ length: 17 }, () => data(true, false, new Uint8Array(1000)))],
    6,
  ],
  ['a command inside a data set', [request(), storeCommand(), storeCommand()], 2],
  [
    'a data set in two contexts',
    [
      request({
        contexts: [1, 3].map((id) => ({ id, abstractSyntax: CT, transferSyntaxes: [IMPLICIT] })),
      }),
      storeCommand(),
      data(false, false, new Uint8Array(8)),
      data(false, true, new Uint8Array(8), 3),
    ],
    6,
  ],
  ['a release inside a data set', [request(), storeCommand(), { kind: 'release-request' }], 2],
];

for (const [name, pdus, reason] of HOSTILE) {
  test(`${name} is answered by an abort, and nothing is confirmed`, async () => {
    const ends: unknown[] = [];
    const running = await scp({
      limits: { maxPduBytes: 1_048_576 },
      receive: async (instance) => {
        await countChunks(instance).catch((error: unknown) => {
          ends.push(error);
          throw error;
        });
      },
    });
    const peer = new RawPeer(running);
    peer.send(...pdus);
    await peer.closed;
    assert.deepEqual(peer.pdus.at(-1), { kind: 'abort', source: 2, reason });
    assert.ok(peer.pdus.every(({ kind }) => kind !== 'data'));
    for (const end of ends) assert.equal((end as UnicaError).code, 'dimse.protocol');
    await echo(remote(running));
  });
}

test('a sender that dies in the middle of an object leaves a typed error and nothing confirmed', async () => {
  let ended: (error: unknown) => void = () => {};
  const failure = new Promise((resolve) => {
    ended = resolve;
  });
  let began: () => void = () => {};
  const beginning = new Promise<void>((resolve) => {
    began = resolve;
  });
  const running = await scp({
    async receive({ chunks }) {
      try {
        for await (const _ of chunks) began();
      } catch (error) {
        ended(error);
        throw error;
      }
    },
  });
  const peer = new RawPeer(running);
  peer.send(request(), storeCommand(), data(false, false, new Uint8Array(8192)));
  await beginning;
  peer.kill();
  const error = await failure;
  assert.ok(error instanceof UnicaError);
  assert.equal(error.code, 'dimse.connection-lost');
  assert.ok(peer.pdus.every(({ kind }) => kind !== 'data'));
  await echo(remote(running));
});

test('a sender that aborts in the middle of an object leaves a typed error', async () => {
  let ended: (error: unknown) => void = () => {};
  const failure = new Promise((resolve) => {
    ended = resolve;
  });
  const running = await scp({
    receive: (instance) =>
      countChunks(instance).catch((error: unknown) => {
        ended(error);
        throw error;
      }),
  });
  const peer = new RawPeer(running);
  peer.send(request(), storeCommand(), data(false, false, new Uint8Array(8)), { kind: 'abort', source: 0, reason: 0 });
  const error = await failure;
  assert.equal((error as UnicaError).code, 'dimse.aborted');
});

const SILENT: readonly (readonly [name: string, limit: object, pdus: readonly Pdu[], answers: readonly string[]])[] = [
  ['before an association', { associationMs: 40 }, [], []],
  ['between operations', { idleMs: 40 }, [request()], ['associate-accept', 'abort']],
  [
    'inside a command',
    { fragmentMs: 40 },
    [request(), data(true, false, new Uint8Array(8))],
    ['associate-accept', 'abort'],
  ],
  [
    'inside an object',
    { fragmentMs: 40 },
    [request(), storeCommand(), data(false, false, new Uint8Array(8))],
    ['associate-accept', 'abort'],
  ],
];

for (const [name, limits, pdus, answers] of SILENT) {
  test(`a peer that falls silent ${name} is let go`, async () => {
    const ends: unknown[] = [];
    const running = await scp({
      limits,
      receive: (instance) =>
        countChunks(instance).catch((error: unknown) => {
          ends.push(error);
          throw error;
        }),
    });
    const peer = new RawPeer(running);
    if (pdus.length > 0) peer.send(...pdus);
    await peer.closed;
    assert.deepEqual(
      peer.pdus.map(({ kind }) => kind),
      answers,
    );
    assert.deepEqual(
      ends.map((error) => (error as UnicaError).code),
      name === 'inside an object' ? ['dimse.timeout'] : [],
    );
    assert.equal(running.associations, 0);
  });
}

test('a sender that drips is let go when its object has taken too long', async () => {
  let ended: (error: unknown) => void = () => {};
  const failure = new Promise((resolve) => {
    ended = resolve;
  });
  const running = await scp({
    limits: { fragmentMs: 10_000, datasetMs: 100 },
    receive: (instance) =>
      countChunks(instance).catch((error: unknown) => {
        ended(error);
        throw error;
      }),
  });
  const peer = new RawPeer(running);
  peer.send(request(), storeCommand());
  const drip = setInterval(() => peer.send(data(false, false, new Uint8Array(2))), 5);
  const error = await failure;
  clearInterval(drip);
  assert.equal((error as UnicaError).code, 'dimse.timeout');
});

test('an object beyond the limit is broken off', async () => {
  const running = await scp({ limits: { maxDatasetBytes: 1_000_000 } });
  const over = object(1, () => Array.from({ length: 20 }, () => new Uint8Array(100_000)));
  await assert.rejects(sent(remote(running), [over]), (error: UnicaError) =>
    ['dimse.aborted', 'dimse.connection-lost'].includes(error.code),
  );
});

test('closing lets the operation under way be answered and takes no other', async () => {
  let release: () => void = () => {};
  let began: () => void = () => {};
  const beginning = new Promise<void>((resolve) => {
    began = resolve;
  });
  const running = await openStorageScp({
    host: '127.0.0.1',
    port: 0,
    aeTitle: 'UNICA',
    peers: [],
    async receive({ chunks }) {
      for await (const _ of chunks);
      began();
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    },
  });
  const idle = new RawPeer(running);
  idle.send(request());
  await idle.until(1);
  const busy = new RawPeer(running);
  busy.send(request(), storeCommand(), data(false, true, new Uint8Array(64)));
  await beginning;
  const closing = running.close();
  await idle.closed;
  assert.equal(idle.pdus.at(-1)?.kind, 'abort');
  await assert.rejects(echo(remote(running)), { code: 'dimse.unreachable' });
  release();
  await closing;
  await busy.closed;
  assert.equal(statusOf(busy.pdus[1]), 0);
  assert.equal(busy.pdus[2]?.kind, 'abort');
});

test('whatever bytes a conversation is mutated into, it ends, with typed errors only, and confirms nothing broken', async () => {
  const whole = concatBytes(
    [
      request(),
      storeCommand('1.2.3.1'),
      data(false, false, new Uint8Array(100)),
      data(false, true, new Uint8Array(60)),
      storeCommand('1.2.3.2'),
      data(false, true, new Uint8Array(30)),
      { kind: 'release-request' } as const,
    ].map(encodePdu),
  );
  const strange: unknown[] = [];
  let begun = 0;
  let kept = 0;
  let answered = 0;
  const running = await scp({
    maxAssociations: 4,
    limits: { associationMs: 40, idleMs: 40, fragmentMs: 40 },
    receive: async (instance) => {
      begun += 1;
      try {
        await countChunks(instance);
        kept += 1;
      } catch (error) {
        if (!(error instanceof UnicaError) || error.family === 'bug') strange.push(error);
        throw error;
      }
    },
    log: { info: () => {}, warn: () => {}, error: (event, _, cause) => strange.push([event, cause]) },
  });
  const place = fc.nat(whole.length - 1);
  const change = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), at: place, to: fc.nat(255) }),
    fc.record({ kind: fc.constant('cut' as const), at: place, count: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ kind: fc.constant('double' as const), at: place, count: fc.integer({ min: 1, max: 400 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      let bytes = whole;
      for (const each of changes) {
        if (each.kind === 'set') bytes = bytes.with(each.at % bytes.length, each.to);
        else {
          const from = bytes.subarray(0, each.at);
          const rest = bytes.subarray(each.kind === 'cut' ? each.at + each.count : Math.max(0, each.at - each.count));
          bytes = concatBytes([from, rest]);
        }
      }
      const before = kept;
      const peer = new RawPeer(running);
      peer.send(bytes);
      // On a busy machine 40 ms are over before the last bytes were read, and the connection is reset over them.
      await peer.closed.catch((error: NodeJS.ErrnoException) => assert.equal(error.code, 'ECONNRESET'));
      const confirmed = peer.pdus.filter((pdu) => pdu.kind === 'data' && statusOf(pdu) === 0).length;
      assert.ok(confirmed <= kept - before);
      answered += confirmed;
    }),
    { numRuns: 500 },
  );
  assert.deepEqual(strange, []);
  assert.ok(answered > 20 && begun > kept, `${begun} begun, ${kept} kept, ${answered} answered`);
  await echo(remote(running));
});

test('a port in use is named', async () => {
  const { port } = await scp();
  await assert.rejects(scp({ port }), { code: 'dimse.cannot-listen' });
});

test('200 MB to a slow receiver stay out of memory', async () => {
  const beforeBytes = process.memoryUsage().rss;
  let peakBytes = 0;
  let sizeBytes = 0;
  const running = await scp({
    async receive({ chunks }) {
      for await (const chunk of chunks) {
        sizeBytes += chunk.length;
        // Everything the sender can send meanwhile has arrived by then, if nothing holds it back.
        await new Promise((resolve) => setImmediate(resolve));
        peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
      }
    },
  });
  const megabyte = new Uint8Array(1 << 20);
  const [outcome] = await sent(remote(running), [object(1, () => Array.from({ length: 200 }, () => megabyte))]);
  assert.equal(outcome?.status, 0);
  assert.equal(sizeBytes, 200 << 20);
  assert.ok(peakBytes - beforeBytes < 120 << 20, `${(peakBytes - beforeBytes) >> 20} MiB more than before`);
});
