import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, test } from 'node:test';
import { concatBytes } from '#base';
import type { ReadableArchive, RetrievalReport } from './archive.ts';
import { COMMAND, type Command, decodeCommand, encodeCommand, RESPONSE } from './dimse-message.ts';
import { echo } from './echo.ts';
import { encodePdu } from './encode-pdu.ts';
import { DICOM_APPLICATION_CONTEXT, type Pdu } from './pdu.ts';
import { PduStream } from './pdu-stream.ts';
import { encodeIdentifier, queryModel } from './query.ts';
import type { RemoteSystem } from './request-association.ts';
import { STATUS } from './status.ts';
import { openStorageScp, type StorageScp } from './storage-scp.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';
const IMPLICIT = '1.2.840.10008.1.2';
const STUDY_UID = 0x0020000d;
/** How long others may take where nothing has to run out: a machine that is busy is no reader that is lost. */
const PATIENT = { associationMs: 60_000, idleMs: 60_000, fragmentMs: 60_000, responseMs: 60_000 } as const;
/** Where somebody falls silent, and that has to be noticed. */
const IMPATIENT = { ...PATIENT, fragmentMs: 1500, responseMs: 1500 } as const;
type Patience = Readonly<Record<keyof typeof PATIENT, number>>;

const opened: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

/** An archive of as many objects as wanted, which knows what was read of it. */
class CountingArchive implements ReadableArchive {
  readonly readers = [{ aeTitle: 'READER', addresses: ['127.0.0.1'] }];
  readonly reports: RetrievalReport[] = [];
  matchesGiven = 0;
  matchesAreLeft = false;
  destinationSystem: RemoteSystem | undefined;
  readonly #reported: (() => void)[] = [];
  readonly #objects: number;
  readonly #objectBytes: number;

  constructor(objects = 5, objectBytes = 1000) {
    this.#objects = objects;
    this.#objectBytes = objectBytes;
  }

  destination(): RemoteSystem | undefined {
    return this.destinationSystem;
  }

  async find() {
    return { isLoose: false, matches: this.#matches() };
  }

  async retrieve() {
    return Array.from({ length: this.#objects }, (_, number) => ({
      sopClassUid: CT,
      sopInstanceUid: `1.2.3.${number}`,
      transferSyntaxUid: IMPLICIT,
      chunks: () => [new Uint8Array(this.#objectBytes)],
    }));
  }

  async retrieved(report: RetrievalReport): Promise<void> {
    this.reports.push(report);
    for (const wake of this.#reported.splice(0)) wake();
  }

  /** The account of the one retrieval, once it is given. */
  async report(): Promise<RetrievalReport> {
    while (this.reports.length === 0) await new Promise<void>((resolve) => this.#reported.push(resolve));
    return this.reports[0] as RetrievalReport;
  }

  async *#matches() {
    try {
      for (;;) {
        this.matchesGiven += 1;
        yield new Map([[STUDY_UID, `1.2.${this.matchesGiven}`]]);
        // As a database does, which answers in a later turn.
        if (this.matchesGiven % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      this.matchesAreLeft = true;
    }
  }
}

async function serving(archive: CountingArchive, limits: Patience = PATIENT): Promise<StorageScp> {
  const running = await openStorageScp({
    ...{ host: '127.0.0.1', port: 0, aeTitle: 'UNICA', peers: [], limits, archive },
    receive: async ({ chunks }) => {
      for await (const _ of chunks);
    },
  });
  opened.push(running);
  return running;
}

type Service = 'find' | 'move' | 'get';

/** A reader that says what it likes, reads as long as it likes, and goes when it likes. */
class Reader {
  readonly closed: Promise<unknown>;
  readonly pdus: Pdu[] = [];
  readonly #socket: Socket;
  readonly #service: Service;

  constructor({ port }: StorageScp, service: Service) {
    this.#service = service;
    this.#socket = connect({ host: '127.0.0.1', port });
    opened.push({ close: () => this.vanish() });
    this.closed = once(this.#socket, 'close');
    const stream = new PduStream(1 << 20);
    this.#socket.on('error', () => {});
    this.#socket.on('data', (chunk) => {
      stream.push(chunk);
      for (let pdu = stream.next(); pdu !== undefined; pdu = stream.next()) this.pdus.push(pdu);
      this.#socket.emit('pdus');
    });
  }

  /** Agrees on the service, and on taking objects where it is C-GET, and asks for everything of a study. */
  async ask(): Promise<void> {
    const model = queryModel('study', this.#service);
    const contexts = [
      { id: 1, abstractSyntax: model, transferSyntaxes: [IMPLICIT] },
      { id: 3, abstractSyntax: CT, transferSyntaxes: [IMPLICIT] },
    ];
    const roles = [{ sopClassUid: CT, user: false, provider: true }];
    this.#send({
      kind: 'associate-request',
      ...{ protocolVersion: 1, calledAeTitle: 'UNICA', callingAeTitle: 'READER', contexts },
      applicationContext: DICOM_APPLICATION_CONTEXT,
      userInformation: { maxPduBytes: 16_384, implementationClassUid: '1.2', implementationVersion: 'TEST', roles },
    });
    await this.until(() => this.pdus.some(({ kind }) => kind === 'associate-accept'));
    const isFind = this.#service === 'find';
    const command: Omit<Command, 'dataSetType'> = {
      ...{ affectedSopClassUid: model, commandField: COMMAND[this.#service], messageId: 7, priority: 0 },
      ...(this.#service === 'move' ? { moveDestination: 'ELSEWHERE' } : {}),
    };
    this.say(
      command,
      encodeIdentifier({ level: 'STUDY', keys: { StudyInstanceUID: isFind ? '' : '1.2.3' } }, IMPLICIT),
    );
  }

  say(command: Omit<Command, 'dataSetType'>, dataset?: Uint8Array, contextId = 1): void {
    const value = (isCommand: boolean, bytes: Uint8Array): Pdu => ({
      kind: 'data',
      values: [{ contextId, isCommand, isLast: true, bytes }],
    });
    this.#send(value(true, encodeCommand(command, dataset !== undefined)));
    if (dataset !== undefined) this.#send(value(false, dataset));
  }

  /** What it was told and asked so far. */
  get commands(): readonly Command[] {
    return this.pdus.flatMap((pdu) => {
      const value = pdu.kind === 'data' ? pdu.values[0] : undefined;
      return value?.isCommand === true ? [decodeCommand(value.bytes)] : [];
    });
  }

  async until(isThere: () => boolean): Promise<void> {
    while (!isThere()) await Promise.race([once(this.#socket, 'pdus'), this.closed]);
  }

  /** Reads nothing more, and stays. */
  stall(): void {
    this.#socket.pause();
  }

  vanish(): void {
    this.#socket.destroy();
  }

  #send(pdu: Pdu): void {
    this.#socket.write(concatBytes([encodePdu(pdu)]));
  }
}

/** Nothing is left of the reader, and others are served. */
async function goesOn(running: StorageScp): Promise<void> {
  while (running.associations > 0) await new Promise((resolve) => setImmediate(resolve));
  await echo({ host: '127.0.0.1', port: running.port, aeTitle: 'UNICA', callingAeTitle: 'OTHER' });
}

const FINDERS: readonly (readonly [sentence: string, leave: (reader: Reader) => void, limits: Patience])[] = [
  ['vanishes', (reader) => reader.vanish(), PATIENT],
  ['reads no more', (reader) => reader.stall(), IMPATIENT],
];

for (const [sentence, leave, limits] of FINDERS) {
  test(`C-FIND: an asker that ${sentence} among endless matches ends them`, async () => {
    const archive = new CountingArchive();
    const running = await serving(archive, limits);
    const reader = new Reader(running, 'find');
    await reader.ask();
    await reader.until(() => reader.commands.filter(({ status }) => status === STATUS.pending).length >= 3);
    leave(reader);
    await goesOn(running);
    assert.ok(archive.matchesAreLeft, 'the search was given up');
  });
}

const GETTERS: readonly (readonly [
  sentence: string,
  objectBytes: number,
  act: (reader: Reader) => Promise<void>,
  completed: number,
  limits: Patience,
])[] = [
  ['vanishes before its first answer', 1000, async (reader) => reader.vanish(), 0, PATIENT],
  ['never answers to an object', 1000, async () => {}, 0, IMPATIENT],
  ['reads no more in the middle of an object', 40_000_000, async (reader) => reader.stall(), 0, IMPATIENT],
  [
    'answers to one object and vanishes',
    1000,
    async (reader) => {
      const stores = () => reader.commands.filter(({ commandField }) => commandField === COMMAND.store);
      reader.say(
        {
          ...{ affectedSopClassUid: CT, commandField: COMMAND.store | RESPONSE, affectedSopInstanceUid: '1.2.3.0' },
          ...{ messageIdRespondedTo: stores()[0]?.messageId ?? 0, status: 0 },
        },
        undefined,
        3,
      );
      await reader.until(() => stores().length === 2);
      reader.vanish();
    },
    1,
    PATIENT,
  ],
];

for (const [sentence, objectBytes, act, completed, limits] of GETTERS) {
  test(`C-GET: an asker that ${sentence} is given up, with a true account`, async () => {
    const archive = new CountingArchive(5, objectBytes);
    const running = await serving(archive, limits);
    const reader = new Reader(running, 'get');
    await reader.ask();
    await reader.until(() => reader.commands.some(({ commandField }) => commandField === COMMAND.store));
    await act(reader);
    const report = await archive.report();
    assert.deepEqual(
      [report.service, report.status, report.completed, report.failed, report.remaining],
      ['C-GET', STATUS.cancelled, completed, 0, 5 - completed],
    );
    await goesOn(running);
    assert.equal(archive.reports.length, 1);
  });
}

/** A system that objects are sent to; it answers to so many of them and then does as it is told. */
async function destinationOf(
  archive: CountingArchive,
  answered: number,
  then: 'stalls' | 'vanishes' | 'goes on',
  limits: Patience = PATIENT,
) {
  let received = 0;
  let wake: () => void = () => {};
  const stuck = new AbortController();
  const running = await openStorageScp({
    ...{ host: '127.0.0.1', port: 0, aeTitle: 'ELSEWHERE', peers: [] },
    receive: async ({ chunks }) => {
      for await (const _ of chunks);
      received += 1;
      wake();
      if (received <= answered || then === 'goes on') return;
      if (then === 'vanishes') for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => stuck.signal.addEventListener('abort', () => resolve()));
    },
  });
  // Everything goes through here, so that it can be cut.
  const sockets = new Set<Socket>();
  const front = createServer((outer) => {
    const inner = connect(running.port, '127.0.0.1');
    for (const socket of [outer, inner]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => [outer, inner].map((each) => each.destroy()));
    }
    outer.pipe(inner).pipe(outer);
  });
  await new Promise<void>((resolve) => front.listen({ host: '127.0.0.1', port: 0 }, resolve));
  const address = front.address();
  assert.ok(typeof address === 'object' && address !== null);
  archive.destinationSystem = {
    ...{ host: '127.0.0.1', port: address.port, aeTitle: 'ELSEWHERE', callingAeTitle: 'UNICA', limits },
  };
  opened.push({
    async close() {
      stuck.abort();
      for (const socket of sockets) socket.destroy();
      front.close();
      await running.close();
    },
  });
  return {
    received: () => received,
    async until(count: number) {
      while (received < count) await new Promise<void>((resolve) => (wake = resolve));
    },
    release: () => stuck.abort(),
  };
}

for (const then of ['stalls', 'vanishes'] as const) {
  test(`C-MOVE: of a destination that ${then} the asker is told what came and what did not`, async () => {
    const archive = new CountingArchive();
    await destinationOf(archive, 2, then, then === 'stalls' ? IMPATIENT : PATIENT);
    const running = await serving(archive);
    const reader = new Reader(running, 'move');
    await reader.ask();
    const last = () => reader.commands.find(({ status }) => status !== undefined && status !== STATUS.pending);
    await reader.until(() => last() !== undefined);
    assert.deepEqual([last()?.status, last()?.completed, last()?.failed], [STATUS.someFailed, 2, 3]);
    assert.match(last()?.errorComment ?? '', then === 'stalls' ? /timeout/ : /connection-lost/);
    const report = await archive.report();
    assert.deepEqual([report.completed, report.failed, report.remaining], [2, 3, 0]);
    reader.vanish();
    await goesOn(running);
  });
}

test('C-MOVE: when the asker vanishes, the objects that are left go nowhere', async () => {
  const archive = new CountingArchive(50);
  // The second is not answered before the asker is gone.
  const destination = await destinationOf(archive, 1, 'stalls');
  const running = await serving(archive);
  const reader = new Reader(running, 'move');
  await reader.ask();
  await destination.until(2);
  reader.vanish();
  const report = await archive.report();
  assert.equal(report.status, STATUS.cancelled);
  assert.equal(report.completed, 1);
  assert.equal(report.remaining, 49);
  await goesOn(running);
  assert.equal(destination.received(), 2);
});

test('C-MOVE: an asker that reads nothing of what it is told does not keep the objects from their destination', async () => {
  const archive = new CountingArchive(50);
  const destination = await destinationOf(archive, 0, 'goes on');
  const running = await serving(archive);
  const reader = new Reader(running, 'move');
  await reader.ask();
  reader.stall();
  const report = await archive.report();
  assert.deepEqual([report.completed, report.failed, report.remaining], [50, 0, 0]);
  assert.equal(destination.received(), 50);
});
