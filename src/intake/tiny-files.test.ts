import { test } from 'node:test';
import { cleanManyFiles } from './tiny-files-rig.ts';

for (const as of ['folder', 'zip'] as const) {
  test(`deidentify: two thousand tiny files in a ${as}, killed and resumed`, async (context) => {
    context.diagnostic(await cleanManyFiles({ as, count: 2000, mostMib: 512, progressAtLeast: 0 }));
  });
}
