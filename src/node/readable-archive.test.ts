import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { concatBytes, silentLog, UnicaError } from '#base';
import { pseudonymOf } from '#deid';
import { decodeSamples, parseDicom } from '#dicom';
import { echo, find, get, type IncomingInstance, move, openStorageScp, type Query, store } from '#dimse';
import { type NodeConfig, nodeConfig } from './config.ts';
import { type DicomReceiver, openDicomReceiver } from './dicom-receiver.ts';
import { freePort } from './free-port.ts';
import { KillSwitch } from './kill-switch.ts';
import { type OpenNode, openNode } from './open-node.ts';
import { PictureDesk } from './picture-desk.ts';
import { readableArchive } from './readable-archive.ts';
import { enrolledHome, fictitiousObject, outgoing } from './receiver-rig.ts';

const noDcmtk = spawnSync('findscu', ['--version']).status === 0 ? false : 'no dcmtk (findscu, movescu, getscu)';
/** Where Debian's package puts it, which is not on the path of ordinary users. */
const ORTHANC = '/usr/sbin/Orthanc';
const noOrthanc = spawnSync(ORTHANC, ['--version']).status === 0 ? false : 'no Orthanc';

const JPEG_LOSSLESS = '1.2.840.10008.1.2.4.70';
const RLE = '1.2.840.10008.1.2.5';
const EXPLICIT = '1.2.840.10008.1.2.1';
const IMPLICIT = '1.2.840.10008.1.2';
/** Films 0 to 3, 4 to 7 and 8 to 11 are three people's; the last one's opted out. */
const FILMS = 12;
const SHOWN = 8;

let folder: string;
let config: NodeConfig;
let node: OpenNode;
let receiver: DicomReceiver;
let killSwitch: KillSwitch;
let desk: PictureDesk;
let movePort: number;
let orthancPort: number;
/** Of the first two people, by study. */
let studies: readonly string[];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unica-readable-'));
  [movePort, orthancPort] = [await freePort(), await freePort()];
  const home = join(folder, 'home');
  const inbox = join(folder, 'in');
  await mkdir(home);
  await mkdir(inbox);
  await enrolledHome(home);
  config = nodeConfig({
    home,
    port: '0',
    dicomPort: '0',
    dicomPeers: 'SENDER',
    dicomReaders: 'READER@127.0.0.1, ORTHANC@127.0.0.1, ELSEWHERE@192.0.2.1',
    dicomDestinations: `READER@127.0.0.1:${movePort},ORTHANC@127.0.0.1:${orthancPort},DOWN@127.0.0.1:1`,
  });
  for (let number = 0; number < FILMS; number += 1) {
    const path = join(inbox, `film-${number}.dcm`);
    await writeFile(path, fictitiousObject(number));
    // One of a study is compressed as hospitals do, one so that we made it ourselves.
    if (number % 4 === 1 && noDcmtk === false) assert.equal(spawnSync('dcmcjpeg', [path, path]).status, 0);
    if (number % 4 === 2 && noDcmtk === false) assert.equal(spawnSync('dcmcrle', [path, path]).status, 0);
  }
  node = await openNode(config, silentLog);
  const view = await node.importer.run({ paths: [inbox], clinicalPath: undefined, source: 'in', actor: 'test' });
  assert.equal(view.accepted, FILMS, JSON.stringify(view));
  await node.optOuts.record(pseudonymOf(node.site, 'ZX-8841720-2'), 'opt-out', 'test');
  killSwitch = await KillSwitch.open(node.database.kysely);
  desk = new PictureDesk();
  const archive = await readableArchive({ ...node, index: node.dicomIndex, desk, killSwitch });
  const opened = await openDicomReceiver(config, { importer: node.importer, log: silentLog, archive });
  assert.ok(opened !== undefined);
  receiver = opened;
  studies = (await studiesFor({})).map((study) => study.text(0x0020000d) ?? '');
});

after(async () => {
  await receiver?.close();
  await desk?.close();
  await node?.close();
  await rm(folder, { recursive: true, force: true });
});

function remote(callingAeTitle = 'READER') {
  return { host: '127.0.0.1', port: receiver.status().port, aeTitle: 'UNICA', callingAeTitle };
}

async function studiesFor(keys: Query['keys']) {
  const wanted = { StudyInstanceUID: '', PatientID: '', StudyDate: '', ModalitiesInStudy: '' };
  return await answers({ root: 'study', level: 'STUDY', keys: { ...wanted, ...keys } });
}

async function answers(query: Query, callingAeTitle?: string) {
  const found = [];
  for await (const each of find(remote(callingAeTitle), query)) found.push(each);
  return found;
}

async function refused(work: Promise<unknown>, status: string): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof UnicaError, String(error));
    assert.equal(error.code, 'dimse.refused');
    assert.equal(error.facts['status'], status);
    return true;
  });
}

const QUERIES: readonly (readonly [sentence: string, keys: () => Query['keys'], studies: number])[] = [
  ['nothing given finds all but those who opted out', () => ({}), 2],
  ['a star is the same', () => ({ PatientID: '*' }), 2],
  ['a list of UIDs', () => ({ StudyInstanceUID: [studies[0] ?? '', '1.2.3', studies[1] ?? ''] }), 2],
  ['one UID', () => ({ StudyInstanceUID: studies[1] ?? '' }), 1],
  ['a range of dates that holds all', () => ({ StudyDate: '19000101-20991231' }), 2],
  ['a range of dates that is open', () => ({ StudyDate: '-19000101' }), 0],
  ['a modality', () => ({ ModalitiesInStudy: 'DX' }), 2],
  ['a modality that is not there', () => ({ ModalitiesInStudy: 'MR' }), 0],
  ['a pattern of modalities', () => ({ ModalitiesInStudy: 'D?' }), 2],
  ['a key that is not searched by is passed over', () => ({ PatientBirthDate: '19700101' }), 2],
];

for (const [sentence, keys, count] of QUERIES) {
  test(`C-FIND of studies: ${sentence}`, async () => {
    assert.equal((await studiesFor(keys())).length, count);
  });
}

test('C-FIND answers what is asked for at every level of both models', async () => {
  const [person, other] = await answers({
    root: 'patient',
    level: 'PATIENT',
    keys: { PatientID: '', PatientName: '', PatientSex: '', NumberOfPatientRelatedInstances: '', PatientBirthDate: '' },
  });
  assert.ok(person !== undefined && other !== undefined);
  assert.equal(person.text(0x00201204), '4');
  assert.equal(person.text(0x00100040), 'F');
  assert.equal(person.text(0x00080054), 'UNICA');
  assert.equal(person.text(0x00080052), 'PATIENT');
  assert.equal(person.element(0x00100030)?.value.length, 0);
  const patientId = person.text(0x00100020) ?? '';
  const [study, ...noMore] = await answers({
    root: 'patient',
    level: 'STUDY',
    keys: { PatientID: patientId, StudyInstanceUID: '', NumberOfStudyRelatedInstances: '' },
  });
  assert.deepEqual([noMore.length, study?.text(0x00201208)], [0, '4']);
  const studyUid = study?.text(0x0020000d) ?? '';
  const [series] = await answers({
    root: 'study',
    level: 'SERIES',
    keys: { StudyInstanceUID: studyUid, SeriesInstanceUID: '', Modality: 'DX' },
  });
  const seriesUid = series?.text(0x0020000e) ?? '';
  const keys = { StudyInstanceUID: studyUid, SeriesInstanceUID: seriesUid, SOPInstanceUID: '', InstanceNumber: '' };
  const images = await answers({ root: 'study', level: 'IMAGE', keys: { ...keys, Rows: '', SOPClassUID: '' } });
  assert.deepEqual(
    images.map((image) => image.number(0x00200013)),
    [4, 5, 6, 7].includes(images[0]?.number(0x00200013) ?? 0) ? [4, 5, 6, 7] : [0, 1, 2, 3],
  );
  assert.equal(images[0]?.number(0x00280010), 32);
  const one = await answers({
    root: 'study',
    level: 'IMAGE',
    keys: { ...keys, InstanceNumber: String(images[1]?.number(0x00200013)) },
  });
  assert.equal(one.length, 1);
});

test('C-FIND and C-MOVE refuse identifiers that their model does not have', async () => {
  const bad: readonly Query[] = [
    { root: 'study', level: 'PATIENT', keys: { PatientID: '' } },
    { root: 'study', level: 'SERIES', keys: { SeriesInstanceUID: '' } },
    { root: 'study', level: 'SERIES', keys: { StudyInstanceUID: '*' } },
    { root: 'patient', level: 'STUDY', keys: { StudyInstanceUID: '' } },
  ];
  for (const query of bad) await refused(answers(query), '0xA900');
  for (const keys of [{}, { StudyInstanceUID: '*' }]) {
    await refused(move(remote(), { root: 'study', level: 'STUDY', keys, destinationAeTitle: 'READER' }), '0xA900');
  }
  await refused(studiesFor({ StudyDate: 'yesterday' }), '0xC000');
});

test('C-FIND is left when the other side cancels, and the association goes on', async () => {
  let seen = 0;
  for await (const _ of find(remote(), { root: 'study', level: 'STUDY', keys: { StudyInstanceUID: '' } })) {
    seen += 1;
    break;
  }
  assert.equal(seen, 1);
});

test('who is not listed, or calls from elsewhere, reads nothing; who reads may not send', async () => {
  await assert.rejects(answers({ root: 'study', level: 'STUDY', keys: {} }, 'STRANGER'), { code: 'dimse.rejected' });
  await assert.rejects(answers({ root: 'study', level: 'STUDY', keys: {} }, 'ELSEWHERE'), { code: 'dimse.rejected' });
  await assert.rejects(answers({ root: 'study', level: 'STUDY', keys: {} }, 'SENDER'), { code: 'dimse.not-offered' });
  await echo(remote('READER'));
  const sent = [];
  for await (const outcome of store(remote('READER'), [outgoing(fictitiousObject(99))])) sent.push(outcome.kind);
  assert.deepEqual(sent, ['not-offered']);
});

test('while the owner has stopped the node nothing can be read', async (context) => {
  await killSwitch.set(true);
  context.after(() => killSwitch.set(false));
  await refused(studiesFor({}), '0x0124');
  const query = { root: 'study', level: 'STUDY', keys: { StudyInstanceUID: studies[0] ?? '' } } as const;
  await refused(
    get(remote(), query, async () => {}),
    '0x0124',
  );
});

/** What is stored, by instance UID, without the file header. */
async function stored(): Promise<ReadonlyMap<string, { readonly file: Uint8Array; readonly syntax: string }>> {
  const all = new Map<string, { readonly file: Uint8Array; readonly syntax: string }>();
  for (const studyInstanceUid of studies) {
    for (const one of await node.dicomIndex.instances({ studyInstanceUid }, [])) {
      all.set(one.sopInstanceUid, { file: await node.blobs.get(one.blobSha256), syntax: one.transferSyntaxUid });
    }
  }
  assert.equal(all.size, SHOWN);
  return all;
}

test('C-GET: every object comes as it is stored where it is taken so', { skip: noDcmtk }, async () => {
  const expected = await stored();
  const syntaxes = new Set<string>();
  const progress: number[] = [];
  let received = 0;
  const outcome = await get(
    remote(),
    {
      root: 'study',
      level: 'STUDY',
      keys: { StudyInstanceUID: studies },
      transferSyntaxes: [IMPLICIT, EXPLICIT, RLE, JPEG_LOSSLESS],
    },
    async ({ sopInstanceUid, transferSyntaxUid, chunks }: IncomingInstance) => {
      const parts: Uint8Array[] = [];
      for await (const chunk of chunks) parts.push(chunk);
      const bytes = concatBytes(parts);
      const { file, syntax } = expected.get(sopInstanceUid) ?? assert.fail('an object that is not there');
      assert.equal(transferSyntaxUid, syntax);
      assert.ok(Buffer.from(bytes).equals(file.subarray(file.length - bytes.length)));
      syntaxes.add(transferSyntaxUid);
      received += 1;
    },
    { onProgress: ({ remaining }) => progress.push(remaining ?? -1) },
  );
  assert.deepEqual([outcome.status, outcome.completed, outcome.failed, received], [0, SHOWN, 0, SHOWN]);
  assert.deepEqual(progress, [7, 6, 5, 4, 3, 2, 1]);
  assert.deepEqual([...syntaxes].sort(), [EXPLICIT, JPEG_LOSSLESS, RLE].sort());
});

test('C-GET: what is compressed is converted without loss for those who take nothing compressed', {
  skip: noDcmtk,
}, async () => {
  const expected = await stored();
  for (const only of [EXPLICIT, IMPLICIT]) {
    const query = {
      root: 'study',
      level: 'STUDY',
      keys: { StudyInstanceUID: studies },
      transferSyntaxes: [only],
    } as const;
    let received = 0;
    const outcome = await get(remote(), query, async ({ sopInstanceUid, transferSyntaxUid, chunks }) => {
      assert.equal(transferSyntaxUid, only);
      const parts: Uint8Array[] = [];
      for await (const chunk of chunks) parts.push(chunk);
      const { file } = expected.get(sopInstanceUid) ?? assert.fail('an object that is not there');
      // A data set without a header is read by its look.
      assert.deepEqual(decodeSamples(parseDicom(concatBytes(parts))).values, decodeSamples(parseDicom(file)).values);
      received += 1;
    });
    assert.deepEqual([outcome.status, outcome.completed, received], [0, SHOWN, SHOWN]);
  }
});

test('C-GET: objects that the other side cannot take fail each for itself, and are named', {
  skip: noDcmtk,
}, async () => {
  const expected = await stored();
  const query = {
    root: 'study',
    level: 'STUDY',
    keys: { StudyInstanceUID: studies },
    transferSyntaxes: [RLE],
  } as const;
  const outcome = await get(remote(), query, async ({ chunks }) => {
    for await (const _ of chunks);
  });
  const rle = [...expected].filter(([, { syntax }]) => syntax === RLE).length;
  assert.deepEqual([outcome.status, outcome.completed, outcome.failed], [0xb000, rle, SHOWN - rle]);
  assert.equal(outcome.failedSopInstanceUids.length, SHOWN - rle);
});

test('C-GET is left between two objects when the other side cancels', async () => {
  const ending = new AbortController();
  let received = 0;
  const query = { root: 'study', level: 'STUDY', keys: { StudyInstanceUID: studies } } as const;
  await assert.rejects(
    get(
      remote(),
      query,
      async ({ chunks }) => {
        for await (const _ of chunks);
        received += 1;
        if (received === 2) ending.abort(new Error('enough'));
      },
      { signal: ending.signal },
    ),
    /enough/,
  );
  assert.ok(received < SHOWN, `${received} received`);
});

test('C-MOVE sends to destinations of the settings and to no others, and says whose wish it was', async (context) => {
  const originators: unknown[] = [];
  const destination = await openStorageScp({
    host: '127.0.0.1',
    port: movePort,
    aeTitle: 'READER',
    peers: [{ aeTitle: 'UNICA' }],
    async receive({ moveOriginator, chunks }) {
      for await (const _ of chunks);
      originators.push(moveOriginator);
    },
  });
  context.after(() => destination.close());
  const query = { root: 'study', level: 'SERIES', keys: await oneSeries() } as const;
  const outcome = await move(remote(), { ...query, destinationAeTitle: 'READER' });
  assert.deepEqual([outcome.status, outcome.completed, outcome.failed], [0, 4, 0]);
  assert.deepEqual(originators, Array(4).fill({ aeTitle: 'READER', messageId: 1 }));
  await refused(move(remote(), { ...query, destinationAeTitle: 'NOBODY' }), '0xA801');
  const down = await move(remote(), { ...query, destinationAeTitle: 'DOWN' });
  assert.deepEqual([down.status, down.completed, down.failed], [0xa702, 0, 4]);
  assert.equal(down.failedSopInstanceUids.length, 4);
  const nothing = { root: 'study', level: 'STUDY', keys: { StudyInstanceUID: '1.2.3' } } as const;
  assert.equal((await move(remote(), { ...nothing, destinationAeTitle: 'READER' })).status, 0);
  const { entries } = await node.journal.view(1000);
  const sent = entries.filter(({ action }) => action === 'images.sent');
  assert.ok(sent.some(({ actor, subject }) => actor === 'dicom:READER' && subject === 'dicom:DOWN'));
});

async function oneSeries(): Promise<Query['keys']> {
  const StudyInstanceUID = studies[0] ?? '';
  const keys = { StudyInstanceUID, SeriesInstanceUID: '' };
  const [series] = await answers({ root: 'study', level: 'SERIES', keys });
  return { StudyInstanceUID, SeriesInstanceUID: series?.text(0x0020000e) ?? '' };
}

async function dcmtk(command: string, ...args: readonly string[]) {
  const child = spawn(
    command,
    ['-v', '-aet', 'READER', '-aec', 'UNICA', ...args, '127.0.0.1', String(receiver.status().port)],
    {
      env: { ...process.env, TCP_NODELAY: '1' },
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      output += text;
    });
  }
  const [code] = await once(child, 'close');
  return { code, output };
}

test('DCMTK: findscu, movescu and getscu query and retrieve', { skip: noDcmtk }, async (context) => {
  const found = await dcmtk(
    'findscu',
    '-S',
    '-k',
    'QueryRetrieveLevel=STUDY',
    '-k',
    'StudyInstanceUID',
    '-k',
    'StudyDate=19000101-',
  );
  assert.equal(found.code, 0, found.output);
  assert.equal(found.output.match(/\(0020,000d\) UI \[2\.25\./g)?.length, 2, found.output);
  const cancelled = await dcmtk(
    'findscu',
    '-S',
    '--cancel',
    '1',
    '-k',
    'QueryRetrieveLevel=STUDY',
    '-k',
    'StudyInstanceUID',
  );
  assert.equal(cancelled.code, 0, cancelled.output);
  const people = await dcmtk(
    'findscu',
    '-P',
    '-k',
    'QueryRetrieveLevel=PATIENT',
    '-k',
    'PatientID',
    '-k',
    'PatientName=*',
  );
  assert.equal(people.code, 0, people.output);
  const expected = await stored();
  for (const [name, ...args] of [
    ['get', 'getscu', '-S'],
    ['get-compressed', 'getscu', '-S', '+xs'],
    ['move', 'movescu', '-S', '-aem', 'READER', '+P', String(movePort), '+xa'],
    ['move-plain', 'movescu', '-S', '-aem', 'READER', '+P', String(movePort)],
  ] as const) {
    const into = join(folder, name);
    await mkdir(into);
    context.after(() => rm(into, { recursive: true }));
    const [command = '', ...options] = args;
    const keys = ['-k', 'QueryRetrieveLevel=STUDY', '-k', `StudyInstanceUID=${studies.join('\\')}`];
    const { code, output } = await dcmtk(command, ...options, '-od', into, ...keys);
    assert.equal(code, 0, output);
    const files = await readdir(into);
    assert.equal(files.length, SHOWN, `${name}: ${output}`);
    for (const file of files) {
      const image = parseDicom(new Uint8Array(await readFile(join(into, file))));
      const original = parseDicom(expected.get(image.dataset.text(0x00080018) ?? '')?.file ?? new Uint8Array());
      assert.deepEqual(decodeSamples(image).values, decodeSamples(original).values);
      if (name === 'move') assert.equal(image.transferSyntaxUid, original.transferSyntaxUid);
      else assert.equal(image.transferSyntaxUid, EXPLICIT);
    }
  }
});

/** An Orthanc that knows us as UNICA. */
async function orthanc(context: TestContext) {
  const storage = join(folder, 'orthanc');
  const webPort = await freePort();
  const settings = {
    Name: 'test',
    StorageDirectory: storage,
    IndexDirectory: storage,
    HttpPort: webPort,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: false,
    DicomAet: 'ORTHANC',
    DicomPort: orthancPort,
    DicomModalities: { unica: { AET: 'UNICA', Host: '127.0.0.1', Port: receiver.status().port } },
    Plugins: [],
  };
  await writeFile(join(folder, 'orthanc.json'), JSON.stringify(settings));
  const child: ChildProcess = spawn(ORTHANC, [join(folder, 'orthanc.json')], {
    env: { TCP_NODELAY: '1' },
    stdio: 'ignore',
  });
  context.after(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  for (;;) {
    assert.equal(child.exitCode, null, 'Orthanc ended');
    try {
      await echo({ host: '127.0.0.1', port: orthancPort, aeTitle: 'ORTHANC', callingAeTitle: 'UNICA' });
      break;
    } catch (error) {
      if (!(error instanceof UnicaError) || error.code !== 'dimse.unreachable') throw error;
      await sleep(20);
    }
  }
  return async (path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${webPort}${path}`, {
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
    return await answer.json();
  };
}

test('Orthanc queries the node and has it send everything', { skip: noOrthanc }, async (context) => {
  const ask = await orthanc(context);
  const { ID } = (await ask('/modalities/unica/query', {
    Level: 'Study',
    Query: { PatientID: '*', StudyDate: '19000101-20991231' },
  })) as { readonly ID: string };
  const found = (await ask(`/queries/${ID}/answers`)) as readonly string[];
  assert.equal(found.length, 2);
  await ask(`/queries/${ID}/retrieve`, { TargetAet: 'ORTHANC', Synchronous: true });
  assert.equal(((await ask('/instances')) as readonly string[]).length, SHOWN);
});
