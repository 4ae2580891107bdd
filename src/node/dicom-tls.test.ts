import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import { type Log, type LogFacts, silentLog, UnicaError } from '#base';
import { noOpenssl, TestCertificates } from '#checkup';
import { find, move } from '#dimse';
import { type NodeConfig, nodeConfig } from './config.ts';
import { type DicomReceiver, openDicomReceiver } from './dicom-receiver.ts';
import { freePort } from './free-port.ts';
import { KillSwitch } from './kill-switch.ts';
import { openNode } from './open-node.ts';
import { PictureDesk } from './picture-desk.ts';
import { dicomEcho, pullIntoNode } from './pull-studies.ts';
import { readableArchive } from './readable-archive.ts';
import { enrolledHome, fictitiousObject } from './receiver-rig.ts';

const noDcmtk = spawnSync('storescu', ['--version']).status === 0 ? false : 'no dcmtk (storescu)';

let folder = '';
let certificates = new TestCertificates('');
const pem = (name: string) => certificates.path(name);
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unica-dicom-tls-'));
  certificates = new TestCertificates(folder);
  if (noOpenssl !== false) return;
  certificates.authority('ca', 'Hospital CA');
  certificates.authority('stranger', 'Another CA');
  certificates.issued('node', 'ca', { names: 'IP:127.0.0.1' });
  certificates.issued('pacs', 'ca', { names: 'IP:127.0.0.1' });
  certificates.issued('elsewhere', 'ca', { names: 'DNS:pacs.elsewhere.example' });
  certificates.issued('expired', 'ca', { names: 'IP:127.0.0.1', days: -1 });
  certificates.issued('foreign', 'stranger', { names: 'IP:127.0.0.1' });
});
after(() => rm(folder, { recursive: true, force: true }));

const identity = (name: string, authorities = 'ca') => ({
  dicomTlsCertificate: pem(`${name}.pem`),
  dicomTlsKey: pem(`${name}.key`),
  dicomTlsAuthorities: pem(`${authorities}.pem`),
});

async function home(context: TestContext, settings: Record<string, string>): Promise<NodeConfig> {
  const path = await mkdtemp(join(folder, 'home-'));
  context.after(() => rm(path, { recursive: true, force: true }));
  await enrolledHome(path);
  return nodeConfig({ home: path, port: '0', dicomPeers: 'any', ...settings });
}

interface Receiving {
  readonly receiver: DicomReceiver;
  readonly refusals: readonly string[];
  readonly images: () => Promise<number>;
}

async function receiving(context: TestContext, config: NodeConfig): Promise<Receiving> {
  const refusals: string[] = [];
  const log: Log = {
    ...silentLog,
    warn(event: string, facts: LogFacts = {}) {
      if (event === 'dimse.tls-refused') refusals.push(String(facts['problem']));
    },
  };
  const node = await openNode(config, silentLog);
  const receiver = await openDicomReceiver(config, { importer: node.importer, log, pace: { silenceMs: 20 } });
  assert.ok(receiver !== undefined);
  context.after(async () => {
    await receiver.close();
    await node.close();
  });
  // An object on its way from the spool into the archive would count twice, or not at all.
  const images = async () => {
    while (receiver.status().waiting > 0) await pause(20);
    return (await node.archive.totals()).images;
  };
  return { receiver, refusals, images };
}

async function run(
  command: string,
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly said: string }> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()));
  const [code] = await once(child, 'close');
  return { code: Number(code), said };
}

const refused = (code: string, words: RegExp) => (error: unknown) =>
  error instanceof UnicaError && error.code === code && words.test(error.message);

test('secure DICOM: storescu and echoscu with a certificate of the house are served, others are told why not', {
  skip: noOpenssl || noDcmtk,
}, async (context) => {
  const config = await home(context, { dicomTlsPort: '0', dicomPort: '0', ...identity('node') });
  const { receiver, refusals, images } = await receiving(context, config);
  const path = join(folder, 'film.dcm');
  await writeFile(path, fictitiousObject(0));
  const to = ['-aec', 'UNICA', '127.0.0.1'];
  const secure = String(receiver.securePort);
  const as = (name: string) => ['+tls', pem(`${name}.key`), pem(`${name}.pem`), '+cf', pem('ca.pem')];
  for (const profile of ['+py', '+px']) {
    assert.equal((await run('echoscu', ...as('pacs'), profile, ...to, secure)).code, 0, profile);
  }
  assert.equal((await run('storescu', ...as('pacs'), '-R', ...to, secure, path)).code, 0);
  assert.equal(await images(), 1);
  // The plain port beside it goes on.
  assert.equal((await run('echoscu', ...to, String(receiver.status().port))).code, 0);
  assert.deepEqual(refusals, []);

  const rows: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['of another authority', [...as('foreign'), ...to, secure], /authority that is not trusted here/],
    ['expired', [...as('expired'), ...to, secure], /has expired/],
    ['none', ['+tla', '+cf', pem('ca.pem'), ...to, secure], /no certificate/],
    ['no TLS at all', [...to, secure], /without encryption/],
  ];
  for (const [what, args, words] of rows) {
    const before = refusals.length;
    assert.notEqual((await run('echoscu', ...args)).code, 0, what);
    assert.match(refusals.slice(before).join(), words, what);
  }
  assert.equal((await run('echoscu', ...as('pacs'), ...to, secure)).code, 0);
});

test('secure DICOM: alone, with any client that encrypts, when the settings say so', {
  skip: noOpenssl || noDcmtk,
}, async (context) => {
  const config = await home(context, { dicomTlsPort: '0', dicomTlsClients: 'anyone', ...identity('node') });
  const { receiver } = await receiving(context, config);
  assert.equal(receiver.status().port, receiver.securePort);
  const to = ['-aec', 'UNICA', '127.0.0.1', String(receiver.securePort)];
  assert.equal((await run('echoscu', '+tla', '+cf', pem('ca.pem'), ...to)).code, 0);
  assert.notEqual((await run('echoscu', ...to)).code, 0);
});

test('secure DICOM: older TLS is not spoken', { skip: noOpenssl }, async (context) => {
  const config = await home(context, { dicomTlsPort: '0', dicomTlsClients: 'anyone', ...identity('node') });
  const { receiver } = await receiving(context, config);
  const speak = async (...args: readonly string[]) =>
    (await run('openssl', 's_client', '-connect', `127.0.0.1:${receiver.securePort}`, ...args)).code;
  assert.equal(await speak('-tls1_2'), 0);
  assert.equal(await speak('-tls1_3'), 0);
  assert.notEqual(await speak('-tls1_1', '-cipher', 'ALL:@SECLEVEL=0'), 0);
  assert.notEqual(await speak('-tls1_2', '-cipher', 'AES128-SHA:@SECLEVEL=0'), 0);
});

test('secure DICOM: we ask a system by its certificate, and say what is wrong with it', {
  skip: noOpenssl,
}, async (context) => {
  const askFrom = async (settings: Record<string, string>, port: number) => {
    const config = await home(context, { dicomPeers: '', ...settings });
    await dicomEcho(config, { aeTitle: 'UNICA', host: '127.0.0.1', port, isEncrypted: true });
  };
  const serving = async (name: string, more: Record<string, string> = {}) =>
    (await receiving(context, await home(context, { dicomTlsPort: '0', ...identity(name), ...more }))).receiver
      .securePort ?? 0;
  const good = await serving('pacs');
  await askFrom(identity('node'), good);
  await assert.rejects(
    askFrom(identity('foreign'), good),
    refused('dimse.connection-lost', /may not take our certificate/),
  );
  await assert.rejects(
    askFrom(identity('node', 'stranger'), good),
    refused('dimse.tls-refused', /authority that is not trusted/),
  );
  const elsewhere = await serving('elsewhere');
  await assert.rejects(askFrom(identity('node'), elsewhere), refused('dimse.tls-refused', /made for another host/));
  await askFrom({ ...identity('node'), dicomTlsNames: 'any' }, elsewhere);
  await assert.rejects(askFrom({}, good), refused('config.invalid', /dicomTlsCertificate/));

  const { receiver } = await receiving(context, await home(context, { dicomPort: '0' }));
  await assert.rejects(
    askFrom(identity('node'), receiver.status().port),
    (error) =>
      error instanceof UnicaError && ['dimse.tls-refused', 'dimse.unreachable', 'dimse.timeout'].includes(error.code),
  );
});

test('secure DICOM: files that cannot serve are told of before anything listens', {
  skip: noOpenssl,
}, async (context) => {
  await writeFile(join(folder, 'broken.pem'), 'no PEM');
  const rows: readonly (readonly [Record<string, string>, RegExp])[] = [
    [identity('expired'), /certificate .*valid until/],
    [{ ...identity('node'), dicomTlsKey: pem('pacs.key') }, /key .*does not belong/],
    [{ ...identity('node'), dicomTlsKey: pem('nowhere.key') }, /key .*no such file/],
    [{ ...identity('node'), dicomTlsCertificate: pem('broken.pem') }, /certificate .*PEM/],
    [{ ...identity('node'), dicomTlsAuthorities: pem('broken.pem') }, /authorities .*PEM/],
    [{ ...identity('node'), dicomTlsAuthorities: pem('pacs.pem') }, /none of an authority/],
  ];
  for (const [files, words] of rows) {
    const config = await home(context, { dicomTlsPort: '0', ...files });
    const node = await openNode(config, silentLog);
    context.after(() => node.close());
    await assert.rejects(
      openDicomReceiver(config, { importer: node.importer, log: silentLog }),
      refused('dimse.certificate-unusable', words),
      String(words),
    );
  }
  for (const flat of [{ dicomTlsPort: '1' }, { dicomTlsCertificate: 'a', dicomTlsKey: 'b' }]) {
    assert.throws(() => nodeConfig({ dicomPeers: 'any', ...flat }), refused('config.invalid', /dicomTls/));
  }
});

test('secure DICOM: studies are pulled from dcmqrscp over TLS', { skip: noOpenssl || noDcmtk }, async (context) => {
  const place = join(folder, 'archive');
  await mkdir(place);
  const [port, behind] = [await freePort(), await freePort()];
  const settings = [
    'HostTable BEGIN',
    `unica = (UNICA, 127.0.0.1, 1)`,
    'HostTable END',
    'VendorTable BEGIN',
    'VendorTable END',
    'AETable BEGIN',
    `ARCHIVE ${place} RW (10, 100mb) ANY`,
    'AETable END',
  ];
  await writeFile(join(folder, 'qr.cfg'), `${settings.join('\n')}\n`);
  const child: ChildProcess = spawn('dcmqrscp', ['-c', join(folder, 'qr.cfg'), String(behind)], { stdio: 'ignore' });
  context.after(() => void child.kill());
  // dcmqrscp of this version does not encrypt: as in many a hospital, something before it does.
  const options = {
    key: await readFile(pem('pacs.key')),
    cert: await readFile(pem('pacs.pem')),
    ca: await readFile(pem('ca.pem')),
  };
  const terminator = createTlsServer({ ...options, requestCert: true }, (socket) => {
    const inner = connect(behind, '127.0.0.1');
    for (const [one, other] of [
      [socket, inner],
      [inner, socket],
    ] as const)
      one.on('error', () => other.destroy());
    socket.pipe(inner).pipe(socket);
  });
  terminator.listen(port, '127.0.0.1');
  context.after(() => void terminator.close());
  const config = await home(context, { dicomPeers: '', ...identity('node') });
  const from = { aeTitle: 'ARCHIVE', host: '127.0.0.1', port, isEncrypted: true };
  await listens(behind);
  await dicomEcho(config, from);
  const paths = [0, 1].map((number) => join(folder, `pull-${number}.dcm`));
  for (const [number, path] of paths.entries()) await writeFile(path, fictitiousObject(number));
  const as = ['+tls', pem('node.key'), pem('node.pem'), '+cf', pem('ca.pem')];
  const sent = await run('storescu', ...as, '-R', '-aec', 'ARCHIVE', '127.0.0.1', String(port), ...paths);
  assert.equal(sent.code, 0, sent.said);
  const found = await run(
    'findscu',
    ...as,
    '-S',
    '-aec',
    'ARCHIVE',
    '-k',
    'QueryRetrieveLevel=STUDY',
    '-k',
    'StudyInstanceUID',
    '127.0.0.1',
    String(port),
  );
  assert.equal(found.code, 0, found.said);
  const report = await pullIntoNode(config, {
    from,
    questions: [{ AccessionNumber: 'ACC0' }],
    via: 'get',
    studiesAtMost: 5,
  });
  assert.deepEqual([report.studies, report.received, report.accepted, report.failed], [1, 2, 2, 0]);
});

test('secure DICOM: C-MOVE sends over TLS where the settings say so, and to no stranger', {
  skip: noOpenssl,
}, async (context) => {
  const elsewhere = async (name: string, authorities: string) => {
    const settings = { dicomTlsPort: '0', dicomAeTitle: 'ELSEWHERE', ...identity(name, authorities) };
    return await receiving(context, await home(context, settings));
  };
  const good = await elsewhere('pacs', 'ca');
  const stranger = await elsewhere('foreign', 'ca');
  const suspicious = await elsewhere('pacs', 'stranger');
  const at = ({ receiver }: Receiving) => `127.0.0.1:${receiver.securePort ?? 0}`;
  const config = await home(context, {});
  const inbox = join(config.home, 'in');
  await mkdir(inbox);
  for (const number of [0, 1, 2]) await writeFile(join(inbox, `${number}.dcm`), fictitiousObject(number));
  const node = await openNode(config, silentLog);
  context.after(() => node.close());
  const view = await node.importer.run({ paths: [inbox], clinicalPath: undefined, source: 'in', actor: 'test' });
  assert.equal(view.accepted, 3);
  const none = [0xa702, 0, 3] as const;
  const rows: readonly (readonly [string, Receiving, readonly number[], number])[] = [
    ['/tls', good, [0, 3, 0], 3],
    ['/tls', stranger, none, 0],
    ['/tls', suspicious, none, 0],
    // The settings forgot that it encrypts: nothing goes out in the clear that somebody takes.
    ['', good, none, 3],
  ];
  for (const [tls, destination, expected, images] of rows) {
    const flat = { home: config.home, port: '0', dicomPort: '0', dicomPeers: 'any', dicomReaders: 'READER@127.0.0.1' };
    const asked = nodeConfig({
      ...{ ...flat, ...identity('node'), dicomDestinations: `ELSEWHERE@${at(destination)}${tls}` },
    });
    const desk = new PictureDesk();
    const killSwitch = await KillSwitch.open(node.database.kysely);
    const archive = await readableArchive({ ...node, config: asked, index: node.dicomIndex, desk, killSwitch });
    const receiver = await openDicomReceiver(asked, { importer: node.importer, log: silentLog, archive });
    assert.ok(receiver !== undefined);
    const from = { host: '127.0.0.1', port: receiver.status().port, aeTitle: 'UNICA', callingAeTitle: 'READER' };
    try {
      let study = '';
      const ask = { root: 'study', level: 'STUDY' } as const;
      for await (const found of find(from, { ...ask, keys: { StudyInstanceUID: '' } })) study = found.text(STUDY) ?? '';
      const wish = { ...ask, keys: { StudyInstanceUID: study }, destinationAeTitle: 'ELSEWHERE' };
      const { status, completed, failed } = await move(from, wish);
      assert.deepEqual([status, completed, failed], expected);
    } finally {
      await receiver.close();
      await desk.close();
    }
    assert.equal(await destination.images(), images);
  }
});

const STUDY = 0x0020000d;

/** Resolves when somebody listens there. */
async function listens(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await pause(50);
  }
  throw new Error('nobody listens');
}
