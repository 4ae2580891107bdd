import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256Hex } from '#base';
import { HubRefusal } from './hub-client.ts';
import { type PieceLink, upload } from './transfer.ts';

const content = Uint8Array.from({ length: 3_000_000 }, (_, index) => (index * 31) % 251);

/** A hub that has taken nothing yet and finds so many uploads damaged. */
function hubThatFinds(damaged: number) {
  const taken: string[] = [];
  let parts: Uint8Array[] = [];
  const look = (): void => {
    if (taken.length > damaged) return;
    parts = [];
    throw new HubRefusal('update', 422, 'store.draft-corrupt', 'it was damaged');
  };
  const link: PieceLink = {
    arrived: async () => ({ arrivedBytes: 0, whole: false }),
    async sendWhole(_, sent) {
      for await (const part of sent.parts()) parts.push(part);
      taken.push('whole');
      look();
    },
    async send(_, { start, size, bytes }) {
      parts.push(bytes);
      const arrivedBytes = start + bytes.length;
      if (arrivedBytes < size) return { arrivedBytes, whole: false };
      taken.push('pieces');
      look();
      return { arrivedBytes, whole: true };
    },
    fetch: () => assert.fail(),
    fetchWhole: () => assert.fail(),
    passes: () => false,
    pause: async () => {},
    nowMs: () => 0,
  };
  return { link, taken, kept: () => Buffer.concat(parts) };
}

const open = async () => ({
  sizeBytes: content.length,
  read: async (start: number, length: number) => content.subarray(start, start + length),
  close: async () => {},
});

test('content that came damaged in one request is sent again in pieces, and not again and again', async () => {
  const once = hubThatFinds(1);
  await upload(once.link, open, sha256Hex(content));
  assert.deepEqual(once.taken, ['whole', 'pieces']);
  assert.equal(Buffer.compare(once.kept(), content), 0);
  const always = hubThatFinds(100);
  await assert.rejects(upload(always.link, open, sha256Hex(content)), { hubCode: 'store.draft-corrupt' });
  assert.ok(always.taken.length < 10);
});
