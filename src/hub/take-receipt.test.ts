import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentDigest } from '#store';
import type { Receipt } from '#wire';
import type { HubHouse } from './house.ts';
import { takeReceipt } from './take-receipt.ts';

// A receipt that comes again because its answer got lost: the task is done.

const content = new TextEncoder().encode('the change of a small model');
const sha256 = contentDigest(content);
const receipt: Receipt = {
  kind: 'trained',
  updateSha256: sha256,
  metrics: { samples: 12, loss: 0.5, seconds: 1, bytesOut: 27, validation: null },
};

/** A hub with a task of lisbon that is done. */
function doneHub({ held, needed }: { readonly held: boolean; readonly needed: boolean }) {
  const kept = new Map<string, Uint8Array>(held ? [[sha256, content]] : []);
  const hub = {
    tasks: { get: async () => ({ queue: 'site/lisbon', state: 'done', payload: {} }) },
    blobs: {
      has: async (digest: string) => kept.has(digest),
      put: async (bytes: Uint8Array) => void kept.set(contentDigest(bytes), bytes),
    },
    learning: { needed: async () => ({ digests: new Set(needed ? [sha256] : []), sinceMs: 0 }) },
  };
  return { kept, hub: hub as unknown as HubHouse };
}

const rows: readonly [string, Parameters<typeof doneHub>[0], boolean][] = [
  ['is kept where an open job needs its content and it is gone', { held: false, needed: true }, true],
  ['is not kept where nothing needs it: a site cannot fill the hub by it', { held: false, needed: false }, false],
  ['changes nothing where it is here', { held: true, needed: true }, true],
];
for (const [what, state, isHere] of rows) {
  test(`content of a receipt that comes again ${what}`, async () => {
    const { kept, hub } = doneHub(state);
    await takeReceipt(hub, 'lisbon', 'task-00000001', receipt, { queue: 'site/lisbon', content });
    assert.equal(kept.has(sha256), isHere);
  });
}

test('a receipt of another site is refused, and nothing of it kept', async () => {
  const { kept, hub } = doneHub({ held: false, needed: true });
  await assert.rejects(takeReceipt(hub, 'porto', 'task-00000001', receipt, { queue: 'site/porto', content }), {
    code: 'hub.task-gone',
  });
  assert.equal(kept.size, 0);
});
