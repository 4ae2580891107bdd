import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog } from '#base';
import { type NodeConfig, nodeConfig } from './config.ts';
import { freePort } from './free-port.ts';
import { openNode } from './open-node.ts';
import { checkPacs } from './pacs-check.ts';
import { FILMS, fillPacs } from './pacs-rig.ts';
import { type PullWish, pullIntoNode } from './pull-studies.ts';
import { enrolledHome } from './receiver-rig.ts';
import { startNode } from './start-node.ts';

/** Where Debian's package puts it, which is not on the path of ordinary users. */
const PROGRAM = '/usr/sbin/Orthanc';
const noOrthanc = spawnSync(PROGRAM, ['--version']).status === 0 ? false : 'no Orthanc';

interface Rig {
  readonly config: NodeConfig;
  readonly from: PullWish['from'];
  /** Asks Orthanc's own interface. @returns its answer, which is an error when it is no success */
  ask(path: string, body?: unknown): Promise<unknown>;
}

/** A home, and a real Orthanc that holds films of three studies and knows us as UNICA. */
async function rig(context: TestContext): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'unica-orthanc-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const [port, webPort, dicomPort] = [await freePort(), await freePort(), await freePort()];
  const settings = {
    Name: 'test',
    StorageDirectory: join(folder, 'storage'),
    IndexDirectory: join(folder, 'storage'),
    HttpServerEnabled: true,
    HttpPort: webPort,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: false,
    DicomServerEnabled: true,
    DicomAet: 'ORTHANC',
    DicomPort: port,
    DicomModalities: { unica: { AET: 'UNICA', Host: '127.0.0.1', Port: dicomPort } },
    DicomAlwaysAllowGet: true,
    Plugins: [],
  };
  await writeFile(join(folder, 'orthanc.json'), JSON.stringify(settings));
  const child = spawn(PROGRAM, [join(folder, 'orthanc.json')], { env: { TCP_NODELAY: '1' }, stdio: 'ignore' });
  context.after(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  const from = { aeTitle: 'ORTHANC', host: '127.0.0.1', port };
  const remote = { ...from, callingAeTitle: 'UNICA' };
  await fillPacs(child, remote);
  const home = join(folder, 'home');
  await mkdir(home);
  await enrolledHome(home);
  return {
    config: nodeConfig({ home, port: '0', dicomPort: String(dicomPort), dicomPeers: 'ORTHANC@127.0.0.1' }),
    from,
    async ask(path, body) {
      const answer = await fetch(`http://127.0.0.1:${webPort}${path}`, {
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      });
      assert.ok(answer.ok, `${path}: ${answer.status}`);
      return await answer.json();
    },
  };
}

async function imagesOf(config: NodeConfig): Promise<number> {
  const node = await openNode(config, silentLog);
  try {
    return (await node.archive.totals()).images;
  } finally {
    await node.close();
  }
}

test('Orthanc: a node asks it, and pulls studies of accession numbers by C-GET', {
  skip: noOrthanc,
}, async (context) => {
  const { config, from } = await rig(context);
  const { echo: answered, find: found } = await checkPacs(config, { ...from, studyDate: '19000101-20991231' });
  assert.equal(answered.kind, 'answered');
  assert.ok(found?.kind === 'answered', JSON.stringify(found));
  assert.equal(found.studies, 3);
  const questions = [{ AccessionNumber: 'ACC0' }, { AccessionNumber: 'ACC77' }, { AccessionNumber: 'ACC2' }];
  const wish = { from, questions, studiesAtMost: 100 };
  const { studies, unanswered, received, accepted, failed } = await pullIntoNode(config, { ...wish, via: 'get' });
  assert.deepEqual(
    { studies, unanswered, received, accepted, failed },
    { studies: 2, unanswered: [2], received: 6, accepted: 6, failed: 0 },
  );
  const again = await pullIntoNode(config, { ...wish, via: 'get' });
  assert.deepEqual([again.received, again.accepted, again.duplicates], [6, 0, 6]);
});

test('Orthanc: it sends what it is told to by C-MOVE and by itself, and what came twice is kept once', {
  skip: noOrthanc,
}, async (context) => {
  const { config, from, ask } = await rig(context);
  const node = await startNode(config, silentLog);
  try {
    const questions = [{ AccessionNumber: 'ACC0' }];
    const { received, failed } = await pullIntoNode(config, { from, questions, via: 'move', studiesAtMost: 5 });
    assert.deepEqual([received, failed], [4, 0]);
    await ask('/modalities/unica/echo', {});
    const instances = (await ask('/instances')) as readonly string[];
    assert.equal(instances.length, FILMS);
    const sent = await ask('/modalities/unica/store', { Resources: instances, Synchronous: true });
    assert.deepEqual(
      (({ InstancesCount, FailedInstancesCount }) => [InstancesCount, FailedInstancesCount])(
        sent as { readonly InstancesCount: number; readonly FailedInstancesCount: number },
      ),
      [FILMS, 0],
    );
  } finally {
    await node.close();
  }
  // What the node had no time to import waits in its spool; the next start takes it in.
  const next = await startNode(config, silentLog);
  try {
    for (let tries = 0; tries < 600; tries += 1) {
      if ((await readdir(join(config.incomingPath, 'received'))).length === 0) break;
      await sleep(100);
    }
  } finally {
    await next.close();
  }
  assert.equal(await imagesOf(config), FILMS);
});
