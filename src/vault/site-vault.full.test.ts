import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { openVault } from './site-vault.ts';
import { makeKeyFile, type VaultKey } from './vault-key.ts';

const PEOPLE = 100_000;

it('holds 100,000 people: written, found, checked and under a new key in bounded memory', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'unica-vault-'));
  try {
    const [key, fresh] = ['one', 'two'].map((name): VaultKey => ({ kind: 'file', path: join(folder, name) }));
    assert.ok(key?.kind === 'file' && fresh?.kind === 'file');
    await makeKeyFile(key.path);
    await makeKeyFile(fresh.path);
    const vault = await openVault({ path: join(folder, 'vault'), key, create: 'new' });
    for (let first = 0; first < PEOPLE; first += 1000) {
      await vault.record(
        Array.from({ length: 1000 }, (_, index) => ({
          patientId: `P${first + index}`,
          issuer: 'HOUSE',
          person: `UNICA-${first + index}`,
          daysBack: 3,
          studyInstanceUid: `1.2.${first + index}`,
          newStudyInstanceUid: `2.25.${first + index}`,
        })),
      );
    }
    assert.equal((await vault.find({ patientId: 'P77777' }))[0]?.person, 'UNICA-77777');
    assert.deepEqual(await vault.check(), { people: PEOPLE, studies: PEOPLE });
    await vault.rotateKey(fresh);
    assert.equal((await vault.find({ newStudyInstanceUid: '2.25.4' }))[0]?.patientId, 'P4');
    await vault.close();
    // The most that the process ever held, in KiB; a second copy of all entries would be beyond it.
    const mostMib = process.resourceUsage().maxRSS / 1024;
    assert.ok(mostMib < 700, `${mostMib} MiB of ${PEOPLE} people`);
  } finally {
    await rm(folder, { recursive: true });
  }
});
