import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { exampleObjects } from './example-objects.ts';

const folder = mkdtempSync(join(tmpdir(), 'unica-results-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const objects = exampleObjects();

/** Where Debian's package puts it, which is not on the path of ordinary users. */
const ORTHANC = '/usr/sbin/Orthanc';
const noOrthanc = spawnSync(ORTHANC, ['--version']).status !== 0 && 'Orthanc is not installed';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}

test('a stock Orthanc takes every object, takes none twice, and shows it', {
  skip: noOrthanc || (spawnSync('storescu', ['--version']).status !== 0 && 'storescu is not installed'),
}, async (context) => {
  const home = join(folder, 'orthanc');
  const sent = join(folder, 'sent');
  mkdirSync(home);
  mkdirSync(sent);
  const [port, webPort] = [await freePort(), await freePort()];
  const settings = {
    StorageDirectory: home,
    IndexDirectory: home,
    HttpPort: webPort,
    AuthenticationEnabled: false,
    DicomPort: port,
    DicomCheckCalledAet: false,
    Plugins: [],
  };
  writeFileSync(join(home, 'orthanc.json'), JSON.stringify(settings));
  const child = spawn(ORTHANC, [join(home, 'orthanc.json')], { stdio: 'ignore' });
  context.after(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  const ask = async (path: string) => await fetch(`http://127.0.0.1:${webPort}${path}`);
  const answers = async () => (await ask('/system').catch(() => undefined))?.ok === true;
  while (!(await answers())) {
    assert.equal(child.exitCode, null, 'Orthanc has ended');
    await sleep(200, undefined, { signal: context.signal });
  }
  for (const [index, { bytes }] of objects.entries()) writeFileSync(join(sent, `${index}.dcm`), bytes);
  for (let time = 0; time < 2; time += 1) {
    const { status, stderr } = spawnSync('storescu', ['+sd', '-R', '127.0.0.1', String(port), sent], {
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
  }
  const ids = (await (await ask('/instances')).json()) as readonly string[];
  assert.equal(ids.length, objects.length);
  let pictures = 0;
  for (const id of ids) {
    const tags = (await (await ask(`/instances/${id}/simplified-tags`)).json()) as { readonly [name: string]: unknown };
    assert.equal(typeof tags['SOPInstanceUID'], 'string');
    if (tags['Modality'] !== 'OT') continue;
    const picture = await ask(`/instances/${id}/preview`);
    assert.equal(picture.headers.get('content-type'), 'image/png');
    pictures += 1;
  }
  assert.ok(pictures >= 3);
});
