import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'libsql';
import type { JobSpec } from '#wire';
import { openConsentRig, until } from './consent-rig.ts';

const SITES = ['aa', 'bb', 'cc'];

/** What a hub's home holds: digests in its database and of files. */
function heldIn(home: string): { readonly small: readonly string[]; readonly large: readonly string[] } {
  const database = new Database(join(home, 'hub.sqlite'), { readonly: true });
  try {
    const rows = database.prepare('SELECT sha256 FROM small_contents').all() as { readonly sha256: string }[];
    const shelves = readdirSync(join(home, 'blobs'), { withFileTypes: true }).filter(({ name }) => name.length === 2);
    const large = shelves.flatMap(({ name }) => readdirSync(join(home, 'blobs', name)).map((rest) => `${name}${rest}`));
    return { small: rows.map(({ sha256 }) => sha256), large };
  } finally {
    database.close();
  }
}

// Small models travel inside receipts and lie in the database; large ones are uploaded and are files. Both go by the same rule.
const LARGE: JobSpec['model'] = {
  ...{ architecture: 'resnet8', inputSize: 28, channels: 1, outputs: 1, widths: [16, 32, 64], stemStride: 1 },
};
const JOBS: readonly (readonly [string, Partial<JobSpec>])[] = [
  ['small', {}],
  ['large', { model: LARGE }],
];
for (const [size, model] of JOBS) {
  test(`an hour after a job of a ${size} model ended, its hub holds the model and nothing else of it; the same job again ends in the same bits`, async (context) => {
    const time = { aheadMs: 0 };
    const rig = await openConsentRig(context, {
      siteIds: SITES,
      approval: 'automatic',
      hubClock: () => Date.now() + time.aheadMs,
    });
    const job = { rounds: 2, localSteps: 2, batchSize: 4, roundDeadlineMs: 120_000, ...model };
    const learned = async (updates: 'open' | 'masked') => {
      const jobId = await rig.submit({ ...job, aggregation: { updates, mostFilms: 64 } } as Parameters<
        typeof rig.submit
      >[0]);
      const view = await rig.jobUntil(jobId, ({ state }) => state === 'finished' || state === 'failed');
      assert.equal(view.state, 'finished', view.because ?? '');
      return (await rig.model(view.modelId ?? '')).weightsSha256;
    };
    const first = await learned('open');
    assert.equal(await learned('masked'), first);
    const held = () => {
      const { small, large } = heldIn(rig.hub.home);
      return [...small, ...large];
    };
    // The model of each round and the update of each site; masked updates beside them.
    assert.ok(held().length > 2 * job.rounds * SITES.length);
    assert.equal(heldIn(rig.hub.home).large.length > 0, size === 'large');
    time.aheadMs += 2 * 3_600_000;
    await until(async () => (held().length <= 1 ? true : undefined));
    assert.deepEqual(held(), [first]);
    assert.equal(await learned('open'), first, 'whatever went is made and sent again');
  });
}
