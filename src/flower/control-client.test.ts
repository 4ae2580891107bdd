import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ControlClient } from './control-client.ts';
import { FLEET_MEDIA_TYPE } from './fleet-messages.ts';
import { loadOrCreateNodeKey } from './node-key.ts';

/** Two SuperNodes of which one is there, as `ListNodesResponse` of two releases writes them. */
const LISTED = [
  [
    '1.23.0',
    '0a2808b9601201611a066f6e6c696e65220a323032362d31312d3330490000000000003e4052034b45590a2108061201611a076f66666c696e65220a323032362d31312d333052054f54484552120432303236',
  ],
  [
    '1.25.0',
    '0a2808b96012016122066f6e6c696e652a0a323032362d31312d3330510000000000003e405a034b45590a21080612016122076f66666c696e652a0a323032362d31312d33305a054f54484552120432303236',
  ],
  ['nobody', ''],
] as const;

for (const [release, hex] of LISTED) {
  test(`SuperNodes that are there are known by their keys: ${release}`, async (context) => {
    const server = createServer((_, response) => {
      response.setHeader('content-type', FLEET_MEDIA_TYPE);
      response.end(Buffer.from(hex, 'hex'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const folder = await mkdtemp(join(tmpdir(), 'unica-control-'));
    const client = new ControlClient({
      address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
      federation: undefined,
      trust: { kind: 'no-tls' },
      key: await loadOrCreateNodeKey(join(folder, 'flower.key')),
      clock: Date.now,
      beforeCall: async () => {},
      signal: new AbortController().signal,
    });
    context.after(async () => {
      client.close();
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
    });
    assert.deepEqual([...(await client.nodes())], release === 'nobody' ? [] : [['KEY', 12345n]]);
  });
}
