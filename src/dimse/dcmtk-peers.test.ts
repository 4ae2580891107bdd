import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import { concatBytes, toHex, UnicaError } from '#base';
import { type DataSet, parseDicom } from '#dicom';
import { echo } from './echo.ts';
import { fileMeta } from './file-meta.ts';
import { find } from './find.ts';
import type { Query } from './query.ts';
import type { IncomingInstance } from './receive-instance.ts';
import type { RemoteSystem } from './request-association.ts';
import { get, move } from './retrieve.ts';
import { openStorageScp, type StorageScp, type StorageScpOptions } from './storage-scp.ts';
import { instanceOfFile, type OutgoingInstance, type StoreOutcome, store } from './store.ts';

const data = join(process.env['UNICA_DATA'] ?? new URL('../../../shared/data', import.meta.url).pathname, 'dicom');
const noData = existsSync(data) ? false : 'no ../shared/data/dicom (UNICA_DATA)';
const noDcmtk = spawnSync('storescu', ['--version']).status === 0 ? false : 'no dcmtk (storescu, storescp, dcmqrscp)';
const alone = noDcmtk || noData;
const noOpenssl = spawnSync('openssl', ['version']).status === 0 ? false : 'no openssl to make a certificate with';
/** DCMTK leaves the algorithm of Nagle on unless told otherwise, which makes each object wait for 40 ms. */
const ENVIRONMENT = { ...process.env, TCP_NODELAY: '1' };

const scratch = mkdtempSync(join(tmpdir(), 'unica-dimse-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
const opened: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** Real files whose header says how they are encoded, and whose objects can be named. */
const files = noData
  ? []
  : readdirSync(data, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/\.(zst|gz|dump)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => {
        const bytes = readFileSync(path);
        if (bytes.subarray(128, 132).toString('latin1') !== 'DICM' || path.endsWith('MR_truncated.dcm')) return false;
        const { dataset, meta } = parseDicom(bytes);
        return dataset.has(0x00080016) && dataset.has(0x00080018) && meta.has(0x00020002);
      })
      .sort();

interface Held {
  readonly instance: IncomingInstance;
  readonly bytes: Uint8Array;
}

/** A provider that keeps what it is sent. */
async function keeper(
  options: Partial<StorageScpOptions> = {},
): Promise<{ readonly scp: StorageScp; readonly held: Held[] }> {
  const held: Held[] = [];
  const scp = await openStorageScp({
    host: '127.0.0.1',
    port: 0,
    aeTitle: 'UNICA',
    peers: [],
    receive: async (instance) => {
      const parts: Uint8Array[] = [];
      for await (const chunk of instance.chunks) parts.push(chunk);
      held.push({ instance, bytes: concatBytes(parts) });
    },
    ...options,
  });
  opened.push(() => scp.close());
  return { scp, held };
}

interface Ran {
  readonly code: number | null;
  readonly output: string;
}

async function run(command: string, ...args: readonly string[]): Promise<Ran> {
  const child = spawn(command, args, { env: ENVIRONMENT });
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  child.stderr.on('data', (text) => {
    output += text;
  });
  const [code] = await once(child, 'close');
  return { code, output };
}

async function freePort(): Promise<number> {
  const server = createServer().listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}

/** A DCMTK provider that answers already. */
async function started(command: string, args: readonly string[], remote: RemoteSystem): Promise<ChildProcess> {
  const child = spawn(command, args, { env: ENVIRONMENT, stdio: 'ignore' });
  for (;;) {
    assert.equal(child.exitCode, null, `${command} ended`);
    try {
      await echo(remote);
      return child;
    } catch (error) {
      if (!(error instanceof UnicaError) || error.code !== 'dimse.unreachable') throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/**
 * Every value of an object by its place, apart from what DCMTK writes anew: group lengths, offset tables, and padding of
 * the data set and of single values.
 */
function values(dataset: DataSet, place = ''): readonly string[] {
  return dataset.elements.flatMap(({ tag, value, items, fragments }) => {
    if ((tag & 0xffff) === 0 || tag === 0xfffcfffc) return [];
    const here = `${place}/${tag.toString(16).padStart(8, '0')}`;
    if (items !== undefined) return items.flatMap((item, index) => values(item, `${here}[${index}]`));
    return [`${here} ${fragments === undefined ? shortened(value) : fragments.slice(1).map(shortened).join('|')}`];
  });
}

function shortened(value: Uint8Array): string {
  const end = value.findLastIndex((byte) => byte !== 0 && byte !== 0x20) + 1;
  const rest = value.subarray(0, end);
  return rest.length <= 32 ? toHex(rest) : createHash('sha256').update(rest).digest('hex');
}

function asFile({ instance, bytes }: Held): Uint8Array {
  return concatBytes([fileMeta({ ...instance, sourceAeTitle: instance.callingAeTitle }), bytes]);
}

async function sent(remote: RemoteSystem, objects: readonly OutgoingInstance[]): Promise<readonly StoreOutcome[]> {
  const outcomes: StoreOutcome[] = [];
  for await (const outcome of store(remote, objects)) outcomes.push(outcome);
  return outcomes;
}

test('echoscu is answered', { skip: noDcmtk }, async () => {
  const { scp } = await keeper();
  assert.deepEqual(await run('echoscu', '-aec', 'UNICA', '127.0.0.1', `${scp.port}`), { code: 0, output: '' });
});

test('echoscu is told when it calls the wrong AE title, or is unknown', { skip: noDcmtk }, async () => {
  const { scp } = await keeper({ peers: [{ aeTitle: 'CT-ROOM' }] });
  const wrong = await run('echoscu', '-aet', 'CT-ROOM', '-aec', 'OTHER', '127.0.0.1', `${scp.port}`);
  assert.match(wrong.output, /Called AE Title Not Recognized/);
  const unknown = await run('echoscu', '-aet', 'STRANGER', '-aec', 'UNICA', '127.0.0.1', `${scp.port}`);
  assert.match(unknown.output, /Calling AE Title Not Recognized/);
});

/** dcmsend sends these as explicit little endian whatever they are in; storescu does what it is told. */
const STORESCU_OPTION: Readonly<Record<string, string>> = {
  '1.2.840.10008.1.2': '-xi',
  '1.2.840.10008.1.2.2': '-xb',
};

test('every real file that DCMTK sends arrives whole, in its own encoding', { skip: alone }, async () => {
  const { scp, held } = await keeper();
  let compared = 0;
  for (const path of files) {
    held.length = 0;
    const original = parseDicom(readFileSync(path));
    const own = STORESCU_OPTION[original.meta.text(0x00020010) ?? ''];
    const to = ['-aec', 'UNICA', '127.0.0.1', `${scp.port}`, path];
    const { code } = await (own === undefined
      ? run('dcmsend', '--decompress-never', ...to)
      : run('storescu', own, '-R', ...to));
    const [got] = held;
    // DCMTK itself does not read or name some of the odd files.
    if (code !== 0 || got === undefined) continue;
    const received = parseDicom(asFile(got));
    assert.equal(got.instance.transferSyntaxUid, original.meta.text(0x00020010), path);
    assert.equal(got.instance.sopInstanceUid, original.dataset.text(0x00080018), path);
    assert.deepEqual(values(received.dataset), values(original.dataset), path);
    compared += 1;
  }
  assert.ok(compared > 45, `${compared} compared`);
});

test('what is received is, behind our header, a file that dcmdump reads without a warning', {
  skip: alone,
}, async () => {
  const { scp, held } = await keeper();
  const path = join(data, 'odd/CT_small.dcm');
  await run('storescu', '-aet', 'CT-ROOM', '-aec', 'UNICA', '127.0.0.1', `${scp.port}`, path);
  const [got] = held;
  assert.ok(got !== undefined);
  const written = join(scratch, 'received.dcm');
  writeFileSync(written, asFile(got));
  const { code, output } = await run('dcmdump', written);
  assert.equal(code, 0, output);
  assert.doesNotMatch(output, /^[WEF]:/m);
  assert.match(output, /\(0002,0016\) AE \[CT-ROOM\]/);
});

test('four storescu at once, each with many objects, lose none', { skip: alone }, async () => {
  const { scp, held } = await keeper();
  const path = join(data, 'odd/MR_small.dcm');
  const runs = await Promise.all(
    Array.from({ length: 4 }, () =>
      run('storescu', '--repeat', '25', '-aec', 'UNICA', '127.0.0.1', `${scp.port}`, path),
    ),
  );
  assert.deepEqual(
    runs.map(({ code }) => code),
    [0, 0, 0, 0],
  );
  assert.equal(held.length, 100);
  assert.equal(new Set(held.map(({ bytes }) => toHex(bytes))).size, 1);
});

test('storescu is told of classes that are not received', { skip: alone }, async () => {
  const { scp, held } = await keeper({ sopClasses: ['1.2.840.10008.5.1.4.1.1.4'] });
  const path = join(data, 'odd/CT_small.dcm');
  const { code, output } = await run('storescu', '-R', '-aec', 'UNICA', '127.0.0.1', `${scp.port}`, path);
  assert.notEqual(code, 0);
  assert.match(output, /No Acceptable Presentation Contexts/);
  assert.equal(held.length, 0);
});

test('storescu is told of a full disk', { skip: alone }, async () => {
  const { scp } = await keeper({
    receive: async ({ chunks }) => {
      for await (const _ of chunks) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    },
  });
  const path = join(data, 'odd/CT_small.dcm');
  const { output } = await run('storescu', '-v', '-aec', 'UNICA', '127.0.0.1', `${scp.port}`, path);
  assert.match(output, /Refused: OutOfResources|0xa700/i);
});

test('a storescu that is killed leaves a typed error, and the others are served', { skip: alone }, async () => {
  let began: () => void = () => {};
  const beginning = new Promise<void>((resolve) => {
    began = resolve;
  });
  let ended: (error: unknown) => void = () => {};
  const failure = new Promise((resolve) => {
    ended = resolve;
  });
  let goOn: () => void = () => {};
  const killed = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const { scp } = await keeper({
    receive: async ({ chunks }) => {
      try {
        for await (const _ of chunks) {
          began();
          await killed;
        }
      } catch (error) {
        ended(error);
        throw error;
      }
    },
  });
  const args = ['-xw', '-R', '-aec', 'UNICA', '127.0.0.1', `${scp.port}`, large()];
  const child = spawn('storescu', args, { env: ENVIRONMENT, stdio: 'ignore' });
  await beginning;
  child.kill('SIGKILL');
  await once(child, 'close');
  goOn();
  assert.equal(((await failure) as UnicaError).code, 'dimse.connection-lost');
  assert.equal((await run('echoscu', '-aec', 'UNICA', '127.0.0.1', `${scp.port}`)).code, 0);
});

/** A file too large to be on its way as a whole when its sender dies. */
function large(): string {
  const path = join(scratch, 'large.dcm');
  if (existsSync(path)) return path;
  const small = readFileSync(join(data, 'odd/CT_small.dcm'));
  const { dataset } = parseDicom(small);
  const before = dataset.elements.filter(({ tag }) => tag < 0x7fe00010).map(({ raw }) => raw);
  const pixels = new Uint8Array(64 << 20);
  const head = Uint8Array.of(0xe0, 0x7f, 0x10, 0, 0x4f, 0x57, 0, 0, 0, 0, 0, 4);
  const header = fileMeta({
    sopClassUid: dataset.text(0x00080016) ?? '',
    sopInstanceUid: dataset.text(0x00080018) ?? '',
    transferSyntaxUid: '1.2.840.10008.1.2.1',
  });
  writeFileSync(path, concatBytes([header, ...before, head, pixels]));
  return path;
}

test('storescp gets every real file bit by bit', { skip: alone }, async () => {
  const port = await freePort();
  const folder = join(scratch, 'storescp');
  mkdirSync(folder);
  const remote = { host: '127.0.0.1', port, aeTitle: 'ARCHIVE', callingAeTitle: 'UNICA' };
  const child = await started('storescp', ['+xa', '-pm', '+B', '-od', folder, '-aet', 'ARCHIVE', `${port}`], remote);
  opened.push(() => void child.kill());
  const objects = await Promise.all(files.map(instanceOfFile));
  const outcomes = await sent(remote, objects);
  const bytesOf = new Map<string, Buffer>();
  for (const name of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, name));
    bytesOf.set(parseDicom(bytes).meta.text(0x00020003) ?? '', bytes);
  }
  // Of objects that share their UID, the archive keeps the last.
  const last = new Map(objects.map((object, index) => [object.sopInstanceUid, index]));
  let compared = 0;
  for (const [uid, index] of last) {
    if (outcomes[index]?.kind !== 'stored') continue;
    const parts: Uint8Array[] = [];
    for await (const chunk of (await objects[index]?.chunks()) ?? []) parts.push(chunk);
    const expected = Buffer.concat(parts);
    const kept = bytesOf.get(uid);
    const end = (kept?.length ?? 0) - (expected.length % 2);
    assert.ok(kept?.subarray(end - expected.length, end).equals(expected), basename(files[index] ?? ''));
    compared += 1;
  }
  assert.ok(compared > 40, `${compared} compared`);
});

test('a class that storescp does not take is not sent', { skip: alone }, async () => {
  const port = await freePort();
  const remote = { host: '127.0.0.1', port, aeTitle: 'ARCHIVE', callingAeTitle: 'UNICA' };
  const child = await started('storescp', ['--ignore', '-aet', 'ARCHIVE', `${port}`], remote);
  opened.push(() => void child.kill());
  const known = await instanceOfFile(join(data, 'odd/CT_small.dcm'));
  const outcomes = await sent(remote, [{ ...known, sopClassUid: '1.2.3.4' }, known]);
  assert.deepEqual(
    outcomes.map(({ kind }) => kind),
    ['not-offered', 'stored'],
  );
});

test('over TLS DCMTK and we understand each other, either way', { skip: alone || noOpenssl }, async () => {
  const [key, cert] = [join(scratch, 'key.pem'), join(scratch, 'cert.pem')];
  const subject = '-subj /CN=localhost -addext subjectAltName=IP:127.0.0.1'.split(' ');
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject];
  assert.equal(spawnSync('openssl', [...made, '-keyout', key, '-out', cert]).status, 0);
  const { scp, held } = await keeper({ tls: { key: readFileSync(key), cert: readFileSync(cert) } });
  const path = join(data, 'odd/CT_small.dcm');
  const to = ['-R', '-aec', 'UNICA', '127.0.0.1', `${scp.port}`, path];
  assert.equal((await run('storescu', '+tla', '+cf', cert, ...to)).code, 0);
  assert.equal(held.length, 1);
  const port = await freePort();
  const remote = {
    host: '127.0.0.1',
    port,
    aeTitle: 'ARCHIVE',
    callingAeTitle: 'UNICA',
    tls: { ca: readFileSync(cert) },
  };
  const child = await started('storescp', ['+tls', key, cert, '-ic', '--ignore', `${port}`], remote);
  opened.push(() => void child.kill());
  const [outcome] = await sent(remote, [await instanceOfFile(path)]);
  assert.equal(outcome?.kind, 'stored');
});

interface Archive {
  readonly child: ChildProcess;
  readonly remote: RemoteSystem;
  /** Where it takes UNICA to listen. */
  readonly receiverPort: number;
}

const ARCHIVED = ['odd/CT_small.dcm', 'odd/MR_small.dcm', 'wg04/CT1_RLE', 'wg04/MR4_RLE', 'wg04/CT2_JLSL'];
let running: Promise<Archive> | undefined;
after(async () => (await running)?.child.kill());

/** dcmqrscp with a few real objects, the same for all tests. */
function theArchive(): Promise<Archive> {
  running ??= startArchive();
  return running;
}

async function startArchive(): Promise<Archive> {
  const [port, receiverPort] = [await freePort(), await freePort()];
  const folder = join(scratch, 'archive');
  mkdirSync(folder);
  const configuration = join(scratch, 'dcmqrscp.cfg');
  writeFileSync(
    configuration,
    [
      `NetworkTCPPort = ${port}`,
      'MaxPDUSize = 16384',
      'MaxAssociations = 8',
      'HostTable BEGIN',
      `unica = (UNICA, 127.0.0.1, ${receiverPort})`,
      'HostTable END',
      'VendorTable BEGIN',
      'VendorTable END',
      'AETable BEGIN',
      `ARCHIVE ${folder} RW (100, 64mb) ANY`,
      'AETable END',
      '',
    ].join('\n'),
  );
  const remote = { host: '127.0.0.1', port, aeTitle: 'ARCHIVE', callingAeTitle: 'UNICA' };
  const child = await started('dcmqrscp', ['-c', configuration, '+xr', '+B'], remote);
  const objects = await Promise.all(ARCHIVED.map((name) => instanceOfFile(join(data, name))));
  const outcomes = await sent(remote, objects);
  // It takes RLE, as told by +xr, and what is uncompressed.
  assert.deepEqual(
    outcomes.map(({ kind }) => kind),
    ['stored', 'stored', 'stored', 'stored', 'not-offered'],
  );
  return { child, remote, receiverPort };
}

async function found(query: Query): Promise<readonly DataSet[]> {
  const answers: DataSet[] = [];
  for await (const answer of find((await theArchive()).remote, query)) answers.push(answer);
  return answers;
}

const PATIENT_ID = 0x00100020;
const STUDY_UID = 0x0020000d;
const CT_STUDY = '1.3.6.1.4.1.5962.1.2.1.20040119072730.12322';

test('dcmqrscp finds by study root, by patient root, by wildcard, and nothing', { skip: alone }, async () => {
  const all = await found({ root: 'study', level: 'STUDY', keys: { PatientID: '', StudyInstanceUID: '' } });
  assert.equal(all.length, 4);
  assert.ok(all.some((answer) => answer.text(STUDY_UID) === CT_STUDY));
  const one = await found({ root: 'study', level: 'STUDY', keys: { PatientID: '1CT*', StudyInstanceUID: '' } });
  assert.ok(one.every((answer) => answer.text(PATIENT_ID)?.startsWith('1CT')));
  assert.ok(one.length > 0 && one.length < 4);
  const patients = await found({ root: 'patient', level: 'PATIENT', keys: { PatientID: '4MR1', PatientName: '' } });
  assert.deepEqual(
    patients.map((answer) => answer.text(PATIENT_ID)),
    ['4MR1'],
  );
  assert.deepEqual(await found({ root: 'study', level: 'STUDY', keys: { PatientID: 'NOBODY' } }), []);
});

test('leaving a query early cancels it, and the archive answers the next', { skip: alone }, async () => {
  let seen = 0;
  const { remote } = await theArchive();
  for await (const _ of find(remote, { root: 'study', level: 'STUDY', keys: { PatientID: '' } })) {
    seen += 1;
    break;
  }
  assert.equal(seen, 1);
  await echo(remote);
});

test('a query that is aborted throws the reason', { skip: alone }, async () => {
  const { remote } = await theArchive();
  const abort = new AbortController();
  const query: Query = { root: 'study', level: 'STUDY', keys: { PatientID: '' } };
  const reason = new Error('enough');
  await assert.rejects(async () => {
    for await (const _ of find(remote, query, { signal: abort.signal })) abort.abort(reason);
  }, reason);
  await echo(remote);
});

test('dcmqrscp moves a study to our receiver', { skip: alone }, async () => {
  const { remote, receiverPort } = await theArchive();
  const { held } = await keeper({ port: receiverPort, peers: [{ aeTitle: 'ARCHIVE' }] });
  const query = { root: 'study', level: 'STUDY', keys: { StudyInstanceUID: CT_STUDY } } as const;
  const outcome = await move(remote, { ...query, destinationAeTitle: 'UNICA' });
  assert.deepEqual(outcome, { status: 0, completed: 1, failed: 0, warnings: 0, failedSopInstanceUids: [] });
  assert.equal(held.length, 1);
  assert.equal(held[0]?.instance.moveOriginator?.aeTitle, 'UNICA');
  await assert.rejects(move(remote, { ...query, destinationAeTitle: 'NOWHERE' }), (error: UnicaError) => {
    assert.equal(error.code, 'dimse.refused');
    assert.equal(error.facts['status'], '0xA801');
    return true;
  });
});

test('dcmqrscp sends objects over our own association, as it has them', { skip: alone }, async () => {
  const { remote } = await theArchive();
  for (const name of ARCHIVED.slice(0, 4)) {
    const original = parseDicom(readFileSync(join(data, name)));
    const held: Held[] = [];
    const progress: number[] = [];
    const outcome = await get(
      remote,
      {
        root: 'study',
        level: 'STUDY',
        keys: { StudyInstanceUID: original.dataset.text(STUDY_UID) ?? '' },
        // dcmqrscp takes the first context of a class that was agreed, be the object in its transfer syntax or not.
        transferSyntaxes: [original.transferSyntaxUid],
      },
      async (instance) => {
        const parts: Uint8Array[] = [];
        for await (const chunk of instance.chunks) parts.push(chunk);
        held.push({ instance, bytes: concatBytes(parts) });
      },
      { onProgress: ({ completed }) => progress.push(completed) },
    );
    assert.deepEqual(outcome, { status: 0, completed: 1, failed: 0, warnings: 0, failedSopInstanceUids: [] });
    assert.deepEqual(progress, [1]);
    const [got] = held;
    assert.ok(got !== undefined);
    assert.equal(got.instance.transferSyntaxUid, original.transferSyntaxUid);
    assert.deepEqual(values(parseDicom(asFile(got)).dataset), values(original.dataset));
  }
});

test('an object that we do not keep counts as failed', { skip: alone }, async () => {
  const { remote } = await theArchive();
  const outcome = await get(remote, { root: 'study', level: 'STUDY', keys: { StudyInstanceUID: CT_STUDY } }, () =>
    Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' })),
  );
  assert.equal(outcome.completed, 0);
  assert.equal(outcome.failed, 1);
});
