import { openVault } from './site-vault.ts';
import type { VaultKey } from './vault-key.ts';

// A process of the tests that writes until it is killed.
const { path, key, first, count } = JSON.parse(process.argv[2] ?? '{}') as {
  path: string;
  key: VaultKey;
  first: number;
  count: number;
};
const vault = await openVault({ path, key, create: 'if-missing' });
for (let number = first; number < first + count; number += 1) {
  await vault.record([
    {
      patientId: `P${number}`,
      issuer: '',
      person: `UNICA-${String(number).padStart(32, '0')}`,
      daysBack: 1,
      studyInstanceUid: `1.2.${number}`,
      newStudyInstanceUid: `2.25.${number}`,
    },
  ]);
  process.stdout.write(`${number}\n`);
}
await vault.close();
