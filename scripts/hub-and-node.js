// A real hub and an enrolled node's way to it, for tests that look at the link between them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHubToken, hubConfig, startHub } from '../dist/hub/index.js';
import { loadOrCreateKeys } from '../dist/identity/index.js';
import { createDial } from '../dist/node/dial.js';
import { HubClient } from '../dist/node/hub-client.js';
import { keyPath } from '../dist/node/identity-card.js';
import { initNode, nodeConfig } from '../dist/node/index.js';
import { KillSwitch } from '../dist/node/kill-switch.js';
import { OutgoingLedger } from '../dist/node/outgoing-ledger.js';
import { openNodeRecords } from '../dist/node/records.js';
import { openFolderBlobs } from '../dist/store/index.js';

const silent = { info() {}, warn() {}, error() {} };

/** A hub, and the token of its coordinator; both go when the test ends. `parts`: what it is given instead of its own. */
export async function freshHub(t, settings = {}, parts = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'unica-link-'));
  const config = hubConfig({ home: join(folder, 'hub'), port: '0', siteApproval: 'automatic', ...settings });
  let hub = await startHub(config, silent, parts);
  const token = await createHubToken(config, { name: 'coordinator', roles: ['coordinator', 'operator'], days: 1 });
  t.after(async () => {
    await hub.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const urlOf = () => `http://127.0.0.1:${hub.server.fastify.server.address().port}`;
  const ask = async (method, path, body) => {
    const answer = await fetch(`${urlOf()}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: await answer.json() };
  };
  return {
    folder,
    config,
    ask,
    get url() {
      return urlOf();
    },
    async restart() {
      await hub.close();
      hub = await startHub(
        hubConfig({ home: config.home, port: '0', siteApproval: 'automatic', ...settings }),
        silent,
        parts,
      );
    },
  };
}

/** A node that is enrolled with the hub, and its client; `through` is the address it dials. */
export async function freshNode(
  t,
  hub,
  { siteId = 'lisbon', through = hub.url, otherUrls = [], proxy, clock = Date.now } = {},
) {
  const { body } = await hub.ask('POST', '/api/enrolment-codes', { siteId, displayName: siteId, country: 'PT' });
  const config = nodeConfig({ home: join(hub.folder, `node-${siteId}`) });
  const card = await initNode(config, { hubUrl: hub.url, code: body.code, siteId, country: 'PT', displayName: siteId });
  const database = await openNodeRecords(config);
  t.after(() => database.close());
  const keys = await loadOrCreateKeys(keyPath(config.home));
  const client = new HubClient({
    card: { ...card, hubUrl: through },
    hubPublicKey: card.hubPublicKey,
    keys,
    ledger: new OutgoingLedger(database, Date.now),
    killSwitch: await KillSwitch.open(database.kysely),
    clock,
    dial: createDial(proxy),
    otherUrls,
  });
  const blobs = await openFolderBlobs(join(config.home, 'blobs'));
  return { config, card, client, keys, database, blobs };
}
