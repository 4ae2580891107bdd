import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentDigest, openContent } from '#store';
import type { Receipt } from '#wire';
import { CarriedContent } from './carried-content.ts';

const bytes = new Uint8Array(100).fill(7);
const sha256 = contentDigest(bytes);
const receipt = { kind: 'trained', updateSha256: sha256 } as Receipt;

async function add(content: CarriedContent, jobId: string, { size = 0, signal = new AbortController().signal } = {}) {
  const open = async () => openContent(size === 0 ? bytes : new Uint8Array(size));
  const digest = size === 0 ? sha256 : contentDigest(new Uint8Array(size));
  return await content.add(digest, { open, jobId, signal, whenTaken: async () => {} });
}

test('the same content of two tasks: what becomes of one of them does not take it from the other', async () => {
  const content = new CarriedContent();
  const taken = new AbortController();
  assert.equal(await add(content, 'first', { signal: taken.signal }), true);
  const first = content.of(receipt);
  assert.equal(first?.jobId, 'first');
  assert.equal(await add(content, 'second'), true);
  taken.abort();
  assert.equal(content.of(receipt)?.jobId, 'second');
  if (first !== undefined) await content.taken(first);
  assert.equal(content.of(receipt)?.jobId, 'second');
});

test('content of a task that is taken back does not wait, and what is large or something else never does', async () => {
  const content = new CarriedContent();
  const ending = new AbortController();
  await add(content, 'first', { signal: ending.signal });
  ending.abort();
  assert.equal(content.of(receipt), undefined);
  assert.equal(await add(content, 'first', { signal: ending.signal }), false);
  assert.equal(await add(content, 'large', { size: 65_536 }), true);
  assert.equal(await add(content, 'large', { size: 65_537 }), false);
  const other = { open: async () => openContent(bytes.subarray(1)), jobId: 'other', whenTaken: async () => {} };
  assert.equal(await content.add(sha256, { ...other, signal: new AbortController().signal }), false);
});
