import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { freePort } from './free-port.ts';
import { Relay, recordedConnections } from './relay.ts';

const folder = mkdtempSync(join(tmpdir(), 'unica-relay-'));
const closing: (() => Promise<void>)[] = [];
after(async () => {
  for (const close of closing) await close();
});

test('every byte is recorded and passed on, across a hub that dies and comes back', async () => {
  const hubPort = await freePort(47_000);
  let hub = await startHub(hubPort);
  const relay = await Relay.open({ port: 0, hubPort, folder });
  closing.push(
    () => relay.close(),
    () => stop(hub),
  );

  const large = 'x'.repeat(3_000_000);
  assert.equal(await post(relay.url, '/first', large), `POST /first ${large.length}`);
  await stop(hub);
  await assert.rejects(post(relay.url, '/while-away', 'lost'), 'a dead hub shows as a failed request');
  hub = await startHub(hubPort);
  assert.equal(await post(relay.url, '/again', 'back'), 'POST /again 4');

  const requests = [...recordedConnections(folder)].flatMap(({ record }) => record.requests);
  const bodies = requests.filter((request) => request.complete).map(({ path, body }) => [path, body.length]);
  assert.deepEqual(
    bodies.filter(([path]) => path !== '/while-away'),
    [
      ['/first', large.length],
      ['/again', 4],
    ],
  );
});

test('a relay opened again on the same folder keeps the earlier record', async () => {
  const before = [...recordedConnections(folder)].length;
  const hubPort = await freePort(47_100);
  const hub = await startHub(hubPort);
  const relay = await Relay.open({ port: 0, hubPort, folder });
  closing.push(
    () => relay.close(),
    () => stop(hub),
  );
  await post(relay.url, '/later', 'later');
  const all = [...recordedConnections(folder)];
  assert.equal(all.length, before + 1);
  assert.equal(all.at(-1)?.record.requests[0]?.path, '/later');
});

async function startHub(port: number): Promise<Server> {
  const hub = createServer((request, answer) => {
    let length = 0;
    request.on('data', (bytes: Buffer) => {
      length += bytes.length;
    });
    request.on('end', () => answer.end(`${request.method} ${request.url} ${length}`));
  });
  await new Promise<void>((resolve) => {
    hub.listen(port, '127.0.0.1', resolve);
  });
  return hub;
}

async function stop(hub: Server): Promise<void> {
  hub.closeAllConnections();
  await new Promise<void>((resolve) => {
    hub.close(() => resolve());
  });
}

async function post(url: string, path: string, body: string): Promise<string> {
  const answer = await fetch(`${url}${path}`, { method: 'POST', body });
  return await answer.text();
}
