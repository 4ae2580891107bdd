import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, verify } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { noOpenssl } from '#checkup';
import { beamRequest, proxyOfApp, writeBeamRequest } from './beam-request.ts';

test('the request names the proxy and nothing else, and is signed with the key beside it', async () => {
  const { request, key } = await beamRequest('lisbon.broker.example.eu');
  const bytes = Buffer.from(request.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  assert.equal(bytes.toString('latin1').split('lisbon.broker.example.eu').length, 2);
  // What is signed is the first element of the outer sequence; the signature its last 256 bytes (PKCS #10, RFC 2986 4.2).
  const informationLength = 4 + bytes.readUInt16BE(6);
  const information = bytes.subarray(4, 4 + informationLength);
  assert.ok(verify('sha256', information, createPublicKey(createPrivateKey(key)), bytes.subarray(-256)));
  assert.equal(proxyOfApp('unica.lisbon.broker.example.eu'), 'lisbon.broker.example.eu');
});

test('OpenSSL reads the request: its signature holds, and its subject is the proxy', {
  skip: noOpenssl,
}, async () => {
  const { request } = await beamRequest('lisbon.broker.example.eu');
  const read = spawnSync('openssl', ['req', '-verify', '-noout', '-subject', '-nameopt', 'RFC2253'], {
    input: request,
  });
  assert.equal(read.status, 0, String(read.stderr));
  assert.match(`${read.stdout}${read.stderr}`, /verify OK/i);
  assert.match(String(read.stdout), /CN=lisbon\.broker\.example\.eu\s*$/);
});

test('a name that no broker knows is refused, and no key is written over', async (context) => {
  for (const wrong of ['lisbon', 'Lisbon.broker', 'lis bon.broker', '.broker', `${'a'.repeat(60)}.broker`])
    await assert.rejects(beamRequest(wrong), /proxy\.broker/, wrong);
  const folder = await mkdtemp(join(tmpdir(), 'unica-beam-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const to = { key: join(folder, 'key.pem'), request: join(folder, 'request.pem') };
  await writeBeamRequest('lisbon.broker.example.eu', to);
  const key = await readFile(to.key, 'utf8');
  assert.equal((await stat(to.key)).mode & 0o077, 0);
  await assert.rejects(writeBeamRequest('lisbon.broker.example.eu', to), /already/);
  assert.equal(await readFile(to.key, 'utf8'), key);
  const beside = { ...to, key: join(folder, 'another.pem') };
  await assert.rejects(writeBeamRequest('lisbon.broker.example.eu', beside), /already/);
  await assert.rejects(stat(beside.key), { code: 'ENOENT' }, 'no key is left behind without its request');
});
