import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UnicaError } from '#base';
import { generateKeys } from '#identity';
import { nodeConfig } from './config.ts';
import { writeIdentityCard } from './identity-card.ts';
import { renewNodeKey, rotateNodeKey } from './replace-key.ts';

const codeIs = (code: string) => (error: unknown) => error instanceof UnicaError && error.code === code;

test('the next key is kept while the hub may have taken it, and is thrown away when it never will', async (context) => {
  const home = await mkdtemp(join(tmpdir(), 'unica-replace-key-'));
  context.after(() => rm(home, { recursive: true, force: true }));
  /** What the hub answers, one after the other; nothing: the connection breaks. */
  const answers: [status: number, code: string][] = [];
  const hub = createServer((_request, response) => {
    const [status, code] = answers.shift() ?? [];
    if (status === undefined) return response.destroy();
    return response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify({ code }));
  }).listen({ host: '127.0.0.1', port: 0 });
  context.after(() => hub.close());
  await once(hub, 'listening');
  await writeIdentityCard(home, {
    siteId: 'lisbon',
    country: 'PT',
    displayName: 'Lisbon',
    hubUrl: `http://127.0.0.1:${(hub.address() as AddressInfo).port}`,
    hubName: 'Hub',
    hubPublicKey: generateKeys().publicKey,
  });
  const config = nodeConfig({ home, logLevel: 'silent' });
  const next = async () => await readFile(join(home, 'node.key.next'), 'utf8').catch(() => undefined);

  await assert.rejects(rotateNodeKey(config), codeIs('node.hub-unreachable'));
  const key = await next();
  assert.ok(key !== undefined);
  const rows: readonly [string, typeof answers, string][] = [
    ['it is the new key that it knows, and it does not answer', [[401, 'identity.signature']], 'node.hub-unreachable'],
    ['it is busy', [[503, 'hub.busy']], 'node.key-not-replaced'],
    ['it knows neither', Array(2).fill([401, 'identity.signature']), 'node.key-not-replaced'],
  ];
  for (const [name, said, code] of rows) {
    answers.push(...said);
    await assert.rejects(rotateNodeKey(config), codeIs(code), name);
    assert.equal(await next(), key, name);
  }
  answers.push([403, 'identity.code-refused']);
  await assert.rejects(renewNodeKey(config, 'ABCD-ABCD-ABCD-ABCD'), codeIs('node.hub-refused'));
  assert.equal(await next(), key, 'a slip in the code');
  answers.push([409, 'identity.key-used']);
  await assert.rejects(rotateNodeKey(config), codeIs('node.key-not-replaced'));
  assert.equal(await next(), undefined);
});
