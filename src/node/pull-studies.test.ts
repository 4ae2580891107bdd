import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { silentLog, UnicaError } from '#base';
import { type NodeConfig, nodeConfig } from './config.ts';
import { freePort } from './free-port.ts';
import { IncomingSpool } from './incoming-spool.ts';
import { openNode } from './open-node.ts';
import { checkPacs } from './pacs-check.ts';
import { FILMS, fillPacs } from './pacs-rig.ts';
import { dicomEcho, type PullReport, type PullWish, pullIntoNode } from './pull-studies.ts';
import { enrolledHome, PLANTED } from './receiver-rig.ts';
import { startNode } from './start-node.ts';
import { accessionNumbers, studyKeys } from './study-wish.ts';

const noDcmtk = spawnSync('dcmqrscp', ['--version']).status === 0 ? false : 'no dcmtk (dcmqrscp)';

interface Rig {
  readonly config: NodeConfig;
  readonly from: PullWish['from'];
  pull(wish?: Partial<PullWish>): Promise<PullReport>;
}

/** A home, and an archive of DCMTK that holds films of three studies and knows us as UNICA. */
async function rig(context: TestContext): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'unica-pull-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const [port, dicomPort] = [await freePort(), await freePort()];
  const held = join(folder, 'held');
  await mkdir(held);
  const settings = [
    `NetworkTCPPort = ${port}`,
    'MaxPDUSize = 16384',
    'MaxAssociations = 8',
    'HostTable BEGIN',
    `unica = (UNICA, 127.0.0.1, ${dicomPort})`,
    'HostTable END',
    'VendorTable BEGIN',
    'VendorTable END',
    'AETable BEGIN',
    `ARCHIVE ${held} RW (100, 64mb) ANY`,
    'AETable END',
    '',
  ];
  await writeFile(join(folder, 'archive.cfg'), settings.join('\n'));
  const child = spawn('dcmqrscp', ['-c', join(folder, 'archive.cfg')], {
    env: { ...process.env, TCP_NODELAY: '1' },
    stdio: 'ignore',
  });
  context.after(() => child.kill());
  const from = { aeTitle: 'ARCHIVE', host: '127.0.0.1', port };
  const remote = { ...from, callingAeTitle: 'UNICA' };
  await fillPacs(child, remote);
  const home = join(folder, 'home');
  await mkdir(home);
  await enrolledHome(home);
  const config = nodeConfig({ home, port: '0', dicomPort: String(dicomPort), dicomPeers: 'ARCHIVE@127.0.0.1' });
  const questions = [{ AccessionNumber: 'ACC0' }, { AccessionNumber: 'ACC2' }];
  return {
    config,
    from,
    pull: (wish = {}) => pullIntoNode(config, { from, questions, via: 'get', studiesAtMost: 100, ...wish }),
  };
}

async function inNode<Result>(
  config: NodeConfig,
  look: (node: Awaited<ReturnType<typeof openNode>>) => Promise<Result>,
) {
  const node = await openNode(config, silentLog);
  try {
    return await look(node);
  } finally {
    await node.close();
  }
}

test('pull: studies of a list of accession numbers come in, and a second time nothing does', {
  skip: noDcmtk,
}, async (context) => {
  const { config, pull } = await rig(context);
  const questions = accessionNumbers('ACC0\nACC77\nACC2\n').map((AccessionNumber) => ({ AccessionNumber }));
  const told: number[] = [];
  const first = await pull({ questions, onProgress: ({ received }) => told.push(received) });
  assert.deepEqual(
    { ...first },
    {
      questions: 3,
      asked: 3,
      studies: 2,
      fetched: 2,
      received: 6,
      unanswered: [2],
      failed: 0,
      waiting: 0,
      accepted: 6,
      quarantined: 0,
      duplicates: 0,
      optedOut: 0,
      rejected: 0,
    },
  );
  assert.equal(told.at(-1), 6);
  const second = await pull({ questions });
  assert.deepEqual([second.received, second.accepted, second.duplicates], [6, 0, 6]);
  await inNode(config, async (node) => {
    assert.deepEqual(await node.archive.totals(), { images: 6, studies: 2, persons: 2 });
    const views = await node.imports.list(10);
    for (const { source } of views) assert.equal(source, 'DICOM from ARCHIVE');
    const journal = JSON.stringify(await node.database.kysely.selectFrom('audit_entries').selectAll().execute());
    assert.match(journal, /images\.pulled/);
    for (const planted of ['ACC', PLANTED.patientId, '127.0.0.1']) assert.ok(!journal.includes(planted), planted);
  });
  assert.deepEqual(await readdir(config.incomingPath), []);
});

test('pacs check: an archive answers, and its studies of some days are counted', { skip: noDcmtk }, async (context) => {
  const { config, from } = await rig(context);
  for (const [studyDate, studies] of [
    ['19000101-20991231', 3],
    ['20990101-20991231', 0],
  ] as const) {
    const { echo: answered, find: found } = await checkPacs(config, { ...from, studyDate });
    assert.equal(answered.kind, 'answered');
    assert.ok(found?.kind === 'answered', JSON.stringify(found));
    assert.deepEqual([found.studies, found.isCut], [studies, false]);
  }
});

test('pull: by query, at most as many studies as were meant', { skip: noDcmtk }, async (context) => {
  const { config, pull } = await rig(context);
  const questions = [studyKeys(['StudyDate=20230101-20231231', `PatientID=${PLANTED.patientId}*`])];
  await assert.rejects(
    pull({ questions, studiesAtMost: 2 }),
    (error) => error instanceof UnicaError && error.code === 'node.too-many-studies',
  );
  assert.equal(await inNode(config, async (node) => (await node.archive.totals()).images), 0);
  assert.equal((await pull({ questions, studiesAtMost: 3 })).accepted, FILMS);
});

test('pull: by C-MOVE the archive sends to the running node', { skip: noDcmtk }, async (context) => {
  const { config, pull, from } = await rig(context);
  const node = await startNode(config, silentLog);
  try {
    await dicomEcho(config, from);
    const { received, failed, studies } = await pull({ via: 'move' });
    assert.deepEqual([received, failed, studies], [6, 0, 2]);
  } finally {
    await node.close();
  }
  const spool = await IncomingSpool.open(join(config.incomingPath, 'received'), { limitBytes: 1e9 });
  const waiting = spool.waitingFiles;
  await spool.close();
  const images = await inNode(config, async ({ archive }) => (await archive.totals()).images);
  assert.equal(waiting + images, 6);
});

test('pull: what an archive cannot deliver is counted, and the rest comes', { skip: noDcmtk }, async (context) => {
  const { pull } = await rig(context);
  // Nobody listens where the archive would send to.
  const { received, failed } = await pull({ via: 'move' });
  assert.equal(received, 0);
  assert.ok(failed > 0);
});
