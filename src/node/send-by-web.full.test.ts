import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { silentLog } from '#base';
import { type ScoredResult, SHIPPED_MODELS, StudyScorer } from '#clinic';
import { examFilms } from './clinic-films.ts';
import { nodeConfig } from './config.ts';
import { transactionOf } from './fhir-transaction.ts';
import { createNodeToken } from './node-commands.ts';
import { enrolledHome } from './receiver-rig.ts';
import { askWebPeer, createAtFhirServer, storeByWeb } from './send-by-web.ts';
import { startNode } from './start-node.ts';

let folder: string;
let scored: ScoredResult;
const never = new AbortController().signal;
const servers: Server[] = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unica-web-'));
  const paths = await Promise.all(
    examFilms(5).map(async (bytes, at) => {
      const path = join(folder, `film-${at}.dcm`);
      await writeFile(path, bytes);
      return path;
    }),
  );
  const scorer = new StudyScorer({ processes: 1 });
  const forms = { reports: true, segmentations: true, heatMaps: true, document: true };
  const order = { folder: join(SHIPPED_MODELS, 'breast-risk'), name: 'breast-risk', paths, nowMs: Date.now(), forms };
  const [first] = (await scorer.score(order)).results;
  await scorer.close();
  if (first === undefined) throw new Error('nothing was scored');
  scored = first;
});

after(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await rm(folder, { recursive: true, force: true });
});

async function served(
  answer: (request: IncomingMessage, body: Buffer) => { readonly status: number; readonly body: unknown } | 'silence',
): Promise<URL> {
  const server = createServer((request, reply) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const answered = answer(request, Buffer.concat(parts));
      if (answered === 'silence') return;
      reply.writeHead(answered.status, { 'content-type': 'application/json' });
      reply.end(JSON.stringify(answered.body));
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/base`);
}

async function objectFiles() {
  return await Promise.all(
    scored.objects.map(async ({ name, bytes, sopInstanceUid }) => {
      const path = join(folder, `${name}.dcm`);
      await writeFile(path, bytes);
      return { path, sopInstanceUid };
    }),
  );
}

const transactionSchema = z.object({
  type: z.literal('transaction'),
  entry: z.array(
    z.object({
      fullUrl: z.string(),
      resource: z.looseObject({ resourceType: z.string() }),
      request: z.object({ method: z.enum(['POST', 'PUT']), url: z.string(), ifNoneExist: z.string().optional() }),
    }),
  ),
});

/** A stand-in for a FHIR server: it keeps what R4 says of conditional creates and of updates under an id, and nothing more. */
function standInFhirServer() {
  const kept = new Map<string, unknown>();
  const url = served((request, body) => {
    if (request.method === 'GET') return { status: 200, body: { resourceType: 'CapabilityStatement' } };
    const { entry } = transactionSchema.parse(JSON.parse(body.toString('utf8')));
    const replies = entry.map(({ resource, request: { method, url: where, ifNoneExist } }) => {
      const key = method === 'PUT' ? where : `${where}?${ifNoneExist}`;
      const isNew = !kept.has(key);
      if (isNew) kept.set(key, resource);
      return { response: { status: isNew ? '201 Created' : '200 OK' } };
    });
    return { status: 200, body: { resourceType: 'Bundle', type: 'transaction-response', entry: replies } };
  });
  return { url, kept };
}

test('a document becomes a transaction in which nothing is made twice, and references keep to it', async () => {
  const { url, kept } = standInFhirServer();
  const peer = { url: await url };
  const wish = { patientSystem: 'urn:oid:1.2.3', house: 'a', signal: never };
  const first = await createAtFhirServer(peer, scored.document, wish);
  assert.equal(first.known, 0);
  assert.equal(first.created, kept.size);
  assert.deepEqual(await createAtFhirServer(peer, scored.document, wish), { created: 0, known: first.created });
  const patient = [...kept.keys()].find((key) => key.startsWith('Patient?'));
  assert.match(decodeURIComponent(patient ?? ''), /^Patient\?identifier=urn:oid:1\.2\.3\|.+/);
  const { entry } = transactionOf(scored.document, { patientSystem: null, house: 'a' });
  const addresses = new Set(entry.map(({ fullUrl }) => fullUrl));
  const named = [...JSON.stringify(entry).matchAll(/"reference":"(urn:uuid:[^"]+)"/g)].map(
    ([, address = '']) => address,
  );
  assert.ok(named.length > 10);
  for (const address of named) assert.ok(addresses.has(address), address);
  assert.deepEqual(
    entry.flatMap(({ resource, request }) => (request.ifNoneExist === undefined ? [resource['resourceType']] : [])),
    ['Provenance'],
  );
});

test('what a FHIR server refuses, is in trouble with or lets nobody in for is told apart', async () => {
  const rows = [
    [422, 'clinic.peer-refused'],
    [401, 'clinic.peer-closed'],
    [503, 'clinic.peer-unreachable'],
    [200, 'clinic.peer-refused'],
  ] as const;
  for (const [status, code] of rows) {
    const peer = { url: await served(() => ({ status, body: { resourceType: 'OperationOutcome' } })) };
    const asked = createAtFhirServer(peer, scored.document, { patientSystem: null, house: 'a', signal: never });
    await assert.rejects(asked, { code }, String(status));
  }
  const down = { url: new URL('http://127.0.0.1:9/fhir') };
  await assert.rejects(askWebPeer(down, 'fhir', never), { code: 'clinic.peer-unreachable' });
  assert.throws(() => transactionOf({ resourceType: 'Patient' }, { patientSystem: null, house: 'a' }), {
    code: 'clinic.no-document',
  });
});

test('a part of a transaction that failed is no success', async () => {
  const peer = {
    url: await served((_request, body) => {
      const { entry } = transactionSchema.parse(JSON.parse(body.toString('utf8')));
      const replies = entry.map((_entry, place) => ({
        response: { status: place === 1 ? '412 Precondition Failed' : '201' },
      }));
      return { status: 200, body: { resourceType: 'Bundle', type: 'transaction-response', entry: replies } };
    }),
  };
  const asked = createAtFhirServer(peer, scored.document, { patientSystem: null, house: 'a', signal: never });
  await assert.rejects(asked, { code: 'clinic.peer-refused' });
});

test('a server is shown what it asks for, gives a question up with who asked, and its reply has a limit', async () => {
  const seen: (string | undefined)[] = [];
  const peer = {
    url: await served(({ headers, url }) => {
      seen.push(headers.authorization, url);
      return { status: 200, body: {} };
    }),
    authorization: 'Bearer word',
  };
  await askWebPeer(peer, 'stow', never);
  assert.deepEqual(seen, ['Bearer word', '/base/studies?limit=1']);
  const silent = { url: await served(() => 'silence') };
  await assert.rejects(askWebPeer(silent, 'stow', AbortSignal.timeout(50)), { name: 'TimeoutError' });
  const endless = { url: await served(() => ({ status: 200, body: 'x'.repeat(5 * 2 ** 20) })) };
  const files = await objectFiles();
  await assert.rejects(storeByWeb(endless, files, never), { code: 'clinic.peer-unreachable' });
});

test('objects for which a server has no room are put off, others that it failed are refused', async () => {
  const files = await objectFiles();
  const reasons = [0xa700, 0xa7ff, 0x0213, 0xa900, 0xc000, 0x0110, 'A700'];
  for (const reason of reasons) {
    const items = files.map(({ sopInstanceUid }) => ({
      '00081155': { vr: 'UI', Value: [sopInstanceUid] },
      '00081197': { vr: 'US', Value: [reason] },
    }));
    const reply = { '00081198': { vr: 'SQ', Value: items } };
    const peer = { url: await served(() => ({ status: 409, body: reply })) };
    const kind = [0xa700, 0xa7ff, 0x0213].some((one) => one === reason) ? 'put-off' : 'refused';
    const outcomes = await storeByWeb(peer, files, never);
    assert.deepEqual(
      outcomes,
      files.map(({ sopInstanceUid }) => ({ object: sopInstanceUid, kind })),
      `${reason}`,
    );
  }
});

test('objects that a server did not confirm count as refused; an answer that is none is no success', async () => {
  const files = await objectFiles();
  const [first] = files;
  const reply = {
    '00081199': { vr: 'SQ', Value: [{ '00081155': { vr: 'UI', Value: [first?.sopInstanceUid] } }] },
    '00081198': { vr: 'SQ', Value: [] },
  };
  const bodies: Buffer[] = [];
  const peer = {
    url: await served((request, body) => {
      assert.match(request.headers['content-type'] ?? '', /^multipart\/related; type="application\/dicom"; boundary=/);
      bodies.push(body);
      return { status: 202, body: reply };
    }),
  };
  const outcomes = await storeByWeb(peer, files, never);
  assert.deepEqual(
    outcomes.map(({ kind }) => kind),
    files.map((_file, place) => (place === 0 ? 'stored' : 'refused')),
  );
  for (const { bytes } of scored.objects) assert.ok(bodies[0]?.includes(Buffer.from(bytes)), 'the bytes as they are');
  const odd = { url: await served(() => ({ status: 200, body: 'fine' })) };
  await assert.rejects(storeByWeb(odd, files, never), { code: 'clinic.peer-unreachable' });
});

test('the STOW endpoint of another node understands the request', async () => {
  const home = join(folder, 'other');
  await mkdir(home);
  await enrolledHome(home);
  const config = nodeConfig({ home, port: '0', logLevel: 'silent' });
  const other = await startNode(config, silentLog);
  try {
    const token = await createNodeToken(config, { name: 'archive', roles: ['curator'], days: 1 });
    const peer = { url: new URL(`${other.url}/dicom-web`), authorization: `Bearer ${token}` };
    await askWebPeer(peer, 'stow', never);
    const path = join(folder, 'film-0.dcm');
    const [view] = scored.inputs;
    const film = { path, sopInstanceUid: view?.sopInstanceUid ?? '' };
    // A node answers with the UIDs that the sender wrote.
    assert.deepEqual(await storeByWeb(peer, [film], never), [{ object: film.sopInstanceUid, kind: 'stored' }]);
    // Reports are no films, and it takes them too.
    const outcomes = await storeByWeb(peer, await objectFiles(), never);
    assert.deepEqual(
      outcomes,
      scored.objects.map(({ sopInstanceUid }) => ({ object: sopInstanceUid, kind: 'stored' })),
    );
    await assert.rejects(askWebPeer({ url: peer.url }, 'stow', never), { code: 'clinic.peer-closed' });
  } finally {
    await other.close();
  }
});
