import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, type TestContext, test } from 'node:test';
import { silentLog } from '#base';
import { echo, findScheduled, type RemoteSystem } from '#dimse';
import { ClinicOrders } from './clinic-orders.ts';
import { ClinicWorklist } from './clinic-worklist.ts';
import { nodeConfig } from './config.ts';
import { freePort } from './free-port.ts';
import { KillSwitch } from './kill-switch.ts';
import { type OpenNode, openNode } from './open-node.ts';
import { enrolledHome } from './receiver-rig.ts';

const noDcmtk = spawnSync('wlmscpfs', ['--version']).status === 0 ? false : 'no dcmtk (wlmscpfs, dump2dcm)';
/** Noon of the second of January, wherever the test runs. */
const NOON_MS = new Date(2024, 0, 2, 12).getTime();

let folder: string;
let node: OpenNode;
let killSwitch: KillSwitch;
let orders: ClinicOrders;
let woken: number;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unica-worklist-'));
});
after(async () => {
  await node?.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  await node?.close();
  const home = await mkdtemp(join(folder, 'home-'));
  await enrolledHome(home);
  node = await openNode(nodeConfig({ home, port: '0' }), silentLog);
  killSwitch = await KillSwitch.open(node.database.kysely);
  orders = new ClinicOrders({ db: node.database.kysely, clock: () => NOON_MS, secret: node.secret });
  woken = 0;
});

/** The node's side, asking for these modalities. */
function asking(port: number, modalities: readonly string[], limitMs?: number): ClinicWorklist {
  return new ClinicWorklist({
    config: nodeConfig({ home: node.config.home, port: '0', worklist: `WORKLIST@127.0.0.1:${port}` }),
    models: { enabled: async () => modalities.map((modality) => ({ modalities: [modality] })) },
    orders,
    killSwitch,
    log: silentLog,
    clock: () => NOON_MS,
    onOrders: () => {
      woken += 1;
    },
    limitMs,
  });
}

/** Whether an order of that accession number is known. */
const isOrdered = async (accessionNumber: string) =>
  (await orders.find(orders.digestOf(accessionNumber) ?? '')) !== undefined;

/** A system that takes what it is sent and says nothing. */
async function silentSystem(): Promise<{ readonly port: number; readonly close: () => void }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {}).resume();
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port }, resolve));
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port, close };
}

test('wlmscpfs tells of the steps of the day and the modality, and of no other', { skip: noDcmtk }, async (context) => {
  const { remote } = await startWorklist(context, STEPS);
  const told = async (wish: { date?: string; modality?: string }) =>
    (await findScheduled(remote, { date: '20240102', modality: 'MG', ...wish }))
      .map(({ accessionNumber, modality }) => `${modality} ${accessionNumber}`)
      .sort();
  assert.deepEqual(await told({}), ['MG ', 'MG ACC-1']);
  assert.deepEqual(await told({ modality: '' }), ['DX ACC-2', 'MG ', 'MG ACC-1']);
  assert.deepEqual(await told({ date: '20240102-20240103' }), ['MG ', 'MG ACC-1', 'MG ACC-3']);
  assert.deepEqual(await told({ date: '20240104' }), []);
});

test('what the worklist has for today and for enabled models is ordered, once; the rest is not', {
  skip: noDcmtk,
}, async (context) => {
  const { remote } = await startWorklist(context, STEPS);
  const worklist = asking(remote.port, ['MG']);
  assert.equal(await worklist.ask(), 1, 'a step without an accession number is no order');
  assert.equal(await worklist.ask(), 0, 'asked again, nothing is new');
  assert.equal(woken, 1);
  const known = ['ACC-1', 'ACC-2', 'ACC-3'].map(isOrdered);
  assert.deepEqual(await Promise.all(known), [true, false, false], 'of today and of mammography');
  assert.equal(await asking(remote.port, []).ask(), 0);
  await killSwitch.set(true);
  assert.equal(await asking(remote.port, ['DX']).ask(), 0, 'a stopped node asks nothing');
  await killSwitch.set(false);
  assert.equal(await asking(remote.port, ['MG', 'DX']).ask(), 1);
  assert.equal(await orders.count(), 2);
});

test('a worklist that cannot be reached or says nothing is named, and the node goes on', async (context) => {
  const nobody = asking(await freePort(), ['MG']);
  await assert.rejects(nobody.ask(), { code: 'dimse.unreachable' });
  const silent = await silentSystem();
  context.after(silent.close);
  const stalled = asking(silent.port, ['MG'], 100);
  await assert.rejects(stalled.ask(), { code: 'dimse.timeout' });
  assert.equal(woken, 0);

  stalled.start();
  while (stalled.failure === null) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(stalled.failure, 'dimse.timeout', 'as the owner reads it');
  await stalled.close();
});

test('closing ends a question that is under way, and tells of no failure', async (context) => {
  const silent = await silentSystem();
  context.after(silent.close);
  const worklist = asking(silent.port, ['MG']);
  worklist.start();
  await worklist.close();
  assert.equal(worklist.failure, null);
});

const STEPS: readonly PlannedStep[] = [
  { accessionNumber: 'ACC-1', modality: 'MG', date: '20240102' },
  { accessionNumber: 'ACC-2', modality: 'DX', date: '20240102' },
  { accessionNumber: 'ACC-3', modality: 'MG', date: '20240103' },
  { accessionNumber: '', modality: 'MG', date: '20240102' },
];

/** A step of the worklist that a test makes. */
interface PlannedStep {
  readonly accessionNumber: string;
  readonly modality: string;
  /** YYYYMMDD */
  readonly date: string;
}

/** DCMTK's wlmscpfs over a folder of steps; it ends with the test. */
async function startWorklist(
  context: Pick<TestContext, 'after'>,
  steps: readonly PlannedStep[],
): Promise<{ readonly remote: RemoteSystem }> {
  const place = await mkdtemp(join(folder, 'steps-'));
  const files = join(place, 'WORKLIST');
  mkdirSync(files);
  writeFileSync(join(files, 'lockfile'), '');
  for (const [number, step] of steps.entries()) {
    const dump = join(place, `${number}.dump`);
    writeFileSync(dump, dumpOf(step, number));
    const { status, stderr } = spawnSync('dump2dcm', [dump, join(files, `${number}.wl`)], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`dump2dcm: ${stderr}`);
  }
  const port = await freePort();
  const child = spawn('wlmscpfs', ['--single-process', '--disable-file-reject', '-dfp', place, String(port)], {
    stdio: 'ignore',
  });
  const remote = { host: '127.0.0.1', port, aeTitle: 'WORKLIST', callingAeTitle: 'UNICA' };
  context.after(async () => {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  for (;;) {
    const answers = await echo(remote).then(
      () => true,
      () => false,
    );
    if (answers) return { remote };
    if (child.exitCode !== null) throw new Error(`wlmscpfs ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function dumpOf({ accessionNumber, modality, date }: PlannedStep, number: number): string {
  return [
    `(0008,0050) SH [${accessionNumber}]`,
    '(0010,0010) PN [DOE^JANE]',
    '(0010,0020) LO [PAT-1]',
    `(0020,000d) UI [1.2.3.${number}]`,
    '(0032,1060) LO [Examination]',
    '(0040,0100) SQ',
    '(fffe,e000) na',
    `(0008,0060) CS [${modality}]`,
    '(0040,0001) AE [STATION]',
    `(0040,0002) DA [${date}]`,
    '(0040,0003) TM [101500]',
    `(0040,0009) SH [STEP${number}]`,
    '(fffe,e00d) na',
    '(fffe,e0dd) na',
    `(0040,1001) SH [REQ${number}]`,
    '',
  ].join('\n');
}
