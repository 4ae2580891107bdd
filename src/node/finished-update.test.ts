import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUpdateHeld } from './finished-update.ts';

const SHA256 = 'ab'.repeat(32);
const rows: readonly [string, { readonly node: boolean; readonly hub: boolean }, boolean, readonly string[]][] = [
  ['is held where the node has it; the hub is not asked', { node: true, hub: false }, true, []],
  ['is held where the hub took it and the node let go of it', { node: false, hub: true }, true, [SHA256]],
  ['is held by nobody after one of them was set back to a backup', { node: false, hub: false }, false, [SHA256]],
];
for (const [what, has, expected, asked] of rows) {
  test(`the update of a finished round ${what}`, async () => {
    const told: string[] = [];
    const hub = {
      async holds(sha256: string) {
        told.push(sha256);
        return has.hub;
      },
    };
    const blobs = { has: async () => has.node };
    const signal = new AbortController().signal;
    assert.equal(await isUpdateHeld({ hub, blobs }, SHA256, { jobId: 'job-00000001', signal }), expected);
    assert.deepEqual(told, asked);
  });
}
