import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { freePort, heldRange, isFree } from './free-port.ts';

/** Below those that the system gives away by itself. */
const WANTED = 21_000 + 10 * (process.pid % 100);

test("a range is one process's: who asks next has the one after it, though nobody listens in the first yet", async () => {
  const first = await heldRange(WANTED);
  const second = await heldRange(WANTED);
  assert.ok(second > first && (second - first) % 200 === 0, `${first} and ${second}`);
  assert.ok(await isFree(first));
  assert.ok(!(await isFree(first + 199)), 'the last port of the range is held');
});

test('within a range the first free port is taken', async () => {
  const first = await heldRange(WANTED);
  const server = createServer();
  await new Promise<void>((done) => {
    server.listen(first, '127.0.0.1', done);
  });
  assert.equal(await freePort(first), first + 1);
  assert.equal(await freePort(first, new Set([first + 1])), first + 2);
  await new Promise((done) => {
    server.close(done);
  });
});
