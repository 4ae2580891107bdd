import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HubClock } from './hub-clock.ts';

test('the hub’s time goes on while the clock of the machine is wrong, or is set', () => {
  let ownMs = 1_000_000_000;
  let elapsedMs = 0;
  const clock = new HubClock(
    () => ownMs,
    () => elapsedMs,
  );
  assert.deepEqual([clock.nowMs(), clock.offsetMs], [1_000_000_000, null], 'nothing was said yet');
  clock.tell(1_000_090_000);
  assert.equal(clock.offsetMs, -90_000, 'ninety seconds behind');
  elapsedMs += 10_000;
  ownMs += 10_000 + 7_200_000;
  assert.equal(clock.nowMs(), 1_000_100_000, 'set two hours on, it signs with the time of the hub');
  assert.equal(clock.offsetMs, 7_200_000 - 90_000);
  clock.forget();
  assert.deepEqual([clock.nowMs(), clock.offsetMs], [ownMs, null]);
});

test('what the hub said an hour ago is not gone by any more', () => {
  let elapsedMs = 0;
  const clock = new HubClock(
    () => 5,
    () => elapsedMs,
  );
  clock.tell(1000);
  elapsedMs = 3_600_000;
  assert.equal(clock.nowMs(), 3_601_000);
  elapsedMs += 1;
  assert.equal(clock.nowMs(), 5);
});
