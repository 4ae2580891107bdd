import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnicaError } from '#base';
import { openAllowance } from './allowance.ts';

const tooOften = (error: unknown) =>
  error instanceof UnicaError && error.code === 'http.too-often' && error.status === 429;

test('so many at once, then one each time that a while has passed, never more than at first', () => {
  let now = 1_000_000;
  const allowance = openAllowance({ most: 3, everyMs: 500, clock: () => now });
  for (let i = 0; i < 3; i += 1) allowance.take();
  assert.throws(() => allowance.take(), tooOften);
  now += 499;
  assert.throws(() => allowance.take(), tooOften);
  now += 1;
  allowance.take();
  assert.throws(() => allowance.take(), tooOften);
  now += 750;
  allowance.take();
  now += 250;
  allowance.take();
  now += 3_600_000;
  for (let i = 0; i < 3; i += 1) allowance.take();
  assert.throws(() => allowance.take(), tooOften);
});

test('a clock that is set back locks nobody out for longer than the while', () => {
  let now = 1_000_000;
  const allowance = openAllowance({ most: 1, everyMs: 500, clock: () => now });
  allowance.take();
  now = 10_000;
  assert.throws(() => allowance.take(), tooOften);
  now += 500;
  allowance.take();
});
