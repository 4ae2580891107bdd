import { test } from 'node:test';
import { cleanManyFiles } from './tiny-files-rig.ts';

/** So many take minutes, and say meanwhile how far they are: `UNICA_TINY_FILES=200000`. */
const LONG_COUNT = 200_000;
const COUNT = Number(process.env['UNICA_TINY_FILES'] ?? 60_000);

for (const as of ['folder', 'zip'] as const) {
  test(`deidentify: ${COUNT} tiny files in a ${as}, killed and resumed`, { timeout: 1_200_000 }, async (context) => {
    context.diagnostic(
      await cleanManyFiles({ as, count: COUNT, mostMib: 768, progressAtLeast: COUNT < LONG_COUNT ? 0 : 1 }),
    );
  });
}
