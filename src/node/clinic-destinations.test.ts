import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog } from '#base';
import { ClinicDestinations } from './clinic-destinations.ts';
import { ClinicSpool } from './clinic-spool.ts';
import { nodeConfig } from './config.ts';
import { openNode } from './open-node.ts';
import { enrolledHome } from './receiver-rig.ts';

test('a secret or an authority that is there and cannot be used is not left aside', async (context) => {
  const home = await mkdtemp(join(tmpdir(), 'unica-destinations-'));
  await enrolledHome(home);
  const config = nodeConfig({ home });
  const node = await openNode(config, silentLog);
  context.after(async () => {
    await node.close();
    await rm(home, { recursive: true, force: true });
  });
  const { journal, clock } = node;
  const spool = await ClinicSpool.open(join(home, 'spool'));
  const destinations = new ClinicDestinations({ db: node.database.kysely, spool, journal, clock, config });
  const wish = {
    kind: 'stow',
    address: 'https://pacs.example/dicom-web',
    refusals: true,
    patientSystem: null,
  } as const;
  await destinations.put('pacs', wish, 'person:owner');
  const peer = async () => {
    const [destination] = await destinations.all();
    if (destination === undefined) throw new Error('no destination');
    return await destinations.webPeer(destination);
  };
  assert.deepEqual(await peer(), { url: new URL(wish.address), authorization: undefined, authorities: undefined });
  const folder = join(home, 'clinic-peers');
  await mkdir(folder);
  await writeFile(join(folder, 'pacs.authorization'), 'Bearer word\n');
  assert.equal((await peer()).authorization, 'Bearer word');
  // Trusting nobody in particular would be trusting everybody whom the system trusts.
  await writeFile(join(folder, 'pacs.pem'), '\n');
  await assert.rejects(peer(), { code: 'clinic.destination-unusable' });
  await rm(join(folder, 'pacs.pem'));
  await mkdir(join(folder, 'pacs.pem'));
  await assert.rejects(peer(), { code: 'clinic.destination-unusable' });
});
