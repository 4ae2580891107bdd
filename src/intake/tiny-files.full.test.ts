import { test } from 'node:test';
import { cleanManyFiles } from './tiny-files-rig.ts';

for (const as of ['folder', 'zip'] as const) {
  test(`deidentify: 200,000 tiny files in a ${as}, killed and resumed`, { timeout: 1_200_000 }, async (context) => {
    context.diagnostic(await cleanManyFiles({ as, count: 200_000, mostMib: 768, progressAtLeast: 1 }));
  });
}
