import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ARRIVAL_STEPS, ArrivalRate } from './arrival-rate.ts';

test('arrivals are counted by steps, forgotten after ten minutes, and a clock set back loses none', () => {
  let nowMs = 1_000_000_000;
  const rate = new ArrivalRate(() => nowMs);
  const last = (count: number) =>
    rate
      .lately()
      .slice(-count)
      .map(({ objects, bytes }) => [objects, bytes]);
  const total = () => rate.lately().reduce((sum, { objects }) => sum + objects, 0);
  assert.equal(rate.lately().length, ARRIVAL_STEPS.count);
  assert.equal(total(), 0);
  rate.add(100);
  rate.add(50);
  assert.deepEqual(last(1), [[2, 150]]);
  nowMs += 20_000;
  assert.deepEqual(last(3), [
    [2, 150],
    [0, 0],
    [0, 0],
  ]);
  rate.add(7);
  assert.deepEqual(last(3), [
    [2, 150],
    [0, 0],
    [1, 7],
  ]);
  nowMs -= 3_600_000;
  rate.add(1);
  assert.deepEqual(last(1), [[2, 8]]);
  nowMs += 3_600_000;
  assert.equal(total(), 4);
  nowMs += 590_000;
  assert.deepEqual([total(), rate.lately()[0]?.objects], [2, 2]);
  nowMs += 10_000;
  assert.equal(total(), 0);
  rate.add(1);
  nowMs += 86_400_000;
  assert.equal(total(), 0);
});
