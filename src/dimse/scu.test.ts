import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import { concatBytes, fromHex, toHex, utf8 } from '#base';
import { parseDicom } from '#dicom';
import { accept, answering, command, commandOf } from './answering-system.ts';
import { COMMAND, RESPONSE } from './dimse-message.ts';
import { echo } from './echo.ts';
import { encodePdu } from './encode-pdu.ts';
import { fileMeta, readFileMeta } from './file-meta.ts';
import { find } from './find.ts';
import { fragmentsOf } from './fragments.ts';
import type { Pdu } from './pdu.ts';
import { PduStream } from './pdu-stream.ts';
import { encodeIdentifier } from './query.ts';
import { openStorageScp } from './storage-scp.ts';
import { store } from './store.ts';

const opened: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** A stand-in that ends with the test. */
async function standIn(answer: Parameters<typeof answering>[0]) {
  const { close, ...system } = await answering(answer);
  opened.push(close);
  return system;
}

type Answer = (pdu: Pdu) => readonly (Pdu | Uint8Array)[];
const accepted =
  (then: Answer): Answer =>
  (pdu) =>
    pdu.kind === 'associate-request' ? [accept(pdu)] : then(pdu);
const echoed = { commandField: COMMAND.echo | RESPONSE, messageIdRespondedTo: 1 };

const MISBEHAVING: readonly (readonly [name: string, answer: Answer, code: string])[] = [
  ['says nothing', () => [], 'dimse.timeout'],
  ['speaks another protocol', () => [utf8('HTTP/1.1 400 Bad Request\r\n\r\n')], 'dimse.protocol'],
  ['rejects us', () => [{ kind: 'associate-reject', result: 1, source: 1, reason: 3 }], 'dimse.rejected'],
  ['aborts', () => [{ kind: 'abort', source: 2, reason: 0 }], 'dimse.aborted'],
  ['answers with a release', () => [{ kind: 'release-reply' }], 'dimse.protocol'],
  ['answers with a PDU of 4 GB', () => [fromHex('0200ffffffff')], 'dimse.protocol'],
  [
    'accepts what was not proposed',
    (pdu) => [{ ...accept(pdu), contexts: [{ id: 99, result: 0, transferSyntax: '1.2.840.10008.1.2' }] } as Pdu],
    'dimse.protocol',
  ],
  [
    'accepts a transfer syntax that was not proposed',
    (pdu) => [{ ...accept(pdu), contexts: [{ id: 1, result: 0, transferSyntax: '1.2.3' }] } as Pdu],
    'dimse.protocol',
  ],
  [
    'accepts nothing of it',
    (pdu) => [{ ...accept(pdu), contexts: [{ id: 1, result: 3, transferSyntax: '1.2' }] } as Pdu],
    'dimse.not-offered',
  ],
  ['accepts and falls silent', accepted(() => []), 'dimse.timeout'],
  ['answers with a failure', accepted(() => [command({ ...echoed, status: 0x0110 })]), 'dimse.refused'],
  [
    'answers to another message',
    accepted(() => [command({ ...echoed, messageIdRespondedTo: 2, status: 0 })]),
    'dimse.protocol',
  ],
  [
    'answers to another operation',
    accepted(() => [command({ ...echoed, commandField: 0x8001, status: 0 })]),
    'dimse.protocol',
  ],
  ['answers without a status', accepted(() => [command(echoed)]), 'dimse.protocol'],
  ['releases instead of answering', accepted(() => [{ kind: 'release-request' }]), 'dimse.connection-lost'],
  [
    'begins an answer and never ends it',
    accepted(() => [
      { kind: 'data', values: [{ contextId: 1, isCommand: true, isLast: false, bytes: new Uint8Array(8) }] },
    ]),
    'dimse.timeout',
  ],
];

for (const [name, answer, code] of MISBEHAVING) {
  test(`a system that ${name} is named as ${code}`, async () => {
    const { remote } = await standIn(answer);
    // A machine that has other work takes its time to connect; only who waits for an answer that never comes waits in vain.
    const limits = code === 'dimse.timeout' ? { ...remote.limits, associationMs: 1000 } : {};
    await assert.rejects(echo({ ...remote, limits }), { name: 'UnicaError', code });
  });
}

test('nobody there is named', async () => {
  const { remote } = await standIn(() => []);
  for (const close of opened.splice(0)) await close();
  await assert.rejects(echo(remote), { code: 'dimse.unreachable' });
});

test('titles that are none are refused before anything is sent', async () => {
  const { remote, seen } = await standIn(() => []);
  for (const callingAeTitle of ['', '   ', 'LONGER THAN SIXTEEN', 'BACK\\SLASH', 'ÄRZTE']) {
    await assert.rejects(echo({ ...remote, callingAeTitle }), { code: 'dimse.unusable-title' });
  }
  assert.equal(seen.length, 0);
});

test('both sides may release at once', async () => {
  let releases = 0;
  const { remote } = await standIn(
    accepted((pdu) => {
      if (pdu.kind === 'data') return [command({ ...echoed, status: 0 })];
      if (pdu.kind === 'release-request') return [{ kind: 'release-request' }];
      if (pdu.kind !== 'release-reply') return [];
      releases += 1;
      return [{ kind: 'release-reply' }];
    }),
  );
  await echo(remote);
  assert.equal(releases, 1);
});

test('an aborted echo breaks off and throws the reason', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const { remote, seen } = await standIn(
    accepted((pdu) => {
      if (pdu.kind === 'data') controller.abort(reason);
      return [];
    }),
  );
  await assert.rejects(echo({ ...remote, limits: { associationMs: 50 } }, { signal: controller.signal }), reason);
  await assert.rejects(echo(remote, { signal: controller.signal }), reason);
  assert.equal(seen[1]?.kind, 'data');
});

test('an aborted query sends a C-CANCEL for its message and waits for the last answer', async () => {
  const controller = new AbortController();
  const pending = { commandField: COMMAND.find | RESPONSE, messageIdRespondedTo: 1 };
  const identifier = encodeIdentifier({ level: 'STUDY', keys: { PatientID: 'A' } }, '1.2.840.10008.1.2.1');
  const { remote, seen } = await standIn(
    accepted((pdu) => {
      const asked = commandOf(pdu);
      if (asked?.commandField === COMMAND.find) {
        const values = [{ contextId: 1, isCommand: false, isLast: true, bytes: identifier }];
        return [command({ ...pending, status: 0xff00 }, true), { kind: 'data', values }];
      }
      return asked?.commandField === COMMAND.cancel ? [command({ ...pending, status: 0xfe00 })] : [];
    }),
  );
  const answers: string[] = [];
  const reason = new Error('enough');
  await assert.rejects(async () => {
    const query = { root: 'study', level: 'STUDY', keys: { PatientID: '' } } as const;
    for await (const answer of find(remote, query, { signal: controller.signal })) {
      answers.push(answer.text(0x00100020) ?? '');
      controller.abort(reason);
    }
  }, reason);
  assert.deepEqual(answers, ['A']);
  const cancels = seen.flatMap((pdu) => commandOf(pdu) ?? []).filter((each) => each.commandField === COMMAND.cancel);
  assert.deepEqual(
    cancels.map(({ messageIdRespondedTo }) => messageIdRespondedTo),
    [1],
  );
});

test('pieces are no longer than the other side takes, and of even length', async () => {
  const { remote, seen } = await standIn((pdu) => {
    if (pdu.kind === 'associate-request') {
      const answer = accept(pdu);
      assert.ok(answer.kind === 'associate-accept');
      return [{ ...answer, userInformation: { ...answer.userInformation, maxPduBytes: 1001 } }];
    }
    const isDone = pdu.kind === 'data' && pdu.values.some(({ isCommand, isLast }) => !isCommand && isLast);
    return isDone ? [command({ commandField: 0x8001, messageIdRespondedTo: 1, status: 0xb000 })] : [];
  });
  const sent = utf8('x'.repeat(9999));
  const objects = [
    { sopClassUid: '1.2.3', sopInstanceUid: '1.2.3.4', transferSyntaxUid: '1.2.840.10008.1.2', chunks: () => [sent] },
  ];
  for await (const { kind, status } of store(remote, objects)) {
    assert.equal(kind, 'stored-with-warning');
    assert.equal(status, 0xb000);
    break;
  }
  const pieces = seen.flatMap((pdu) => (pdu.kind === 'data' ? pdu.values : [])).filter(({ isCommand }) => !isCommand);
  assert.ok(pieces.every(({ bytes }) => bytes.length + 6 <= 1001 && bytes.length % 2 === 0));
  assert.equal(toHex(concatBytes(pieces.map(({ bytes }) => bytes))), toHex(concatBytes([sent, Uint8Array.of(0)])));
});

test('a peer that floods us while we send does not fill our memory', async () => {
  const flood = encodePdu({
    kind: 'data',
    values: [{ contextId: 1, isCommand: false, isLast: false, bytes: new Uint8Array(60_000) }],
  });
  let takenBytes = 0;
  const server = createServer((socket) => {
    socket.on('error', () => {});
    const stream = new PduStream(1 << 20);
    socket.once('data', (chunk) => {
      stream.push(chunk);
      const request = stream.next();
      assert.ok(request !== undefined);
      socket.write(encodePdu(accept(request)));
      // It reads no more, and sends as much as is taken.
      socket.pause();
      const pour = () => {
        while (takenBytes < 1 << 28 && socket.write(flood)) takenBytes += flood.length;
      };
      socket.on('drain', pour);
      pour();
    });
  });
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve));
  opened.push(() => void server.close());
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const remote = { host: '127.0.0.1', port: address.port, aeTitle: 'PACS', callingAeTitle: 'UNICA' };
  const endless = {
    sopClassUid: '1.2.3',
    sopInstanceUid: '1.2.3.4',
    transferSyntaxUid: '1.2.840.10008.1.2',
    *chunks() {
      for (;;) yield new Uint8Array(1 << 20);
    },
  };
  await assert.rejects(store({ ...remote, limits: { fragmentMs: 300, associationMs: 50 } }, [endless]).next(), {
    code: 'dimse.timeout',
  });
  assert.ok(takenBytes < 32 << 20, `${takenBytes} bytes were taken`);
});

test('fragments are the bytes, in full pieces, the last marked', async () => {
  const rows: readonly (readonly [chunks: readonly number[], pieces: readonly number[]])[] = [
    [[], [0]],
    [[4], [4]],
    [[8], [8]],
    [[9], [8, 2]],
    [
      [3, 3, 3],
      [8, 2],
    ],
    [
      [8, 8],
      [8, 8],
    ],
    [
      [1, 30, 1],
      [8, 8, 8, 8],
    ],
  ];
  for (const [chunks, expected] of rows) {
    const pieces: number[] = [];
    let last = 0;
    for await (const { bytes, isLast } of fragmentsOf(
      chunks.map((length) => new Uint8Array(length)),
      8,
    )) {
      pieces.push(bytes.length);
      if (isLast) last = pieces.length;
    }
    assert.deepEqual(pieces, expected);
    assert.equal(last, expected.length);
  }
});

test('an identifier has its keys in order, in the encoding agreed on, with a character set where it needs one', () => {
  const query = {
    level: 'STUDY',
    keys: { StudyDate: '20200101-', PatientID: '', AccessionNumber: ['A1', 'A2'] },
  } as const;
  assert.equal(
    toHex(encodeIdentifier(query, '1.2.840.10008.1.2')),
    '08002000' +
      '0a000000' +
      toHex(utf8('20200101- ')) +
      '08005000' +
      '06000000' +
      toHex(utf8('A1\\A2 ')) +
      '08005200' +
      '06000000' +
      toHex(utf8('STUDY ')) +
      '10002000' +
      '00000000',
  );
  assert.equal(
    toHex(encodeIdentifier({ level: 'PATIENT', keys: { PatientName: 'Müller*' } }, '1.2.840.10008.1.2.1')),
    '08000500' +
      toHex(utf8('CS')) +
      '0a00' +
      toHex(utf8('ISO_IR 192')) +
      '08005200' +
      toHex(utf8('CS')) +
      '0800' +
      toHex(utf8('PATIENT ')) +
      '10001000' +
      toHex(utf8('PN')) +
      '0800' +
      toHex(utf8('Müller*')),
  );
  assert.throws(
    () => encodeIdentifier({ level: 'STUDY', keys: { NoSuchKeyword: '' } }, '1.2.840.10008.1.2'),
    RangeError,
  );
  assert.throws(() => encodeIdentifier({ level: 'IMAGE', keys: { Rows: '512' } }, '1.2.840.10008.1.2'), RangeError);
});

test('a file header is read back, by us and by the reader of files', () => {
  const meta = { sopClassUid: '1.2.3', sopInstanceUid: '1.2.3.4', transferSyntaxUid: '1.2.840.10008.1.2.1' };
  const header = fileMeta({ ...meta, sourceAeTitle: 'CT-ROOM' });
  const dataset = fromHex('08001600554904 00312e3200'.replace(' ', ''));
  const file = concatBytes([header, dataset]);
  assert.deepEqual(readFileMeta(file), { meta, datasetStart: header.length });
  const parsed = parseDicom(file);
  assert.equal(parsed.meta.number(0x00020000), header.length - 132 - 12);
  assert.equal(parsed.meta.text(0x00020016), 'CT-ROOM');
  for (let length = 0; length <= header.length; length += 1) {
    assert.throws(() => readFileMeta(header.subarray(0, length)), { code: 'dimse.no-file-meta' }, `${length} bytes`);
  }
});

const scratch = mkdtempSync(join(tmpdir(), 'unica-dimse-tls-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
const [key, cert] = [join(scratch, 'key.pem'), join(scratch, 'cert.pem')];
const openssl = spawnSync('openssl', [
  ...'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1'.split(' '),
  ...['-keyout', key, '-out', cert],
]);

test('over TLS both sides work the same, and one that does not encrypt is not served', {
  skip: openssl.status === 0 ? false : 'no openssl to make a certificate with',
}, async () => {
  let sizeBytes = 0;
  const scp = await openStorageScp({
    host: '127.0.0.1',
    port: 0,
    aeTitle: 'UNICA',
    peers: [],
    tls: { key: readFileSync(key), cert: readFileSync(cert) },
    receive: async ({ chunks }) => {
      for await (const chunk of chunks) sizeBytes += chunk.length;
    },
  });
  opened.push(() => scp.close());
  const plain = { host: '127.0.0.1', port: scp.port, aeTitle: 'UNICA', callingAeTitle: 'CT-ROOM' };
  const remote = { ...plain, tls: { ca: readFileSync(cert) } };
  await echo(remote);
  const object = {
    sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
    sopInstanceUid: '1.2.3',
    transferSyntaxUid: '1.2.840.10008.1.2',
    chunks: () => [new Uint8Array(3_000_000)],
  };
  for await (const { kind } of store(remote, [object])) assert.equal(kind, 'stored');
  assert.equal(sizeBytes, 3_000_000);
  await assert.rejects(echo({ ...plain, tls: {} }), { code: 'dimse.tls-refused' });
  await assert.rejects(echo(plain), { name: 'UnicaError' });
  await echo(remote);
});
