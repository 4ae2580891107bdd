import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clearContents } from './clear-contents.ts';

const HOUR_MS = 3_600_000;
const [weights, update] = ['aa'.repeat(32), 'bb'.repeat(32)];

/** A hub that tells in which order it is asked. */
function toldHub({ sinceMs, nowMs }: { readonly sinceMs: number; readonly nowMs: number }) {
  const told: string[] = [];
  const cleared: { beforeMs: number; keeps: (sha256: string) => boolean }[] = [];
  const hub = {
    clock: () => nowMs,
    learning: {
      async needed() {
        told.push('needed');
        return { digests: new Set([update]), sinceMs };
      },
    },
    models: {
      async list() {
        told.push('models');
        return [{ weightsSha256: weights, evidence: null }];
      },
    },
    async settled() {
      told.push('settled');
    },
    blobs: {
      async clear(what: (typeof cleared)[number]) {
        told.push('clear');
        cleared.push(what);
        return 0;
      },
    },
  };
  return { told, cleared, hub: hub as unknown as Parameters<typeof clearContents>[0] };
}

test('content is cleared only once the records by which it is not needed are safe on the disk', async () => {
  const { told, cleared, hub } = toldHub({ sinceMs: Number.POSITIVE_INFINITY, nowMs: 5 * HOUR_MS });
  await clearContents(hub);
  assert.deepEqual(told, ['needed', 'models', 'settled', 'clear']);
  assert.equal(cleared[0]?.beforeMs, 4 * HOUR_MS);
  assert.deepEqual(
    [weights, update, 'cc'.repeat(32)].map((sha256) => cleared[0]?.keeps(sha256)),
    [true, true, false],
  );
});

test('what came since an hour before the oldest open round began is not cleared, however old', async () => {
  const { cleared, hub } = toldHub({ sinceMs: 2 * HOUR_MS, nowMs: 30 * HOUR_MS });
  await clearContents(hub);
  assert.equal(cleared[0]?.beforeMs, HOUR_MS);
});
