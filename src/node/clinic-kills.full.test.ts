import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { SeededRandom, silentLog } from '#base';
import { openStorageScp } from '#dimse';
import { setClinicModel } from './clinic-commands.ts';
import { chestFilms } from './clinic-films.ts';
import { openClinic } from './clinic-house.ts';
import type { KilledClinicOrder } from './clinic-kills-main.ts';
import { nodeConfig } from './config.ts';
import { freePort } from './free-port.ts';
import { KillSwitch } from './kill-switch.ts';
import { openNode } from './open-node.ts';
import { enrolledHome } from './receiver-rig.ts';

/** Times that the process is killed; the last one goes on to the end. */
const KILLS = 8;

test('a node that is killed again and again while it takes, scores and sends loses no study and scores and sends none twice', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'unica-clinic-kills-'));
  const [home, films] = [join(folder, 'home'), join(folder, 'films')];
  for (const each of [home, films]) await mkdir(each);
  await enrolledHome(home);
  const received = new Map<string, number>();
  const port = await freePort();
  const archive = await openStorageScp({
    host: '127.0.0.1',
    port,
    aeTitle: 'PACS',
    peers: [],
    async receive({ chunks, sopInstanceUid }) {
      for await (const _ of chunks);
      received.set(sopInstanceUid, (received.get(sopInstanceUid) ?? 0) + 1);
    },
  });
  const paths: string[] = [];
  for (const [place, bytes] of chestFilms(12).entries()) {
    const path = join(films, `${place}.dcm`);
    await writeFile(path, bytes);
    paths.push(path);
  }
  const config = nodeConfig({ home });
  await setClinicModel(config, 'chest-nodule', { mode: 'shown' });
  const node = await openNode(config, silentLog);
  const killSwitch = await KillSwitch.open(node.database.kysely);
  const clinic = await openClinic(node, { killSwitch, log: silentLog });
  const address = `PACS@127.0.0.1:${port}`;
  const place = { kind: 'dimse', address, refusals: true, patientSystem: null } as const;
  await clinic.destinations.put('pacs', place, 'person:owner');
  await clinic.close();
  const random = new SeededRandom('clinic kills');
  let killed = 0;
  for (let turn = 0; turn <= KILLS; turn += 1) {
    const child = started({ home, paths });
    // By what it has come to, and not by the clock, so that a slow machine is killed at the same places.
    const until = turn === KILLS ? undefined : 1 + random.below(10);
    if (await ended(child, until)) killed += 1;
  }
  assert.ok(killed >= KILLS / 2, `${killed} kills`);
  const rows = await node.database.kysely.selectFrom('clinic_results').selectAll().execute();
  const studies = new Set(rows.map(({ study }) => study));
  assert.equal(studies.size, new Set(rows.map(({ study, inputs }) => `${study} ${inputs}`)).size);
  assert.equal(rows.length, studies.size, 'each study once');
  assert.equal(studies.size, await studiesOf(node, paths));
  const sendings = await node.database.kysely.selectFrom('clinic_sendings').select(['state']).execute();
  assert.deepEqual(new Set(sendings.map(({ state }) => state)), new Set(['sent']));
  assert.deepEqual(await readdir(join(home, 'incoming', 'clinic', 'results')), []);
  // Between the answer of the archive and our note of it a kill sends the same object again, one for each kill at most.
  const again = [...received.values()].reduce((sum, times) => sum + times - 1, 0);
  assert.ok(again <= killed, `${again} objects came again after ${killed} kills`);
  await node.close();
  await archive.close();
  await rm(folder, { recursive: true, force: true });
});

async function studiesOf(node: Awaited<ReturnType<typeof openNode>>, paths: readonly string[]): Promise<number> {
  const { parseDicom } = await import('#dicom');
  const { readFile } = await import('node:fs/promises');
  const { pseudonymousUid } = await import('#deid');
  const studies = new Set<string>();
  for (const path of paths)
    studies.add(pseudonymousUid(node.site, parseDicom(await readFile(path)).dataset.text(0x0020000d) ?? ''));
  return studies.size;
}

function started(order: KilledClinicOrder): ChildProcess {
  const child = fork(new URL('./clinic-kills-main.js', import.meta.url), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.send(order);
  return child;
}

/** @param until messages after which it is killed; undefined: it goes on to its end. @returns whether it was killed */
async function ended(child: ChildProcess, until: number | undefined): Promise<boolean> {
  let messages = 0;
  let isKilled = false;
  child.on('message', () => {
    messages += 1;
    if (messages !== until) return;
    isKilled = true;
    child.kill('SIGKILL');
  });
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  if (!isKilled) assert.equal(code, 0);
  return isKilled;
}
