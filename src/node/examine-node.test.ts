import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { nodeConfig } from './config.ts';
import { examineNode } from './examine-node.ts';

test('a port that another program has is a fault; one that the looking program has itself is not', async (context) => {
  const home = await mkdtemp(join(tmpdir(), 'unica-examine-'));
  context.after(() => rm(home, { recursive: true, force: true }));
  const server = createServer().listen(0, '127.0.0.1');
  context.after(() => server.close());
  await once(server, 'listening');
  const config = nodeConfig({ home, port: String((server.address() as AddressInfo).port) });
  const portOf = async (within?: 'guide') =>
    (await examineNode(config, { within })).findings.find(({ check }) => check === 'port');
  const [outside, inside] = [await portOf(), await portOf('guide')];
  assert.deepEqual([outside?.state, outside?.code], ['bad', 'http.port-busy']);
  assert.deepEqual([inside?.state, inside?.code], ['good', null]);
});
