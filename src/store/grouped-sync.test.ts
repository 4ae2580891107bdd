import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GroupedSync } from './grouped-sync.ts';

/** A disk whose flushes end when the test says so, and which knows what each of them covered. */
function slowDisk() {
  const written: string[] = [];
  const durable = new Set<string>();
  const ends: ((error?: Error) => void)[] = [];
  const flush = () => {
    const covered = [...written];
    return new Promise<void>((resolve, reject) => {
      ends.push((error) => {
        if (error !== undefined) return reject(error);
        for (const name of covered) durable.add(name);
        resolve();
      });
    });
  };
  return { written, durable, ends, flush };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('grouped sync: whoever comes during a flush waits for the next one, together', async () => {
  const disk = slowDisk();
  const sync = new GroupedSync(disk.flush);
  const add = (name: string) => {
    disk.written.push(name);
    return sync.flushed().then(() => assert.ok(disk.durable.has(name), `${name} was confirmed before it was durable`));
  };
  const first = add('a');
  await turn();
  const later = [add('b'), add('c')];
  await turn();
  assert.equal(disk.ends.length, 1);
  disk.ends[0]?.();
  await first;
  await turn();
  assert.equal(disk.ends.length, 2);
  disk.ends[1]?.();
  await Promise.all(later);
  assert.deepEqual([...disk.durable], ['a', 'b', 'c']);
});

test('grouped sync: a flush that fails fails those it was for, and nobody after', async () => {
  const disk = slowDisk();
  const sync = new GroupedSync(disk.flush);
  const first = sync.flushed();
  await turn();
  const second = sync.flushed();
  disk.ends[0]?.(new Error('no disk'));
  await assert.rejects(first, /no disk/);
  await turn();
  disk.ends[1]?.();
  await second;
});
