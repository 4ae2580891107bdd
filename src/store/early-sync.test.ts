import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EarlySync } from './early-sync.ts';

const MIB = 2 ** 20;

/** A disk of which each flush ends when told. */
function slowDisk() {
  const flushes: { readonly end: () => void; readonly fail: (error: Error) => void }[] = [];
  const sync = async () =>
    await new Promise<void>((resolve, reject) => {
      flushes.push({ end: resolve, fail: reject });
    });
  return { flushes, sync };
}

test('a large file is flushed while it is written, one flush at a time, and once more at its end', async () => {
  const { flushes, sync } = slowDisk();
  const early = new EarlySync(sync);
  early.wrote(7 * MIB);
  assert.equal(flushes.length, 0, 'too little for a flush');
  early.wrote(MIB);
  early.wrote(20 * MIB);
  assert.equal(flushes.length, 1, 'the second waits for the first');
  let isSafe = false;
  const safe = early.finish().then(() => {
    isSafe = true;
  });
  flushes[0]?.end();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(flushes.length, 2, 'what was written meanwhile is flushed');
  assert.equal(isSafe, false);
  flushes[1]?.end();
  await safe;
});

test('what the disk could not write meanwhile is told at the end, though the last flush would say that all is well', async () => {
  const { flushes, sync } = slowDisk();
  const early = new EarlySync(sync);
  early.wrote(8 * MIB);
  flushes[0]?.fail(new Error('the disk is gone'));
  await assert.rejects(early.finish(), /the disk is gone/);
  assert.equal(flushes.length, 1);
});

test('few files are flushed early at the same time: others are read and written by the same threads', async () => {
  const { flushes, sync } = slowDisk();
  const files = [1, 2, 3].map(() => new EarlySync(sync));
  for (const early of files) early.wrote(8 * MIB);
  assert.equal(flushes.length, 2);
  for (const { end } of flushes) end();
  await Promise.all(files.map(async (early) => await early.ended()));
  files[2]?.wrote(MIB);
  assert.equal(flushes.length, 3, 'the third in its turn');
  flushes[2]?.end();
  await files[2]?.ended();
});
