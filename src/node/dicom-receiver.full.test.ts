import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Log, type LogFacts, silentLog, UnicaError } from '#base';
import { pseudonymOf } from '#deid';
import { echo, fileMeta, type RemoteSystem, readFileMeta, type StoreOutcome, store } from '#dimse';
import type { ImportView } from '#wire';
import { type NodeConfig, nodeConfig } from './config.ts';
import { type DicomReceiver, openDicomReceiver } from './dicom-receiver.ts';
import type { ImportWish } from './importer.ts';
import { createNodeToken } from './node-commands.ts';
import { type OpenNode, openNode } from './open-node.ts';
import { enrolledHome, fictitiousObject, outgoing, PLANTED } from './receiver-rig.ts';
import { startNode } from './start-node.ts';

const data = join(process.env['UNICA_DATA'] ?? new URL('../../../shared/data', import.meta.url).pathname, 'dicom');
const noData = existsSync(data) ? false : 'no ../shared/data/dicom (UNICA_DATA)';
const noDcmtk = spawnSync('storescu', ['--version']).status === 0 ? false : 'no dcmtk (storescu)';

const SOON = { silenceMs: 50, patienceMs: 200 } as const;

async function home(context: TestContext, settings: Record<string, string> = {}): Promise<NodeConfig> {
  const folder = await mkdtemp(join(tmpdir(), 'unica-receiver-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  await enrolledHome(folder);
  return nodeConfig({ home: folder, port: '0', dicomPort: '0', dicomPeers: 'CT-ROOM', ...settings });
}

interface Rig {
  readonly node: OpenNode;
  readonly receiver: DicomReceiver;
  /** Resolves when nothing waits any more. */
  drained(): Promise<void>;
  close(): Promise<void>;
}

/** The parts of a node that receive and import, and a way to wait for the imports without asking again and again. */
async function receiving(context: TestContext, config: NodeConfig, log: Log = silentLog): Promise<Rig> {
  const node = await openNode(config, log);
  let begun = 0;
  let ended = 0;
  let wake: () => void = () => {};
  const importer = {
    async run(wish: ImportWish, ...rest: [undefined?, AbortSignal?]) {
      begun += 1;
      const view = await node.importer.run(wish, ...rest);
      ended += 1;
      wake();
      return view;
    },
  };
  const receiver = await openDicomReceiver(config, { importer, log, pace: SOON });
  assert.ok(receiver !== undefined);
  let isClosed = false;
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    await receiver.close();
    await node.close();
  };
  context.after(close);
  return {
    node,
    receiver,
    close,
    async drained() {
      while (ended < begun || receiver.status().waiting > 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

function remote(receiver: DicomReceiver, callingAeTitle = 'CT-ROOM'): RemoteSystem {
  const { host, port, aeTitle } = receiver.status();
  return { host, port, aeTitle, callingAeTitle };
}

async function sent(to: RemoteSystem, files: readonly Uint8Array[]): Promise<readonly StoreOutcome[]> {
  const outcomes: StoreOutcome[] = [];
  for await (const outcome of store(to, files.map(outgoing))) outcomes.push(outcome);
  return outcomes;
}

const kinds = (outcomes: readonly StoreOutcome[]) => outcomes.map(({ kind }) => kind);
const films = (count: number) => Array.from({ length: count }, (_, number) => fictitiousObject(number));
const spooled = async (config: NodeConfig) => await readdir(join(config.incomingPath, 'received'));

const sum = (views: readonly ImportView[], count: 'accepted' | 'quarantined' | 'duplicates' | 'optedOut') =>
  views.reduce((total, view) => total + view[count], 0);

test('receiver: what is sent is confirmed, imported, and listed as an import', async (context) => {
  const config = await home(context);
  const { node, receiver, drained } = await receiving(context, config);
  assert.deepEqual(kinds(await sent(remote(receiver), films(9))), Array(9).fill('stored'));
  await drained();
  assert.deepEqual(await node.archive.totals(), { images: 9, studies: 3, persons: 3 });
  assert.deepEqual(await spooled(config), []);
  assert.equal(receiver.status().waiting, 0);
  const views = await node.imports.list(10);
  for (const { source, state, rejected } of views) {
    assert.deepEqual([source, state, rejected], ['DICOM from CT-ROOM', 'done', []]);
  }
  assert.equal(sum(views, 'accepted'), 9);
  const { entries } = await node.journal.view(10);
  assert.equal(entries.length, views.length);
  for (const { actor, action } of entries) assert.deepEqual([actor, action], ['dicom:CT-ROOM', 'images.imported']);
});

test('receiver: the same twice is one, from another system too; what cannot be cleaned is quarantined once', async (context) => {
  const config = await home(context, { dicomPeers: 'CT-ROOM,PACS' });
  const { node, receiver, drained } = await receiving(context, config);
  const files = [...films(4), fictitiousObject(4, { BurnedInAnnotation: 'YES' })];
  await sent(remote(receiver), files);
  await drained();
  await sent(remote(receiver), files);
  await drained();
  await sent(remote(receiver, 'PACS'), files);
  await drained();
  // In other bytes, as another encoding would be.
  await sent(remote(receiver), [fictitiousObject(0, { ImageComments: 'sent again' })]);
  await drained();
  assert.equal((await node.archive.totals()).images, 4);
  assert.equal(await node.quarantine.total(), 1);
  const blobs = (await readdir(config.blobsPath, { recursive: true })).filter((name) =>
    /^[0-9a-f]{2}.[0-9a-f]{62}$/.test(name),
  );
  assert.equal(blobs.length, 4);
  assert.equal((await readdir(config.quarantinePath)).length, 1);
  assert.deepEqual(await spooled(config), []);
  const views = await node.imports.list(10);
  assert.deepEqual([sum(views, 'accepted'), sum(views, 'quarantined'), sum(views, 'duplicates')], [4, 1, 11]);
});

test('receiver: of a person who opted out nothing is kept', async (context) => {
  const config = await home(context);
  const { node, receiver, drained } = await receiving(context, config);
  await node.optOuts.record(pseudonymOf(node.site, `${PLANTED.patientId}-0`), 'opt-out', 'test');
  await sent(remote(receiver), films(5));
  await drained();
  assert.equal((await node.archive.totals()).images, 1);
  assert.deepEqual(await spooled(config), []);
  assert.equal(sum(await node.imports.list(9), 'optedOut'), 4);
});

test('receiver: who is not on the list, or calls us by another name, is turned away', async (context) => {
  const { receiver } = await receiving(context, await home(context));
  const rejected = (error: unknown) => error instanceof UnicaError && error.code === 'dimse.rejected';
  await assert.rejects(sent(remote(receiver, 'STRANGER'), films(1)), rejected);
  await assert.rejects(echo({ ...remote(receiver), aeTitle: 'ARCHIVE' }), rejected);
  await echo(remote(receiver));
  assert.equal(receiver.status().waiting, 0);
});

test('receiver: anyone may send where that was said', async (context) => {
  const { receiver, node, drained } = await receiving(context, await home(context, { dicomPeers: 'any' }));
  await sent(remote(receiver, 'STRANGER'), films(1));
  await drained();
  assert.equal((await node.archive.totals()).images, 1);
});

test('receiver: a full spool is told as 0xA700, and nothing that was confirmed is lost', async (context) => {
  const config = await home(context, { dicomSpoolMib: '1' });
  const { node, receiver, drained } = await receiving(context, config);
  const large = Array.from({ length: 8 }, (_, number) =>
    fictitiousObject(number, { ImageComments: `${number}`.repeat(10_000), PatientComments: 'x'.repeat(10_000) }),
  ).map(padded);
  const first = await sent(remote(receiver), large);
  const refused = first.filter(({ kind }) => kind === 'refused');
  assert.ok(refused.length > 0 && refused.length < 8, `${refused.length} refused`);
  for (const { status } of refused) assert.equal(status, 0xa700);
  await drained();
  const stored = first.filter(({ kind }) => kind === 'stored').length;
  assert.equal((await node.archive.totals()).images, stored);
  const again = large.filter((_, index) => first[index]?.kind === 'refused').slice(0, 2);
  assert.deepEqual(
    kinds(await sent(remote(receiver), again)),
    again.map(() => 'stored'),
  );
  await drained();
  assert.equal((await node.archive.totals()).images, stored + again.length);
});

/** A film of 256 KiB more: a private element behind its pixels, which the de-identification takes away. */
function padded(file: Uint8Array): Uint8Array {
  const sizeBytes = 262_144;
  const head = Uint8Array.of(0xe1, 0x7f, 0x10, 0x10, 0x4f, 0x42, 0, 0, 0, 0, 4, 0);
  const whole = new Uint8Array(file.length + head.length + sizeBytes);
  whole.set(file);
  whole.set(head, file.length);
  return whole;
}

test('receiver: a start takes up what was complete, also of a pull that was killed, and removes what was not', async (context) => {
  const config = await home(context);
  const [first, second] = films(2).map((file) => {
    const { meta, datasetStart } = readFileMeta(file);
    return Buffer.concat([fileMeta(meta), file.subarray(datasetStart)]);
  });
  assert.ok(first !== undefined && second !== undefined);
  const received = join(config.incomingPath, 'received');
  const pulled = join(config.incomingPath, 'pulled-99999999-0123456789ab');
  await mkdir(received, { recursive: true });
  await mkdir(pulled);
  const title = Buffer.from('CT-ROOM').toString('hex');
  await writeFile(join(received, `${title}-${'0'.repeat(32)}.dcm`), first);
  await writeFile(join(received, '99999999-0123456789ab-1.part'), first.subarray(0, 700));
  await writeFile(join(pulled, `${title}-${'1'.repeat(32)}.dcm`), second);
  const { node, drained } = await receiving(context, config);
  await drained();
  assert.equal((await node.archive.totals()).images, 2);
  assert.deepEqual(await spooled(config), []);
  assert.deepEqual(await readdir(config.incomingPath), ['received']);
});

test('receiver: nothing identifying is logged, listed or journalled', async (context) => {
  const lines: string[] = [];
  const keep = (event: string, facts?: LogFacts, cause?: unknown) => {
    lines.push(JSON.stringify([event, facts, cause instanceof Error ? cause.stack : cause]));
  };
  const config = await home(context);
  const { node, receiver, drained } = await receiving(context, config, { info: keep, warn: keep, error: keep });
  await sent(remote(receiver), [
    ...films(3),
    fictitiousObject(3, { BurnedInAnnotation: 'YES' }),
    fictitiousObject(5, { PatientID: '' }),
  ]);
  await sent(remote(receiver, 'STRANGER'), films(1)).catch(() => {});
  await drained();
  assert.ok(lines.length > 3, 'the log says something');
  const rows = await node.database.kysely.selectFrom('imports').selectAll().execute();
  const journal = await node.database.kysely.selectFrom('audit_entries').selectAll().execute();
  const quarantine = await node.quarantine.list(10);
  assert.equal(quarantine.length, 2);
  const told = JSON.stringify([lines, rows, journal, quarantine]);
  for (const planted of [...Object.values(PLANTED), 'Quispel', 'ACC0', '1.2.826.0.1.3680043', '127.0.0.1']) {
    assert.ok(!told.includes(planted), `${planted} was told`);
  }
  const names = (await readdir(config.home, { recursive: true })).join('\n');
  assert.ok(!/ZX-|Quispel|1\.2\.826/.test(names));
});

test('receiver: an import that fails leaves its files, and they are imported later', async (context) => {
  const config = await home(context);
  const node = await openNode(config, silentLog);
  let failures = 2;
  let done: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    done = resolve;
  });
  const importer = {
    async run(wish: ImportWish, ...rest: [undefined?, AbortSignal?]) {
      if (failures > 0) {
        failures -= 1;
        throw new Error('the disk is gone');
      }
      const view = await node.importer.run(wish, ...rest);
      if ((await node.archive.totals()).images === 6) done();
      return view;
    },
  };
  const receiver = await openDicomReceiver(config, { importer, log: silentLog, pace: { ...SOON, retryMs: 20 } });
  assert.ok(receiver !== undefined);
  context.after(async () => {
    await receiver.close();
    await node.close();
  });
  await sent(remote(receiver), films(6));
  await ended;
  assert.equal(failures, 0);
  assert.equal((await node.imports.list(10)).length >= 2, true, 'smaller imports after a failure');
});

test('node: a running node receives, and its status says so', async (context) => {
  const config = await home(context, { demonstration: 'true' });
  const running = await startNode(config, silentLog);
  context.after(() => running.close());
  const token = await createNodeToken(config, { name: 'test', roles: ['operator'], days: 1 });
  const answer = await running.server.fastify.inject({
    url: '/api/status',
    headers: { authorization: `Bearer ${token}` },
  });
  assert.equal(answer.statusCode, 200);
  const { lately, ...receiver } = answer.json().dicomReceiver;
  assert.deepEqual(receiver, {
    host: '127.0.0.1',
    port: running.dicomPort,
    securePort: null,
    aeTitle: 'UNICA',
    waiting: 0,
    associations: 0,
  });
  assert.equal(lately.length, 60);
  assert.ok(answer.json().diskFreeBytes > 0);
});

/** As they are encoded: storescu offers one encoding at a time. */
const REAL: readonly (readonly [string, string])[] = [
  ['MG1_JPLY.dcm', '-xx'],
  ['RG1_JLSN.dcm', '-xu'],
  ['odd/CT_small.dcm', '-x='],
  ['odd/MR_small_implicit.dcm', '-xi'],
  ['wg04/CT1_RLE', '-xr'],
  ['wg04/CT2_JPLL', '-xs'],
  ['wg04/MR1_J2KI', '-xw'],
];

test('receiver: storescu of DCMTK sends real files, and again', { skip: noDcmtk || noData }, async (context) => {
  const { node, receiver, drained } = await receiving(context, await home(context));
  const { host, port, aeTitle } = receiver.status();
  const send = async ([name, encoding]: readonly [string, string]) => {
    const args = ['-aet', 'CT-ROOM', '-aec', aeTitle, encoding, host, String(port), join(data, name)];
    const child = spawn('storescu', args, { env: { ...process.env, TCP_NODELAY: '1' }, stdio: 'ignore' });
    const [code] = await once(child, 'close');
    return [name, code];
  };
  const kept = async () => (await node.archive.totals()).images + (await node.quarantine.total());
  for (const time of ['first', 'second']) {
    assert.deepEqual(
      await Promise.all(REAL.map(send)),
      REAL.map(([name]) => [name, 0]),
      time,
    );
    await drained();
    assert.equal(await kept(), REAL.length, time);
  }
  assert.ok((await node.archive.totals()).images > 0);
});

test('receiver: an object that is too large to be imported is broken off, and leaves nothing', async (context) => {
  const config = await home(context, { dicomObjectMib: '1' });
  const { receiver } = await receiving(context, config);
  const large = [padded, padded, padded, padded, padded].reduce((file, more) => more(file), fictitiousObject(0));
  await assert.rejects(
    sent(remote(receiver), [large]),
    (error) => error instanceof UnicaError && /^dimse\.(aborted|connection-lost)$/.test(error.code),
  );
  await sent(remote(receiver), films(1));
  assert.equal((await spooled(config)).filter((name) => name.endsWith('.part')).length, 0);
});
