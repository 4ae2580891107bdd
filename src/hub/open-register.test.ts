import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PublicRegister } from '#wire';
import { openRegister } from './open-register.ts';

function house() {
  const state = { head: 1, nowMs: 1000, made: 0, fails: false };
  const register = openRegister({
    clock: () => state.nowMs,
    head: async () => state.head,
    async make() {
      state.made += 1;
      if (state.fails) throw new Error('the database is away');
      const { made } = state;
      return { asked: made } as PublicRegister;
    },
  });
  return { state, register };
}

test('the register is worked out once for everybody, and again when something happened or time went by', async () => {
  const { state, register } = house();
  await Promise.all(Array.from({ length: 50 }, register));
  assert.equal(state.made, 1, 'fifty readers at once');
  state.nowMs += 29_999;
  assert.equal((await register()).asked, 1);
  state.nowMs += 1;
  assert.equal((await register()).asked, 2, 'permits run out by time alone');
  state.head += 1;
  assert.equal((await register()).asked, 3, 'a permit was revoked');
});

test('a register that could not be made is made again for the next who asks', async () => {
  const { state, register } = house();
  state.fails = true;
  await assert.rejects(register(), /away/);
  state.fails = false;
  assert.equal((await register()).asked, 2);
});
