import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { silentLog, UnicaError } from '#base';
import { pseudonymOf } from '#deid';
import { openStorageScp, type StorageScp } from '#dimse';
import { type NodeConfig, nodeConfig } from './config.ts';
import { deliverResults } from './deliver-results.ts';
import { freePort } from './free-port.ts';
import { KillSwitch } from './kill-switch.ts';
import { openNode } from './open-node.ts';
import { enrolledHome, fictitiousObject, fictitiousUid, PLANTED } from './receiver-rig.ts';

let folder: string;
let config: NodeConfig;
let port: number;
/** Of three people; the second opted out. The last file has no patient's number. */
let files: readonly string[];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unica-deliver-'));
  const home = join(folder, 'home');
  await mkdir(home);
  await enrolledHome(home);
  config = nodeConfig({ home, port: '0' });
  port = await freePort();
  files = await Promise.all(
    [0, 1, 4, 8, 12].map(async (number) => {
      const path = join(folder, `result-${number}.dcm`);
      const changes: Readonly<Record<string, string>> = number === 12 ? { PatientID: '' } : {};
      await writeFile(path, fictitiousObject(number, changes));
      return path;
    }),
  );
  const node = await openNode(config, silentLog);
  await node.optOuts.record(pseudonymOf(node.site, `${PLANTED.patientId}-1`), 'opt-out', 'test');
  await node.close();
});

after(async () => await rm(folder, { recursive: true, force: true }));

/** An archive that keeps the UIDs of what it received. */
async function archive(received: string[], aeTitle = 'PACS'): Promise<StorageScp> {
  return await openStorageScp({
    host: '127.0.0.1',
    port,
    aeTitle,
    peers: [],
    async receive({ sopInstanceUid, chunks }) {
      for await (const _ of chunks);
      received.push(sopInstanceUid);
    },
  });
}

const to = () => ({ aeTitle: 'PACS', host: '127.0.0.1', port });

test('results wait for an archive that is down, are sent once, and never of those who opted out', async () => {
  const received: string[] = [];
  const waits: number[] = [];
  const archives: StorageScp[] = [];
  const pause = async (milliseconds: number) => {
    waits.push(milliseconds);
    if (waits.length === 3) archives.push(await archive(received));
  };
  const report = await deliverResults(config, { files, to: to(), attempts: 6, pause });
  assert.deepEqual(report, { sent: 3, alreadyThere: 0, leftOut: 1, nameless: 1, failed: 0, failure: null });
  assert.deepEqual(waits, [1000, 2000, 4000]);
  assert.equal(new Set(received).size, 3);
  const again = await deliverResults(config, { files, to: to(), attempts: 1, pause });
  assert.deepEqual(again, { sent: 0, alreadyThere: 3, leftOut: 1, nameless: 1, failed: 0, failure: null });
  assert.equal(received.length, 3);
  for (const one of archives) await one.close();
});

test('what an archive has no room for is sent again, what it cannot read is not', async () => {
  const asked: string[] = [];
  const [full = '', odd = '', fine = ''] = [0, 1, 8].map(fictitiousUid);
  const server = await openStorageScp({
    host: '127.0.0.1',
    port,
    aeTitle: 'FULL',
    peers: [],
    async receive({ sopInstanceUid, chunks }) {
      for await (const _ of chunks);
      asked.push(sopInstanceUid);
      const isFirst = asked.filter((uid) => uid === sopInstanceUid).length === 1;
      if (sopInstanceUid === full && isFirst) throw new UnicaError('node.spool-full', { limitMib: 1 });
      if (sopInstanceUid === odd) throw new UnicaError('dicom.not-dicom');
    },
  });
  const wish = { files, to: { ...to(), aeTitle: 'FULL' }, pause: async () => {} };
  const once = await deliverResults(config, { ...wish, attempts: 1 });
  assert.deepEqual([once.sent, once.failed], [1, 2]);
  asked.length = 0;
  const again = await deliverResults(config, { ...wish, attempts: 3 });
  await server.close();
  assert.deepEqual([again.sent, again.failed, again.failure], [1, 1, 'node.results-refused']);
  assert.deepEqual(asked.filter((uid) => uid !== fine).sort(), [full, full, odd]);
});

test('what an archive does not confirm is told, and nothing of anybody is in the journal', async () => {
  const report = await deliverResults(config, {
    files,
    to: { ...to(), aeTitle: 'OTHER' },
    attempts: 2,
    pause: async () => {},
  });
  assert.deepEqual([report.sent, report.failed, report.failure], [0, 3, 'dimse.unreachable']);
  const node = await openNode(config, silentLog);
  const entries = JSON.stringify(await node.database.kysely.selectFrom('audit_entries').selectAll().execute());
  const rows = JSON.stringify(await node.database.kysely.selectFrom('result_deliveries').selectAll().execute());
  await node.close();
  assert.match(entries, /results\.delivered/);
  assert.doesNotMatch(entries + rows, /Quispel|ZX-8841720|1\.2\.826\.0\.1\.3680043/);
});

test('a file that is no whole one is told by its name', async () => {
  const broken = join(folder, 'broken.dcm');
  await writeFile(broken, fictitiousObject(0).subarray(0, 400));
  const wish = { files: [...files, broken], to: to(), attempts: 1 };
  await assert.rejects(deliverResults(config, wish), { code: 'cli.unreadable', message: /broken\.dcm cannot be used/ });
});

test('who opts out while an archive is waited for is left out of the next attempt', async () => {
  const received: string[] = [];
  const archives: StorageScp[] = [];
  const pause = async () => {
    const node = await openNode(config, silentLog);
    await node.optOuts.record(pseudonymOf(node.site, `${PLANTED.patientId}-2`), 'opt-out', 'test');
    await node.close();
    archives.push(await archive(received, 'LATER'));
  };
  const report = await deliverResults(config, { files, to: { ...to(), aeTitle: 'LATER' }, attempts: 2, pause });
  for (const one of archives) await one.close();
  assert.deepEqual(report, { sent: 2, alreadyThere: 0, leftOut: 2, nameless: 1, failed: 0, failure: null });
  assert.deepEqual(received.toSorted(), [0, 1].map(fictitiousUid).toSorted());
});

test('a run that its owner stops while it waits ends, and the journal has what it came to', async () => {
  const pause = async () => {
    const node = await openNode(config, silentLog);
    await (await KillSwitch.open(node.database.kysely)).set(true);
    await node.close();
  };
  const wish = { files, to: { ...to(), aeTitle: 'NEVER' }, attempts: 3, pause };
  await assert.rejects(deliverResults(config, wish), /owner of this node has stopped it/);
  const node = await openNode(config, silentLog);
  await (await KillSwitch.open(node.database.kysely)).set(false);
  const entries = JSON.stringify(await node.database.kysely.selectFrom('audit_entries').selectAll().execute());
  await node.close();
  assert.match(entries, /NEVER@127\.0\.0\.1.*node\.stopped/);
});

test('nothing leaves a node that its owner has stopped', async () => {
  const node = await openNode(config, silentLog);
  await (await KillSwitch.open(node.database.kysely)).set(true);
  await node.close();
  await assert.rejects(deliverResults(config, { files, to: to(), attempts: 1 }), /owner of this node has stopped it/);
});
