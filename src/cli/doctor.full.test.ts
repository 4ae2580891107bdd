import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { silentLog } from '#base';
import { createHubToken, examineHub, type HubConfig, hubConfig, startHub } from '#hub';
import {
  backUpNode,
  examineNode,
  initNode,
  type NodeConfig,
  nodeConfig,
  restoreNode,
  startNode,
  stopNode,
} from '#node';
import { openDatabase } from '#store';
import { type CheckName, type Checkup, checkupSchema } from '#wire';
import { runProgram } from './run-program.ts';

const DAY_MS = 86_400_000;
// Another service of this machine may have the usual ports, which a checkup would tell.
process.env['UNICA_PORT'] = '0';

interface Rig {
  readonly folder: string;
  readonly hub: HubConfig;
  readonly hubUrl: string;
  readonly home: string;
  /** The node's settings, with others put over them. */
  node(more?: Readonly<Record<string, string>>): NodeConfig;
  askHub(path: string, body: object): Promise<Response>;
  closeHub(): Promise<void>;
}

/** A real hub, and the home of a node that is enrolled with it; its path is in three scripts. */
async function rigged(context: TestContext): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'unica-doctor-'));
  const home = join(folder, 'Κόμβος вузол 節點');
  const hub = hubConfig({ home: join(folder, 'hub'), port: '0', siteApproval: 'automatic', name: 'Test network' });
  const running = await startHub(hub, silentLog);
  let open = true;
  const closeHub = async () => {
    if (open) await running.close();
    open = false;
  };
  context.after(async () => {
    await closeHub();
    await rm(folder, { recursive: true, force: true });
  });
  const address = running.server.fastify.server.address();
  const hubUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  const token = await createHubToken(hub, { name: 'coordinator', roles: ['coordinator'], days: 1 });
  const askHub = async (path: string, body: object) =>
    await fetch(`${hubUrl}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const invited = await askHub('/api/enrolment-codes', {
    siteId: 'lisbon',
    country: 'PT',
    displayName: 'Hospital de Lisboa',
  });
  const { code } = (await invited.json()) as { code: string };
  const node = (more = {}) => nodeConfig({ home, port: '0', dossier: 'example', ...more });
  await initNode(node(), { hubUrl, code, siteId: 'lisbon', country: 'PT', displayName: 'Hospital de Lisboa' });
  return { folder, hub, hubUrl, home, node, askHub, closeHub };
}

const of = (checkup: Checkup, check: CheckName) => {
  const found = checkup.findings.find((finding) => finding.check === check);
  assert.ok(found !== undefined, `${check} was looked at`);
  return found;
};
const faults = (checkup: Checkup) =>
  checkup.findings.filter(({ state }) => state === 'bad').map(({ check, code }) => `${check}: ${code}`);

test('a node and a hub that are well: nothing to mend, exit status 0, and one JSON document', async (context) => {
  const rig = await rigged(context);
  const run = await runProgram(rig.folder, ['doctor', '--home', rig.home, '--json']);
  assert.equal(run.code, 0, run.out);
  const checkup = checkupSchema.parse(JSON.parse(run.out));
  assert.deepEqual(faults(checkup), []);
  assert.equal(checkup.name, 'lisbon');
  assert.equal(of(checkup, 'hub-membership').state, 'good');
  // Without the example that a demonstration carries, the legal dossier is what is missing.
  assert.equal(of(checkup, 'dossier').code, 'node.dossier-incomplete');
  assert.equal(of(checkup, 'dossier').mender, 'data-protection');

  const hub = await runProgram(rig.folder, ['doctor', '--home', rig.hub.home, '--json']);
  assert.equal(hub.code, 0, hub.out);
  assert.deepEqual(faults(checkupSchema.parse(JSON.parse(hub.out))), []);
});

test('before enrolment the way out is looked at, and the letter to the IT holds what only they can mend', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'unica-doctor-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const run = await runProgram(folder, ['doctor', '--home', 'fresh', '--hub', 'http://127.0.0.1:1', '--for-it']);
  assert.equal(run.code, 1);
  assert.match(run.out, /^Subject: UNICA: please mend/);
  assert.match(run.out, /127\.0\.0\.1 answers, but nothing listens on port 1/);
  assert.match(run.out, /outgoing connections only/);
});

test('the text for the helpdesk holds the checkup and the log in the form of the houses, and nothing else', async (context) => {
  const rig = await rigged(context);
  const log = join(rig.folder, 'service.log');
  await writeFile(log, '{"level":40,"time":0,"house":"node","code":"hub.unreachable","msg":"hub.lost"}\nMaria, 1970\n');
  const run = await runProgram(rig.folder, ['doctor', '--home', rig.home, '--log', log]);
  assert.equal(run.code, 0, run.out);
  assert.match(run.out, /^# For the helpdesk: unica\/.*, node$/m);
  assert.match(run.out, /^good {4}hub-membership/m);
  assert.match(run.out, /^1970-01-01T00:00:00\.000Z warn hub\.lost code=hub\.unreachable$/m);
  assert.match(run.out, /^\(lines of another form, left out: 1\)$/m);
  assert.ok(!run.out.includes(rig.folder) && !run.out.includes('Maria'), run.out);
  const absent = await runProgram(rig.folder, ['doctor', '--home', rig.home, '--log', join(rig.folder, 'gone.log')]);
  assert.notEqual(absent.code, 0);
  assert.match(absent.err, /gone\.log/);
});

test('each thing of a home that can be wrong is told by itself, and who can mend it', async (context) => {
  const rig = await rigged(context);
  const fresh = async (break_: (home: string) => Promise<unknown>): Promise<Checkup> => {
    const home = join(rig.folder, `copy-${Math.floor(performance.now() * 1000)}`);
    // A database that is closed is one whole file; what lies beside it goes when its last statement is collected, in the middle of copying.
    await cp(rig.home, home, { recursive: true, filter: (path) => !/-(?:shm|wal)$/.test(path) });
    await break_(home);
    return await examineNode(nodeConfig({ home, port: '0' }));
  };
  const rows: readonly (readonly [string, (home: string) => Promise<unknown>, string])[] = [
    ['the key is gone', (home) => rm(join(home, 'node.key')), 'key: node.key-lost'],
    ['others can read the key', (home) => chmod(join(home, 'node.key'), 0o644), 'key: identity.key-exposed'],
    [
      'the key is of another node',
      async (home) => {
        await writeFile(join(home, 'known-keys.json'), JSON.stringify({ publicKeys: ['x'.repeat(43)] }));
      },
      'key: checkup.key-strange',
    ],
    ['the secret is gone', (home) => rm(join(home, 'site.secret')), 'key: checkup.secret-lost'],
    [
      'the database is gone',
      (home) => rename(join(home, 'node.sqlite'), join(home, 'away')),
      'database: checkup.database-damaged',
    ],
    [
      'the database is none',
      (home) => writeFile(join(home, 'node.sqlite'), 'x'.repeat(9000)),
      'database: checkup.database-damaged',
    ],
    ['the journal was changed', (home) => rewriteJournal(home), 'journal: checkup.journal-broken'],
  ];
  for (const [what, break_, fault] of rows) {
    const checkup = await fresh(break_);
    assert.deepEqual(faults(checkup), [fault], what);
    const finding = checkup.findings.find(({ state }) => state === 'bad');
    assert.ok(finding?.mend && finding.mender && finding.more?.startsWith('docs/operators/errors.md#'), what);
  }
});

async function rewriteJournal(home: string): Promise<void> {
  const database = await openDatabase<{
    audit_entries: Record<'actor' | 'action' | 'subject' | 'facts' | 'previous_sha256' | 'entry_sha256', string> & {
      sequence: number;
      at_ms: number;
    };
  }>({ engine: 'sqlite', path: join(home, 'node.sqlite') });
  const wrong = { actor: 'a', action: 'b', subject: 'c', facts: '{}', previous_sha256: 'd', entry_sha256: 'e' };
  await database.kysely
    .insertInto('audit_entries')
    .values({ ...wrong, sequence: 1, at_ms: 1 })
    .execute();
  await database.close();
}

test('what the hub says of a node: suspended, unknown, stopped here, of a clock that is a day off, gone', async (context) => {
  const rig = await rigged(context);
  const dayOff = await examineNode(rig.node(), { clock: () => Date.now() + DAY_MS });
  assert.deepEqual(faults(dayOff), ['clock: checkup.clock-off']);
  // The node is known all the same: what is wrong is the clock alone.
  assert.equal(of(dayOff, 'hub-membership').state, 'good');
  assert.match(of(dayOff, 'clock').says, /1 day ahead of/);
  assert.match(dayOff.forIt ?? '', /1 day ahead of/);

  const suspended = await rig.askHub('/api/sites/lisbon/standing', {
    change: 'suspend',
    because: 'a test of the doctor',
  });
  assert.ok(suspended.ok, String(suspended.status));
  const shutOut = await examineNode(rig.node());
  assert.deepEqual(faults(shutOut), ['hub-membership: identity.suspended']);
  assert.equal(of(shutOut, 'hub-membership').mender, 'coordinator');
  assert.match(of(shutOut, 'hub-membership').says, /a test of the doctor/);

  await stopNode(rig.node(), true);
  assert.equal(of(await examineNode(rig.node()), 'hub-membership').code, 'node.stopped');
  await stopNode(rig.node(), false);

  await rig.closeHub();
  const gone = await examineNode(rig.node());
  assert.deepEqual(faults(gone), ['hub-connection: checkup.port-refused']);
  assert.equal(of(gone, 'hub-membership').state, 'skipped');
});

test('a program that is too old, little memory, a taken port, a dead sign-in service, a vault that is not there', async (context) => {
  const rig = await rigged(context);
  const other = createServer().listen({ host: '127.0.0.1', port: 0 });
  await once(other, 'listening');
  context.after(() => other.close());
  const address = other.address();
  const port = String(typeof address === 'object' ? address?.port : 0);
  const settings = {
    port,
    dicomPort: port,
    dicomPeers: 'any',
    issuer: 'http://127.0.0.1:1/realm',
    vault: join(rig.folder, 'vault', 'vault.sqlite'),
    vaultPassphrase: 'long enough to be one',
    dicomDestinations: 'PACS@127.0.0.1:1',
  };
  const checkup = await examineNode(rig.node(settings), { programVersion: '18.0.0', memoryMib: 200 });
  assert.deepEqual(
    faults(checkup).map((fault) => fault.replace(/vault\.[a-z-]+$/, 'vault.…')),
    [
      'program: checkup.program-old',
      'memory: checkup.memory-short',
      'vault: vault.…',
      'port: http.port-busy',
      'dicom-listener: http.port-busy',
      'dicom-peer: dimse.unreachable',
      'sign-in: checkup.service-unreachable',
    ],
  );
  assert.equal((await examineHub(rig.hub, { programVersion: '18.0.0', memoryMib: 200 })).state, 'bad');
});

test('a running node answers C-ECHO to itself; a second one on its folder is refused and says who has it', async (context) => {
  const rig = await rigged(context);
  const running = await startNode(rig.node({ dicomPort: '0', dicomPeers: 'any' }), silentLog);
  const dicomPort = String(running.dicomPort);
  const settings = { dicomPort, dicomPeers: 'any' };
  try {
    const checkup = await examineNode(rig.node(settings), {
      pacs: [{ aeTitle: 'UNICA', host: '127.0.0.1', port: Number(dicomPort) }],
    });
    assert.deepEqual(faults(checkup), []);
    assert.match(of(checkup, 'dicom-listener').says, /answers C-ECHO/);
    assert.match(of(checkup, 'dicom-peer').says, /answers C-ECHO/);
    // Another setting than the one it was started with: the port is silent.
    const silent = await examineNode(rig.node({ dicomPort: '1', dicomPeers: 'any' }));
    assert.deepEqual(faults(silent), ['dicom-listener: checkup.listener-silent']);
    await assert.rejects(startNode(rig.node(), silentLog), (error: Error) => {
      assert.match(error.message, new RegExp(`a running node \\(process ${process.pid}`));
      return 'code' in error && error.code === 'checkup.home-in-use';
    });
  } finally {
    await running.close();
  }
  const again = await startNode(rig.node(), silentLog);
  await again.close();
});

test('a home that was set back behind what the hub was told of its journal is noticed', async (context) => {
  const rig = await rigged(context);
  const older = join(rig.folder, 'older');
  await stopNode(rig.node(), true);
  await stopNode(rig.node(), false);
  await cp(rig.home, older, { recursive: true });
  await backUpNode(rig.node(), { to: join(rig.folder, 'backups') });
  await stopNode(rig.node(), true);
  await stopNode(rig.node(), false);
  await tellHead(rig);
  assert.equal(of(await examineNode(rig.node()), 'hub-witness').state, 'good');
  const setBack = await examineNode(nodeConfig({ home: older, port: '0' }));
  assert.deepEqual(faults(setBack), ['hub-witness: checkup.journal-behind']);
  assert.match(of(setBack, 'hub-witness').says, /entry 5 .* ends at entry 2/);

  // Put back as it should be, what was lost by it is written down, and known from then on.
  const restored = await restoreNode(rig.node(), { from: join(rig.folder, 'backups'), replace: true });
  assert.equal(restored.entriesLost, 3);
  const after = await examineNode(rig.node());
  assert.deepEqual(faults(after), []);
  assert.match(of(after, 'hub-witness').says, /A backup was restored here/);
  await tellHead(rig);
  const told = await runProgram(rig.folder, [
    'audit',
    'export',
    '--home',
    rig.hub.home,
    '--out',
    join(rig.folder, 'hub.jsonl'),
  ]);
  assert.equal(told.code, 0, told.err);
  assert.match(await readFile(join(rig.folder, 'hub.jsonl'), 'utf8'), /site\.journal-set-back/);
});

/** Leaves the head of the node's journal with the hub, as the running service does each minute. */
async function tellHead(rig: Rig): Promise<void> {
  const { sendHead } = await import('#node');
  await sendHead(rig.node());
}
